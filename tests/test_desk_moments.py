"""What is read together of the desk is of one moment, whoever writes meanwhile."""

import threading
from pathlib import Path

from search_api.engine.answer import SearchRequest
from search_api.engine.desk import Desk
from search_api.engine.watch.saved import Change, Match
from search_api.engine.watch.store import WatchStore

ROUNDS = 60


def test_what_is_written_between_two_look_ups_is_seen_by_neither(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "essai.sqlite", 1, "CREATE TABLE said (word TEXT)")
    count = "SELECT COUNT(*) FROM said"
    with desk.reading() as db:
        before = db.execute(count).fetchone()
        with desk.writing() as other:
            other.execute("INSERT INTO said VALUES ('après')")
        assert db.execute(count).fetchone() == before == (0,)
    with desk.reading() as db:
        assert db.execute(count).fetchone() == (1,)


def test_a_search_never_counts_fewer_alerts_than_are_shown(data: Path) -> None:
    store = WatchStore(data)
    saved = store.save("a", "veille", SearchRequest("lasers", compartments=("general",)))
    ended = threading.Event()

    def publish() -> None:
        for number in range(ROUNDS):
            match = Match("general", "g", f"doc-{number}", "m", Change.NEW, "v", ())
            store.tell(saved, "general", (number, number + 1), [match], more=False)
        ended.set()

    other = threading.Thread(target=publish)
    other.start()
    counted = set()
    while not ended.is_set():
        told = store.told("a", ["general"])
        ((_, tally),) = told.searches
        assert tally.unread == tally.alerts == len(told.alerts)
        counted.add(tally.alerts)
    other.join()
    ((_, tally),) = store.told("a", ["general"]).searches
    assert tally.alerts == ROUNDS
    # Some were read while others were written, or nothing was tried.
    assert len(counted) > 2

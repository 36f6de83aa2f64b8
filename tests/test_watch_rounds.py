"""After each publication, a saved search tells its owner what came and what changed, once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.errors import InputError
from indexer.errors import IndexDamaged
from indexer.lock import writer_lock
from search_api.engine.answer import Answer, SearchRequest
from search_api.engine.desk import Conflict, DeskError
from search_api.engine.readers import Readers
from search_api.engine.search import Engine
from search_api.engine.watch import rounds
from search_api.engine.watch.rounds import Round, observe, run_round
from search_api.engine.watch.saved import Change, SavedSearch, Tally
from search_api.engine.watch.store import FILE, WatchStore
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder

LASER = "# Note {0}\n\n## Objet\n\nLa filière photonique dépend des lasers importés.\n"
WINE = "# Note {0}\n\n## Objet\n\nLe vignoble champenois exporte beaucoup de bouteilles.\n"


class Watch:
    """A collection, an engine over it, and one owner's saved searches."""

    def __init__(self, data: Path, scratch: Path, fake: FakeEncoder) -> None:
        self.data, self.scratch, self.fake = data, scratch, fake
        self.store = WatchStore(data)
        self.readable = ["general", "secret"]
        self._drops = 0
        self.deliver({"debut.md": WINE.format(0), "ancien.md": LASER.format(0)})
        self.engine = engine(data, fake)

    def deliver(self, files: dict[str, str], *, compartment: str = "general", mode: str = "delta") -> None:
        self._drops += 1
        name = f"lot-{self._drops}"
        folder = write_files(self.scratch / name, files)
        index(self.data, self.fake, folder, compartment=compartment, mode=mode, name=name)

    def save(self, query: str, *compartments: str, name: str = "veille") -> SavedSearch:
        named = compartments or ("general",)
        observe(self.store, self.engine, [one for one in named if one in self.engine.compartments()])
        return self.store.save("a", name, SearchRequest(query=query, compartments=named))

    def round(self) -> Round:
        return run_round(self.store, self.engine, lambda owner: self.readable)

    def told(self, *readable: str) -> list[tuple[str, Change]]:
        alerts = self.store.told("a", readable or self.readable).alerts
        found = [self.engine.document(alert.match.document_id, tuple(self.engine.compartments())) for alert in alerts]
        return sorted(
            (document.external_id if document else "retiré", alert.match.change)
            for document, alert in zip(found, alerts, strict=True)
        )

    def tally(self) -> Tally:
        ((_, tally),) = self.store.told("a", ["general"]).searches
        return tally


@pytest.fixture
def watch(data: Path, tmp_path: Path, fake: FakeEncoder) -> Watch:
    return Watch(data, tmp_path, fake)


def test_what_was_there_when_a_search_was_saved_is_not_told(watch: Watch) -> None:
    watch.save("lasers photonique")
    assert watch.round().alerts == 0


def test_a_document_that_came_and_answers_is_told_and_one_that_does_not_is_not(watch: Watch) -> None:
    watch.save("lasers photonique")
    watch.deliver({"neuf.md": LASER.format(1), "vin.md": WINE.format(1)})
    assert watch.round() == Round(publications=1, searches=1, alerts=1)
    assert watch.told() == [("neuf.md", Change.NEW)]


def test_a_server_that_has_not_noticed_what_another_told_of_does_not_take_it_back(watch: Watch) -> None:
    watch.save("lasers photonique")
    readers = Readers(watch.data, watch.fake.identity)
    slow = Engine(readers, watch.fake)
    readers.follow(every=3_600)
    before = slow.coverage(("general",)).generations
    watch.deliver({"ancien.md": LASER.format(1)})
    assert watch.round().alerts == 1
    assert slow.coverage(("general",)).generations == before
    assert run_round(watch.store, slow, lambda owner: watch.readable) == Round()
    assert watch.told() == [("ancien.md", Change.CHANGED)]


def test_an_alert_says_where_the_passage_stands(watch: Watch) -> None:
    watch.save("lasers photonique")
    watch.deliver({"neuf.md": LASER.format(1)})
    watch.round()
    (alert,) = watch.store.told("a", ["general"]).alerts
    (page,) = watch.engine.documents.pages(alert.match.document_id)
    (span,) = alert.match.spans
    assert "photonique dépend des lasers" in page.text[span.start : span.end]


def test_a_document_whose_text_changes_is_told_as_changed(watch: Watch) -> None:
    watch.save("lasers photonique")
    watch.deliver({"debut.md": LASER.format("refaite")})
    watch.round()
    assert watch.told() == [("debut.md", Change.CHANGED)]


def test_a_publication_is_told_once(watch: Watch) -> None:
    watch.save("lasers photonique")
    watch.deliver({"neuf.md": LASER.format(1)})
    watch.round()
    assert watch.round() == Round()
    assert len(watch.told()) == 1


def test_publications_made_between_two_rounds_are_all_told(watch: Watch) -> None:
    watch.save("lasers photonique")
    for number in range(1, 4):
        watch.deliver({f"neuf-{number}.md": LASER.format(number)})
    assert watch.round().alerts == 3


def test_a_round_cut_in_the_middle_is_finished_by_the_next_and_nothing_is_told_twice(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        watch.save("lasers photonique", name=f"veille {number}")
    watch.deliver({"neuf.md": LASER.format(1)})
    search, asked = watch.engine.search, iter(range(9))

    def cut(request: SearchRequest) -> Answer:
        if next(asked) == 1:
            raise KeyboardInterrupt
        return search(request)

    monkeypatch.setattr(watch.engine, "search", cut)
    with pytest.raises(KeyboardInterrupt):
        watch.round()
    assert len(watch.told()) == 1
    watch.round()
    assert len(watch.told()) == 3


def test_a_search_that_fails_does_not_stop_the_others_and_is_tried_again(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.save("lasers photonique", name="bonne")
    watch.save("filière lasers", name="mauvaise")
    watch.deliver({"neuf.md": LASER.format(1)})
    search: Callable[[SearchRequest], Answer] = watch.engine.search

    def sometimes(request: SearchRequest) -> Answer:
        if request.query == "filière lasers":
            raise IndexDamaged("un fichier manque", remedy="reuni check")
        return search(request)

    monkeypatch.setattr(watch.engine, "search", sometimes)
    assert (watch.round().alerts, watch.round().failed) == (1, 1)
    monkeypatch.undo()
    assert watch.round() == Round(searches=1, alerts=1)


def test_two_processes_do_not_run_the_searches_at_the_same_time(watch: Watch) -> None:
    watch.save("lasers photonique")
    watch.deliver({"neuf.md": LASER.format(1)})
    with writer_lock(watch.store.folder / "watch.lock"):
        assert watch.round() == Round(busy=True)
    assert watch.round().alerts == 1


def test_a_run_that_another_overtook_writes_nothing(watch: Watch) -> None:
    saved = watch.save("lasers photonique")
    watch.deliver({"neuf.md": LASER.format(1)})
    watch.round()
    (alert,) = watch.store.told("a", ["general"]).alerts
    watch.store.open("a", saved.id)
    assert watch.store.tell(saved, "general", (1, 2), [alert.match], more=True) == 0
    assert watch.tally() == Tally(unread=0, alerts=1)


def test_a_document_that_left_is_not_told_and_tells_again_when_it_comes_back(watch: Watch) -> None:
    watch.save("vignoble champenois")
    watch.deliver({"ancien.md": LASER.format(0)}, mode="full")
    assert watch.round().alerts == 0
    watch.deliver({"debut.md": WINE.format(0)})
    watch.round()
    assert watch.told() == [("debut.md", Change.NEW)]


def test_no_text_of_a_document_is_kept_with_its_alert(watch: Watch) -> None:
    watch.save("lasers photonique")
    watch.deliver({"neuf.md": LASER.format(1)})
    watch.round()
    kept = b"".join(path.read_bytes() for path in watch.store.folder.iterdir())
    assert "lasers importés".encode() not in kept


def test_conditions_and_filters_of_a_search_are_kept_to(watch: Watch) -> None:
    watch.save("lasers SAUF photonique", name="sans")
    watch.store.save("a", "filtrée", SearchRequest("lasers", compartments=("general",), filters={"kind": ("arrete",)}))
    watch.deliver({"neuf.md": LASER.format(1)})
    assert watch.round() == Round(publications=1, searches=2, alerts=0)


def test_a_search_made_of_filters_alone_tells_what_they_accept(watch: Watch) -> None:
    request = SearchRequest("", compartments=("general",), filters={"drop": ("lot-3",)})
    watch.store.save("a", "du lot", request)
    watch.deliver({"autre.md": WINE.format(2)})
    watch.deliver({"neuf.md": LASER.format(1)})
    watch.round()
    assert watch.told() == [("neuf.md", Change.NEW)]


def test_a_search_in_several_compartments_is_told_of_each(watch: Watch) -> None:
    watch.deliver({"s.md": WINE.format("secrète")}, compartment="secret")
    watch.save("lasers photonique", "general", "secret")
    watch.deliver({"neuf.md": LASER.format(1)})
    watch.deliver({"cache.md": LASER.format("secrète 2")}, compartment="secret")
    watch.round()
    assert watch.told() == [("cache.md", Change.NEW), ("neuf.md", Change.NEW)]


def test_a_compartment_the_owner_may_not_read_any_more_tells_nothing(watch: Watch) -> None:
    watch.deliver({"s.md": WINE.format("secrète")}, compartment="secret")
    watch.save("lasers photonique", "general", "secret")
    watch.deliver({"cache.md": LASER.format("secrète 2")}, compartment="secret")
    watch.round()
    assert watch.told("general") == []
    assert watch.tally() == Tally()
    watch.readable = ["general"]
    watch.deliver({"cache-3.md": LASER.format("secrète 3")}, compartment="secret")
    assert watch.round().alerts == 0


def test_opening_a_search_makes_its_alerts_read(watch: Watch) -> None:
    saved = watch.save("lasers photonique")
    watch.deliver({"neuf.md": LASER.format(1)})
    watch.round()
    assert watch.tally() == Tally(unread=1, alerts=1)
    assert not watch.store.open("b", saved.id)
    assert watch.store.open("a", saved.id)
    assert watch.tally() == Tally(unread=0, alerts=1)


def test_a_publication_that_brings_too_many_says_so(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "MOST_MATCHES", 2)
    watch.save("lasers photonique")
    watch.deliver({f"neuf-{number}.md": LASER.format(number) for number in range(1, 4)})
    watch.round()
    assert watch.tally() == Tally(unread=2, alerts=2, more=True)


def test_the_same_name_cannot_be_taken_twice_by_one_owner(watch: Watch) -> None:
    watch.save("lasers", name="Photonique")
    with pytest.raises(Conflict, match="Photonique"):
        watch.save("laser", name=" Photonique ")
    watch.store.save("b", "Photonique", SearchRequest("lasers", compartments=("general",)))


@pytest.mark.parametrize("name", ["", " \n", "x" * 121])
def test_a_name_that_is_none_is_refused(watch: Watch, name: str) -> None:
    with pytest.raises(InputError):
        watch.save("lasers", name=name)


def test_a_file_of_another_format_is_refused_with_its_remedy(tmp_path: Path) -> None:
    import sqlite3

    (tmp_path / "desk").mkdir()
    with sqlite3.connect(tmp_path / "desk" / FILE) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(DeskError, match="format 99"):
        WatchStore(tmp_path).searches()


def test_a_damaged_file_is_said_damaged(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / FILE).write_bytes(b"not a database" * 100)
    with pytest.raises(DeskError, match="endommagé"):
        WatchStore(tmp_path).searches()


def test_engine_answers_among_some_documents_only(watch: Watch) -> None:
    asked: Engine = watch.engine
    everything = asked.search(SearchRequest("note"))
    ids = [hit.document.id for hit in everything.hits]
    assert len(ids) == 2
    found = asked.search(SearchRequest("note", among=frozenset({ids[1], "absent"})))
    assert [hit.document.id for hit in found.hits] == [ids[1]]
    assert asked.search(SearchRequest("note", among=frozenset())).hits == ()

"""Saved searches, what each compartment held, and alerts: ``DATA/desk/watch.sqlite``.

For each compartment the store keeps a ledger: which documents it holds, and at which observed publication each last
changed. A saved search remembers, compartment by compartment, up to which publication it was run, in the transaction
that writes its alerts; so a publication is told once, wherever a run is cut.
"""

import json
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from corpus.document import Span
from corpus.errors import InputError
from search_api.engine.answer import Channel, Contents, SearchRequest, Sort
from search_api.engine.desk import Conflict, Desk
from search_api.engine.watch.saved import LONGEST_NAME, Alert, Change, Match, SavedSearch, Tally, Told

FILE = "watch.sqlite"
MOST_SEARCHES = 200
"""Saved searches of one owner."""
MOST_ALERTS = 1_000
"""Alerts kept of one saved search, the latest."""

_FORMAT = 1
_SCHEMA = """
CREATE TABLE search (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, request TEXT NOT NULL,
    created_at TEXT NOT NULL, opened_at TEXT NOT NULL, by_mail INTEGER NOT NULL
);
CREATE TABLE publication (
    compartment TEXT NOT NULL, number INTEGER NOT NULL, generation TEXT NOT NULL, seen_at TEXT NOT NULL,
    PRIMARY KEY (compartment, number)
);
CREATE TABLE held (
    compartment TEXT NOT NULL, document TEXT NOT NULL, mark TEXT NOT NULL,
    first INTEGER NOT NULL, latest INTEGER NOT NULL,
    PRIMARY KEY (compartment, document)
) WITHOUT ROWID;
CREATE INDEX held_by_latest ON held (compartment, latest);
CREATE TABLE position (
    search TEXT NOT NULL REFERENCES search(id) ON DELETE CASCADE, compartment TEXT NOT NULL, number INTEGER NOT NULL,
    more INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (search, compartment)
);
CREATE TABLE alert (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    search TEXT NOT NULL REFERENCES search(id) ON DELETE CASCADE,
    compartment TEXT NOT NULL, generation TEXT NOT NULL, document TEXT NOT NULL, mark TEXT NOT NULL,
    change TEXT NOT NULL, version TEXT NOT NULL, spans TEXT NOT NULL,
    made_at TEXT NOT NULL, unread INTEGER NOT NULL, mailed INTEGER NOT NULL,
    UNIQUE (search, compartment, document, mark)
)
"""
_SPANS = TypeAdapter(tuple[Span, ...])
_ALERT = "id, search, made_at, unread, compartment, generation, document, mark, change, version, spans"


class WatchStore:
    """Saved searches and their alerts. Safe to use from several threads and processes."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "desk"
        self._desk = Desk(self.folder / FILE, _FORMAT, _SCHEMA)

    # Saved searches

    def save(self, owner: str, name: str, request: SearchRequest, *, by_mail: bool = False) -> SavedSearch:
        """Keep a search. What its compartments, all named, hold now (:meth:`observe`) is not new for it.

        Raises:
            InputError: the name is blank or too long.
            Conflict: the name is taken, or the owner has too many searches.
        """
        name = _checked_name(name)
        now = _now()
        saved = SavedSearch(secrets.token_hex(8), owner, name, _plain(request), now, now, by_mail)
        with self._desk.writing() as db:
            count = db.execute("SELECT COUNT(*) FROM search WHERE owner = ?", (owner,)).fetchone()[0]
            if count >= MOST_SEARCHES:
                raise Conflict(
                    f"{MOST_SEARCHES} recherches sont déjà enregistrées", remedy="Supprimez celles qui ne servent plus"
                )
            _refuse_taken(db, owner, name, saved.id)
            db.execute(
                "INSERT INTO search VALUES (?, ?, ?, ?, ?, ?, ?)",
                (saved.id, owner, name, _request_text(saved.request), now, now, int(by_mail)),
            )
            db.executemany(
                "INSERT INTO position SELECT ?, ?, COALESCE(MAX(number), 0), 0 FROM publication WHERE compartment = ?",
                [(saved.id, compartment, compartment) for compartment in saved.request.compartments or ()],
            )
        return saved

    def change(self, owner: str, search_id: str, *, name: str, by_mail: bool) -> bool:
        """Give a search another name or way of being told; False when the owner has no such search.

        Raises:
            InputError: the name is blank or too long.
            Conflict: the name is taken.
        """
        name = _checked_name(name)
        with self._desk.writing() as db:
            _refuse_taken(db, owner, name, search_id)
            update = "UPDATE search SET name = ?, by_mail = ? WHERE id = ? AND owner = ?"
            return db.execute(update, (name, int(by_mail), search_id, owner)).rowcount > 0

    def forget(self, owner: str, search_id: str) -> bool:
        """Remove a search and its alerts; False when the owner has no such search."""
        with self._desk.writing() as db:
            return db.execute("DELETE FROM search WHERE id = ? AND owner = ?", (search_id, owner)).rowcount > 0

    def open(self, owner: str, search_id: str) -> bool:
        """Say that the owner looked at what is new; False when they have no such search."""
        with self._desk.writing() as db:
            opened = db.execute(
                "UPDATE search SET opened_at = ? WHERE id = ? AND owner = ?", (_now(), search_id, owner)
            ).rowcount
            if opened:
                db.execute("UPDATE alert SET unread = 0 WHERE search = ?", (search_id,))
                db.execute("UPDATE position SET more = 0 WHERE search = ?", (search_id,))
        return opened > 0

    def searches(self, owner: str | None = None) -> list[SavedSearch]:
        """The searches of an owner (of everybody for None), by name."""
        with self._desk.reading() as db:
            return _searches(db, owner)

    # The ledger

    def observed(self, compartment: str) -> str | None:
        """The generation last observed of a compartment."""
        with self._desk.reading() as db:
            row = db.execute(
                "SELECT generation FROM publication WHERE compartment = ? ORDER BY number DESC LIMIT 1", (compartment,)
            ).fetchone()
        return None if row is None else str(row[0])

    def observe(self, compartment: str, contents: Contents) -> int:
        """Write down what a compartment holds now; returns the number of this publication, the former one when it
        was observed already."""
        with self._desk.writing() as db:
            row = db.execute(
                "SELECT number, generation FROM publication WHERE compartment = ? ORDER BY number DESC LIMIT 1",
                (compartment,),
            ).fetchone()
            if row is not None and row[1] == contents.generation:
                return int(row[0])
            number = int(row[0]) + 1 if row else 1
            known = dict(db.execute("SELECT document, mark FROM held WHERE compartment = ?", (compartment,)))
            db.executemany(
                "DELETE FROM held WHERE compartment = ? AND document = ?",
                ((compartment, document) for document in known.keys() - contents.marks.keys()),
            )
            db.executemany(
                "INSERT INTO held VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
                "SET mark = excluded.mark, latest = excluded.latest",
                (
                    (compartment, document, mark, number, number)
                    for document, mark in contents.marks.items()
                    if known.get(document) != mark
                ),
            )
            db.execute(
                "INSERT INTO publication VALUES (?, ?, ?, ?)", (compartment, number, contents.generation, _now())
            )
            return number

    def latest(self, compartment: str) -> int:
        """The number of the last publication observed of a compartment; 0 before the first."""
        with self._desk.reading() as db:
            query = "SELECT COALESCE(MAX(number), 0) FROM publication WHERE compartment = ?"
            return int(db.execute(query, (compartment,)).fetchone()[0])

    def position(self, search_id: str, compartment: str) -> int:
        """The publication of a compartment up to which a search was run; 0 before the first."""
        with self._desk.reading() as db:
            row = db.execute(
                "SELECT number FROM position WHERE search = ? AND compartment = ?", (search_id, compartment)
            ).fetchone()
        return 0 if row is None else int(row[0])

    def changed_since(self, compartment: str, number: int) -> dict[str, Change]:
        """Documents that came or changed after a publication: what became of each."""
        with self._desk.reading() as db:
            rows = db.execute(
                "SELECT document, first FROM held WHERE compartment = ? AND latest > ?", (compartment, number)
            ).fetchall()
        return {document: Change.NEW if first > number else Change.CHANGED for document, first in rows}

    def tell(
        self, search: SavedSearch, compartment: str, reached: tuple[int, int], matches: Sequence[Match], *, more: bool
    ) -> int:
        """Write the alerts of a run and how far it went, together; returns how many are new.

        ``reached`` is the publication it started after and the one it went up to: nothing is written when another
        run has moved the search meanwhile.
        """
        before, after = reached
        with self._desk.writing() as db:
            row = db.execute(
                "SELECT number FROM position WHERE search = ? AND compartment = ?", (search.id, compartment)
            ).fetchone()
            known = db.execute("SELECT 1 FROM search WHERE id = ?", (search.id,)).fetchone()
            if known is None or (int(row[0]) if row else 0) != before:
                return 0
            db.execute(
                "INSERT INTO position VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE "
                "SET number = excluded.number, more = MAX(more, excluded.more)",
                (search.id, compartment, after, int(more)),
            )
            written = sum(_write_alert(db, search, match) for match in matches)
            db.execute(
                "DELETE FROM alert WHERE search = ? AND id NOT IN "
                "(SELECT id FROM alert WHERE search = ? ORDER BY id DESC LIMIT ?)",
                (search.id, search.id, MOST_ALERTS),
            )
        return written

    # Alerts

    def told(
        self, owner: str, compartments: Iterable[str], *, search_id: str | None = None, most: int = MOST_ALERTS
    ) -> Told:
        """What the searches of an owner (one of them) were told about documents of these compartments; ``most``
        alerts at most, the latest."""
        names = _names(compartments)
        with self._desk.reading() as db:
            searches = [one for one in _searches(db, owner) if search_id in (None, one.id)]
            tallies = _tallies(db, owner, names)
            rows = db.execute(
                f"SELECT {_ALERT} FROM alert WHERE search IN "  # noqa: S608
                "(SELECT id FROM search WHERE owner = ? AND (? IS NULL OR id = ?)) "
                "AND compartment IN (SELECT value FROM json_each(?)) ORDER BY id DESC LIMIT ?",
                (owner, search_id, search_id, names, most),
            ).fetchall()
        told = tuple((one, tallies.get(one.id, Tally())) for one in searches)
        return Told(told, tuple(_alert(row) for row in rows))

    def to_mail(self, owner: str, compartments: Iterable[str]) -> list[tuple[SavedSearch, Alert]]:
        """Alerts that are to be sent by e-mail and were not, oldest first, each with its search."""
        with self._desk.reading() as db:
            searches = {one.id: one for one in _searches(db, owner) if one.by_mail}
            rows = db.execute(
                f"SELECT {_ALERT} FROM alert WHERE mailed = 0 AND search IN (SELECT value FROM json_each(?)) "  # noqa: S608
                "AND compartment IN (SELECT value FROM json_each(?)) ORDER BY id",
                (_names(searches), _names(compartments)),
            ).fetchall()
        return [(searches[alert.search], alert) for alert in map(_alert, rows)]

    def mailed(self, alerts: Iterable[Alert]) -> None:
        """Say that these alerts were sent."""
        with self._desk.writing() as db:
            db.executemany("UPDATE alert SET mailed = 1 WHERE id = ?", [(alert.id,) for alert in alerts])

    def counts(self) -> tuple[int, int]:
        """Saved searches, and alerts that nobody has read."""
        with self._desk.reading() as db:
            row = db.execute("SELECT (SELECT COUNT(*) FROM search), (SELECT COUNT(*) FROM alert WHERE unread)")
            searches, unread = row.fetchone()
        return int(searches), int(unread)


def _searches(db: sqlite3.Connection, owner: str | None) -> list[SavedSearch]:
    rows = db.execute(
        "SELECT id, owner, name, request, created_at, opened_at, by_mail FROM search "
        "WHERE ? IS NULL OR owner = ? ORDER BY name, id",
        (owner, owner),
    )
    return [
        SavedSearch(number, whose, name, _request(asked), created, opened, bool(by_mail))
        for number, whose, name, asked, created, opened, by_mail in rows
    ]


def _tallies(db: sqlite3.Connection, owner: str, compartments: str) -> dict[str, Tally]:
    counts = db.execute(
        "SELECT search, SUM(unread), COUNT(*) FROM alert JOIN search s ON s.id = search WHERE owner = ? "
        "AND compartment IN (SELECT value FROM json_each(?)) GROUP BY search",
        (owner, compartments),
    ).fetchall()
    more = db.execute(
        "SELECT DISTINCT search FROM position WHERE more = 1 AND compartment IN (SELECT value FROM json_each(?))",
        (compartments,),
    )
    over = {search for (search,) in more}
    return {search: Tally(unread, total, search in over) for search, unread, total in counts}


def _write_alert(db: sqlite3.Connection, search: SavedSearch, match: Match) -> int:
    return db.execute(
        "INSERT INTO alert (search, compartment, generation, document, mark, change, version, spans, made_at, unread, "
        "mailed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT DO NOTHING",
        (
            search.id,
            match.compartment,
            match.generation,
            match.document_id,
            match.mark,
            match.change.value,
            match.version,
            _SPANS.dump_json(match.spans).decode(),
            _now(),
            # What came while nobody wanted mail is not sent later.
            int(not search.by_mail),
        ),
    ).rowcount


def _alert(row: Sequence[object]) -> Alert:
    number, search, made_at, unread, compartment, generation, document, mark, change, version, spans = row
    match = Match(
        compartment=str(compartment),
        generation=str(generation),
        document_id=str(document),
        mark=str(mark),
        change=Change(str(change)),
        version=str(version),
        spans=_SPANS.validate_json(str(spans)),
    )
    return Alert(int(str(number)), str(search), str(made_at), bool(unread), match)


def _checked_name(name: str) -> str:
    kept = " ".join(name.split())
    if not kept:
        raise InputError("la recherche n’a pas de nom", remedy="Donnez-lui un nom")
    if len(kept) > LONGEST_NAME:
        raise InputError(
            f"ce nom fait {len(kept)} caractères", remedy=f"Donnez-en un de {LONGEST_NAME} caractères au plus"
        )
    return kept


def _refuse_taken(db: sqlite3.Connection, owner: str, name: str, search_id: str) -> None:
    taken = "SELECT 1 FROM search WHERE owner = ? AND name = ? AND id != ?"
    if db.execute(taken, (owner, name, search_id)).fetchone():
        raise Conflict(f"une de vos recherches s’appelle déjà « {name} »", remedy="Donnez un autre nom")


def _plain(request: SearchRequest) -> SearchRequest:
    """The request without paging nor what only concerns its display."""
    return SearchRequest(
        query=request.query,
        channel=request.channel,
        compartments=request.compartments,
        filters=dict(request.filters),
        sort=request.sort,
        literal=request.literal,
    )


def _request_text(request: SearchRequest) -> str:
    said = {
        "query": request.query,
        "channel": request.channel.value,
        "compartments": list(request.compartments or ()),
        "filters": {facet: list(values) for facet, values in request.filters.items()},
        "sort": request.sort.value,
        "literal": list(request.literal),
    }
    return json.dumps(said, ensure_ascii=False)


def _request(text: str) -> SearchRequest:
    said = json.loads(text)
    return SearchRequest(
        query=said["query"],
        channel=Channel(said["channel"]),
        compartments=tuple(said["compartments"]),
        filters={facet: tuple(values) for facet, values in said["filters"].items()},
        sort=Sort(said["sort"]),
        literal=tuple(said["literal"]),
    )


def _names(several: Iterable[str]) -> str:
    return json.dumps(sorted(several))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

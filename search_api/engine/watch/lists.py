"""Watch-lists and what their runs found: ``DATA/desk/lists.sqlite``.

A run goes item by item, and each item's findings are written at once with the number of the run: cut anywhere, it goes
on from the next item. What a run finds that the one before did not is new.
"""

import json
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pydantic import TypeAdapter

from corpus.document import Span
from corpus.errors import InputError
from search_api.engine.desk import Conflict, Desk, Missing
from search_api.engine.watch.list_file import BadRow, ListItem

FILE = "lists.sqlite"
MOST_LISTS = 50
LONGEST_NAME = 120

_FORMAT = 1
_SCHEMA = """
CREATE TABLE list (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, compartments TEXT NOT NULL,
    created_at TEXT NOT NULL, run INTEGER NOT NULL, finished INTEGER NOT NULL, finished_at TEXT NOT NULL,
    job TEXT NOT NULL
);
CREATE TABLE item (
    list TEXT NOT NULL REFERENCES list(id) ON DELETE CASCADE, line INTEGER NOT NULL, name TEXT NOT NULL,
    variants TEXT NOT NULL, identifier TEXT NOT NULL, note TEXT NOT NULL, run INTEGER NOT NULL,
    PRIMARY KEY (list, line)
);
CREATE TABLE bad (
    list TEXT NOT NULL REFERENCES list(id) ON DELETE CASCADE, line INTEGER NOT NULL, place TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE TABLE found (
    list TEXT NOT NULL REFERENCES list(id) ON DELETE CASCADE, line INTEGER NOT NULL, compartment TEXT NOT NULL,
    document TEXT NOT NULL, how TEXT NOT NULL, mark TEXT NOT NULL, version TEXT NOT NULL, spans TEXT NOT NULL,
    pages TEXT NOT NULL, first INTEGER NOT NULL, latest INTEGER NOT NULL,
    PRIMARY KEY (list, line, compartment, document, how)
)
"""
_SPANS = TypeAdapter(tuple[Span, ...])


class How(StrEnum):
    """How a document was found for an item."""

    EXACT = "exact"
    MEANING = "meaning"


@dataclass(frozen=True, slots=True)
class Finding:
    """A document found for an item; where, never what it says.

    Attributes:
        mark: what changes when the document does (:func:`search_api.engine.answer.mark`).
        spans: where the passage that answers best stands.
        pages: numbers of the pages that bear the name or a variant, the first ones; none when found by meaning.
    """

    compartment: str
    document_id: str
    how: How
    mark: str
    version: str
    spans: tuple[Span, ...]
    pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A finding in the matrix item × document; ``new`` when the run before did not have it."""

    item: ListItem
    finding: Finding
    new: bool


@dataclass(frozen=True, slots=True)
class WatchList:
    """A list somebody watches.

    Attributes:
        compartments: where it looks, all named.
        finished: number of the last run that ended, 0 before the first; ``finished_at`` is when.
        job: id of the job that runs it, or "".
    """

    id: str
    owner: str
    name: str
    compartments: tuple[str, ...]
    created_at: str
    finished: int
    finished_at: str
    job: str


@dataclass(frozen=True, slots=True)
class ListState:
    """A list and what was found for it, all of it as of one moment.

    Attributes:
        items: in the order of its file; ``bad`` are the rows of the file that were left out.
        cells: what the last run found, by item, exact first; while one is under way, what it found so far too.
    """

    watched: WatchList
    items: tuple[ListItem, ...]
    bad: tuple[BadRow, ...]
    cells: tuple[Cell, ...]


def removed() -> Missing:
    """What is said to whoever runs a list that is not there any more."""
    return Missing("cette liste a été supprimée", remedy="Envoyez-la de nouveau")


class ListStore:
    """The watch-lists of a data directory. Safe to use from several threads and processes."""

    def __init__(self, data: Path) -> None:
        self._desk = Desk(data / "desk" / FILE, _FORMAT, _SCHEMA)

    def save(
        self,
        owner: str,
        name: str,
        compartments: Sequence[str],
        items: Iterable[ListItem],
        bad: Iterable[BadRow],
    ) -> WatchList:
        """Keep a list.

        Raises:
            InputError: the name is blank or too long.
            Conflict: the owner has too many.
        """
        name = " ".join(name.split())
        if not 1 <= len(name) <= LONGEST_NAME:
            raise InputError(
                "la liste n’a pas de nom, ou un nom trop long", remedy=f"Donnez-lui {LONGEST_NAME} caractères au plus"
            )
        list_id = secrets.token_hex(8)
        with self._desk.writing() as db:
            if db.execute("SELECT COUNT(*) FROM list WHERE owner = ?", (owner,)).fetchone()[0] >= MOST_LISTS:
                raise Conflict(f"{MOST_LISTS} listes sont déjà là", remedy="Supprimez celles qui ne servent plus")
            values = (list_id, owner, name, json.dumps(list(compartments)), _now())
            db.execute("INSERT INTO list VALUES (?, ?, ?, ?, ?, 0, 0, '', '')", values)
            db.executemany(
                "INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, 0)",
                (
                    (
                        list_id,
                        one.line,
                        one.name,
                        json.dumps(one.variants, ensure_ascii=False),
                        one.identifier,
                        one.note,
                    )
                    for one in items
                ),
            )
            db.executemany("INSERT INTO bad VALUES (?, ?, ?, ?)", ((list_id, b.line, b.column, b.reason) for b in bad))
        saved = self.get(owner, list_id)
        assert saved is not None  # noqa: S101 - just written
        return saved

    def lists(self, owner: str) -> list[WatchList]:
        """The lists of an owner, by name."""
        with self._desk.reading() as db:
            return _lists(db, owner)

    def get(self, owner: str, list_id: str) -> WatchList | None:
        """A list of an owner."""
        with self._desk.reading() as db:
            return next(iter(_lists(db, owner, list_id)), None)

    def forget(self, owner: str, list_id: str) -> bool:
        """Remove a list and all it found; False when the owner has no such list."""
        with self._desk.writing() as db:
            return db.execute("DELETE FROM list WHERE id = ? AND owner = ?", (list_id, owner)).rowcount > 0

    def state(self, owner: str, list_id: str, compartments: Iterable[str]) -> ListState | None:
        """A list of an owner with what was found for it in these compartments."""
        with self._desk.reading() as db:
            watched = next(iter(_lists(db, owner, list_id)), None)
            if watched is None:
                return None
            items = tuple(item for item, _ in _items(db, list_id))
            rows = db.execute("SELECT line, place, reason FROM bad WHERE list = ? ORDER BY line", (list_id,))
            bad = tuple(BadRow(*row) for row in rows)
            return ListState(watched, items, bad, _cells(db, watched, items, compartments))

    # A run

    def given_to(self, list_id: str, job: str) -> None:
        """Say which job runs a list."""
        with self._desk.writing() as db:
            db.execute("UPDATE list SET job = ? WHERE id = ?", (job, list_id))

    def begin(self, list_id: str) -> tuple[int, list[ListItem], int]:
        """Start a run, or go on with the one that was cut: its number, the items still to look for, and how many there
        are in all.

        Raises:
            Missing: the list was removed.
        """
        with self._desk.writing() as db:
            _require(db, list_id)
            run, finished = db.execute("SELECT run, finished FROM list WHERE id = ?", (list_id,)).fetchone()
            if run == finished:
                run += 1
                db.execute("UPDATE list SET run = ? WHERE id = ?", (run, list_id))
            items = _items(db, list_id)
        return int(run), [item for item, done in items if done < run], len(items)

    def write(self, list_id: str, run: int, item: ListItem, findings: Iterable[Finding]) -> None:
        """Write what a run found for an item; a document that was there and did not change is not new.

        Raises:
            Missing: the list was removed.
        """
        with self._desk.writing() as db:
            _require(db, list_id)
            db.executemany(
                "INSERT INTO found VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "first = CASE WHEN mark = excluded.mark THEN first ELSE excluded.first END, mark = excluded.mark, "
                "version = excluded.version, spans = excluded.spans, pages = excluded.pages, latest = excluded.latest",
                (
                    (
                        list_id,
                        item.line,
                        one.compartment,
                        one.document_id,
                        one.how.value,
                        one.mark,
                        one.version,
                        _SPANS.dump_json(one.spans).decode(),
                        json.dumps(one.pages),
                        run,
                        run,
                    )
                    for one in findings
                ),
            )
            db.execute("UPDATE item SET run = ? WHERE list = ? AND line = ?", (run, list_id, item.line))

    def finish(self, list_id: str, run: int) -> None:
        """End a run: what it did not find any more is forgotten."""
        with self._desk.writing() as db:
            db.execute("DELETE FROM found WHERE list = ? AND latest < ?", (list_id, run))
            db.execute("UPDATE list SET finished = ?, finished_at = ? WHERE id = ?", (run, _now(), list_id))


def _require(db: sqlite3.Connection, list_id: str) -> None:
    if not db.execute("SELECT 1 FROM list WHERE id = ?", (list_id,)).fetchone():
        raise removed()


def _lists(db: sqlite3.Connection, owner: str, list_id: str | None = None) -> list[WatchList]:
    rows = db.execute(
        "SELECT id, owner, name, compartments, created_at, finished, finished_at, job FROM list "
        "WHERE owner = ? AND (? IS NULL OR id = ?) ORDER BY name, id",
        (owner, list_id, list_id),
    )
    return [
        WatchList(list_id, whose, name, tuple(json.loads(opened)), created, finished, finished_at, job)
        for list_id, whose, name, opened, created, finished, finished_at, job in rows
    ]


def _items(db: sqlite3.Connection, list_id: str) -> list[tuple[ListItem, int]]:
    """The items of a list in its order, each with the number of the run that last looked for it."""
    rows = db.execute(
        "SELECT line, name, variants, identifier, note, run FROM item WHERE list = ? ORDER BY line", (list_id,)
    )
    return [
        (ListItem(line, name, tuple(json.loads(variants)), identifier, note), run)
        for line, name, variants, identifier, note, run in rows
    ]


def _cells(
    db: sqlite3.Connection, watched: WatchList, items: Iterable[ListItem], compartments: Iterable[str]
) -> tuple[Cell, ...]:
    by_line = {item.line: item for item in items}
    found = db.execute(
        "SELECT line, compartment, document, how, mark, version, spans, pages, first FROM found WHERE list = ? "
        "AND latest >= ? AND compartment IN (SELECT value FROM json_each(?)) ORDER BY line, how, rowid",
        (watched.id, watched.finished, json.dumps(sorted(compartments))),
    )
    return tuple(
        Cell(
            by_line[line],
            Finding(
                compartment, document, How(how), mark, version, _SPANS.validate_json(spans), tuple(json.loads(pages))
            ),
            new=watched.finished > 1 and first >= watched.finished,
        )
        for line, compartment, document, how, mark, version, spans, pages, first in found
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

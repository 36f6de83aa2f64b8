"""The words of a generation with their frequencies, writer and reader of ``terms.sqlite``.

An index that lives in another machine is not asked for what is read at every keystroke: completions, spelling, which
identifiers there are. Stems have a number too, their dimension in sparse vectors.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

FILE = "terms.sqlite"
_SCHEMA = """
CREATE TABLE term (
    field TEXT NOT NULL, term TEXT NOT NULL, frequency INTEGER NOT NULL, dimension INTEGER NOT NULL,
    PRIMARY KEY (field, term)
) WITHOUT ROWID;
"""
_ALPHABET = "alphabet:"
_LAST = "\U0010ffff"
_MOST_MARKS = 500


def write_terms(path: Path, terms: Iterable[tuple[str, str, int, int]]) -> None:
    """Write (field, term, in how many passages, dimension or 0) into a new file."""
    db = sqlite3.connect(path)
    try:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.executescript(_SCHEMA)
        db.executemany("INSERT INTO term VALUES (?, ?, ?, ?)", terms)
        db.commit()
    finally:
        db.close()


class TermStore:
    """Reader of ``terms.sqlite``. Safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = sqlite3.connect(f"file:{self._path}?mode=ro&immutable=1", uri=True, check_same_thread=False)
            self._local.db = db
        return db

    def frequency(self, field: str, term: str) -> int:
        """In how many passages a term stands in a field."""
        row = self._db().execute("SELECT frequency FROM term WHERE field = ? AND term = ?", (field, term)).fetchone()
        return 0 if row is None else int(row[0])

    def known(self, field: str, terms: Sequence[str]) -> dict[str, int]:
        """Those of these terms that stand in a field, each with its dimension."""
        found: dict[str, int] = {}
        for first in range(0, len(terms), _MOST_MARKS):
            asked = terms[first : first + _MOST_MARKS]
            marks = ",".join("?" * len(asked))
            query = f"SELECT term, dimension FROM term WHERE field = ? AND term IN ({marks})"  # noqa: S608 - marks only
            found.update(self._db().execute(query, (field, *asked)))
        return found

    def beginning(self, field: str, prefix: str, limit: int = -1) -> list[tuple[str, int]]:
        """Terms of a field that begin so, each with its frequency, the most frequent first; all for -1."""
        rows = self._db().execute(
            "SELECT term, frequency FROM term WHERE field = ? AND term >= ? AND term < ? "
            "ORDER BY frequency DESC, term LIMIT ?",
            (field, prefix, prefix + _LAST, limit),
        )
        return [(str(term), int(frequency)) for term, frequency in rows]

    def near(self, field: str, term: str, edits: int) -> list[str]:
        """Terms of a field that differ from one by so many characters at most (a swap of neighbours is one)."""
        row = self._db().execute("SELECT term FROM term WHERE field = ?", (_ALPHABET + field,)).fetchone()
        letters = "" if row is None else str(row[0])
        reached = {term}
        for _ in range(edits):
            reached |= {other for one in reached for other in _one_edit(one, letters)}
        return sorted(self.known(field, sorted(reached)))


def alphabet(field: str, terms: Iterable[str]) -> tuple[str, str, int, int]:
    """The line that tells which characters the terms of a field are made of; :meth:`TermStore.near` reads it."""
    return _ALPHABET + field, "".join(sorted({letter for term in terms for letter in term})), 0, 0


def _one_edit(term: str, letters: str) -> Iterator[str]:
    for at in range(len(term) + 1):
        before, after = term[:at], term[at:]
        for letter in letters:
            yield before + letter + after
            yield before + letter + after[1:]
        yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]

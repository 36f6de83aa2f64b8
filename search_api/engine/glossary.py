"""What managers decided of acronyms, by compartment: ``DATA/desk/acronyms.sqlite``."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from corpus.errors import InputError
from corpus.french.folding import fold
from indexer.acronyms import acronym_key, long_stems
from search_api.engine.desk import Desk

FILE = "acronyms.sqlite"
LONGEST_SHORT = 12
LONGEST_LONG = 160
_FORMAT = 1
_SCHEMA = """
CREATE TABLE decision (
    compartment TEXT NOT NULL, key TEXT NOT NULL, short TEXT NOT NULL, long TEXT NOT NULL,
    approved INTEGER NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (compartment, key)
)
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of one long form of an acronym.

    Attributes:
        approved: it is what the acronym stands for, whatever else was mined; otherwise it is not one of its meanings.
        by: who decided.
        at: ISO 8601, UTC.
    """

    short: str
    long: str
    approved: bool
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """Those of one compartment.

    Attributes:
        by_key: :func:`indexer.acronyms.acronym_key` to the decision.
        approved: folded acronym to what it stands for.
        long_forms: first stem to the approved long forms that begin with it (their stems), each with its folded
            acronym.
    """

    by_key: dict[str, Decision] = field(default_factory=dict)
    approved: dict[str, list[Decision]] = field(default_factory=dict)
    long_forms: dict[str, list[tuple[tuple[str, ...], str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, decisions: Iterable[Decision]) -> "Decisions":
        """Put some decisions in order."""
        made = cls()
        for one in decisions:
            stems = long_stems(one.long)
            made.by_key[acronym_key(one.short, stems)] = one
            if one.approved:
                made.approved.setdefault(fold(one.short), []).append(one)
                made.long_forms.setdefault(stems[0], []).append((stems, fold(one.short)))
        return made

    def refused(self, short: str, stems: Iterable[str]) -> bool:
        """Whether this long form, given by its stems, was rejected."""
        decision = self.by_key.get(acronym_key(short, stems)) if self.by_key else None
        return decision is not None and not decision.approved


NONE = Decisions()


class Glossary:
    """The decisions of a data directory. Safe to use from several threads and processes."""

    def __init__(self, data: Path) -> None:
        self._path = data / "desk" / FILE
        self._desk = Desk(self._path, _FORMAT, _SCHEMA)
        self._lock = threading.Lock()
        self._seen: tuple[tuple[int, int], ...] | None = None
        self._known: dict[str, Decisions] = {}

    def of(self, compartment: str) -> Decisions:
        """The decisions of a compartment; the file is read again only when it has changed (a look takes some 5 µs).

        Raises:
            DeskError: the file cannot be used.
        """
        with self._lock:
            seen = tuple(_state(self._path.with_name(FILE + end)) for end in ("", "-wal"))
            if seen != self._seen:
                self._known, self._seen = self._read() if self._path.exists() else {}, seen
            return self._known.get(compartment, NONE)

    def decide(self, compartment: str, short: str, long: str, *, approved: bool, by: str) -> Decision:
        """Approve a long form, mined or not, or reject it; the last decision on it counts.

        Raises:
            InputError: it is no acronym, or no long form.
        """
        short, long = short.strip().replace(".", ""), " ".join(long.split())
        if not (2 <= len(short) <= LONGEST_SHORT and short.isalnum() and not short.isdigit()):
            raise InputError(
                f"« {short[:40]} » n’est pas un sigle", remedy=f"Donnez de 2 à {LONGEST_SHORT} lettres et chiffres"
            )
        if len(long) > LONGEST_LONG or not long_stems(long) or fold(long) == fold(short):
            raise InputError(
                f"« {long[:40]} » n’est pas le sens d’un sigle",
                remedy=f"Écrivez en toutes lettres ce qu’il signifie, en {LONGEST_LONG} caractères au plus",
            )
        decision = Decision(short, long, approved, by, datetime.now(UTC).isoformat(timespec="seconds"))
        with self._desk.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO decision VALUES (?, ?, ?, ?, ?, ?, ?)",
                (compartment, acronym_key(short, long_stems(long)), short, long, int(approved), by, decision.at),
            )
        return decision

    def forget(self, compartment: str, short: str, long: str) -> bool:
        """Take a decision back: what was mined counts again; False when nothing was decided."""
        if not self._path.exists():
            return False
        with self._desk.writing() as db:
            key = acronym_key(short.strip(), long_stems(long))
            return db.execute("DELETE FROM decision WHERE compartment = ? AND key = ?", (compartment, key)).rowcount > 0

    def _read(self) -> dict[str, Decisions]:
        with self._desk.reading() as db:
            rows = db.execute(
                "SELECT compartment, short, long, approved, by, at FROM decision ORDER BY compartment, key"
            )
            found: dict[str, list[Decision]] = {}
            for compartment, short, long, approved, by, at in rows:
                found.setdefault(compartment, []).append(Decision(short, long, bool(approved), by, at))
        return {compartment: Decisions.of(decisions) for compartment, decisions in found.items()}


def _state(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)

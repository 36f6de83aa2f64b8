"""The three drops: what came first, what changed or went, what was scanned late."""

from collections.abc import Iterable
from pathlib import Path

from corpus.demo.source import SOURCES, Source, SourceError

INITIAL = "1-initial"
DELTA = "2-delta"
SCANS = "3-numerisations"
COMPLETE = "2-complet"
"""Not a drop of its own: the whole collection after the delta, for ``reuni index --mode full``."""
WITHDRAWN = SOURCES / DELTA / "retraits.txt"


def place(source: Source) -> Path:
    """Where a built file goes below the target folder: drop, compartment, folder, file."""
    return Path(source.drop, source.compartment) / source.target


def withdrawals() -> set[tuple[str, Path]]:
    """What the delta takes away: compartment and path of each built file.

    Raises:
        SourceError: a line that is not a compartment and a path.
    """
    found = set()
    for line in WITHDRAWN.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        compartment, blank, path = line.partition(" ")
        if not blank:
            raise SourceError(f"{WITHDRAWN}: cannot read {line!r}")
        found.add((compartment, Path(path)))
    return found


def complete_state(sources: Iterable[Source]) -> list[Source]:
    """What stands once the delta has been applied: the newest version of all that was not withdrawn."""
    state = {
        (source.compartment, source.target): source
        for source in sorted(sources, key=lambda source: source.drop)
        if source.drop in (INITIAL, DELTA)
    }
    gone = withdrawals()
    return [source for key, source in state.items() if key not in gone]

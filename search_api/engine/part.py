"""The parts a query was read as: plain values, for whoever shows them."""

from dataclasses import dataclass
from enum import StrEnum


class PartKind(StrEnum):
    """What a part of a query asks."""

    WORD = "word"
    PREFIX = "prefix"
    PHRASE = "phrase"
    IDENTIFIER = "identifier"
    REQUIRED = "required"
    EXCLUDED = "excluded"
    FIELD = "field"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a query, as it was read.

    Attributes:
        text: as typed, ``query[start:end]`` of the reading's query.
        value: what it is looked for as: a stem, folded words, a canonical identifier, ``kind:note``.
    """

    kind: PartKind
    text: str
    value: str
    start: int
    end: int

"""The parts a query was read as: plain values, for whoever shows them."""

import re
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
    EXPANSION = "expansion"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a query, as it was read.

    Attributes:
        text: as typed, ``query[start:end]`` of the reading's query.
        value: what it is looked for as: a stem, folded words, a canonical identifier, ``kind:note``; of an expansion
            or a correction, what is looked for besides the word: a long form, or near words joined by commas.
    """

    kind: PartKind
    text: str
    value: str
    start: int
    end: int


_LAST_OPERATORS = re.compile(r"(?:(?<![^\s(])(?:ET|OU|SAUF|AND|OR|NOT)\s*)+$")
_FIRST_OPERATOR = re.compile(r"^(?:ET|OU|AND|OR)(?![^\s(])")


def without_part(query: str, part: Part) -> str:
    """The query without one of its parts, nor the operator that tied it to the rest.

    ``query`` is the one that was read: blanks made one.
    """
    before, after = query[: part.start], query[part.end :].strip()
    while True:
        before = _LAST_OPERATORS.sub("", before).strip()
        if not before or before.endswith("("):
            after = _FIRST_OPERATOR.sub("", after).strip()
        if not (before.endswith("(") and after.startswith(")")):
            break
        before, after = before[:-1], after[1:].strip()
    tied = before.endswith("(") or after.startswith(")")
    return before + ("" if tied else " ") + after if before and after else before + after

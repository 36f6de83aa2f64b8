"""The parts a query was read as: plain values, for whoever shows them."""

import re
from dataclasses import dataclass
from enum import StrEnum

from corpus.french.analyzer import ELIDED
from corpus.french.folding import APOSTROPHES


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
    TRANSLATION = "translation"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a query, as it was read.

    Attributes:
        text: as typed, ``query[start:end]`` of the reading's query.
        value: what it is looked for as: a stem, folded words, a canonical identifier, ``kind:note``; of an expansion, a
            correction or a translation, what is looked for besides the word: a long form, or near or French words
            joined by commas.
    """

    kind: PartKind
    text: str
    value: str
    start: int
    end: int


_LAST_OPERATORS = re.compile(r"(?:(?<![^\s(])(?:ET|OU|SAUF|AND|OR|NOT)\s*)+$")
_FIRST_OPERATOR = re.compile(r"^(?:ET|OU|AND|OR)(?![^\s(])\s*")
_EITHER = re.compile(r"\b(?:OU|OR)\b")
# An elided article (l’, qu’) and the hyphens of a compound go with the word: left alone, "-parole" would exclude.
_TIED_BEFORE = re.compile(rf"(?:(?<!\w)(?:{ELIDED})[{APOSTROPHES}]|(?<=\w)-)$", re.IGNORECASE)


def without_part(query: str, part: Part) -> str:
    """The query without one of its parts, nor the operator that tied it to the rest.

    Between what is left stays the operator that holds least firmly, OU. ``query`` is the one that was read: blanks
    made one.
    """
    before = _TIED_BEFORE.sub("", query[: part.start])
    after = query[part.end :].removeprefix("-").strip()
    while True:
        last = _LAST_OPERATORS.search(before)
        before = before[: last.start()].strip() if last else before.strip()
        if not before or before.endswith("("):
            after = _FIRST_OPERATOR.sub("", after).strip()
        elif last and _EITHER.search(last.group()) and after and not after.startswith(")"):
            after = "OU " + _FIRST_OPERATOR.sub("", after)
        if not (before.endswith("(") and after.startswith(")")):
            break
        before, after = before[:-1], after[1:].strip()
    tied = before.endswith("(") or after.startswith(")")
    return before + ("" if tied else " ") + after if before and after else before + after

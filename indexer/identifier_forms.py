"""The forms under which identifiers are indexed: as written, and as a reading of an image may have spoilt them.

Recognition takes 0 for O, 1 for l or I, 5 for S, 8 for B. Both are brought to the digit in a second form, marked
``~``, which no identifier has: what is found by it only is known to be found so.
"""

import re
from collections.abc import Iterator

from corpus.french.identifiers import Identifier, IdentifierKind, canonical, find_identifiers

MARK = "~"
_LOOK_ALIKES = str.maketrans({"o": "0", "i": "1", "l": "1", "|": "1", "s": "5", "b": "8"})
_BLANK = r"[ \u00a0\u202f\u2009]"
# A SIREN or SIRET in groups, of which recognition spoilt some digits, from its first blank on: blanks are found sooner.
_SPOILT = re.compile(
    rf"{_BLANK}(?<=(?<![\w|])[\w|]{{3}}{_BLANK})[\w|]{{3}}{_BLANK}[\w|]{{3}}(?:{_BLANK}?[\w|]{{5}})?(?![\w|])"
)
_GROUP = 3
_FEWEST_DIGITS = 6
_DASH = re.compile(r"[-‐‑‒–—]")
_SENTENCE_DOT = re.compile(rf"[.:]{_BLANK}")
# A date or an amount says nothing of its own once a digit of it is in doubt.
_TOLD_APART = frozenset({IdentifierKind.DATE, IdentifierKind.AMOUNT})


def look_alike(form: str) -> str:
    """The marked form shared by all that look like this identifier."""
    return MARK + form.translate(_LOOK_ALIKES)


def _dashed(written: str) -> str:
    """A spoilt article or text number, its dash kept as theirs is; "" when there is none."""
    parts = _DASH.split(written)
    return "-".join(map(canonical, parts)) if len(parts) == 2 else ""


def untold(found: Identifier) -> bool:
    """Whether this identifier has no marked form."""
    return found.kind in _TOLD_APART


def found_in(text: str) -> Iterator[Identifier]:
    """The identifiers of a text, and those that an abbreviation's dot ties to the word before (``Réf. AB-12-3``)."""
    for one in find_identifiers(text):
        yield one
        written = text[one.start : one.end]
        if one.kind is IdentifierKind.CODE and (dot := _SENTENCE_DOT.search(written)):
            for inner in found_in(written[dot.end() :]):
                start = one.start + dot.end()
                yield Identifier(inner.kind, inner.canonical, start + inner.start, start + inner.end)


def asked_in(text: str) -> list[Identifier]:
    """The identifiers of a query: of those one inside the other, the inner."""
    every = list(found_in(text))
    return [
        one
        for one in every
        if not any(other is not one and one.start <= other.start and other.end <= one.end for other in every)
    ]


def indexed_forms(text: str) -> list[str]:
    """Every form of the identifiers of a text, repeated as they are."""
    forms: list[str] = []
    for one in found_in(text):
        forms.append(one.canonical)
        if not untold(one):
            forms.append(look_alike(one.canonical))
        if one.kind is IdentifierKind.CODE and (dashed := _dashed(text[one.start : one.end])):
            forms.append(look_alike(dashed))
    for spoilt in _spoilt(text):
        joined = re.sub(_BLANK, "", spoilt).lower()
        if sum(c.isdigit() for c in joined) >= _FEWEST_DIGITS and not joined.isdigit():
            forms.append(look_alike(joined))
    return forms


def _spoilt(text: str) -> Iterator[str]:
    end = 0
    while found := _SPOILT.search(text, end + _GROUP):
        end = found.end()
        yield text[found.start() - _GROUP : end]

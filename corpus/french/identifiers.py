"""Identifiers: what must be found exactly, however it is spaced or punctuated.

The canonical form of an identifier is its letters and digits, lower case, joined; so ``0218-CEMA-C026``,
``0218.CEMA.C026`` and ``0218- CEMA- C026`` are one, and so are ``732 829 320`` and ``732829320``. Articles and
text numbers keep their dashes: ``L. 151-3`` and ``L. 15-13`` are two.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from corpus.french.folding import fold

# Blanks seen inside numbers: space, NBSP, narrow NBSP, thin space, tab.
_B = r"[ \t\u00a0\u202f\u2009]"
_DASH = r"[-‐‑‒–—]"
# One separator inside a code, with the stray blanks that OCR and justification leave around it.
_SEP = rf"(?:{_B}?[-‐‑‒–./_]{_B}?)"


class IdentifierKind(StrEnum):
    """What an identifier names."""

    SIRET = "siret"
    SIREN = "siren"
    ARTICLE = "article"
    TEXT_NUMBER = "text_number"
    """Number of a law, decree or ordinance: 2012-1246."""
    DATE = "date"
    AMOUNT = "amount"
    CODE = "code"
    """Anything else with a digit that is written as one piece: budget codes, references."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier as written in ``text[start:end]`` and its canonical form."""

    kind: IdentifierKind
    canonical: str
    start: int
    end: int


_MONTHS = "janvier|fevrier|février|mars|avril|mai|juin|juillet|aout|août|septembre|octobre|novembre|decembre|décembre"
_MONTH_NUMBERS = {
    name: number
    for number, names in enumerate(
        (
            ("janvier",),
            ("fevrier",),
            ("mars",),
            ("avril",),
            ("mai",),
            ("juin",),
            ("juillet",),
            ("aout",),
            ("septembre",),
            ("octobre",),
            ("novembre",),
            ("decembre",),
        ),
        start=1,
    )
    for name in names
}

_PATTERN = re.compile(
    rf"""
    (?<![\w])(?:
      (?=\d)(?:
      (?P<date_words>(?P<d1>[0-3]?\d)(?:er)?{_B}+(?P<m1>{_MONTHS}){_B}+(?P<y1>(?:19|20)\d\d))
    | (?P<date_digits>(?P<d2>[0-3]?\d)(?P<ds>[/.-])(?P<m2>[01]?\d)(?P=ds)(?P<y2>(?:19|20)\d\d))
    | (?P<date_iso>(?P<y3>(?:19|20)\d\d)-(?P<m3>[01]\d)-(?P<d3>[0-3]\d))
    | (?P<siret>\d{{3}}{_B}?\d{{3}}{_B}?\d{{3}}{_B}?\d{{5}})
    | (?P<amount>\d{{1,3}}(?:[{_B[1:-1]}.]\d{{3}})+(?:,\d{{1,2}})?(?={_B}*(?:€|euros?\b|EUR\b|k€|M€))
        |\d++(?:,\d{{1,2}})?(?={_B}*(?:€|euros?\b|EUR\b|k€|M€)))
    | (?P<siren>\d{{3}}{_B}\d{{3}}{_B}\d{{3}}(?!{_B}?\d)|\d{{9}}))
    | (?P<article>(?:[LRDA]|LO)\.?{_B}?\*?\d{{1,4}}(?:{_DASH}\d+)+)
    | (?P<text_number>(?:19|20)\d\d{_DASH}\d{{1,4}}|\d\d{_DASH}\d{{3,4}}|(?<=n°)\d\d{_DASH}\d{{1,4}}
        |(?<=n°{_B})\d\d{_DASH}\d{{1,4}})
    | (?P<code>(?=(?:[^\W\d_]++|{_SEP})*+\d)[^\W_]+(?:{_SEP}[^\W_]+)+)
    | (?P<spaced>(?-i:[A-Z]{{2,}}){_B}(?!(?:19|20)\d\d\b)\d{{3,6}}(?!{_B}?\d|{_SEP}[^\W_]))
    | (?P<single>[^\W\d_]{{1,4}}\d{{3,}}|(?=(?:[^\W\d_]*+\d){{2}})(?=\d*+[^\W\d_])[^\W_]{{6,}}|\d{{5,}})
    )(?![\w])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
# Backwards, a stretch that ends with a digit and where all that may stand before one in an identifier does.
_BACKWARDS = re.compile(rf"\d(?:[^\W_]++|{_SEP})*+(?:(?i:\*?{_B}?\.?(?:[LRDA]|OL))(?!\w)|{_B}[A-Z]{{2,}}(?!\w))?")
_DASHES = re.compile(rf"{_B}?{_DASH}{_B}?")
_NOT_WORD = re.compile(r"[\W_]+")
# With fewer digits, "covid-19", "F-35" or "20 €" would be one: words find those.
_FEWEST_DIGITS = 3
_SHORTEST_NUMBER = 5
_PERIOD = re.compile(r"((?:18|19|20)\d\d)-((?:18|19|20)\d\d)")


def canonical(written: str) -> str:
    """Letters and digits, folded and joined."""
    return _NOT_WORD.sub("", fold(written))


def _canonical_with_dashes(written: str) -> str:
    return "-".join(canonical(part) for part in _DASHES.split(written))


def _tells_apart(kind: IdentifierKind, form: str) -> bool:
    """Whether a form names one thing: periods (``2018-2022``) and short codes or amounts do not."""
    if kind is IdentifierKind.TEXT_NUMBER:
        period = _PERIOD.fullmatch(form)
        return not (period and 0 < int(period[2]) - int(period[1]) <= 100)
    if kind is IdentifierKind.CODE and form.isdigit():
        return len(form) >= _SHORTEST_NUMBER
    if kind in {IdentifierKind.CODE, IdentifierKind.AMOUNT}:
        return sum(c.isdigit() for c in form) >= _FEWEST_DIGITS
    return True


def _date(found: re.Match[str]) -> str | None:
    for d, m, y in (("d1", "m1", "y1"), ("d2", "m2", "y2"), ("d3", "m3", "y3")):
        if found[y]:
            month = found[m]
            number = int(month) if month.isdigit() else _MONTH_NUMBERS[fold(month)]
            day = int(found[d])
            if not (1 <= number <= 12 and 1 <= day <= 31):
                return None
            return f"{found[y]}{number:02}{day:02}"
    return None


def _written(text: str) -> Iterator[re.Match[str]]:
    """What ``_PATTERN.finditer`` gives, tried only where a digit follows: most of a text has none."""
    place = 0
    for numbered in reversed([found.span() for found in _BACKWARDS.finditer(text[::-1])]):
        start, end = len(text) - numbered[1], len(text) - numbered[0]
        for word in _WORD.finditer(text, max(start, place), end):
            if word.start() >= place and (found := _PATTERN.match(text, word.start())):
                place = found.end()
                yield found


def find_identifiers(text: str) -> list[Identifier]:
    """Identifiers of a text, left to right, not overlapping.

    A date's canonical form is ``YYYYMMDD`` however it is written; an amount's is its digits.
    """
    result: list[Identifier] = []
    for found in _written(text):
        group = found.lastgroup or ""
        start, end = found.span()
        form: str | None
        if group.startswith("date"):
            kind, form = IdentifierKind.DATE, _date(found)
        else:
            kind = IdentifierKind.CODE if group in {"code", "spaced", "single"} else IdentifierKind(group)
            dashed = kind in {IdentifierKind.ARTICLE, IdentifierKind.TEXT_NUMBER}
            form = _canonical_with_dashes(found[group]) if dashed else canonical(found[group])
        if form is None or not _tells_apart(kind, form):
            continue
        result.append(Identifier(kind, form, start, end))
    return result

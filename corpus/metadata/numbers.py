"""Reference numbers of papers, and numbers of companies (SIREN, SIRET), checked by their own arithmetic."""

import re
from collections.abc import Sequence

from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from corpus.document import Page
from corpus.metadata.found import Found, closing_lines, opening_lines, running_lines

_LONGEST_REFERENCE = 60
# "Réf. : SISSE/BAJ/2019-214", "N/Réf : …", "Référence : …", "NOR : ECOX2112345A".
_LABELLED = re.compile(
    r"(?:\b(?:nos?|n/|v/)?\s?r[ée]f(?:[ée]rences?|\.)?s?\s?(?:n°)?|\bNOR|"
    r"\bN° (?:de )?(?:r[ée]f[ée]rence|dossier|affaire))"
    r"\s?:\s?(?P<value>[A-Z0-9][\w./° –-]{3,60})",
    re.IGNORECASE,
)
_NOR = re.compile(r"\bNOR\s?(?:fictif)?\s?:?\s(?P<value>[A-Z]{4}\d{7}[A-Z])\b")
# Services in capitals, parts, a year or a number: SISSE/BAJ/2019-214, DGE/SG/CDG-2018-07, DREETS-GE/SE/2022-T4.
_SHAPED = re.compile(
    r"(?<![\w/.])(?P<value>[A-Z][A-Z0-9-]{1,14}(?:/[A-Z0-9][A-Z0-9-]{0,14}){0,4}/"
    r"(?:[A-Z0-9-]{1,14}[-/])?(?:19|20)\d\d[-/][A-Z]?\d{1,6}(?:-[A-Z]\d{1,2})?)(?![\w/])"
)
_DIGITS = re.compile(
    r"(?<![\w.,-])\d{3}[ \u00a0\u202f.]?\d{3}[ \u00a0\u202f.]?\d{3}(?:[ \u00a0\u202f.]?\d{5})?(?![\w,-]|\.\d)"
)
_COMPANY = re.compile(r"(?:SIREN|SIRET|RCS|R\.C\.S|immatricul\w+|identifiant)", re.IGNORECASE)
_NEAR = 60
_MOST_COMPANIES = 20
_MOST_SCANNED = 2_000_000


def reference(pages: Sequence[Page]) -> Found | None:
    """The paper's own reference: labelled as such on the first page, or of the usual shape in its running feet,
    its first lines or its last ones. A reference cited in the text is not taken."""
    lines = opening_lines(pages, pages_read=1, most=12)
    for line in (*lines, *running_lines(pages[:1])):
        for pattern in (_NOR, _LABELLED):
            if (found := pattern.search(line.text)) and (value := _tidy(found["value"])):
                return Found(value, line.origin)
    running = running_lines(pages[:1])
    for line in (*running, *lines[:5], *closing_lines(pages, 2)):
        found = _SHAPED.search(line.text)
        if found and (line in running or len(line.text) <= len(found[0]) + 40):
            return Found(_tidy(found["value"]), line.origin)
    return None


def _tidy(value: str) -> str:
    value = re.split(r"\s{2,}|\s[–-]\s|\s(?:Objet|Date|Affaire|P\.J)\b", value)[0].strip(" .–-/°")
    return value if len(value) <= _LONGEST_REFERENCE and re.search(r"\d", value) else ""


def companies(pages: Sequence[Page]) -> dict[str, Found]:
    """``siren`` and ``siret`` numbers of the text, joined by commas, in order of appearance.

    A SIRET is taken when its check digit is right; a SIREN, one number of nine digits in ten passing by
    chance, only beside a word that announces it.
    """
    values: dict[str, dict[str, int]] = {"siren": {}, "siret": {}}
    scanned = 0
    for page in pages:
        for found in _DIGITS.finditer(page.text):
            number = "".join(c for c in found[0] if c.isdigit())
            announced = _COMPANY.search(page.text[max(0, found.start() - _NEAR) : found.end() + 10])
            if len(number) == 14 and siret_number.is_valid(number):
                values["siret"].setdefault(number, page.number)
            elif len(number) == 9 and announced and siren_number.is_valid(number):
                values["siren"].setdefault(number, page.number)
        scanned += len(page.text)
        if scanned > _MOST_SCANNED:
            break
    return {
        field: Found(", ".join(list(numbers)[:_MOST_COMPANIES]), f"page {min(numbers.values())}")
        for field, numbers in values.items()
        if numbers
    }

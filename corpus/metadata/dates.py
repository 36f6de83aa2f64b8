"""The date of a document, as its text gives it, in the forms of French administrations."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from corpus.document import BlockKind, Page
from corpus.metadata.found import Found, Line, closing_lines, fold_line, opening_lines, running_lines

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("janvier", "janv", "jan"),
            ("fevrier", "fevr", "fev"),
            ("mars",),
            ("avril", "avr"),
            ("mai",),
            ("juin",),
            ("juillet", "juil"),
            ("aout",),
            ("septembre", "sept"),
            ("octobre", "oct"),
            ("novembre", "nov"),
            ("decembre", "dec"),
        ),
        start=1,
    )
    for name in names
}
_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
# Matched on folded text, whose letters are one for one those of the NFC text but for ligatures.
_DATE = re.compile(
    rf"""(?<![\w/.-])(?:
        (?P<d>[0-3]?\d)(?:er)?\s+(?P<m>{_NAMES})\.?\s+(?P<y>(?:19|20)\d\d)
      | (?P<d2>[0-3]?\d)(?P<s>[/.-])(?P<m2>[01]?\d)(?P=s)(?P<y2>(?:19|20)\d\d|\d\d(?!\d))
      | (?P<y3>(?:19|20)\d\d)[-_](?P<m3>[01]\d)(?:[-_](?P<d3>[0-3]\d))?
      | (?P<m4>{_NAMES})\.?\s+(?P<y4>(?:19|20)\d\d)
    )(?![\w/]|[.-]\d)""",
    re.VERBOSE,
)
_EARLIEST, _LATEST = 1900, 2100
# "Paris, le 3 mars 2020" at the start of a line; "Fait à Ivry-sur-Seine le 3 mars 2020" anywhere.
_SIGNED = re.compile(
    r"(?:^|[ .;])(?:fait|signe|etabli|redige) (?:a [\w' -]{2,40}?)?,? ?(?:en date du|le) (?:\w+di )?$"
    r"|^(?!(?:depuis|avant|apres|jusque?|des|pour|entre|vers|si|mais|et|or) )[a-z][\w' -]{1,35}, ?(?:le )(?:\w+di )?$"
)
_LABELLED = re.compile(
    r"(?:^|(?<!\ben)[ (|])(?:date(?: d'effet| de (?:la )?(?:redaction|signature|mise a jour|publication))?|"
    r"(?:mise?|etat du droit) a jour|a jour|etat du droit|edite)"
    r" ?(?:le|au|du)? ?:? ?(?:le )?(?:\w+di )?$"
)
_MEETING = re.compile(
    r"(?:reunion|seance|comite|conseil|point|echange|atelier|entretien|visite|semaine|situation|webinaire|journee|codir)"
    r"\b[^.;]{0,60}?\b(?:du|le|de)\s(?:\w+di\s)?(?:\d{1,2} (?:au|et) )?$"
)
_MEETING_LABEL = re.compile(r"(?:^|[ (|])date de (?:la )?(?:reunion|seance) ?(?:du)? ?:? ?(?:le )?(?:\w+di )?$")
_OTHER_ACT = re.compile(
    r"(?:decret|loi|arrete|circulaire|reglement|directive|convention|ordonnance|decision|instruction|code|avis|"
    r"arret|jugement|recommandation|communication)s?\b[^.;]{0,60}$"
)
_ACT_TITLE = re.compile(
    r"^(?:projet d[e'] ?)?(?:avenant|arrete|convention|decision|circulaire|instruction|note|compte[ -]rendu|rapport|"
    r"proces[ -]verbal|fiche|releve)(?: n ?[°o] ?\S+| numero \S+| \w+/\S+)? (?:en date )?(?:du|le) $"
)
_ENDING = re.compile(r"(?: [–—-]|,) (?:le )?(?:\w+di )?$")
_BODY = frozenset({BlockKind.TABLE_ROW, BlockKind.LIST_ITEM, BlockKind.FOOTNOTE})


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date in ``text[start:end]``; ``iso`` is a day, or a month when no day is written."""

    iso: str
    start: int
    end: int


def find_dates(folded: str) -> Iterator[WrittenDate]:
    """The dates of a folded text, left to right; impossible ones are left out."""
    for found in _DATE.finditer(folded):
        iso = _iso(found)
        if iso:
            yield WrittenDate(iso, found.start(), found.end())


def _iso(found: re.Match[str]) -> str:
    if found["d"]:
        day, month, year = int(found["d"]), _MONTHS[found["m"]], int(found["y"])
    elif found["d2"]:
        day, month, year = int(found["d2"]), int(found["m2"]), int(found["y2"])
        if year < 100:
            year += 2000 if year < 70 else 1900
    elif found["y3"]:
        day, month, year = int(found["d3"] or 0), int(found["m3"]), int(found["y3"])
    else:
        day, month, year = 0, _MONTHS[found["m4"]], int(found["y4"])
    try:
        date(year, month, day or 1)
    except ValueError:
        return ""
    if not _EARLIEST <= year < _LATEST:
        return ""
    return f"{year:04}-{month:02}-{day:02}" if day else f"{year:04}-{month:02}"


def text_date(pages: Sequence[Page]) -> Found | None:
    """The date that the first pages give the document itself, not the acts it cites; None when none does.

    In order: beside a place ("Paris, le…"), after a label ("Mis à jour le…"), in the title of an act, "Fait à… le"
    at the end, the day of a meeting (said in the origin: minutes are written later), alone on its line, at the end of a
    title or of the line under it ("DGE – 20 juin 2019", "Revue de presse, novembre 2024").
    """
    opening = [(line, fold_line(line.text)) for line in opening_lines(pages)]
    closing = [(line, fold_line(line.text)) for line in closing_lines(pages)]
    running = [(line, fold_line(line.text)) for line in running_lines(pages[:1])]
    for rule, lines in (
        (_is_signed, opening[:25]),
        (_is_labelled, opening[:25]),
        (_is_act_title, opening[:8] + running),
        (_is_signed, closing),
        (_is_meeting, opening[:6]),
        (_is_alone, opening[:10]),
        (_is_ending, opening[:4]),
    ):
        for line, folded in lines:
            for found in find_dates(folded):
                if rule(line, folded, found):
                    return Found(found.iso, line.origin + (" (date de la réunion)" if rule is _is_meeting else ""))
    return None


def name_date(name: str) -> Found | None:
    """The date that a file's name bears, a day before a month."""
    found = sorted(find_dates(fold_line(name).replace("_", "-")), key=lambda d: -len(d.iso))
    return Found(found[0].iso, "nom du fichier") if found else None


def _is_signed(line: Line, folded: str, found: WrittenDate) -> bool:
    before = folded[: found.start]
    return len(before) < 90 and line.kind not in _BODY and _SIGNED.search(before) is not None


def _is_labelled(line: Line, folded: str, found: WrittenDate) -> bool:
    return _LABELLED.search(folded[: found.start]) is not None


def _is_act_title(line: Line, folded: str, found: WrittenDate) -> bool:
    return _ACT_TITLE.match(folded[: found.start]) is not None


def _is_meeting(line: Line, folded: str, found: WrittenDate) -> bool:
    before = folded[: found.start]
    if _MEETING_LABEL.search(before):
        return True
    titled = line.kind is BlockKind.HEADING or (line.kind not in _BODY and len(folded) <= 160)
    return titled and _MEETING.search(before) is not None and not _OTHER_ACT.search(before)


def _is_alone(line: Line, folded: str, found: WrittenDate) -> bool:
    """The line says little else: a date, perhaps with a place or a service."""
    rest = len(folded) - (found.end - found.start)
    if line.kind in _BODY:
        return False
    return rest <= 12 or (found.start == 0 and rest <= 60 and folded[found.end : found.end + 1] in {",", " "})


def _is_ending(line: Line, folded: str, found: WrittenDate) -> bool:
    before = folded[: found.start]
    short = line.kind not in _BODY and len(folded) <= 120
    return short and found.end == len(folded) and _ENDING.search(before) is not None and not _OTHER_ACT.search(before)

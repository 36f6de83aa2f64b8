"""Headings: told by the outline when there is one, else by size, weight, numbering and capitals.

Levels come from the outline for the headings it names; a style it names lends its level to the others
set the same way. Without outline, styles are ranked by size, and at one size by the order in which their
numberings first appear ("I." then "A." then "1.").
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from corpus.document import BlockKind
from corpus.extraction.layout_blocks import Paragraph

MAX_LEVEL = 6
MAX_CHARS = 220

_ROMAN = r"(?=[IVXLC])[IVXLC]{1,6}"
_PART = re.compile(
    rf"^(?P<part>article|chapitre|titre|section|sous-section|annexe|partie|livre|fiche)s?\s+"
    rf"(?:n°\s*)?(?:\d+(?:er)?(?:[.-]\d+)*|{_ROMAN}|[A-Z]|premier|première|unique|préliminaire)\b",
    re.IGNORECASE,
)
_DECIMAL = re.compile(r"^(?P<number>\d{1,2}(?:\.\d{1,2}){0,5})\.?\s*[-–—)]?\s+(?=[^\W\d_])")
_LETTERED = re.compile(rf"^(?:(?P<roman>{_ROMAN})|(?P<capital>[A-Z])|(?P<small>[a-z]))\s?[.)]?\s*[-–—.)]\s*(?=\S)")
_ALONE = re.compile(rf"^(?:chapitre|titre|annexe|partie|livre|section)\s+(?:\d+|{_ROMAN}|[A-Z])\s*[.:–—-]?$", re.I)
# A date, and the words that only announce a boxed remark.
_NOT_A_HEADING = re.compile(
    r"^(?:(?:(?:le|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\s+)*\d{1,2}(?:er)?[\s/.-]\S{1,9}[\s/.-]\d{2,4}|"
    r"(?:note|nota(?: bene)?|n\.?b\.?|astuce|attention|important|avertissement|remarque|rappel)s?\s*[:!.]?)$",
    re.IGNORECASE,
)

Style = tuple[float, bool, str]


def mark_headings(
    pages: Sequence[Sequence[Paragraph]],
    outline: Mapping[int, Sequence[tuple[str, int]]],
    body_size: float,
    title: str = "",
) -> None:
    """Turn the paragraphs that are headings into headings with their levels, in place.

    Args:
        pages: each page's paragraphs.
        outline: page (0 for the first) to the titles and levels of the bookmarks that open there.
        body_size: font size of the running text, in points.
        title: of the document, or "".
    """
    bold_text = _mostly_bold(pages)
    told: dict[int, int] = {}
    headings: list[Paragraph] = []
    for number, page in enumerate(pages):
        titles = [(_key(entry), level) for entry, level in outline.get(number, ())]
        if number == 0 and title:
            titles.append((_key(title), 1))
        for place, paragraph in enumerate(page):
            if paragraph.kind not in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM) or not _may_be(paragraph):
                continue
            level = _outlined(paragraph, titles, body_size)
            if level:
                told[id(paragraph)] = level
                headings.append(paragraph)
            elif _looks_like(paragraph, body_size, bold_text=bold_text) or _is_lone_number(page, place):
                headings.append(paragraph)
    levels = _style_levels(headings, told)
    for heading in headings:
        heading.kind = BlockKind.HEADING
        heading.level = min(told.get(id(heading)) or levels[style(heading)], MAX_LEVEL)


def join_announced(page: list[Paragraph]) -> None:
    """Make one heading of "Chapitre 3" and the title set under it, in place."""
    index = 0
    while index + 1 < len(page):
        one, two = page[index], page[index + 1]
        if one.kind is two.kind is BlockKind.HEADING and _ALONE.match(one.text.strip()):
            one.rows += two.rows
            one.level = min(one.level, two.level)
            del page[index + 1]
        index += 1


def _mostly_bold(pages: Sequence[Sequence[Paragraph]]) -> bool:
    bold = total = 0
    for page in pages:
        for paragraph in page:
            length = len(paragraph.text)
            total += length
            bold += length if paragraph.bold else 0
    return bold > 0.4 * total


def _may_be(paragraph: Paragraph) -> bool:
    text = paragraph.text
    if len(text) > MAX_CHARS or len(paragraph.rows) > 4 or paragraph.contents:
        return False
    return sum(char.isalpha() for char in text) >= 2


def _key(title: str) -> str:
    """A title without its number, accents or punctuation, to compare an outline with a page."""
    folded = unicodedata.normalize("NFKD", title).casefold()
    words = re.findall(r"[^\W_]+", "".join(char for char in folded if not unicodedata.combining(char)))
    while words and (words[0].isdigit() or words[0] in ("chapitre", "annexe", "section")):
        words.pop(0)
    return " ".join(words)


def _outlined(paragraph: Paragraph, titles: list[tuple[str, int]], body_size: float) -> int:
    if not titles:
        return 0
    own = _key(paragraph.text)
    distinct = paragraph.bold or paragraph.size > 1.05 * body_size or _number_class(paragraph.text) != ""
    for title, level in titles:
        if own and own == title and (distinct or not paragraph.filled):
            return level
    return 0


def _looks_like(paragraph: Paragraph, body_size: float, *, bold_text: bool) -> bool:
    text = paragraph.text.strip()
    size, rows = paragraph.size, len(paragraph.rows)
    letters = [char for char in text if char.isalpha()]
    if any(line.mono for line in paragraph.lines) or _NOT_A_HEADING.match(text):
        return False
    capitals = len(letters) >= 6 and sum(char.isupper() for char in letters) >= 0.9 * len(letters)
    numbered = _number_class(text)
    item = paragraph.kind is BlockKind.LIST_ITEM
    ends_open = text[-1] in ",;" or (text[-1] == "." and not re.search(r"\betc\.$", text))
    if size >= 1.14 * body_size and rows <= 3:
        return not (item and not numbered) and not (ends_open and len(text) > 60)
    if size < 0.95 * body_size or ends_open or rows > 2:
        return False
    set_off = paragraph.gap > 0.45 * size
    if numbered == "part":
        return (paragraph.bold and not bold_text) or capitals or (set_off and len(text) <= 100)
    if item and not numbered:
        return False
    if paragraph.bold and not bold_text:
        return len(text) <= 130 and not re.fullmatch(r"[\W\d]*", text)
    if capitals and not paragraph.filled:
        return set_off and len(text) <= 90 and (bool(numbered) or " " in text)
    decimal = re.fullmatch(r"dec[2-6]", numbered)
    return bool(decimal) and set_off and rows == 1 and not paragraph.filled and not text.endswith(":")


def _is_lone_number(page: Sequence[Paragraph], place: int) -> bool:
    """Whether, on a page read by OCR (which tells no bold), a short numbered line heads what follows.

    It stands apart, ends without punctuation, and no neighbour carries the number before or after its own.
    """
    paragraph = page[place]
    text = paragraph.text.strip()
    own = _DECIMAL.match(text)
    if own is None or not any(line.marks for line in paragraph.lines):
        return False
    if len(paragraph.rows) > 1 or paragraph.filled or len(text) > 80 or text[-1] in ".,;:":
        return False
    if not text[own.end()].isupper() or paragraph.gap < 0.45 * paragraph.size:
        return False
    for other in (*page[max(place - 1, 0) : place], *page[place + 1 : place + 2]):
        theirs = _DECIMAL.match(other.text.strip())
        same_depth = theirs and theirs["number"].count(".") == own["number"].count(".")
        if theirs and same_depth and abs(_last_number(theirs["number"]) - _last_number(own["number"])) == 1:
            return False
    return True


def _last_number(number: str) -> int:
    return int(number.rpartition(".")[2])


def _number_class(text: str) -> str:
    """The kind of numbering a heading opens with: "part", "dec1" to "dec6", "roman", "capital", "small"."""
    if _PART.match(text):
        return "part"
    decimal = _DECIMAL.match(text)
    if decimal:
        return f"dec{decimal['number'].count('.') + 1}"
    lettered = _LETTERED.match(text)
    if lettered:
        return next(name for name, value in lettered.groupdict().items() if value)
    return ""


def style(paragraph: Paragraph) -> Style:
    """What headings of one level have in common."""
    return (round(paragraph.size * 2) / 2, paragraph.bold, _number_class(paragraph.text.strip()))


def _style_levels(headings: Sequence[Paragraph], told: Mapping[int, int]) -> dict[Style, int]:
    known: dict[Style, Counter[int]] = defaultdict(Counter)
    first_seen: dict[Style, int] = {}
    for order, heading in enumerate(headings):
        kind = style(heading)
        first_seen.setdefault(kind, order)
        if id(heading) in told:
            known[kind][told[id(heading)]] += 1
    ranked = sorted(first_seen, key=lambda kind: (-kind[0], _depth(kind[2]), first_seen[kind], not kind[1]))
    levels: dict[Style, int] = {}
    level = 0
    before: Style | None = None
    for kind in ranked:
        if kind in known:
            level = known[kind].most_common(1)[0][0]
        elif before is None or before[0] != kind[0] or before[2] != kind[2]:
            level += 1
        levels[kind] = level = max(level, 1)
        before = kind
    return levels


def _depth(number_class: str) -> int:
    """Decimal numbers say their depth; parts stand above them; the rest rank by first appearance."""
    if number_class.startswith("dec"):
        return int(number_class[3:])
    return 0

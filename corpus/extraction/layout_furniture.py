"""Running heads and feet and page numbers: what repeats from page to page in the margins."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from corpus.extraction.layout import Line

# Share of the page's height, from either edge, where furniture stands.
ZONE = 0.13
# Lines whose middles are closer than this (points) from page to page stand at the same place.
SLOT = 4.0
REACH = 3
"""How many pages away a running head may repeat: recto and verso differ, an opening page has none."""

_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_PAGE_NUMBER = re.compile(
    r"^(?P<word>pages?|p\.?|n°|folio)?\s*[-–—([|•]*\s*(?P<number>\d{1,4}|[ivxlc]{1,7})\s*"
    r"(?:(?:/|\||sur|of|de)\s*(?P<total>\d{1,4}))?\s*[-–—)\]|•]*$",
    re.IGNORECASE,
)
# "… page 2 sur 3" at the end of a longer foot; believed only when both numbers are right.
_PAGE_OF = re.compile(
    r"\b(?:page|p\.?)\s*(?P<number>\d{1,4})\s*(?:/|sur|de|of)\s*(?P<total>\d{1,4})\W*$", re.IGNORECASE
)


@dataclass(slots=True)
class Furniture:
    """Places, in each page's list of lines, of what is furniture; and the number printed on each page."""

    lines: list[set[int]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Candidate:
    page: int
    index: int
    edge: str
    middle: float
    raw: str
    text: str
    outer: bool
    apart: bool
    size: float

    @property
    def slot(self) -> int:
        return round(self.middle / SLOT)


def find_furniture(pages: Sequence[Sequence[Line]], heights: Sequence[float]) -> Furniture:
    """Look across all pages at once.

    A line in the margins is furniture when it says the same (numbers apart) at the same height on a
    near page, when it is a page number that counts with its neighbours, or when it stands apart from the
    text at a height where most pages have such a line akin to its neighbours' (heads that follow the
    chapters).
    """
    found = Furniture([set() for _ in pages], ["" for _ in pages])
    slots: dict[tuple[str, int], list[_Candidate]] = defaultdict(list)
    for number, (lines, height) in enumerate(zip(pages, heights, strict=True)):
        for candidate in _candidates(number, lines, height):
            slots[candidate.edge, candidate.slot].append(candidate)
    for (edge, slot), members in slots.items():
        near = members + slots.get((edge, slot - 1), []) + slots.get((edge, slot + 1), [])
        by_page: dict[int, list[_Candidate]] = defaultdict(list)
        for candidate in near:
            by_page[candidate.page].append(candidate)
        for candidate in members:
            label = _page_label(candidate, by_page, len(pages))
            if label:
                found.labels[candidate.page] = found.labels[candidate.page] or label
            if label or _repeats(candidate, by_page):
                found.lines[candidate.page].add(candidate.index)
        if _is_running(members, by_page):
            for candidate in members:
                if candidate.outer and candidate.apart:
                    found.lines[candidate.page].add(candidate.index)
    _find_repeated_asides(pages, found)
    return found


def _candidates(number: int, lines: Sequence[Line], height: float) -> Iterator[_Candidate]:
    upright = [(index, line) for index, line in enumerate(lines) if not line.aside]
    ordered = sorted(upright, key=lambda item: (item[1].box[1] + item[1].box[3]) / 2)
    for edge, sequence in (("top", ordered), ("bottom", ordered[::-1])):
        outermost = sequence[0][1] if sequence else None
        for place, (index, line) in enumerate(sequence[:12]):
            middle = (line.box[1] + line.box[3]) / 2
            depth = middle if edge == "top" else height - middle
            if depth > ZONE * height or outermost is None:
                break
            inward = next(
                (other for _, other in sequence[place + 1 :] if _overlap(line, other) <= 0),
                None,
            )
            gap = 0.0 if inward is None else -_overlap(line, inward)
            yield _Candidate(
                page=number,
                index=index,
                edge=edge,
                middle=middle,
                raw=line.text.strip(),
                text=re.sub(r"\d+", "#", re.sub(r"\s+", " ", line.text)).strip().casefold(),
                outer=_overlap(line, outermost) > 0,
                apart=gap >= 0.8 * line.height,
                size=line.size,
            )


def _overlap(a: Line, b: Line) -> float:
    return min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])


def _neighbours(candidate: _Candidate, by_page: dict[int, list[_Candidate]]) -> Iterator[tuple[int, _Candidate]]:
    for distance in range(1, REACH + 1):
        for page in (candidate.page - distance, candidate.page + distance):
            for other in by_page.get(page, ()):
                yield page - candidate.page, other


def _repeats(candidate: _Candidate, by_page: dict[int, list[_Candidate]]) -> bool:
    if sum(char.isalpha() for char in candidate.text) < 2:
        return False
    return any(
        other.text == candidate.text and abs(other.size - candidate.size) < 0.5
        for _, other in _neighbours(candidate, by_page)
    )


def _page_label(candidate: _Candidate, by_page: dict[int, list[_Candidate]], page_count: int) -> str:
    """The page number that ``candidate`` is, or ""; a number alone must count with a neighbour's."""
    counted = _PAGE_OF.search(candidate.raw)
    if counted and int(counted["total"]) == page_count and int(counted["number"]) == candidate.page + 1:
        return counted["number"]
    own = _number(candidate)
    if own is None:
        return ""
    value, label, total = own
    if total == page_count and value <= total:
        return label
    for distance, other in _neighbours(candidate, by_page):
        theirs = _number(other)
        if theirs is not None and theirs[0] - value == distance:
            return label
    return ""


def _number(candidate: _Candidate) -> tuple[int, str, int | None] | None:
    match = _PAGE_NUMBER.match(candidate.raw)
    if match is None:
        return None
    digits = match["number"]
    total = int(match["total"]) if match["total"] else None
    if digits.isdecimal():
        return int(digits), digits, total
    value = 0
    values = [_ROMAN[char] for char in digits.casefold()]
    for here, after in zip(values, [*values[1:], 0], strict=True):
        value += -here if here < after else here
    return value, digits, total


def _is_running(members: Sequence[_Candidate], by_page: dict[int, list[_Candidate]]) -> bool:
    outer = [candidate for candidate in members if candidate.outer]
    if len({candidate.page for candidate in outer}) < 4:
        return False
    apart = sum(candidate.apart for candidate in outer)
    akin = sum(
        any(_akin(candidate.text, other.text) for _, other in _neighbours(candidate, by_page)) for candidate in outer
    )
    return apart >= 0.85 * len(outer) and akin >= 0.5 * len(outer)


def _akin(a: str, b: str) -> bool:
    words_a, words_b = set(re.findall(r"\w\w+", a)), set(re.findall(r"\w\w+", b))
    return bool(words_a) and len(words_a & words_b) >= 0.5 * min(len(words_a), len(words_b)) > 0


def _find_repeated_asides(pages: Sequence[Sequence[Line]], found: Furniture) -> None:
    """Watermarks and margin stamps: turned against the page, the same on several pages."""
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, lines in enumerate(pages):
        for index, line in enumerate(lines):
            if line.aside:
                places[re.sub(r"\d+", "#", line.text).casefold()].append((number, index))
    for where in places.values():
        if len({number for number, _ in where}) >= 2:
            for number, index in where:
                found.lines[number].add(index)

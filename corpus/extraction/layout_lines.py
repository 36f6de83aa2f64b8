"""Words to lines: what was set in one go at one height, cut at wide gaps and at rulings."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from corpus.extraction.layout import LaidWord, Line, Mark, Sheet

# A gap wider than this many font sizes parts two lines of the same height: wider than the spaces of justified
# text open, narrower than most gutters. Rows parted by mistake are joined again when blocks are made.
GAP = 1.15
_LEADER = re.compile(r"(?:\s*[.…·_‥]){5,}\s*|(?:\s[.…·]){3,}\s*")
_NUMBER_OR_BULLET = re.compile(
    r"^(?:[•●▪■◦‣➢✓❖○*–—-]|\(?[a-zA-Z0-9]{1,3}[.)°]|(?:\d{1,3}\.)+\d{0,3}\.?|[IVXLC]{1,6}[.)]?)$"
)


def sheet_lines(sheet: Sheet) -> list[Line]:
    """The page's lines, those turned against it last, in the file's order."""
    walls = sorted((r.box for r in sheet.rulings if not r.horizontal), key=lambda box: (box[0] + box[2]) / 2)
    lines = _lines(sheet.words, walls)
    for group in sheet.aside:
        for line in _lines(group, []):
            line.aside = True
            lines.append(line)
    return lines


def _lines(words: Sequence[LaidWord], walls: list[tuple[float, float, float, float]]) -> list[Line]:
    runs: list[list[LaidWord]] = []
    centres = [(box[0] + box[2]) / 2 for box in walls]
    for word in words:
        if runs and _continues(runs[-1][-1], word) and not _walled(runs[-1][-1], word, walls, centres):
            runs[-1].append(word)
        else:
            runs.append([word])
    return _merge([_line(run) for run in runs if run], walls, centres)


def _continues(last: LaidWord, word: LaidWord) -> bool:
    if last.line is not None or word.line is not None:
        if last.line != word.line:
            return False
    elif not _same_height(last.box, word.box):
        return False
    gap = word.box[0] - last.box[2]
    size = max(last.size, word.size)
    return -0.6 * size <= gap <= GAP * size or (gap < 0 and word.box[0] > last.box[0])


def _same_height(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    overlap = min(a[3], b[3]) - max(a[1], b[1])
    return overlap >= 0.45 * min(a[3] - a[1], b[3] - b[1])


def _walled(
    last: LaidWord,
    word: LaidWord,
    walls: list[tuple[float, float, float, float]],
    centres: list[float],
) -> bool:
    """Whether a vertical ruling stands between two words."""
    left, right = last.box[2] - 1, word.box[0] + 1
    middle = (word.box[1] + word.box[3]) / 2
    for index in range(bisect_left(centres, left), len(walls)):
        if centres[index] > right:
            return False
        if walls[index][1] - 1 <= middle <= walls[index][3] + 1:
            return True
    return False


def _line(words: Sequence[LaidWord]) -> Line:
    text = ""
    marks: list[Mark] = []
    for index, word in enumerate(words):
        if index:
            text += words[index - 1].after
        if word.confidence is not None:
            marks.append(Mark(len(text), len(text) + len(word.text), word.place or word.box, word.confidence))
        text += word.text
    letters = sum(len(word.text) for word in words)
    leader = _LEADER.search(text)
    if leader and not marks:
        text = _LEADER.sub(" … ", text).strip()
    return Line(
        text=text,
        box=(
            min(word.box[0] for word in words),
            min(word.box[1] for word in words),
            max(word.box[2] for word in words),
            max(word.box[3] for word in words),
        ),
        size=_main_size(words),
        bold=sum(len(word.text) for word in words if word.bold) >= 0.9 * letters,
        mono=sum(len(word.text) for word in words if word.mono) >= 0.9 * letters,
        marks=tuple(marks),
    )


def _main_size(words: Sequence[LaidWord]) -> float:
    """The size most of the characters have."""
    sizes: dict[float, int] = {}
    for word in words:
        sizes[word.size] = sizes.get(word.size, 0) + len(word.text)
    main: float = max(sizes, key=lambda size: sizes[size])
    return round(main, 2)


def _merge(lines: list[Line], walls: list[tuple[float, float, float, float]], centres: list[float]) -> list[Line]:
    """Join what the file wrote apart: close neighbours, and a number or bullet with what it announces."""
    ordered = sorted(range(len(lines)), key=lambda index: (round(lines[index].box[3]), lines[index].box[0]))
    absorbed: set[int] = set()
    for place, index in enumerate(ordered):
        if index in absorbed:
            continue
        line = lines[index]
        for other_index in _following(ordered, place, lines):
            other = lines[other_index]
            if other_index in absorbed or not _same_height(line.box, other.box):
                continue
            if any(_between(wall, line, other) for wall in _near(walls, centres, line, other)):
                continue
            gap = other.box[0] - line.box[2]
            size = max(line.size, other.size)
            announces = bool(_NUMBER_OR_BULLET.match(line.text)) and 0 <= gap <= 4.5 * size
            announces = announces and abs(line.size - other.size) < 0.2 * size
            if -0.3 * size <= gap <= 0.75 * size or announces:
                line = lines[index] = _joined(line, other, glue=gap < 0.13 * size and not announces)
                absorbed.add(other_index)
    return [line for index, line in enumerate(lines) if index not in absorbed]


def _following(ordered: list[int], place: int, lines: list[Line]) -> Iterable[int]:
    """Lines that may stand at the same height, to the right; at most 60 are looked at."""
    bottom = lines[ordered[place]].box[3] + lines[ordered[place]].size
    for other in ordered[place + 1 : place + 61]:
        if lines[other].box[3] > bottom:
            return
        if lines[other].box[0] >= lines[ordered[place]].box[0]:
            yield other


def _near(
    walls: list[tuple[float, float, float, float]], centres: list[float], line: Line, other: Line
) -> list[tuple[float, float, float, float]]:
    return walls[bisect_left(centres, line.box[2] - 1) : bisect_left(centres, other.box[0] + 1)]


def _between(wall: tuple[float, float, float, float], line: Line, other: Line) -> bool:
    middle = (other.box[1] + other.box[3]) / 2
    return wall[1] - 1 <= middle <= wall[3] + 1 and line.box[2] <= wall[2] + 1


def _joined(line: Line, other: Line, *, glue: bool) -> Line:
    text = line.text + ("" if glue else " ")
    shift = len(text)
    marks = tuple(Mark(m.start + shift, m.end + shift, m.box, m.confidence) for m in other.marks)
    heavier = line if len(line.text) >= len(other.text) else other
    return Line(
        text=text + other.text,
        box=(
            min(line.box[0], other.box[0]),
            min(line.box[1], other.box[1]),
            max(line.box[2], other.box[2]),
            max(line.box[3], other.box[3]),
        ),
        size=heavier.size,
        bold=line.bold and other.bold,
        mono=line.mono and other.mono,
        marks=line.marks + marks,
    )

"""Reading order: where a page parts into columns, where into rows of a table, where it reads straight down.

A gutter is a vertical blank that no line crosses for a stretch of the page (as in the recursive X-Y cut of
Nagy and Seth, 1984, but cut at lines that cross, so that a title over two columns does not hide them).
What stands on its two sides says what it is: running text on both sides is columns; lines at the same
heights that do not run on are a table.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpus.extraction.layout import Column, Line, Region
from corpus.extraction.layout_tables import MAX_LINES, Grid, aligned_table, bands

MAX_DEPTH = 16
MAX_GUTTERS = 10

# Part of a column's width that a line of running text may leave blank where the next word did not fit.
_RAGGED = 0.4

_ENDS = re.compile(r"[.;:!?…»)\]]$")
_ITEM = re.compile(r"^\s*(?:[•●▪■◦‣➢✓*–—-]\s|\(?\w{1,3}[.)]\s)")


@dataclass(slots=True)
class _Stretch:
    left: list[Line]
    right: list[Line]
    top: float
    bottom: float
    columns: bool


def reading_order(lines: Sequence[Line], grids: Sequence[Grid] = ()) -> list[Region]:
    """The page's regions in the order they are read.

    Args:
        lines: those outside ``grids``.
        grids: the ruled tables, as :func:`layout_tables.ruled_tables` finds them.
    """
    ordered = sorted(grids, key=lambda grid: grid.box[1])
    if len(lines) > MAX_LINES:  # the file's own order is the best guess
        regions: list[Region] = [Column([[line] for line in lines])]
        return regions + [row for grid in ordered for row in grid.rows]
    return _arrange(list(lines), ordered, 0)


def _arrange(lines: list[Line], grids: list[Grid], depth: int) -> list[Region]:
    stretch = _best_stretch(lines, grids) if depth < MAX_DEPTH and len(lines) >= 4 else None
    if stretch is None:
        return _down(lines, grids)
    inside = {id(line) for line in stretch.left + stretch.right}
    rest = [line for line in lines if id(line) not in inside]
    above = [line for line in rest if _middle(line) < stretch.top]
    below = [line for line in rest if _middle(line) >= stretch.top]
    regions = _arrange(above, [g for g in grids if g.box[1] < stretch.top], depth + 1)
    if stretch.columns:
        regions += _arrange(stretch.left, [], depth + 1) + _arrange(stretch.right, [], depth + 1)
    else:
        regions += aligned_table(stretch.left + stretch.right) or _down(stretch.left + stretch.right, [])
    return regions + _arrange(below, [g for g in grids if g.box[1] >= stretch.top], depth + 1)


def _down(lines: list[Line], grids: list[Grid]) -> list[Region]:
    regions: list[Region] = []
    waiting = list(grids)
    rows: list[list[Line]] = []
    for band in bands(lines):
        while waiting and waiting[0].box[1] <= _middle(band[0]):
            if rows:
                regions.append(Column(rows))
                rows = []
            regions += waiting.pop(0).rows
        rows.append(band)
    if rows:
        regions.append(Column(rows))
    for grid in waiting:
        regions += grid.rows
    return regions


def _middle(line: Line) -> float:
    return (line.box[1] + line.box[3]) / 2


def _best_stretch(lines: list[Line], grids: list[Grid]) -> _Stretch | None:
    best: _Stretch | None = None
    ordered = sorted(lines, key=_middle)
    for x in _gutters(ordered):
        for stretch in _stretches(ordered, grids, x):
            size = len(stretch.left) + len(stretch.right)
            if best is None or size > len(best.left) + len(best.right):
                best = stretch
    return best


def _gutters(lines: list[Line]) -> list[float]:
    """Middles of the gaps between neighbours at one height, the most frequent first."""
    seen: Counter[int] = Counter()
    for band in bands(lines):
        for left, right in pairwise(band):
            if right.box[0] - left.box[2] >= 0.6 * min(left.size, right.size):
                # The right column's left edge is what stays from line to line: look just before it.
                seen[round((right.box[0] - 2) / 3)] += 1
    return [3.0 * key for key, _ in seen.most_common(MAX_GUTTERS)]


def _stretches(lines: list[Line], grids: list[Grid], x: float) -> list[_Stretch]:
    """Runs of lines that leave ``x`` free, judged as columns or table; others are left out."""
    found: list[_Stretch] = []
    left: list[Line] = []
    right: list[Line] = []
    walls = sorted(grid.box[1] for grid in grids)

    def close() -> None:
        stretch = _judged(left, right)
        if stretch is not None:
            found.append(stretch)
        left.clear()
        right.clear()

    for line in lines:
        while walls and walls[0] <= _middle(line):
            walls.pop(0)
            close()
        if line.box[0] < x - 1 and line.box[2] > x + 1:
            close()
        elif line.box[2] <= x + 1:
            left.append(line)
        else:
            right.append(line)
    close()
    return found


def _judged(left: list[Line], right: list[Line]) -> _Stretch | None:
    # What stands above the first or below the last line of the other side is not beside it.
    if len(left) < 2 or len(right) < 2:
        return None
    top = max(left[0].box[1], right[0].box[1]) - 0.6 * left[0].height
    bottom = min(left[-1].box[3], right[-1].box[3])
    beside_left = [line for line in left if line.box[3] > top and line.box[1] < bottom]
    beside_right = [line for line in right if line.box[3] > top and line.box[1] < bottom]
    if len(beside_left) < 2 or len(beside_right) < 2:
        return None
    size = min(line.size for line in beside_left + beside_right)
    if min(line.box[0] for line in beside_right) - max(line.box[2] for line in beside_left) < 0.5 * size:
        return None
    paired = _paired(beside_left, beside_right)
    fewest = min(len(beside_left), len(beside_right))
    runs = min(_runs_on(beside_left), _runs_on(beside_right))
    if fewest >= 3 and runs >= 0.3:
        columns = True
    elif paired >= 2 and paired >= 0.5 * fewest:
        columns = False
        # Cells of the last row may go on lower than the other side.
        low = bottom + 3 * size
        beside_left = [line for line in left if line.box[3] > top and line.box[1] < low]
        beside_right = [line for line in right if line.box[3] > top and line.box[1] < low]
    elif fewest >= 3 and paired < 0.34 * fewest:
        columns = True
    else:
        return None
    if columns:
        beside_left = [line for line in left if line.box[3] > top]
        beside_right = [line for line in right if line.box[3] > top]
    everything = beside_left + beside_right
    return _Stretch(
        beside_left,
        beside_right,
        min(line.box[1] for line in everything),
        max(line.box[3] for line in everything),
        columns,
    )


def _paired(left: list[Line], right: list[Line]) -> int:
    """How many lines on the left have one at the same height on the right."""
    bottoms = sorted(line.box[3] for line in right)
    count = 0
    place = 0
    for line in sorted(left, key=lambda line: line.box[3]):
        while place < len(bottoms) and bottoms[place] < line.box[3] - 0.3 * line.size:
            place += 1
        if place < len(bottoms) and bottoms[place] <= line.box[3] + 0.3 * line.size:
            count += 1
    return count


def _runs_on(lines: list[Line]) -> float:
    """Share of lines whose sentence goes on in the line below, having filled its own."""
    left, right = min(line.box[0] for line in lines), max(line.box[2] for line in lines)
    pairs = 0
    running = 0
    for upper, lower in pairwise(lines):
        if lower.box[1] - upper.box[3] > 0.8 * upper.height:
            continue
        pairs += 1
        begins = lower.text[:1].islower() or upper.text[-1:] in "-\ufffe’'"
        full = upper.box[2] > right - _RAGGED * (right - left)
        if full and begins and not _ENDS.search(upper.text) and not _ITEM.match(lower.text):
            running += 1
    return running / pairs if pairs else 0.0

"""Tables: cells drawn by rulings, or by columns that keep their place from row to row."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.extraction.layout import Box, Line, Ruling, TableRow

# Rulings drawn apart by less than this many points meet.
TOUCH = 3.0
MAX_RULINGS = 600
# Beyond this the page is not a text set by people.
MAX_LINES = 2_000
# A cell with more lines than this holds a text of its own: the table only lays out the page.
MAX_CELL_LINES = 30


@dataclass(slots=True)
class Grid:
    """A ruled table: where it stands and its rows."""

    box: Box
    rows: list[TableRow]


def ruled_tables(lines: Sequence[Line], rulings: Sequence[Ruling]) -> tuple[list[Grid], list[Line]]:
    """The tables drawn on the page, and the lines outside them."""
    if len(lines) > MAX_LINES:
        return [], list(lines)
    horizontal = _merged([r.box for r in rulings if r.horizontal], across=0)
    vertical = _merged([r.box for r in rulings if not r.horizontal], across=1)
    if len(horizontal) < 2 or not vertical or len(horizontal) + len(vertical) > MAX_RULINGS:
        return [], list(lines)
    grids: list[Grid] = []
    rest = list(lines)
    for group in _connected(horizontal, vertical):
        grid, outside = _grid(rest, group)
        if grid is not None:
            grids.append(grid)
            rest = outside
    return grids, rest


def _merged(boxes: Iterable[Box], across: int) -> list[Box]:
    """Rulings that continue each other, as one; ``across`` is 0 for horizontal ones, 1 for vertical."""
    along, beside = (0, 1) if across == 0 else (1, 0)
    shelves: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        shelves[round((box[beside] + box[beside + 2]) / 2 / 1.5)].append(box)
    merged: list[Box] = []
    for _, shelf in sorted(shelves.items()):
        shelf.sort(key=lambda box: box[along])
        held = shelf[0]
        for box in shelf[1:]:
            if box[along] <= held[along + 2] + TOUCH:
                held = (
                    min(held[0], box[0]),
                    min(held[1], box[1]),
                    max(held[2], box[2]),
                    max(held[3], box[3]),
                )
            else:
                merged.append(held)
                held = box
        merged.append(held)
    return merged


def _connected(horizontal: list[Box], vertical: list[Box]) -> list[tuple[list[Box], list[Box]]]:
    """Rulings that touch each other, in groups."""
    parents = list(range(len(horizontal) + len(vertical)))

    def root(node: int) -> int:
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    for i, h in enumerate(horizontal):
        for j, v in enumerate(vertical, len(horizontal)):
            meets_x = h[0] - TOUCH <= v[2] and v[0] <= h[2] + TOUCH
            if meets_x and v[1] - TOUCH <= h[3] and h[1] <= v[3] + TOUCH:
                parents[root(i)] = root(j)
    groups: dict[int, tuple[list[Box], list[Box]]] = defaultdict(lambda: ([], []))
    for i, box in enumerate(horizontal):
        groups[root(i)][0].append(box)
    for j, box in enumerate(vertical, len(horizontal)):
        groups[root(j)][1].append(box)
    return [group for group in groups.values() if _may_be_table(*group)]


def _may_be_table(horizontal: Sequence[Box], vertical: Sequence[Box]) -> bool:
    """Closed, or open at its sides: one upright then parts rows that rulings part."""
    return len(horizontal) >= (2 if len(vertical) >= 2 else 3) and bool(vertical)


def _grid(lines: list[Line], group: tuple[list[Box], list[Box]]) -> tuple[Grid | None, list[Line]]:
    horizontal, vertical = group
    bounds = (
        min(box[0] for box in horizontal + vertical),
        min(box[1] for box in horizontal + vertical),
        max(box[2] for box in horizontal + vertical),
        max(box[3] for box in horizontal + vertical),
    )
    cells: dict[tuple[int, int, int, int], list[Line]] = defaultdict(list)
    outside: list[Line] = []
    for line in lines:
        x, y = (line.box[0] + line.box[2]) / 2, (line.box[1] + line.box[3]) / 2
        if not (bounds[0] <= x <= bounds[2] and bounds[1] <= y <= bounds[3]) or line.aside:
            outside.append(line)
            continue
        above = [(h[1] + h[3]) / 2 for h in horizontal if h[0] - TOUCH <= x <= h[2] + TOUCH]
        beside = [(v[0] + v[2]) / 2 for v in vertical if v[1] - TOUCH <= y <= v[3] + TOUCH]
        top = max((value for value in above if value <= y), default=bounds[1])
        bottom = min((value for value in above if value > y), default=bounds[3])
        left = max((value for value in beside if value <= x), default=bounds[0])
        right = min((value for value in beside if value > x), default=bounds[2])
        cells[round(top), round(left), round(bottom), round(right)].append(line)
    rows: dict[int, list[tuple[int, list[Line]]]] = defaultdict(list)
    for (top, left, _, _), inside in cells.items():
        shelf = next((known for known in rows if abs(known - top) <= 2), top)
        rows[shelf].append((left, sorted(inside, key=lambda line: (line.box[3], line.box[0]))))
    columns = {round(left / TOUCH) for _, left, _, _ in cells}
    longest = max((len(inside) for inside in cells.values()), default=0)
    tabular = len(columns) >= 2 and any(len(row) >= 2 for row in rows.values())
    if not tabular or longest > MAX_CELL_LINES:
        return None, lines
    ordered = [
        TableRow([inside for _, inside in sorted(row, key=lambda cell: cell[0])]) for _, row in sorted(rows.items())
    ]
    return Grid(bounds, ordered), outside


def aligned_table(lines: Sequence[Line]) -> list[TableRow] | None:
    """Rows of a table without rulings, or None when the lines do not make one.

    Columns are what the blanks running down through all lines leave. A row begins where its first column
    has text; a line without it continues the row above when it follows closely.
    """
    heights = bands(lines)
    # Heads are often wider than what stands under them: columns may show only below.
    below = [[line for band in heights[skip:] for line in band] for skip in range(3) if len(heights) - skip >= 3]
    columns = max((column_bounds(part) for part in (below or [list(lines)])), key=len)
    if len(columns) < 2:
        return None
    rows: list[list[list[Line]]] = []
    bottom = 0.0
    for band in heights:
        cells: list[list[Line]] = [[] for _ in columns]
        for line in band:
            middle = (line.box[0] + line.box[2]) / 2
            place = min(range(len(columns)), key=lambda i: abs((columns[i][0] + columns[i][1]) / 2 - middle))
            inside = [i for i, (left, right) in enumerate(columns) if left - 1 <= middle <= right + 1]
            cells[inside[0] if inside else place].append(line)
        top = min(line.box[1] for line in band)
        close = top - bottom < 0.7 * max(line.height for line in band)
        if rows and close and _continues_row(rows[-1], cells):
            rows[-1] = [held + more for held, more in zip(rows[-1], cells, strict=True)]
        else:
            rows.append(cells)
        bottom = max(line.box[3] for line in band)
    if len(rows) < 2:
        return None
    return [TableRow([cell for cell in row if cell]) for row in rows]


def _continues_row(row: list[list[Line]], cells: list[list[Line]]) -> bool:
    if not cells[0]:
        return bool(row[0])
    first = cells[0][0].text
    if first[:1].islower() and row[0] and not any(char.isdigit() for char in first):
        filled = sum(bool(cell) for cell in cells)
        return filled <= max(1, sum(bool(cell) for cell in row) - 1) or row[0][-1].text[-1:] in "-\ufffe,"
    return False


def column_bounds(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Left and right of each column: what lines cover between blanks running through all of them."""
    gap = 0.6 * min((line.size for line in lines), default=10.0)
    bounds: list[tuple[float, float]] = []
    for left, right in sorted((line.box[0], line.box[2]) for line in lines):
        if bounds and left <= bounds[-1][1] + gap:
            bounds[-1] = (bounds[-1][0], max(bounds[-1][1], right))
        else:
            bounds.append((left, right))
    return bounds


def bands(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines by height, from top to bottom; within a band from left to right."""
    found: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.box[1] + line.box[3]) / 2):
        if found:
            top = max(other.box[1] for other in found[-1])
            bottom = min(other.box[3] for other in found[-1])
            overlap = min(bottom, line.box[3]) - max(top, line.box[1])
            if overlap >= 0.5 * min(line.height, bottom - top):
                found[-1].append(line)
                continue
        found.append([line])
    for band in found:
        band.sort(key=lambda line: line.box[0])
    return found

"""Tables in a source's body, as rows of cells, for spreadsheets and CSV."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.demo.flat import parse_markdown
from corpus.demo.source import Source

NUMBER = re.compile(r"-?\d{1,3}(?: \d{3})*(?:,\d+)?|-?\d+(?:,\d+)?")
SUM = "=SOMME"
"""A cell that adds what stands above it in its table."""


@dataclass(slots=True)
class Sheet:
    """One sheet: its name and its rows of cells, a text outside tables being a row of one cell.

    ``heads`` are the indices of the rows that head a table.
    """

    name: str
    rows: list[list[str]]
    heads: list[int]


def sheets_of(source: Source) -> list[Sheet]:
    """A sheet for each heading of the body."""
    sheets: list[Sheet] = []
    tokens = parse_markdown(source.body)
    for at, token in enumerate(tokens):
        if token.type == "tr_open":
            sheets[-1].rows.append([])
            if tokens[at - 1].type == "thead_open":
                sheets[-1].heads.append(len(sheets[-1].rows) - 1)
        elif token.type == "inline":
            content = re.sub(r"\*\*|`", "", " ".join(token.content.split()))
            before = tokens[at - 1].type
            if before == "heading_open":
                sheets.append(Sheet(content, [], []))
            elif before in ("th_open", "td_open"):
                sheets[-1].rows[-1].append(content)
            else:
                sheets[-1].rows.append([content])
        elif token.type == "table_close":
            sheets[-1].rows.append([])
    return sheets


def as_number(cell: str) -> float | None:
    """``1 234,5`` as a number, or None for a text."""
    bare = cell.replace("\u00a0", " ").removesuffix("%").removesuffix("€").strip()
    if NUMBER.fullmatch(bare) is None:
        return None
    value = float(bare.replace(" ", "").replace(",", "."))
    return value / 100 if cell.rstrip().endswith("%") else value


def column_above(sheet: Sheet, row: int, column: int) -> Iterator[tuple[int, float]]:
    """The numbers that a sum in this cell adds, from the first row of its table, with their rows."""
    first = max((head for head in sheet.heads if head < row), default=-1) + 1
    for at in range(first, row):
        cells = sheet.rows[at]
        value = as_number(cells[column]) if column < len(cells) else None
        if value is not None:
            yield at, value

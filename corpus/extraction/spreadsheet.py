"""Spreadsheets: a sheet is a page, a row a line that can be read without its header."""

import csv
import datetime
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from corpus.document import BlockKind, Page, PageKind
from corpus.extraction import media_type as media
from corpus.extraction.extracted import Extracted
from corpus.extraction.failures import damaged, empty, password_needed, too_much_text
from corpus.extraction.limits import Limits
from corpus.extraction.packages import check_package
from corpus.extraction.page_builder import PageBuilder, one_line
from corpus.extraction.text import decode

_WHAT = "le classeur"
_DELIMITERS = ";,\t|"
_MOST_HEADER_CELL = 80
_LOOKED_AT = 20


def extract_spreadsheet(path: Path, media_type: str, limits: Limits | None = None) -> Extracted:
    """Read an XLSX, XLSB, XLS or ODS workbook, hidden sheets included."""
    limits = limits or Limits()
    if media_type != media.XLS:
        check_package(path, _WHAT, limits)
    pages: list[Page] = []
    total = 0
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            for number, name in enumerate(workbook.sheet_names, start=1):
                builder = PageBuilder()
                builder.heading(name, 1)
                sheet = workbook.get_sheet_by_name(name)
                _add_rows(builder, ([_shown(cell) for cell in row] for row in sheet.iter_rows()), limits, total)
                total += builder.length
                pages.append(builder.page(number, label=name, kind=PageKind.SHEET))
    except PasswordError as error:
        raise password_needed() from error
    except (CalamineError, ValueError, OSError) as error:
        raise damaged(_WHAT) from error
    if not any(block.kind is not BlockKind.HEADING for page in pages for block in page.blocks):
        raise empty()
    return Extracted(media_type=media_type, pages=tuple(pages))


def extract_csv(path: Path, limits: Limits | None = None) -> Extracted:
    """Read delimited text in any encoding; the delimiter is the one that cuts the first lines most evenly."""
    text = decode(path.read_bytes())
    builder = PageBuilder()
    delimiter = _delimiter(text)
    # The module's own bound (131,072 characters a field) sets a whole file aside for one long cell; all text is bounded
    # by its builder. It can only be said for the whole process, where it is never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    try:
        _add_rows(builder, csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), limits or Limits(), 0)
    except csv.Error as error:
        raise damaged("le fichier CSV") from error
    if not builder:
        raise empty()
    return Extracted(media_type="text/csv", pages=(builder.page(kind=PageKind.SHEET),))


def _add_rows(builder: PageBuilder, rows: Iterable[Sequence[str]], limits: Limits, before: int) -> None:
    """Add rows; under a header each says "Header : value | Header : value", so that it stands alone."""
    source = _not_empty(rows)
    first = next(source, None)
    if first is None:
        return
    builder.row(list(first))
    headers = [one_line(cell) for cell in first] if _is_header(first) else []
    for row in source:
        if headers:
            cells = [
                f"{headers[rank]} : {cell}" if rank < len(headers) and headers[rank] else cell
                for rank, cell in enumerate(row)
                if cell.strip()
            ]
            builder.row(cells)
        else:
            builder.row(list(row))
        if before + builder.length > limits.output_chars:
            raise too_much_text()


def _not_empty(rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    return (row for row in rows if any(cell.strip() for cell in row))


def _is_header(row: Sequence[str]) -> bool:
    """Whether a first row names columns: at least two short texts, all different, none a number."""
    named = [cell.strip() for cell in row if cell.strip()]
    return (
        len(named) >= 2
        and len(set(named)) == len(named)
        and all(len(cell) <= _MOST_HEADER_CELL and any(c.isalpha() for c in cell) for cell in named)
    )


def _delimiter(text: str) -> str:
    lines = [line for line in text[:50_000].splitlines() if line.strip()][:_LOOKED_AT]

    def evenness(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines]
        usual = max(set(counts), key=counts.count) if counts else 0
        return (counts.count(usual) if usual else 0, usual)

    return max(_DELIMITERS, key=evenness)


def _shown(cell: object) -> str:
    """A cell as people write it: whole numbers without decimals, dates in ISO order."""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.10g}"
    if isinstance(cell, datetime.datetime):
        midnight = cell.time() == datetime.time()
        return cell.date().isoformat() if midnight else cell.isoformat(" ", timespec="minutes")
    return str(cell)

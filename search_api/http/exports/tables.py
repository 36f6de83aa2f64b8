"""Citations as tables: CSV, XLSX and ODS.

A document's title may start with ``=``: a spreadsheet must show it, never compute it.
"""

import csv
import io
import re
from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar
from xml.sax.saxutils import escape

import xlsxwriter
from odfdo import Document, Element

from search_api.http.exports.citation import Citation

_Row = TypeVar("_Row")
_Cell = str | int | float
TableColumn: TypeAlias = tuple[str, int, Callable[[_Row], _Cell]]
"""A column's title, its width in characters, and what it says of a row."""

COLUMNS: tuple[TableColumn[Citation], ...] = (
    ("Rang", 6, lambda one: one.rank),
    ("Titre", 40, lambda one: one.title),
    ("Type", 14, lambda one: one.kind_text),
    ("Date", 14, lambda one: one.date),
    ("Auteur", 18, lambda one: one.author),
    ("Service", 18, lambda one: one.service),
    ("Référence", 18, lambda one: one.reference),
    ("Page", 6, lambda one: one.page),
    ("Emplacement", 16, lambda one: one.place),
    ("Rubriques", 30, lambda one: " › ".join(one.headings)),
    ("Phrase", 60, lambda one: one.sentence),
    ("Passage", 80, lambda one: one.passage),
    ("Fichier", 30, lambda one: one.file),
    ("Empreinte SHA-256", 20, lambda one: one.file_hash),
    ("Versement", 12, lambda one: one.drop),
    ("Compartiment", 14, lambda one: one.compartment),
    ("Génération", 14, lambda one: one.generation),
    ("Document", 22, lambda one: one.document_id),
    ("Lien", 40, lambda one: one.link),
    ("Score", 8, lambda one: round(one.score, 6)),
    ("Question", 40, lambda one: one.query),
    ("Exporté le", 12, lambda one: one.exported.isoformat()),
)
_STARTS_A_FORMULA = frozenset("=+-@\t\r\n|＝＋－＠")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LONGEST_CELL = 32_767
"""Characters Excel keeps in a cell, counted in UTF-16 units."""


def harmless(text: str) -> str:
    """``text`` with an apostrophe before it when a spreadsheet would take it for a formula.

    Leading blanks and invisible characters do not hide the sign that follows them.
    """
    bare = text.lstrip(" \u00a0\u202f\ufeff\u200b\u200e\u200f\u0000")
    starts = text[:1] in _STARTS_A_FORMULA or bare[:1] in _STARTS_A_FORMULA
    return f"'{text}" if starts else text


def as_csv(citations: Sequence[Citation]) -> bytes:
    """Citations as CSV."""
    return csv_table(citations, COLUMNS)


def csv_table(rows: Sequence[_Row], columns: Sequence[TableColumn[_Row]]) -> bytes:
    """UTF-8 with a byte order mark and semicolons, as French spreadsheets read it without asking."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([name for name, _, _ in columns])
    for one in rows:
        cells = (read(one) for _, _, read in columns)
        writer.writerow(harmless(cell.replace("\0", "")) if isinstance(cell, str) else cell for cell in cells)
    return out.getvalue().encode("utf-8-sig")


def _fits(text: str) -> str:
    if len(text.encode("utf-16-le")) // 2 <= LONGEST_CELL:
        return text
    return text.encode("utf-16-le")[: 2 * (LONGEST_CELL - 1)].decode("utf-16-le", "ignore") + "…"


def as_xlsx(citations: Sequence[Citation]) -> bytes:
    """Citations as XLSX."""
    return xlsx_table(citations, COLUMNS, "Réponses")


def xlsx_table(rows: Sequence[_Row], columns: Sequence[TableColumn[_Row]], title: str) -> bytes:
    """One sheet; every text is written as a text, so nothing in it is a formula or a link."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(title)
        bold = book.add_format({"bold": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for column, (name, width, _) in enumerate(columns):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, bold)
        for row, one in enumerate(rows, start=1):
            for column, (_, _, read) in enumerate(columns):
                cell = read(one)
                if isinstance(cell, str):
                    sheet.write_string(row, column, _fits(cell), wrapped)
                else:
                    sheet.write_number(row, column, cell, wrapped)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)
    return out.getvalue()


def as_ods(citations: Sequence[Citation]) -> bytes:
    """One OpenDocument sheet; every text is a cell of type string, so nothing in it is a formula or a link."""
    rows: list[list[_Cell]] = [[name for name, _, _ in COLUMNS]]
    rows += [[read(one) for _, _, read in COLUMNS] for one in citations]
    # Made element by element, 300 rows took odfdo 5 s: the sheet is read at once, from text that is escaped.
    cells = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    document = Document("spreadsheet")
    document.body.clear()
    document.body.append(Element.from_tag(f'<table:table table:name="Réponses">{cells}</table:table>'))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _ods_cell(cell: _Cell) -> str:
    if not isinstance(cell, str):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
    lines = _NOT_XML.sub("", _fits(cell)).splitlines() or [""]
    paragraphs = "".join(f"<text:p>{escape(line)}</text:p>" for line in lines)
    return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'

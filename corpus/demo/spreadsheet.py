"""Spreadsheets: a flat OpenDocument file for XLSX and ODS, and CSV."""

import csv
import io
from html import escape

from corpus.demo.flat_file import flat_file, marked
from corpus.demo.source import Source
from corpus.demo.tables import SUM, Sheet, as_number, column_above, sheets_of

_STYLES = (
    '<office:styles><style:default-style style:family="table-cell"><style:text-properties '
    'fo:font-family="Liberation Sans" fo:font-size="10pt" fo:language="fr" fo:country="FR"/>'
    '</style:default-style></office:styles><office:automatic-styles><number:number-style style:name="N1">'
    '<number:number number:min-integer-digits="1" number:grouping="true"/></number:number-style>'
    '<number:number-style style:name="N2"><number:number number:decimal-places="2" '
    'number:min-decimal-places="1" number:min-integer-digits="1" number:grouping="true"/></number:number-style>'
    '<number:percentage-style style:name="P1"><number:number number:decimal-places="1" '
    'number:min-integer-digits="1"/><number:text> %</number:text></number:percentage-style>'
    '<style:style style:name="entete" style:family="table-cell"><style:table-cell-properties '
    'fo:background-color="#dddddd" fo:wrap-option="wrap"/><style:text-properties fo:font-weight="bold"/>'
    '</style:style><style:style style:name="entier" style:family="table-cell" style:data-style-name="N1"/>'
    '<style:style style:name="decimal" style:family="table-cell" style:data-style-name="N2"/>'
    '<style:style style:name="taux" style:family="table-cell" style:data-style-name="P1"/>'
    '<style:style style:name="large" style:family="table-column"><style:table-column-properties '
    'style:column-width="4.2cm"/></style:style></office:automatic-styles>'
)


def _letters(column: int) -> str:
    return chr(ord("A") + column)


def _number(value: float, kind: str, style: str, formula: str = "") -> str:
    return (
        f'<table:table-cell table:style-name="{style}" office:value-type="{kind}" '
        f'office:value="{value:.10g}"{formula}/>'
    )


def _cell(source: Source, sheet: Sheet, row: int, column: int) -> str:
    text = sheet.rows[row][column]
    if text == SUM:
        above = list(column_above(sheet, row, column))
        total = sum(value for _, value in above)
        letter = _letters(column)
        formula = escape(f"of:=SUM([.{letter}{above[0][0] + 1}:.{letter}{above[-1][0] + 1}])")
        style = "entier" if all(value.is_integer() for _, value in above) else "decimal"
        return _number(total, "float", style, f' table:formula="{formula}"')
    value = None if row in sheet.heads else as_number(text)
    if value is None:
        style = ' table:style-name="entete"' if row in sheet.heads else ""
        return (
            f'<table:table-cell{style} office:value-type="string"><text:p>{marked(source, text)}</text:p>'
            "</table:table-cell>"
        )
    if text.endswith("%"):
        return _number(value, "percentage", "taux")
    return _number(value, "float", "entier" if value.is_integer() else "decimal")


def flat_spreadsheet(source: Source) -> str:
    """The document as flat OpenDocument XML (``.fods``): a sheet a heading, numbers as numbers, real sums."""
    tables = []
    for sheet in sheets_of(source):
        width = max(len(cells) for cells in sheet.rows)
        rows = "".join(
            "<table:table-row>"
            + ("".join(_cell(source, sheet, at, c) for c in range(len(cells))) or "<table:table-cell/>")
            + "</table:table-row>"
            for at, cells in enumerate(sheet.rows)
        )
        tables.append(
            f'<table:table table:name="{escape(sheet.name)}"><table:table-column table:style-name="large" '
            f'table:number-columns-repeated="{width}"/>{rows}</table:table>'
        )
    body = f"<office:body><office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body>"
    return flat_file(source, "spreadsheet", _STYLES + body)


def csv_file(source: Source) -> str:
    """The first table, with the semicolons and line ends that a French spreadsheet writes."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    sheet = sheets_of(source)[0]
    for at, cells in enumerate(sheet.rows):
        if at >= sheet.heads[0] and cells:
            writer.writerow(_total(sheet, at, c) if cell == SUM else cell for c, cell in enumerate(cells))
    return out.getvalue()


def _total(sheet: Sheet, row: int, column: int) -> str:
    return f"{sum(value for _, value in column_above(sheet, row, column)):.10g}".replace(".", ",")

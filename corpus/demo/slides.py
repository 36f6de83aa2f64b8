"""Slides: a flat OpenDocument presentation for PPTX and ODP."""

from collections.abc import Sequence

from markdown_it.token import Token

from corpus.demo.flat import parse_markdown, write_blocks
from corpus.demo.flat_file import flat_file, marked
from corpus.demo.source import Source
from corpus.demo.typography import french_date

_STYLES = (
    '<office:styles><style:style style:name="standard" style:family="graphic"><style:text-properties '
    'fo:font-family="Liberation Sans" fo:font-size="18pt" fo:language="fr" fo:country="FR"/></style:style>'
    "</office:styles><office:automatic-styles>"
    '<style:page-layout style:name="PM1"><style:page-layout-properties fo:page-width="28cm" '
    'fo:page-height="15.75cm" style:print-orientation="landscape"/></style:page-layout>'
    '<style:style style:name="dp1" style:family="drawing-page"/>'
    '<style:style style:name="pr1" style:family="presentation"><style:graphic-properties draw:fill="none" '
    'draw:stroke="none"/><style:text-properties fo:font-size="28pt" fo:font-weight="bold"/></style:style>'
    '<style:style style:name="pr2" style:family="presentation"><style:graphic-properties draw:fill="none" '
    'draw:stroke="none"/><style:text-properties fo:font-size="16pt"/></style:style>'
    '<style:style style:name="Gras" style:family="text"><style:text-properties fo:font-weight="bold"/>'
    '</style:style><style:style style:name="Italique" style:family="text"><style:text-properties '
    'fo:font-style="italic"/></style:style></office:automatic-styles><office:master-styles>'
    '<style:master-page style:name="Defaut" style:page-layout-name="PM1" draw:style-name="dp1"/>'
    "</office:master-styles>"
)
_TABLE_TOP_CM = 9.0


def _frame(kind: str, style: str, top: float, height: float, inside: str) -> str:
    return (
        f'<draw:frame presentation:style-name="{style}" presentation:class="{kind}" svg:x="1.5cm" '
        f'svg:y="{top}cm" svg:width="25cm" svg:height="{height}cm"><draw:text-box>{inside}</draw:text-box>'
        "</draw:frame>"
    )


def _table(source: Source, tokens: Sequence[Token], top: float) -> str:
    rows: list[list[str]] = []
    for at, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and tokens[at - 1].type in ("th_open", "td_open"):
            rows[-1].append(marked(source, token.content.replace("**", "")))
    cells = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row)
        + "</table:table-row>"
        for row in rows
    )
    return (
        f'<draw:frame svg:x="1.5cm" svg:y="{top}cm" svg:width="25cm" svg:height="{1.0 * len(rows)}cm">'
        f'<table:table table:use-first-row-styles="true"><table:table-column '
        f'table:number-columns-repeated="{len(rows[0])}"/>{cells}</table:table></draw:frame>'
    )


def _slide(source: Source, number: int, title: str, tokens: Sequence[Token]) -> str:
    tables = [at for at, token in enumerate(tokens) if token.type == "table_open"]
    notes_at = next((at for at, token in enumerate(tokens) if token.type == "blockquote_open"), len(tokens))
    end = tables[0] if tables else notes_at
    text = write_blocks(tokens[:end])
    parts = [_frame("title", "pr1", 0.8, 2.2, f"<text:p>{title}</text:p>")]
    if text:
        parts.append(_frame("outline", "pr2", 3.4, 5.2 if tables else 11.0, text))
    if tables:
        parts.append(_table(source, tokens[end:notes_at], _TABLE_TOP_CM if text else 3.6))
    if notes_at < len(tokens):
        notes = write_blocks(tokens[notes_at:])
        parts.append(
            '<presentation:notes><draw:frame presentation:class="notes" svg:x="2cm" svg:y="14cm" '
            f'svg:width="17cm" svg:height="11cm"><draw:text-box>{notes}</draw:text-box></draw:frame>'
            "</presentation:notes>"
        )
    return f'<draw:page draw:name="page{number}" draw:master-page-name="Defaut">{"".join(parts)}</draw:page>'


def flat_slides(source: Source) -> str:
    """The document as flat OpenDocument XML (``.fodp``): a slide a ``##``, a quotation being its notes.

    A slide's text comes before its table, its notes last.
    """
    service = marked(source, f"{source.fields['service']} – {french_date(source.date)}")
    cover = _frame("title", "pr1", 5.0, 3.0, f"<text:p>{marked(source, source.title)}</text:p>")
    pages = [
        f'<draw:page draw:name="page1" draw:master-page-name="Defaut">{cover}'
        f"{_frame('subtitle', 'pr2', 10.5, 2.0, f'<text:p>{service}</text:p>')}</draw:page>"
    ]
    tokens = parse_markdown(source.body)
    starts = [at for at, token in enumerate(tokens) if token.type == "heading_open"]
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        title = marked(source, tokens[start + 1].content)
        pages.append(_slide(source, len(pages) + 1, title, tokens[start + 3 : end]))
    body = f"<office:body><office:presentation>{''.join(pages)}</office:presentation></office:body>"
    return flat_file(source, "presentation", _STYLES + body)

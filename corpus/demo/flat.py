"""Markdown to a flat OpenDocument text, with real styles, which LibreOffice turns into PDF, DOCX or ODT.

Besides CommonMark and tables, sources may use: ``{droite}``, ``{centre}`` and ``{mention}`` at the head
of a paragraph for its style, ``^[…]`` for a footnote, and a thematic break for a page break.
"""

import re
from collections.abc import Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.demo.flat_file import flat_file
from corpus.demo.flat_styles import TEXT_MM, flat_styles
from corpus.demo.source import Source
from corpus.demo.typography import typeset

STYLED = re.compile(r"\A\{(droite|centre|mention)\}\s*")
FOOTNOTE = re.compile(r"\^\[([^\]]*)\]")
_STYLE_NAMES = {"droite": "Droite", "centre": "Centre", "mention": "Mention"}
_WIDEST = 40


def parse_markdown(body: str) -> list[Token]:
    """The block tokens of a source's body."""
    return MarkdownIt("commonmark").enable("table").parse(body)


_TAGS = {
    "bullet_list_open": '<text:list text:style-name="Puces">',
    "ordered_list_open": '<text:list text:style-name="Numeros">',
    "bullet_list_close": "</text:list>",
    "ordered_list_close": "</text:list>",
    "list_item_open": "<text:list-item>",
    "list_item_close": "</text:list-item>",
    "table_close": "</table:table>",
    "thead_open": "<table:table-header-rows>",
    "thead_close": "</table:table-header-rows>",
    "tr_open": "<table:table-row>",
    "tr_close": "</table:table-row>",
    "th_open": '<table:table-cell table:style-name="Case" office:value-type="string">',
    "td_open": '<table:table-cell table:style-name="Case" office:value-type="string">',
    "th_close": "</table:table-cell>",
    "td_close": "</table:table-cell>",
    "hr": '<text:p text:style-name="Saut"/>',
}
_SILENT = {f"{name}_{edge}" for name in ("heading", "paragraph", "tbody", "blockquote") for edge in ("open", "close")}


class _Writer:
    """Walks the tokens of one body and writes the XML of its text."""

    def __init__(self, typographic: bool) -> None:
        self.out: list[str] = []
        self.notes = 0
        self.tables = 0
        self.column_widths: set[int] = set()
        self.typographic = typographic

    def plain(self, text: str) -> str:
        return escape(typeset(text) if self.typographic else text, quote=False)

    def words(self, text: str) -> str:
        parts = []
        last = 0
        for match in FOOTNOTE.finditer(text):
            self.notes += 1
            parts.append(self.plain(text[last : match.start()]))
            parts.append(
                f'<text:note text:id="ftn{self.notes}" text:note-class="footnote">'
                f"<text:note-citation>{self.notes}</text:note-citation><text:note-body>"
                f'<text:p text:style-name="Footnote">{self.plain(match.group(1))}</text:p>'
                "</text:note-body></text:note>"
            )
            last = match.end()
        return "".join(parts) + self.plain(text[last:])

    def inline(self, children: Sequence[Token]) -> str:
        parts = []
        for token in children:
            match token.type:
                case "text" | "code_inline":
                    parts.append(self.words(token.content))
                case "softbreak":
                    parts.append(" ")
                case "hardbreak":
                    parts.append("<text:line-break/>")
                case "strong_open":
                    parts.append('<text:span text:style-name="Gras">')
                case "em_open":
                    parts.append('<text:span text:style-name="Italique">')
                case "link_open":
                    parts.append(f'<text:a xlink:type="simple" xlink:href="{escape(str(token.attrs["href"]))}">')
                case "strong_close" | "em_close":
                    parts.append("</text:span>")
                case "link_close":
                    parts.append("</text:a>")
                case other:
                    raise ValueError(f"not written in flat text: {other}")
        return "".join(parts)

    def paragraph(self, token: Token, style: str) -> None:
        children = list(token.children or ())
        if children and children[0].type == "text" and (match := STYLED.match(children[0].content)):
            style = _STYLE_NAMES[match.group(1)]
            first = children[0].copy(content=children[0].content[match.end() :])
            children = [first, *children[1:]]
        self.out.append(f'<text:p text:style-name="{style}">{self.inline(children)}</text:p>')

    def write(self, tokens: Sequence[Token]) -> str:
        for at, token in enumerate(tokens):
            self.token(token, tokens, at)
        return "".join(self.out)

    def token(self, token: Token, tokens: Sequence[Token], at: int) -> None:
        if token.type == "inline":
            self.text_of(token, tokens[at - 1])
        elif token.type == "table_open":
            self.tables += 1
            widths = _column_widths(tokens[at : _closing(tokens, at, "table_close")])
            self.column_widths.update(widths)
            columns = "".join(f'<table:table-column table:style-name="Colonne{mm}"/>' for mm in widths)
            self.out.append(f'<table:table table:name="Tableau{self.tables}" table:style-name="Tableau">{columns}')
        elif token.type in _TAGS:
            self.out.append(_TAGS[token.type])
        elif token.type not in _SILENT:
            raise ValueError(f"not written in flat text: {token.type}")

    def text_of(self, token: Token, opening: Token) -> None:
        if opening.type == "heading_open":
            level = int(opening.tag[1])
            self.out.append(
                f'<text:h text:style-name="Heading_20_{level}" text:outline-level="{level}">'
                f"{self.inline(token.children or ())}</text:h>"
            )
        elif opening.type == "th_open":
            self.paragraph(token, "Table_20_Heading")
        elif opening.type == "td_open":
            self.paragraph(token, "Table_20_Contents")
        else:
            self.paragraph(token, "Text_20_body")


def _column_widths(table: Sequence[Token]) -> list[int]:
    """Widths in millimetres that leave room for the longest word of each column."""
    widths: list[int] = []
    column = 0
    for token in table:
        if token.type == "tr_open":
            column = 0
        elif token.type == "inline":
            word = max((len(part) for part in token.content.split()), default=1)
            width = max(4, word + 3, round(2.2 * len(token.content) ** 0.5))
            if column == len(widths):
                widths.append(0)
            widths[column] = min(_WIDEST, max(widths[column], width))
            column += 1
    return [TEXT_MM * width // sum(widths) for width in widths]


def _closing(tokens: Sequence[Token], start: int, kind: str) -> int:
    return next(at for at in range(start, len(tokens)) if tokens[at].type == kind)


def write_blocks(tokens: Sequence[Token], *, typographic: bool = True) -> str:
    """The XML of some blocks: paragraphs, headings, lists, tables."""
    return _Writer(typographic).write(tokens)


def flat_text(source: Source) -> str:
    """The document as flat OpenDocument XML (``.fodt``).

    Front matter read here: ``font`` (sans or serif), ``size`` (points), ``head`` and ``foot`` (running
    head and foot), ``heading`` ("no" when the body has its own title), ``author``, ``keywords``.

    Raises:
        ValueError: Markdown that has no equivalent here (raw HTML, images, code blocks).
    """
    fields = source.fields
    writer = _Writer(fields.get("typography", "yes") == "yes")
    size = float(fields.get("size", "11"))
    head = writer.plain(fields.get("head", fields["service"]))
    foot = writer.plain(fields.get("foot", fields.get("reference", source.title)))
    if fields.get("heading", "yes") == "yes":
        writer.out.append(f'<text:p text:style-name="Title">{writer.plain(source.title)}</text:p>')
    content = writer.write(parse_markdown(source.body))
    styles = flat_styles(fields.get("font", "sans"), size, head, foot, sorted(writer.column_widths))
    return flat_file(source, "text", f"{styles}<office:body><office:text>{content}</office:text></office:body>")

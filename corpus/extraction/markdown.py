"""Markdown, read by markdown-it: the text without its marks, the structure from its marks."""

import re
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.document import BlockKind
from corpus.extraction.extracted import Extracted
from corpus.extraction.html import html_to_page
from corpus.extraction.page_builder import PageBuilder, one_line
from corpus.extraction.structured import structured
from corpus.extraction.text import add_plain_text, decode

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^([A-Za-zÀ-ÿ_\-]{1,40}):[ \t]+(.{1,500})$", re.MULTILINE)
# Deeper than markdown-it's own stack allows: what it would leave out without a word raises instead.
_DEEPEST = 10_000
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_FIELDS = {
    "title": "title",
    "titre": "title",
    "author": "author",
    "auteur": "author",
    "date": "date",
    "service": "service",
    "reference": "reference",
    "référence": "reference",
    "lang": "language",
    "language": "language",
    "langue": "language",
    "keywords": "keywords",
    "tags": "keywords",
    "mots-clés": "keywords",
}


def extract_markdown(path: Path) -> Extracted:
    """Read Markdown: headings, lists, tables as rows; a YAML header gives the metadata."""
    return read_markdown(decode(path.read_bytes()))


def read_markdown(source: str) -> Extracted:
    """The same from a string."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    metadata: dict[str, str] = {}
    header = _FRONT_MATTER.match(source)
    if header is not None:
        for name, value in _FIELD.findall(header[1]):
            field = _FIELDS.get(name.lower())
            if field is not None:
                metadata.setdefault(field, one_line(value).strip("\"'[]"))
        source = source[header.end() :]
    builder = PageBuilder()
    try:
        tokens = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable("table").parse(source)
    except RecursionError:
        # No author nests quotations so deep: the marks are lost, the words are not.
        add_plain_text(builder, source)
    else:
        _add_tokens(builder, tokens)
    page = builder.page()
    return structured("text/markdown", (page,), metadata.pop("title", ""), metadata, origin="en-tête du fichier")


def _add_tokens(builder: PageBuilder, tokens: list[Token]) -> None:
    open_marks: list[str] = []
    cells: list[str] = []
    for token in tokens:
        if token.type == "inline":
            _add_inline(builder, _inline_text(token), open_marks, cells)
        elif token.type in {"fence", "code_block"}:
            builder.add(BlockKind.PARAGRAPH, token.content, preformatted=True)
        elif token.type == "html_block":
            html_to_page(token.content, builder)
        elif token.nesting == 1:
            open_marks.append(token.tag)
        elif token.nesting == -1:
            closed = open_marks.pop()
            if closed == "tr":
                builder.row(cells)
                cells.clear()


def _add_inline(builder: PageBuilder, text: str, open_marks: list[str], cells: list[str]) -> None:
    mark = open_marks[-1] if open_marks else ""
    if mark in _HEADINGS:
        builder.heading(text, _HEADINGS[mark])
    elif mark in {"td", "th"}:
        cells.append(text)
    elif "li" in open_marks:
        builder.add(BlockKind.LIST_ITEM, text)
    else:
        builder.paragraph(text)


def _inline_text(token: Token) -> str:
    parts = []
    for child in token.children or ():
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak":
            parts.append("\n")
        elif child.type == "image":
            parts.append(child.content)
        elif child.type == "html_inline" and child.content.lower().startswith("<br"):
            parts.append("\n")
    return "".join(parts)

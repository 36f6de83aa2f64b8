"""HTML pages, read by lexbor: what a reader sees, not what a browser runs."""

import re
from collections.abc import Iterator
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from corpus.document import BlockKind
from corpus.extraction.extracted import Extracted
from corpus.extraction.page_builder import PageBuilder, one_line
from corpus.extraction.structured import structured
from corpus.extraction.text import decode

_SKIPPED_TAGS = (
    "head script style nav noscript template svg math iframe object embed canvas audio video map select "
    "button input textarea datalist dialog"
)
_SKIPPED = frozenset(_SKIPPED_TAGS.split())
_BLOCK_TAGS = (
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu ol p pre search section summary "
    "table tbody td tfoot th thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LAYOUT = "table, h1, h2, h3, h4, ul, ol"
_SECTIONS = frozenset({"article", "aside", "main", "section"})
_EDGES = frozenset({"header", "footer"})
_EDGE_ROLES = {"banner": "header", "contentinfo": "footer"}
_HIDDEN_ROLES = frozenset({"navigation", "menu", "menubar", "search"})
# Links for screen readers and keyboards, wherever they stand.
_SKIP_LINK = re.compile(
    r"(?:aller|accéder|passer|sauter)(?: directement)? (?:au|à la|à l['’]|aux)\s?"
    r"(?:contenu|menu|navigation|recherche|pied de page)(?: principale?)?"
    r"|skip to (?:main )?content|retour en haut(?: de (?:la )?page)?|haut de page",
    re.IGNORECASE,
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:\-]{2,40})", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f]{2,}|[\t\r\n\f]")
# Meta names (lower case) to the house's fields.
_META = {
    "author": "author",
    "dc.creator": "author",
    "dcterms.creator": "author",
    "date": "date",
    "dc.date": "date",
    "dcterms.date": "date",
    "dcterms.issued": "date",
    "article:published_time": "date",
    "description": "description",
    "dc.description": "description",
    "keywords": "keywords",
    "dc.subject": "keywords",
    "dc.identifier": "reference",
    "dc.publisher": "service",
    "language": "language",
    "dc.language": "language",
}
_ORIGIN = "balises de la page"


def decode_html(data: bytes) -> str:
    """Bytes to text: BOM, UTF-8, then the charset the page declares, then the likeliest."""
    if data[:3] != b"\xef\xbb\xbf" and data[:2] not in {b"\xff\xfe", b"\xfe\xff"}:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        declared = _CHARSET.search(data[:4096])
        if declared is not None:
            encoding = declared[1].decode("ascii").lower()
            # A browser reads Latin-1 as Windows-1252: so were these pages written.
            encoding = "cp1252" if encoding in {"iso-8859-1", "latin-1", "latin1", "us-ascii"} else encoding
            try:
                return data.decode(encoding)
            except (LookupError, UnicodeError, ValueError):
                pass
    return decode(data)


def extract_html(path: Path) -> Extracted:
    """Read a page: title, headings, lists, tables as rows; no script, style or navigation."""
    return read_html(decode_html(path.read_bytes()))


def read_html(source: str) -> Extracted:
    """The same from a string."""
    tree = LexborHTMLParser(source.replace("\x00", ""))
    builder = PageBuilder()
    add_html(builder, tree)
    page = builder.page()
    metadata = _metadata(tree)
    title_node = tree.css_first("title")
    title = one_line(title_node.text()) if title_node is not None else ""
    return structured("text/html", (page,), title, metadata, origin=_ORIGIN)


def html_to_page(source: str, builder: PageBuilder) -> None:
    """Add what a fragment or page of HTML says to a page being built."""
    add_html(builder, LexborHTMLParser(source.replace("\x00", "")))


def _metadata(tree: LexborHTMLParser) -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in tree.css("meta"):
        attributes = meta.attributes
        name = (attributes.get("name") or attributes.get("property") or "").strip().lower()
        value = one_line(attributes.get("content") or "")
        if name in _META and value:
            found.setdefault(_META[name], value)
    root = tree.css_first("html")
    language = one_line(root.attributes.get("lang") or "") if root is not None else ""
    if language:
        found.setdefault("language", language)
    return found


def add_html(builder: PageBuilder, tree: LexborHTMLParser) -> None:
    """Walk the tree without recursion (pages nest as deep as they like) and add its blocks."""
    root = tree.root
    if root is not None:
        _Walk(builder).run(root)


class _Walk:
    def __init__(self, builder: PageBuilder) -> None:
        self._builder = builder
        self._inline: list[str] = []
        self._contexts: list[str] = []
        self._pre = 0

    def run(self, root: LexborNode) -> None:
        for node, entering in _events(root):
            tag = node.tag or ""
            if tag == "-text":
                self._inline.append(self._text_of(node))
            elif entering:
                self._enter(node, tag)
            else:
                self._leave(tag)
        self._flush()

    def _text_of(self, node: LexborNode) -> str:
        text = node.text_content or ""
        return text if self._pre else _BLANKS.sub(" ", text)

    def _enter(self, node: LexborNode, tag: str) -> None:
        if tag == "br":
            self._inline.append("\n")
        elif tag == "tr" and not _is_layout(node):
            self._flush()
            self._builder.row([_cell_text(cell) for cell in node.iter() if cell.tag in {"td", "th"}])
        elif tag in _BLOCKS:
            self._flush()
            role = (node.attributes.get("role") or "").strip().lower()
            self._contexts.append(_EDGE_ROLES.get(role, tag))
            self._pre += tag == "pre"

    def _leave(self, tag: str) -> None:
        if tag in _BLOCKS and self._contexts:
            self._flush()
            self._pre -= tag == "pre"
            self._contexts.pop()

    def _flush(self) -> None:
        text = "".join(self._inline)
        self._inline.clear()
        if not text or text.isspace():
            return
        builder = self._builder
        tag = self._contexts[-1] if self._contexts else ""
        heading = next((c for c in reversed(self._contexts[-4:]) if c in _HEADINGS), None)
        if heading is not None and self._edge() != "footer":
            builder.heading(text, _HEADINGS[heading])
        elif tag in {"li", "dd", "dt"} or "li" in self._contexts[-3:]:
            builder.add(BlockKind.LIST_ITEM, text)
        elif self._edge() or _SKIP_LINK.fullmatch(text.strip()):
            builder.add(BlockKind.FURNITURE, text)
        elif self._pre:
            builder.add(BlockKind.PARAGRAPH, text, preformatted=True)
        else:
            builder.paragraph(text)

    def _edge(self) -> str:
        """ "header" or "footer" inside the site's own one (one that heads no article, section or main part), or ""."""
        outer = next((context for context in self._contexts if context in _SECTIONS or context in _EDGES), "")
        return outer if outer in _EDGES else ""


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or (attributes.get("role") or "").strip().lower() in _HIDDEN_ROLES


def _is_layout(row: LexborNode) -> bool:
    """Whether a row places blocks on the page rather than data: it holds tables, headings or lists."""
    return row.css_first(_LAYOUT) is not None


def _cell_text(cell: LexborNode) -> str:
    parts = []
    for node, entering in _events(cell):
        tag = node.tag or ""
        if tag == "-text":
            parts.append(node.text_content or "")
        elif entering and (tag == "br" or tag in _BLOCKS):
            parts.append(" ")
    return "".join(parts)


def _events(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Depth first: each element on entering and leaving, each text once; skipped elements are not entered.

    Rows of data are entered but not descended into: the walk reads their cells itself.
    """
    stack: list[tuple[LexborNode, bool]] = [(root, True)]
    while stack:
        node, entering = stack.pop()
        tag = node.tag or ""
        if tag == "-text":
            yield node, True
            continue
        if not entering:
            yield node, False
            continue
        if tag in _SKIPPED or tag.startswith(("-comment", "-doctype", "!")) or (node is not root and _is_hidden(node)):
            continue
        yield node, True
        if tag == "tr" and not _is_layout(node):
            continue
        stack.append((node, False))
        child = node.last_child
        while child is not None:
            stack.append((child, True))
            child = child.prev

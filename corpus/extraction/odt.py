"""OpenDocument texts (ODT): odfdo opens the package, this walks its body."""

from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from zipfile import BadZipFile

from odfdo import Document as OpenDocument
from odfdo import Element

from corpus.document import BlockKind, Page
from corpus.extraction.extracted import Extracted
from corpus.extraction.failures import damaged
from corpus.extraction.limits import Limits
from corpus.extraction.packages import check_package
from corpus.extraction.page_builder import one_line
from corpus.extraction.structured import PagesBuilder, structured

_WHAT = "le document OpenDocument"
_MEDIA_TYPE = "application/vnd.oasis.opendocument.text"
_SKIPPED = frozenset(
    {
        "text:tracked-changes",
        "office:annotation",
        "office:annotation-end",
        "text:table-of-content",
        "text:alphabetical-index",
        "office:forms",
        "text:sequence-decls",
        "text:variable-decls",
        "text:note",
        "svg:title",
        "text:page-number",
        "svg:desc",
        "text:ruby-text",
    }
)
# A foot's page number is part of what it says.
_SKIPPED_AT_EDGES = _SKIPPED - {"text:page-number"}
_EDGES = frozenset(f"style:{edge}{which}" for edge in ("header", "footer") for which in ("", "-first", "-left"))
_PAGE_BREAK = "text:soft-page-break"


def extract_odt(path: Path, limits: Limits | None = None) -> Extracted:
    """Read an OpenDocument text: headings, lists, tables, notes, properties; deletions are left out.

    Pages are those of the last layout when the file records them (LibreOffice does), else one page
    holds everything.
    """
    check_package(path, _WHAT, limits or Limits())
    try:
        document = OpenDocument(path)
        reader = _Reader()
        pages = reader.pages(document.body, running_texts(document))
        title, metadata = odf_metadata(document)
    except ODF_ERRORS as error:
        raise damaged(_WHAT) from error
    return structured(_MEDIA_TYPE, pages, title, metadata)


ODF_ERRORS = (BadZipFile, KeyError, ValueError, TypeError, AttributeError, OSError, SyntaxError)


def odf_metadata(document: OpenDocument) -> tuple[str, dict[str, str]]:
    """Title and fields from the properties of any OpenDocument file."""
    meta = document.meta
    moment = meta.date or meta.creation_date
    found = {
        "author": meta.initial_creator or meta.creator,
        "description": meta.description or meta.subject,
        "keywords": meta.keyword,
        "language": meta.language,
        "date": moment.date().isoformat() if moment is not None else "",
    }
    metadata = {name: one_line(str(value)) for name, value in found.items() if value and one_line(str(value))}
    return one_line(meta.title or ""), metadata


def running_texts(document: OpenDocument) -> Iterator[str]:
    """Running heads and feet of the page styles in use, each text once: the service and the reference stand there."""
    masters = {
        master.get_attribute_string("style:name") or "": master
        for master in document.styles.get_elements("//style:master-page")
    }
    used = ["Standard"]
    for part in (document.content, document.styles):
        used += [
            style.get_attribute_string("style:master-page-name") or ""
            for style in part.get_elements("//style:style[@style:master-page-name]")
        ]
    seen: set[str] = set()
    walked: set[str] = set()
    while used:
        name = used.pop(0)
        master = masters.get(name)
        if master is None or name in walked:
            continue
        walked.add(name)
        used.append(master.get_attribute_string("style:next-style-name") or "")
        for edge in master.children:
            if edge.tag not in _EDGES or edge.get_attribute_string("style:display") == "false":
                continue
            for paragraph in _descendants(edge, "text:p"):
                text = one_line(odf_text(paragraph, skipped=_SKIPPED_AT_EDGES))
                if any(char.isalpha() for char in text) and text not in seen:
                    seen.add(text)
                    yield text


class _Reader:
    def __init__(self) -> None:
        self._builder = PagesBuilder()
        self._turns = 0

    def pages(self, body: Element, running: Iterable[str]) -> tuple[Page, ...]:
        self._walk(body, listed=False)
        return self._builder.pages(running if self._builder else (), laid_out=self._builder.count > 1)

    def _walk(self, parent: Element, *, listed: bool) -> None:
        for element in parent.children:
            tag = element.tag
            if tag in _SKIPPED:
                continue
            if tag == "text:h":
                level = element.get_attribute_integer("text:outline-level") or 1
                self._builder.page.heading(self._text(element), max(1, level))
            elif tag == "text:p":
                self._paragraph(element, listed=listed)
            elif tag == "table:table":
                for row in _rows(element):
                    self._builder.page.row([self._text(cell) for cell in row])
            elif tag == _PAGE_BREAK:
                self._turns += 1
            else:
                self._walk(element, listed=listed or tag == "text:list")
            self._turn_pages()

    def _paragraph(self, element: Element, *, listed: bool) -> None:
        text = self._text(element)
        if listed:
            self._builder.page.add(BlockKind.LIST_ITEM, text)
        elif element.get_attribute_string("text:style-name") == "Title":
            self._builder.page.heading(text, 1)
        else:
            self._builder.page.paragraph(text)

    def _turn_pages(self) -> None:
        while self._turns:
            self._turns -= 1
            self._builder.turn()

    def _text(self, element: Element) -> str:
        parts: list[str] = []
        stack: list[Element | str] = [element]
        while stack:
            current = stack.pop()
            if isinstance(current, str):
                parts.append(current)
                continue
            tag = current.tag
            if tag == "text:note":
                self._builder.notes.append(" ".join(odf_text(p) for p in _descendants(current, "text:p")))
            elif tag == _PAGE_BREAK:
                self._turns += 1
            elif tag not in _SKIPPED:
                push_content(stack, current)
        return "".join(parts)


def push_content(stack: list[Element | str], element: Element) -> None:
    """Push what an element holds, in reading order, on a stack that is read from its end."""
    tag = element.tag
    if tag in {"text:s", "text:tab"}:
        stack.append(" ")
    elif tag == "text:line-break":
        stack.append("\n")
    else:
        pushed: list[Element | str] = [element.text or ""]
        for child in element.children:
            pushed += [child, " " if child.tag in {"text:p", "text:list-item"} else "", child.tail or ""]
        stack.extend(reversed(pushed))


def odf_text(element: Element, *, skipped: Container[str] = _SKIPPED) -> str:
    """The text of an element, notes, annotations and deletions left out."""
    parts: list[str] = []
    stack: list[Element | str] = [element]
    while stack:
        current = stack.pop()
        if isinstance(current, str):
            parts.append(current)
        elif current.tag not in skipped:
            push_content(stack, current)
    return "".join(parts)


def _descendants(element: Element, tag: str) -> Iterator[Element]:
    stack = [element]
    while stack:
        current = stack.pop()
        if current.tag == tag:
            yield current
        else:
            stack.extend(reversed(current.children))


def _rows(table: Element) -> Iterator[list[Element]]:
    for row in _descendants(table, "table:table-row"):
        yield [cell for cell in row.children if cell.tag == "table:table-cell"]

"""Word documents (DOCX): python-docx opens the package, this walks its body."""

import re
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile

import docx
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.coreprops import CoreProperties
from docx.opc.exceptions import PackageNotFoundError
from docx.opc.parts.coreprops import CorePropertiesPart
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement as Xml

from corpus.document import BlockKind, Page
from corpus.extraction.extracted import Extracted
from corpus.extraction.failures import damaged
from corpus.extraction.limits import Limits
from corpus.extraction.packages import check_package
from corpus.extraction.page_builder import one_line
from corpus.extraction.structured import PagesBuilder, structured

_WHAT = "le document DOCX"
_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_HEADING_STYLE = re.compile(r"(?:heading|titre|überschrift|título)\s*([1-9])$", re.IGNORECASE)
_TITLE_STYLES = frozenset({"title", "titre"})
_SKIPPED = frozenset(
    qn(tag)
    for tag in (
        "w:del",
        "w:moveFrom",
        "w:instrText",
        "w:delText",
        "w:pPr",
        "w:rPr",
        "w:drawing",
        "w:pict",
        "w:object",
        "w:sdtPr",
        "w:rt",
    )
)
_TEXT = qn("w:t")
_P, _TBL, _TR, _TC = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_VAL = qn("w:val")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_GLYPHS = {
    qn("w:tab"): " ",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "\u2011",
    qn("w:softHyphen"): "",
}
_NOTE_REFERENCES = {qn("w:footnoteReference"): "footnotes", qn("w:endnoteReference"): "endnotes"}


def extract_docx(path: Path, limits: Limits | None = None) -> Extracted:
    """Read a Word document: headings by style and outline level, lists, tables, notes, properties.

    Deleted text of tracked changes is left out, inserted text kept. Pages are those of Word's last
    layout when the file records them, else one page holds everything.
    """
    check_package(path, _WHAT, limits or Limits())
    try:
        document = docx.Document(str(path))
        reader = _Reader(document)
        pages = reader.pages()
        properties = _properties_of_file(document)
        metadata = _metadata(properties) if properties is not None else {}
        title = one_line(properties.title or "") if properties is not None else ""
    except (
        KeyError,
        ValueError,
        AttributeError,
        BadZipFile,
        PackageNotFoundError,
        SyntaxError,
    ) as error:
        raise damaged(_WHAT) from error
    return structured(_MEDIA_TYPE, pages, title or reader.title, metadata)


def _properties_of_file(document: WordDocument) -> CoreProperties | None:
    """The properties that the file holds, None when it has none.

    python-docx makes some up (title "Word Document", modified now) when it does not find them, and does not
    find those of files that relate to them by another name, as LibreOffice writes it.
    """
    for relation in document.part.package.rels.values():
        if not relation.is_external and relation.reltype.endswith("/metadata/core-properties"):
            part = relation.target_part
            return part.core_properties if isinstance(part, CorePropertiesPart) else None
    return None


def _metadata(properties: CoreProperties) -> dict[str, str]:
    found = {
        "author": properties.author,
        "keywords": properties.keywords,
        "description": properties.subject,
        "language": properties.language,
        "category": properties.category,
    }
    metadata = {name: one_line(value) for name, value in found.items() if value and one_line(value)}
    if metadata.get("author") == "python-docx":
        del metadata["author"]
    moment = properties.modified or properties.created
    if moment is not None and moment.year > 1980:
        metadata["date"] = moment.date().isoformat()
    return metadata


class _Reader:
    def __init__(self, document: WordDocument) -> None:
        self._document = document
        self._styles = _heading_styles(document)
        self._notes = {kind: _notes(document, kind) for kind in ("footnotes", "endnotes")}
        self._builder = PagesBuilder()
        self.title = ""

    def pages(self) -> tuple[Page, ...]:
        body = self._document.element.body
        laid_out = next(body.iter(qn("w:lastRenderedPageBreak")), None) is not None
        for block in _blocks(body):
            if block.tag == _P:
                self._paragraph(block)
            else:
                self._table(block)
            if laid_out:
                for _ in block.iter(qn("w:lastRenderedPageBreak")):
                    self._builder.turn()
        return self._builder.pages(self._heads_and_feet(), laid_out=laid_out)

    def _heads_and_feet(self) -> Iterator[str]:
        """Running heads and feet, each text once: they often bear the service and the reference."""
        seen = set()
        for section in self._document.sections:
            edges = (section.header, section.first_page_header, section.footer, section.first_page_footer)
            for edge in edges:
                if edge.is_linked_to_previous:
                    continue
                for paragraph in edge.part.element.iter(_P):
                    text = one_line(self._text(paragraph))
                    if text and text not in seen and not text.isdigit():
                        seen.add(text)
                        yield text

    def _paragraph(self, paragraph: Xml) -> None:
        text = self._text(paragraph)
        if not text.strip():
            return
        style, outline, listed = _properties(paragraph)
        level = outline if outline is not None else self._styles.get(style)
        if level is not None and level > 0:
            self._builder.page.heading(text, level)
        elif level == 0:
            self.title = self.title or one_line(text)
            self._builder.page.heading(text, 1)
        elif listed or style.lower().startswith(("list", "liste")):
            self._builder.page.add(BlockKind.LIST_ITEM, text)
        else:
            self._builder.page.paragraph(text)

    def _table(self, table: Xml) -> None:
        for row in table.iter(_TR):
            # A nested table's rows follow the row that holds them; its text is not said twice.
            cells = [cell for cell in _children(row) if cell.tag == _TC]
            self._builder.page.row([" ".join(self._text(p) for p in _blocks(cell) if p.tag == _P) for cell in cells])

    def _text(self, paragraph: Xml) -> str:
        parts: list[str] = []
        for element in _visible(paragraph):
            if element.tag == _TEXT:
                parts.append(element.text or "")
            elif element.tag in _GLYPHS:
                parts.append(_GLYPHS[element.tag])
            elif element.tag in _NOTE_REFERENCES:
                notes = self._notes[_NOTE_REFERENCES[element.tag]]
                note = notes.get(element.get(qn("w:id")) or "")
                if note:
                    self._builder.notes.append(note)
        return "".join(parts)


def _children(element: Xml) -> Iterator[Xml]:
    """Children, through content controls and tracked insertions."""
    for child in element:
        if child.tag in {qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:moveTo"), qn("w:customXml")}:
            yield from _children(child)
        elif isinstance(child.tag, str):
            yield child


def _blocks(element: Xml) -> Iterator[Xml]:
    return (child for child in _children(element) if child.tag in {_P, _TBL})


def _visible(paragraph: Xml) -> Iterator[Xml]:
    """The paragraph's elements in order, deletions and drawings left out; text boxes are kept once."""
    stack = [paragraph]
    while stack:
        element = stack.pop()
        yield element
        stack.extend(
            child
            for child in reversed(element)
            if isinstance(child.tag, str) and child.tag not in _SKIPPED and child.tag != _FALLBACK
        )


def _properties(paragraph: Xml) -> tuple[str, int | None, bool]:
    """Style id, heading level by outline (1 to 9, None without), and whether it is numbered or bulleted."""
    properties = paragraph.find(qn("w:pPr"))
    if properties is None:
        return "", None, False
    style = properties.find(qn("w:pStyle"))
    outline = properties.find(qn("w:outlineLvl"))
    listed = properties.find(qn("w:numPr")) is not None
    return (style.get(_VAL) or "") if style is not None else "", _outline_level(outline), listed


def _outline_level(outline: Xml | None) -> int | None:
    if outline is None or not (outline.get(_VAL) or "").isdigit():
        return None
    level = int(outline.get(_VAL) or "9")
    return level + 1 if level < 9 else None


def _heading_styles(document: WordDocument) -> dict[str, int]:
    """Style id to heading level (0: the document's title), by name, by outline level, or inherited."""
    levels: dict[str, int] = {}
    parents: dict[str, str] = {}
    for style in document.styles.element.iter(qn("w:style")):
        identifier = style.get(qn("w:styleId")) or ""
        name_element = style.find(qn("w:name"))
        name = (name_element.get(_VAL) or "") if name_element is not None else ""
        outline = _outline_level(style.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}"))
        named = _HEADING_STYLE.match(name.strip())
        if named is not None:
            levels[identifier] = int(named[1])
        elif outline is not None:
            levels[identifier] = outline
        elif name.strip().lower() in _TITLE_STYLES:
            levels[identifier] = 0
        based_on = style.find(qn("w:basedOn"))
        if based_on is not None:
            parents[identifier] = based_on.get(_VAL) or ""
    for identifier, parent in parents.items():
        seen = {identifier}
        ancestor = parent
        while identifier not in levels and ancestor and ancestor not in seen:
            seen.add(ancestor)
            if levels.get(ancestor, 0) > 0:
                levels[identifier] = levels[ancestor]
            ancestor = parents.get(ancestor, "")
    return levels


def _notes(document: WordDocument, kind: str) -> dict[str, str]:
    """Note id to text; separators are not notes."""
    relation = RELATIONSHIP_TYPE.FOOTNOTES if kind == "footnotes" else RELATIONSHIP_TYPE.ENDNOTES
    try:
        part = document.part.part_related_by(relation)
    except KeyError:
        return {}
    notes: dict[str, str] = {}
    for note in parse_xml(part.blob):
        if note.get(qn("w:type")) is None:
            text = "".join(element.text or "" for element in _visible(note) if element.tag == _TEXT)
            notes[note.get(qn("w:id")) or ""] = one_line(text)
    return notes

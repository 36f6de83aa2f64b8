"""Slide shows: a slide is a page, its notes are footnotes."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pptx
from odfdo import Document as OpenDocument
from odfdo import Element
from pptx.exc import PackageNotFoundError, PythonPptxError

from corpus.document import BlockKind, Page, PageKind
from corpus.extraction import media_type as media
from corpus.extraction.extracted import Extracted
from corpus.extraction.failures import damaged
from corpus.extraction.limits import Limits
from corpus.extraction.odt import ODF_ERRORS, odf_metadata, odf_text
from corpus.extraction.packages import check_package
from corpus.extraction.page_builder import PageBuilder, one_line
from corpus.extraction.structured import structured

_WHAT = "la présentation"


def extract_pptx(path: Path, limits: Limits | None = None) -> Extracted:
    """Read a PowerPoint show: titles, texts, tables, notes; hidden slides too."""
    check_package(path, _WHAT, limits or Limits())
    try:
        show = pptx.Presentation(str(path))
        pages = tuple(_slide(slide, number) for number, slide in enumerate(show.slides, start=1))
        properties = show.core_properties
        title = one_line(properties.title or "")
        moment = properties.modified or properties.created
        found = {
            "author": properties.author,
            "keywords": properties.keywords,
            "description": properties.subject,
            "language": properties.language,
            "date": moment.date().isoformat() if moment is not None else "",
        }
    except (PackageNotFoundError, PythonPptxError, BadZipFile, *_BROKEN) as error:
        raise damaged(_WHAT) from error
    return structured(media.PPTX, pages, title, {k: one_line(v) for k, v in found.items() if v and one_line(v)})


_BROKEN = (KeyError, ValueError, AttributeError, TypeError, OSError, SyntaxError)


def _slide(slide: Any, number: int) -> Page:
    builder = PageBuilder()
    title = slide.shapes.title
    if title is not None:
        builder.heading(title.text_frame.text, 1)
    for shape in _shapes(slide.shapes):
        # python-pptx makes a new object at each access: the element tells whether it is the title.
        if title is not None and shape.element is title.element:
            continue
        if getattr(shape, "has_table", False) and shape.has_table:
            for row in shape.table.rows:
                builder.row([cell.text for cell in row.cells])
        elif shape.has_text_frame:
            listed = shape.is_placeholder and len(shape.text_frame.paragraphs) > 1
            for paragraph in shape.text_frame.paragraphs:
                if listed or paragraph.level:
                    builder.add(BlockKind.LIST_ITEM, paragraph.text)
                else:
                    builder.paragraph(paragraph.text)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        for paragraph in slide.notes_slide.notes_text_frame.paragraphs:
            builder.add(BlockKind.FOOTNOTE, paragraph.text)
    return builder.page(number, kind=PageKind.SLIDE)


def _shapes(shapes: Iterable[Any]) -> Iterator[Any]:
    stack = list(reversed(list(shapes)))
    while stack:
        shape = stack.pop()
        if hasattr(shape, "shapes"):
            stack.extend(reversed(list(shape.shapes)))
        else:
            yield shape


def extract_odp(path: Path, limits: Limits | None = None) -> Extracted:
    """Read an OpenDocument show: titles, texts, tables, notes."""
    check_package(path, _WHAT, limits or Limits())
    try:
        document = OpenDocument(path)
        slides = [element for element in document.body.children if element.tag == "draw:page"]
        pages = tuple(_odp_slide(slide, number) for number, slide in enumerate(slides, start=1))
        title, metadata = odf_metadata(document)
    except ODF_ERRORS as error:
        raise damaged(_WHAT) from error
    return structured(media.ODP, pages, title, metadata)


def _odp_slide(slide: Element, number: int) -> Page:
    builder = PageBuilder()
    notes: list[str] = []
    stack: list[tuple[Element, str, bool]] = [(child, "", False) for child in reversed(slide.children)]
    while stack:
        element, role, listed = stack.pop()
        tag = element.tag
        if tag == "presentation:notes":
            role = "notes"
        elif tag == "draw:frame" and role != "notes":
            role = element.get_attribute_string("presentation:class") or ""
        if tag in {"text:p", "text:h"}:
            _odp_paragraph(builder, odf_text(element), role, notes, listed=listed)
        elif tag == "table:table-row":
            builder.row([odf_text(cell) for cell in element.children if cell.tag == "table:table-cell"])
        elif tag not in {"draw:image", "office:annotation", "svg:title", "svg:desc"}:
            inside = listed or tag == "text:list"
            stack.extend((child, role, inside) for child in reversed(element.children))
    for note in notes:
        builder.add(BlockKind.FOOTNOTE, note)
    return builder.page(number, kind=PageKind.SLIDE)


def _odp_paragraph(builder: PageBuilder, text: str, role: str, notes: list[str], *, listed: bool) -> None:
    if role == "notes":
        notes.append(text)
    elif role == "title":
        builder.heading(text, 1)
    elif listed:
        builder.add(BlockKind.LIST_ITEM, text)
    else:
        builder.paragraph(text)

"""The documents of a collection held in memory, for the HTTP layer's tests.

Pages are set in lines of sixty characters of one width, so that boxes are computed; their images are drawn from these
boxes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus.document import Document, Page, Span, Word
from corpus.extraction.failures import unsupported
from corpus.extraction.page_reader import DrawnPage
from corpus.history import Delivered
from corpus.passage import Passage
from search_api.engine.page_picture import PageImage, encode, rounded_width
from search_api.engine.record import Record

if TYPE_CHECKING:
    from tests.service_in_memory import Held

_CHARS, _WIDTH, _HEIGHT, _LEFT, _TOP = 60, 7.5, 14.0, 72.0, 72.0


@dataclass
class MemoryDocuments:
    """A :class:`search_api.engine.service.DocumentService` over a collection in memory."""

    collection: "list[Held]"
    generation: str = "7"

    def record(self, document_id: str, compartments: tuple[str, ...]) -> Record | None:
        one = self._one(document_id, compartments)
        if one is None:
            return None
        document = one.document
        around = [other for other in self.collection if other.compartment == one.compartment and not other.withdrawn]
        family = document.metadata.get("family", "")
        return Record(
            document=document,
            compartment=one.compartment,
            generation=self.generation,
            origins={"title": "page 1", **dict.fromkeys(document.metadata, "manifeste")},
            places=(document.external_id,),
            partial=False,
            inside=one.inside,
            parent=next((other.document for other in around if other.document.external_id == one.inside), None),
            attachments=tuple(other.document for other in around if other.inside == document.external_id),
            versions=(
                self._delivered(document.version, len(one.pages), document.drop),
                *(self._delivered(version, len(pages), "2026-46") for version, pages in reversed(one.former)),
            ),
            family=tuple(
                other.document
                for other in around
                if other is one or (family and other.document.metadata.get("family") == family)
            ),
        )

    def _delivered(self, version: str, pages: int, drop: str) -> Delivered:
        return Delivered(version, drop, "2026-11-20T08:30:00+00:00", "application/pdf", pages)

    def withdrawn_by(self, document_id: str, compartments: tuple[str, ...]) -> str | None:
        return next(
            (
                one.withdrawn
                for one in self.collection
                if one.document.id == document_id and one.compartment in compartments and one.withdrawn
            ),
            None,
        )

    def pages(self, document_id: str, compartments: tuple[str, ...], version: str = "") -> Sequence[Page]:
        one = self._one(document_id, compartments)
        if one is None:
            return ()
        return {"": one.pages, **dict(one.former), one.document.version: one.pages}.get(version, ())

    def page(self, document_id: str, number: int, compartments: tuple[str, ...], version: str = "") -> Page | None:
        return next((page for page in self.pages(document_id, compartments, version) if page.number == number), None)

    def passages(self, document_id: str, compartments: tuple[str, ...]) -> tuple[Document, Sequence[Passage]] | None:
        one = self._one(document_id, compartments)
        if one is None:
            return None
        return one.document, [
            Passage(
                f"{document_id}-{page.number}", document_id, n, (), (Span(page.number, 0, len(page.text)),), page.text
            )
            for n, page in enumerate(one.pages)
        ]

    def original(self, document_id: str, compartments: tuple[str, ...], version: str = "") -> Path | None:
        one = self._one(document_id, compartments)
        return one.original if one else None

    def image(
        self, document_id: str, number: int, width: int, compartments: tuple[str, ...], version: str = ""
    ) -> PageImage | None:
        page = self.page(document_id, number, compartments, version)
        if page is None:
            return None
        if page.size is None:
            raise unsupported("text/plain")
        width = rounded_width(width)
        scale = width / page.size[0]
        levels = np.full((round(page.size[1] * scale), width, 3), 255, np.uint8)
        for word in self.words(document_id, number, compartments, version):
            left, top, right, bottom = (round(side * scale) for side in word.box)
            levels[top:bottom, left:right] = 90
        return encode(DrawnPage(levels.shape[1], levels.shape[0], levels.tobytes()))

    def words(self, document_id: str, number: int, compartments: tuple[str, ...], version: str = "") -> Sequence[Word]:
        page = self.page(document_id, number, compartments, version)
        if page is None or page.size is None:
            return ()
        words, at = [], 0
        for text in page.text.split():
            start = page.text.index(text, at)
            at = start + len(text)
            line, column = divmod(start, _CHARS)
            left, top = _LEFT + column * _WIDTH, _TOP + line * _HEIGHT
            words.append(Word(start, at, (left, top, left + len(text) * _WIDTH, top + _HEIGHT - 3), 1.0))
        return words

    def warm(self) -> None:
        pass

    def close(self) -> None:
        pass

    def _one(self, document_id: str, compartments: tuple[str, ...]) -> "Held | None":
        for one in self.collection:
            if one.document.id == document_id and one.compartment in compartments and not one.withdrawn:
                return one
        return None

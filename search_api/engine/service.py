"""What the engine is to whoever serves it: pages, API, command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from corpus.document import Document, Page, Word
from corpus.passage import Passage
from search_api.engine.acronyms import Acronyms
from search_api.engine.answer import Answer, Contents, Coverage, Hit, SearchRequest
from search_api.engine.page_picture import PageImage
from search_api.engine.record import Record


class DocumentService(Protocol):
    """Documents read: see :class:`search_api.engine.documents.Documents`, which this is for the real collection.

    ``compartments`` are always those the caller may read; ``version`` is a whole SHA-256, that of the
    :class:`Record`, document or passage in hand: what is read belongs to it whatever is published meanwhile. None, or
    nothing, is the answer for what these compartments do not hold.
    """

    def record(self, document_id: str, compartments: tuple[str, ...]) -> Record | None:
        """What is known of a document besides its text."""
        ...

    def withdrawn_by(self, document_id: str, compartments: tuple[str, ...]) -> str | None:
        """The drop that took a document out."""
        ...

    def pages(self, document_id: str, compartments: tuple[str, ...], version: str) -> Sequence[Page]:
        """Every page, in order."""
        ...

    def page(self, document_id: str, number: int, compartments: tuple[str, ...], version: str) -> Page | None:
        """One page; the others are not read."""
        ...

    def passages(self, document_id: str, compartments: tuple[str, ...]) -> tuple[Document, Sequence[Passage]] | None:
        """A document and its passages, in reading order."""
        ...

    def original(self, document_id: str, compartments: tuple[str, ...], version: str) -> Path | None:
        """The file it was read from."""
        ...

    def image(
        self, document_id: str, number: int, width: int, compartments: tuple[str, ...], version: str
    ) -> PageImage | None:
        """A page as an image; raises ExtractionFailure when it cannot be drawn."""
        ...

    def words(self, document_id: str, number: int, compartments: tuple[str, ...], version: str) -> Sequence[Word]:
        """The words of a page with their boxes; raises ExtractionFailure when they cannot be found."""
        ...

    def warm(self) -> None:
        """Make ready what draws pages."""
        ...

    def close(self) -> None:
        """Let go of what draws pages."""
        ...


class SearchService(Protocol):
    """Questions in, values out. Safe to call from several threads; raises ReuniError only.

    ``compartments`` are always those the caller may read: what stands in others does not exist for them.
    """

    @property
    def documents(self) -> DocumentService:
        """Reads the documents that answer."""
        ...

    def search(self, request: SearchRequest) -> Answer:
        """Answer one question from one snapshot of the index."""
        ...

    def similar(
        self, document_id: str, compartments: tuple[str, ...], k: int = 10, passage_id: str = ""
    ) -> Sequence[Hit]:
        """Documents near one, or near one of its passages, best first, its own versions left out; nothing when the
        given compartments do not hold it."""
        ...

    def acronyms(self, compartment: str, beginning: str = "", offset: int = 0, k: int = 50) -> Acronyms:
        """Acronyms of one compartment, mined or added, and what was decided of them (:class:`Glossary` decides)."""
        ...

    def suggest(self, prefix: str, compartments: tuple[str, ...]) -> tuple[str, ...]:
        """Complete what is being typed, from what the given compartments contain; best first."""
        ...

    def document(self, document_id: str, compartments: tuple[str, ...]) -> Document | None:
        """The document, or None when the given compartments do not hold it."""
        ...

    def coverage(self, compartments: tuple[str, ...] | None) -> Coverage:
        """What a search of the given compartments would look in; None is the default one, as for a search."""
        ...

    def compartments(self) -> tuple[str, ...]:
        """Every compartment served."""
        ...

    def catch_up(self) -> None:
        """Serve what was published up to now, in any process, without waiting to notice it."""
        ...

    def held(self, compartment: str) -> Contents:
        """What one compartment holds now, to tell later what is new in it."""
        ...

"""What the engine is to whoever serves it: pages, API, command line."""

from collections.abc import Sequence
from typing import Protocol

from corpus.document import Document, Page
from search_api.engine.acronyms import Acronyms
from search_api.engine.answer import Answer, Contents, Coverage, Hit, SearchRequest


class SearchService(Protocol):
    """Questions in, values out. Safe to call from several threads; raises ReuniError only.

    ``compartments`` are always those the caller may read: what stands in others does not exist for them.
    """

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

    def pages(self, document_id: str, compartments: tuple[str, ...]) -> Sequence[Page]:
        """Its pages in order, or nothing when the given compartments do not hold it."""
        ...

    def coverage(self, compartments: tuple[str, ...] | None) -> Coverage:
        """What a search of the given compartments would look in; None is the default one, as for a search."""
        ...

    def compartments(self) -> tuple[str, ...]:
        """Every compartment served."""
        ...

    def held(self, compartment: str) -> Contents:
        """What one compartment holds now, to tell later what is new in it."""
        ...

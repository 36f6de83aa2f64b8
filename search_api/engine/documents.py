"""Reading documents: what is known of one, its pages as text and as images, its file."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from corpus.catalogue import Catalogue
from corpus.document import Document, Page, Word
from corpus.drop import original_path
from corpus.extraction.page_reader import PageReader
from corpus.history import Delivered
from corpus.passage import Passage
from indexer.page_images import PageImages
from indexer.storage import Storage
from search_api.engine.page_picture import DRAWING, PageImage, encode, rounded_width
from search_api.engine.readers import Readers
from search_api.engine.record import Record

_WORDS = TypeAdapter(tuple[Word, ...])
_MOST_NEIGHBOURS = 200

Compartments = tuple[str, ...] | None


class Documents:
    """The documents of a data directory, for callers who name the compartments they may read.

    What these do not hold does not exist: each method answers None or nothing, as for a document that never was. A
    document is described by the generation that is searched; what the catalogue knows besides and is not published
    yet is not told. ``version`` is always a whole SHA-256 that :class:`Record` gave, or "" for the current one.

    Args:
        pages: draws pages, in a process of its own.
        images: keeps what was drawn.
    """

    def __init__(self, readers: Readers, pages: PageReader, images: PageImages) -> None:
        self._readers = readers
        self._pages = pages
        self._images = images

    def warm(self) -> None:
        """Start the process that draws pages before it is needed."""
        self._pages.warm()

    def close(self) -> None:
        """End the process that draws pages."""
        self._pages.close()

    def record(self, document_id: str, compartments: Compartments = None) -> Record | None:
        """What is known of a document."""
        for name, generation, document in self._holding(document_id, compartments):
            with self._readers.catalogue(name) as catalogue:
                inside, _ = catalogue.standing(document.external_id)
                holder = catalogue.document_at(inside) if inside else None
                below = [one for _, one in catalogue.history.inside(document.external_id)[:_MOST_NEIGHBOURS]]
                family = catalogue.family(document_id)[:_MOST_NEIGHBOURS]
                return Record(
                    document=document,
                    compartment=name,
                    generation=generation.manifest.id,
                    origins=catalogue.origins(document_id),
                    places=tuple(catalogue.places(document_id)),
                    partial=catalogue.is_partial(document_id),
                    inside=inside,
                    parent=generation.passages.document_by_id(holder) if holder else None,
                    attachments=_published(generation, below),
                    versions=_until(catalogue.history.versions(document_id), document.version),
                    family=_published(generation, [one.id for one in family]) or (document,),
                )
        return None

    def withdrawn_by(self, document_id: str, compartments: Compartments = None) -> str | None:
        """The drop that took a document out of these compartments; None when none did."""
        for name in self._readers.snapshot(compartments):
            with self._readers.catalogue(name) as catalogue:
                if (drop := catalogue.history.withdrawn_by(document_id)) is not None:
                    return drop
        return None

    def pages(self, document_id: str, compartments: Compartments = None, version: str = "") -> tuple[Page, ...]:
        """Every page of a version, in order."""
        with self._catalogue(document_id, compartments, version) as found:
            return found[1].versions.pages(found[2]) if found else ()

    def page(self, document_id: str, number: int, compartments: Compartments = None, version: str = "") -> Page | None:
        """One page of a version; the others are not read."""
        with self._catalogue(document_id, compartments, version) as found:
            return found[1].versions.page(found[2], number) if found else None

    def passages(
        self, document_id: str, compartments: Compartments = None
    ) -> tuple[Document, tuple[Passage, ...]] | None:
        """A document and its passages, in reading order."""
        for _, generation, document in self._holding(document_id, compartments):
            rows = generation.passages.rows_of(np.array(generation.passages.numbers([document_id]), np.int64))
            return document, tuple(generation.passages.passages(rows.tolist()))
        return None

    def original(self, document_id: str, compartments: Compartments = None, version: str = "") -> Path | None:
        """The file a version was read from; None when it was not kept (a line of a corpus has no file)."""
        with self._catalogue(document_id, compartments, version) as found:
            place = original_path(self._readers.originals(found[0]), found[2]) if found else None
        return place if place is not None and place.is_file() else None

    def image(
        self, document_id: str, number: int, width: int, compartments: Compartments = None, version: str = ""
    ) -> PageImage | None:
        """A page as an image, about ``width`` pixels wide; None when there is no file to draw it from.

        Raises:
            ExtractionFailure: this page cannot be drawn.
            PagesBusy: it may be asked again.
        """
        with self._catalogue(document_id, compartments, version) as found:
            place = found and (found[0], found[2])
        source = self.original(document_id, compartments, version)
        if not place or source is None:
            return None
        width = rounded_width(width)
        name = f"{number}-{width}-{DRAWING}"
        kept = self._images.get(*place, name)
        if kept is not None:
            return PageImage(kept)
        image = encode(self._pages.draw(source, number, width))
        self._images.put(*place, name, image.content)
        return image

    def words(
        self, document_id: str, number: int, compartments: Compartments = None, version: str = ""
    ) -> tuple[Word, ...]:
        """The words of a page with their boxes, in points of the page as shown; none for formats without pages.

        Raises:
            ExtractionFailure, PagesBusy: see :meth:`image`.
        """
        with self._catalogue(document_id, compartments, version) as found:
            page = found[1].versions.page(found[2], number) if found else None
            place = found and (found[0], found[2])
        if page is None or not place or page.size is None:
            return ()
        if page.words or page.ocr_confidence is not None:
            return page.words
        source = self.original(document_id, compartments, version)
        if source is None:
            return ()
        # The text of a page may be read otherwise one day: what was found is of this text.
        name = f"{number}-words-{hashlib.blake2b(page.text.encode(), digest_size=8).hexdigest()}-{DRAWING}"
        kept = self._images.get(*place, name)
        if kept is not None:
            try:
                return _WORDS.validate_json(kept)
            except ValidationError:
                pass
        words = self._pages.locate(source, number, page.text)
        self._images.put(*place, name, _WORDS.dump_json(words))
        return words

    def _holding(self, document_id: str, compartments: Compartments) -> Iterator[tuple[str, Storage, Document]]:
        for name, generation in self._readers.snapshot(compartments).items():
            if (document := generation.passages.document_by_id(document_id)) is not None:
                yield name, generation, document

    @contextmanager
    def _catalogue(
        self, document_id: str, compartments: Compartments, version: str
    ) -> Iterator[tuple[str, Catalogue, str] | None]:
        """The compartment that holds a document, its catalogue, and the content to read; None without them."""
        for name, _, document in self._holding(document_id, compartments):
            with self._readers.catalogue(name) as catalogue:
                known = _until(catalogue.history.versions(document_id), document.version)
                wanted = version or document.version
                if wanted == document.version or any(one.sha256 == wanted for one in known):
                    yield name, catalogue, wanted
                    return
        yield None


def _published(generation: Storage, ids: list[str]) -> tuple[Document, ...]:
    """Those of some documents that the generation knows, in the order given."""
    found = (generation.passages.document_by_id(one) for one in dict.fromkeys(ids))
    return tuple(document for document in found if document is not None)


def _until(versions: list[Delivered], current: str) -> tuple[Delivered, ...]:
    """The versions up to the current one, newest first, each content once: what comes after is not published yet."""
    places = [place for place, one in enumerate(versions) if one.sha256 == current]
    latest: dict[str, Delivered] = {}
    for one in reversed(versions[: places[-1] + 1] if places else versions):
        latest.setdefault(one.sha256, one)
    return tuple(latest.values())

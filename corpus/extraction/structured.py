"""What readers of structured formats share: pages that follow one another, and the document they make."""

from collections.abc import Iterable

from corpus.document import BlockKind, Page, PageKind
from corpus.extraction.extracted import Extracted
from corpus.extraction.failures import empty
from corpus.extraction.page_builder import PageBuilder, likely_title


class PagesBuilder:
    """Pages one after the other, each ended by the notes that were called on it.

    Attributes:
        page: the one being written.
        notes: called on it so far.
    """

    def __init__(self) -> None:
        self.page = PageBuilder()
        self.notes: list[str] = []
        self._done: list[PageBuilder] = []

    def __bool__(self) -> bool:
        return any((*self._done, self.page, self.notes))

    def turn(self) -> None:
        """End the page and begin the next."""
        self._end()
        self.page = PageBuilder(marked_level=self.page.marked_level)

    def pages(self, running: Iterable[str], *, laid_out: bool) -> tuple[Page, ...]:
        """All the pages, running heads and feet on the first.

        Args:
            laid_out: they are pages as printed, not one text.
        """
        self._end()
        for text in running:
            self._done[0].add(BlockKind.FURNITURE, text)
        if not laid_out:
            return (self.page.page(),)
        return tuple(builder.page(number, kind=PageKind.PAGE) for number, builder in enumerate(self._done, start=1))

    @property
    def count(self) -> int:
        """Pages so far, that being written among them."""
        return len(self._done) + 1

    def _end(self) -> None:
        for note in self.notes:
            self.page.add(BlockKind.FOOTNOTE, note)
        self.notes.clear()
        self._done.append(self.page)


def structured(
    media_type: str,
    pages: tuple[Page, ...],
    title: str,
    metadata: dict[str, str],
    *,
    origin: str = "propriétés du fichier",
) -> Extracted:
    """The document that pages make.

    Args:
        title: as its properties give it, "" to take the one its text shows.
        metadata: its other properties, all found at ``origin``.

    Raises:
        ExtractionFailure: QUARANTINED, it has no text at all.
    """
    if not any(page.blocks for page in pages):
        raise empty()
    return Extracted(
        media_type=media_type,
        pages=pages,
        title=title or likely_title(pages),
        metadata=metadata,
        origins=dict.fromkeys(metadata, origin),
    )

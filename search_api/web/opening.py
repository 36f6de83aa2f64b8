"""Opening a document where a URL says: which pages are read, and what stands out on them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.anchors import Anchored, Fate
from corpus.document import Document, Page, Span, Word
from corpus.errors import ReuniError
from search_api.engine.finding import Findings, find_inside
from search_api.engine.record import Record
from search_api.http.house import House, User
from search_api.http.routes.versions import anchored_now
from search_api.web.document_address import DocumentAddress
from search_api.web.marks import Mark
from search_api.web.page_picture import Picture, Thumbnail, has_images, picture_of, thumbnails
from search_api.web.reading import PageView, page_views

PAGES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Opened:
    """The part of a document that one URL shows.

    Attributes:
        read: the pages shown, as they are in the catalogue.
        pages: the same, ready for their template.
        picture: the image of the one page shown; None when text alone is.
        imaged: whether the pages of this document can be seen as images.
        spans: where the passage stands in the version shown.
        fate: what became of the passage of the link, when it has one.
        occurrence: the place of the words' occurrence that is shown, 1 for the first; 0 without any.
        previous, following: numbers of the pages to turn to.
    """

    document: Document
    read: list[Page]
    pages: list[PageView]
    picture: Picture | None
    imaged: bool
    thumbnails: list[Thumbnail]
    spans: tuple[Span, ...]
    fate: Fate | None
    findings: Findings
    occurrence: int
    previous: int | None
    following: int | None

    @property
    def shown(self) -> tuple[int, int]:
        """Numbers of the first and last pages shown."""
        return (self.read[0].number, self.read[-1].number) if self.read else (0, 0)

    @property
    def found(self) -> bool:
        """Whether the passage is on the pages shown."""
        return any(span.page == page.number for span in self.spans for page in self.read)


def open_document(record: Record, address: DocumentAddress, house: House, user: User) -> Opened:
    """What an address shows of a document. Without words to look for, only the pages shown are read."""
    document, documents = record.document, house.service.documents
    anchored = _anchored(document, address, house, user)
    findings = Findings(address.words)
    if address.words.strip():
        findings = find_inside(documents.pages(document.id, user.compartments, document.version), address.words)
    occurrence = _occurrence(findings, address)
    target = _target(document, address, anchored, findings, occurrence)

    def page_at(number: int) -> Page | None:
        return documents.page(document.id, number, user.compartments, document.version)

    page = page_at(target)
    imaged = has_images(document, page)
    alone = imaged and not address.text_only
    first = target if alone else (target - 1) // PAGES_SHOWN * PAGES_SHOWN + 1
    step = 1 if alone else PAGES_SHOWN
    numbers = range(first, min(first + step, document.pages + 1))
    read = [one for one in (page if n == target else page_at(n) for n in numbers) if one is not None]
    marks = _marks(address, anchored, findings, occurrence)
    picture = None
    if alone and page is not None:
        words = _words(document, target, house, user)
        picture = picture_of(document, page, words, marks[target])
    return Opened(
        document=document,
        read=read,
        pages=page_views(read, marks),
        picture=picture,
        imaged=imaged,
        thumbnails=thumbnails(document, target, dict(findings.pages), {s.page for s in anchored.spans})
        if alone and document.pages > 1
        else [],
        spans=anchored.spans,
        fate=anchored.fate if address.place.spans else None,
        findings=findings,
        occurrence=occurrence,
        previous=first - step if first > 1 else None,
        following=first + step if first + step <= document.pages else None,
    )


def _anchored(document: Document, address: DocumentAddress, house: House, user: User) -> Anchored:
    place = address.place
    if not place.spans:
        return Anchored(Fate.SAME)
    return anchored_now(document, place.spans, place.version, place.quote, house, user)


def _occurrence(findings: Findings, address: DocumentAddress) -> int:
    """The occurrence asked for, or the first on the page asked for or after it; 0 when there is none."""
    if not findings.spans:
        return 0
    if address.occurrence is not None:
        return min(address.occurrence, len(findings.spans))
    page = address.page or 1
    return next((place for place, span in enumerate(findings.spans, 1) if span.page >= page), len(findings.spans))


def _target(
    document: Document, address: DocumentAddress, anchored: Anchored, findings: Findings, occurrence: int
) -> int:
    """The number of the page to show."""
    if address.page is not None and address.page <= document.pages:
        return address.page
    if occurrence:
        return findings.spans[occurrence - 1].page
    return anchored.spans[0].page if anchored.spans else 1


def _marks(
    address: DocumentAddress, anchored: Anchored, findings: Findings, occurrence: int
) -> defaultdict[int, list[Mark]]:
    """What stands out, by page. Marks of a link hold for the very version it was made for."""
    by_page: defaultdict[int, list[Mark]] = defaultdict(list)
    for span in anchored.spans:
        by_page[span.page].append(Mark(span.start, span.end, "passage"))
    if anchored.fate is Fate.SAME:
        for number, mark in address.place.marks:
            by_page[number].append(mark)
    for place, span in enumerate(findings.spans, 1):
        by_page[span.page].append(Mark(span.start, span.end, "found"))
        if place == occurrence:
            by_page[span.page].append(Mark(span.start, span.end, "here"))
    return by_page


def _words(document: Document, number: int, house: House, user: User) -> Sequence[Word]:
    try:
        return house.service.documents.words(document.id, number, user.compartments, document.version)
    except ReuniError:
        # The page is shown without frames; its image says for itself why it cannot be drawn.
        return ()

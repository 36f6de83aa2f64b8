"""The search page: the box alone, or the box and what was found."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from corpus.document import Document
from search_api.engine.answer import Answer, Channel, Coverage, Hit, Sort
from search_api.engine.part import PartKind
from search_api.http.asking import ask, coverage_of
from search_api.http.french import page_name, paged
from search_api.http.house import House, TheHouse, TheUser, User
from search_api.http.models import MAX_DOCUMENTS
from search_api.http.wire import document_page_url, passage_url, spans_text, state_of
from search_api.web.address import SearchAddress
from search_api.web.chips import chips
from search_api.web.explaining import Evidence, evidence
from search_api.web.facet_lists import facet_views
from search_api.web.marks import CONTEXT_CHARS, WEAK_OCR, Excerpt, excerpt
from search_api.web.reading import marks_text
from search_api.web.rendering import Renderer, TheRenderer

router = APIRouter(include_in_schema=False)

EXPORTS = (
    ("Tableur (XLSX)", "xlsx"),
    ("Tableur (ODS)", "ods"),
    ("Tableur (CSV)", "csv"),
    ("Note (Markdown)", "markdown"),
    ("Bibliographie (BibTeX)", "bibtex"),
    ("Bibliographie (RIS)", "ris"),
    ("Données (JSON Lines)", "jsonl"),
)
SORTS = {Sort.RELEVANCE: "Pertinence", Sort.NEWEST: "Plus récents", Sort.OLDEST: "Plus anciens"}
ORDERS = {
    Sort.RELEVANCE: "les plus proches de la question d’abord",
    Sort.NEWEST: "les plus récents d’abord",
    Sort.OLDEST: "les plus anciens d’abord",
}
CHANNELS = {Channel.HYBRID: "Mots et sens", Channel.LEXICAL: "Mots seulement", Channel.DENSE: "Sens seulement"}


@dataclass(frozen=True, slots=True)
class HitView:
    """A hit ready for its template.

    Attributes:
        versions: other versions of the paper that answer too, each with its address.
        similar: address of the documents near it.
        token: see :func:`token`.
        new: it came with the last drop of its compartment.
        weak_ocr: confidence of the reading in percent, when it should be checked.
    """

    hit: Hit
    excerpt: Excerpt
    url: str
    headings: tuple[str, ...]
    place: str
    new: bool
    weak_ocr: int | None
    evidence: list[Evidence]
    versions: list[tuple[Document, str]]
    similar: str
    token: str


def token(hit: Hit) -> str:
    """What a reader's opinion says of the hit it is about."""
    return f"{hit.compartment}|{hit.document.id}|{spans_text(hit.passage.spans)}|{hit.rank}"


def same_words(heading: str, title: str) -> bool:
    """Whether a heading only says the title again."""
    return heading.casefold().split() == title.casefold().split()


def hit_view(hit: Hit, coverage: Coverage, query: str = "", *, compact: bool = False) -> HitView:
    """What a list says of one hit of the question ``query``; ``compact`` shows its best sentence alone."""
    passage, document = hit.passage, hit.document
    url, _, anchor = passage_url(document, passage, query, quoted=False).partition("#")
    marks = marks_text(passage)
    if marks:
        url += "&" + urlencode({"marques": marks}, safe=":,")
    confidence = passage.ocr_confidence
    weak = confidence is not None and confidence < WEAK_OCR
    return HitView(
        hit=hit,
        excerpt=excerpt(passage, 0 if compact else CONTEXT_CHARS),
        url=f"{url}#{anchor}",
        headings=tuple(heading for heading in passage.heading_path if not same_words(heading, document.title)),
        place=page_name(document.media_type, passage.page, passage.page_label)
        if paged(document.media_type, document.pages)
        else "",
        new=bool(document.drop) and coverage.newest.get(hit.compartment) == document.drop,
        weak_ocr=round(100 * confidence) if weak and confidence is not None else None,
        evidence=evidence(hit.explanation),
        versions=[(version, document_url(version, query)) for version in hit.versions],
        similar=f"{document_page_url(document.id)}/similaires",
        token=token(hit),
    )


@dataclass(frozen=True, slots=True)
class Paging:
    """Where this page of results stands among the others."""

    first: int
    last: int
    previous: str | None
    following: str | None


def paging(address: SearchAddress, answer: Answer, page_size: int) -> Paging:
    """Links to the pages before and after, which carry the state their results were read from."""
    offset = answer.request.offset
    state = state_of(answer.coverage.generations)
    page = offset // page_size + 1
    more = bool(answer.hits) and offset + page_size < min(answer.total, MAX_DOCUMENTS)
    return Paging(
        first=offset + 1,
        last=offset + len(answer.hits),
        previous=address.at(page - 1, state) if page > 1 else None,
        following=address.at(page + 1, state) if more else None,
    )


def listing(address: SearchAddress, answer: Answer) -> bool:
    """Whether documents were listed rather than ranked: only conditions and filters were asked for."""
    conditions = {PartKind.FIELD, PartKind.EXCLUDED}
    return address.blank or (bool(answer.parts) and all(part.kind in conditions for part in answer.parts))


def document_url(document: Document, query: str) -> str:
    """A document opened at its beginning, with the question it was found by."""
    asked = f"?{urlencode({'q': query})}" if query.strip() else ""
    return document_page_url(document.id) + asked


def _landing(request: Request, house: House, user: User, renderer: Renderer, address: SearchAddress) -> Response:
    return renderer.page(
        request,
        "landing.html",
        address=address,
        blank=address.query is not None,
        examples=[(text, f"/?{urlencode({'q': text})}") for text in house.settings.examples],
        coverage=coverage_of(house, user, address.compartments),
        longest=house.settings.max_query_chars,
    )


@router.get("/")
def search_page(request: Request, house: TheHouse, user: TheUser, renderer: TheRenderer) -> Response:
    """The search page: the box alone, or the box and what was found."""
    address = SearchAddress.read(request.query_params, user.compartments)
    longest = house.settings.max_query_chars
    if address.blank and not address.filters:
        return _landing(request, house, user, renderer, address)
    if len(address.query or "") > longest:
        return renderer.page(request, "too_long.html", status=422, address=address, longest=longest)
    size = house.settings.page_size
    answer = ask(address.request(size), house, user)
    state = state_of(answer.coverage.generations)
    listed = listing(address, answer)
    thanked = request.query_params.get("avis", "")
    return renderer.page(
        request,
        "results.html",
        address=address,
        answer=answer,
        hits=[hit_view(hit, answer.coverage, address.query or "", compact=address.compact) for hit in answer.hits],
        listed=listed,
        paging=paging(address, answer, size),
        changed=bool(address.state) and address.state != state,
        chips=chips(answer, address),
        facets=facet_views(answer, address),
        sorts={sort: name for sort, name in SORTS.items() if not (listed and sort is Sort.RELEVANCE)},
        sort=Sort.NEWEST if listed and address.sort is Sort.RELEVANCE else address.sort,
        orders=ORDERS,
        channels={} if listed else CHANNELS,
        hybrid=Channel.HYBRID,
        compartments=user.compartments,
        exports=[]
        if address.blank
        else [
            (name, f"/api/v1/search/export?{urlencode([*address.pairs(), ('format', value)])}")
            for name, value in EXPORTS
        ],
        here=f"{str(request.base_url).rstrip('/')}{address.url}",
        now=datetime.now(tz=UTC).astimezone(),
        # Opinions are about an answer to a question: not about what filters alone accept.
        judging=house.judging is not None and not address.blank,
        thanked=int(thanked) if thanked.isascii() and thanked.isdigit() and len(thanked) < 5 else 0,
        longest=longest,
    )

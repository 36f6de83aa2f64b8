"""The search page: the box alone, or the box and what was found."""

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from search_api.engine.answer import Answer, Channel, Hit, Sort
from search_api.http.asking import ask
from search_api.http.french import page_name, paged
from search_api.http.house import House, TheHouse, TheUser
from search_api.http.models import MAX_DOCUMENTS
from search_api.http.wire import passage_url, state_of
from search_api.web.address import SearchAddress
from search_api.web.marks import WEAK_OCR, Excerpt, excerpt
from search_api.web.reading import marks_text
from search_api.web.rendering import Renderer, TheRenderer

router = APIRouter(include_in_schema=False)

EXPORTS = (
    ("Tableur (XLSX)", "xlsx"),
    ("Tableur (CSV)", "csv"),
    ("Note (Markdown)", "markdown"),
    ("Bibliographie (BibTeX)", "bibtex"),
    ("Bibliographie (RIS)", "ris"),
    ("Données (JSON Lines)", "jsonl"),
)


@dataclass(frozen=True, slots=True)
class HitView:
    """A hit ready for its template."""

    hit: Hit
    excerpt: Excerpt
    url: str
    headings: tuple[str, ...]
    place: str
    weak_ocr: int | None


def same_words(heading: str, title: str) -> bool:
    """Whether a heading only says the title again."""
    return heading.casefold().split() == title.casefold().split()


def hit_view(hit: Hit, query: str) -> HitView:
    """What the list of results says of one hit."""
    passage, document = hit.passage, hit.document
    url, _, anchor = passage_url(document, passage, query).partition("#")
    marks = marks_text(passage)
    if marks:
        url += "&" + urlencode({"marques": marks}, safe=":,")
    confidence = passage.ocr_confidence
    weak = confidence is not None and confidence < WEAK_OCR
    return HitView(
        hit=hit,
        excerpt=excerpt(passage),
        url=f"{url}#{anchor}",
        headings=tuple(heading for heading in passage.heading_path if not same_words(heading, document.title)),
        place=page_name(document.media_type, passage.page, passage.page_label)
        if paged(document.media_type, document.pages)
        else "",
        weak_ocr=round(100 * confidence) if weak and confidence is not None else None,
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


def _landing(request: Request, house: House, renderer: Renderer, address: SearchAddress) -> Response:
    return renderer.page(
        request,
        "landing.html",
        address=address,
        blank=address.query is not None,
        examples=[(text, f"/?{urlencode({'q': text})}") for text in house.settings.examples],
        coverage=house.service.coverage(address.compartments or None),
        longest=house.settings.max_query_chars,
    )


@router.get("/")
def search_page(request: Request, house: TheHouse, user: TheUser, renderer: TheRenderer) -> Response:
    """The search page: the box alone, or the box and what was found."""
    address = SearchAddress.read(request.query_params, user.compartments)
    longest = house.settings.max_query_chars
    if address.query is None or not address.query.strip():
        return _landing(request, house, renderer, address)
    if len(address.query) > longest:
        return renderer.page(request, "too_long.html", status=422, address=address, longest=longest)
    size = house.settings.page_size
    answer = ask(address.request(size), house)
    state = state_of(answer.coverage.generations)
    return renderer.page(
        request,
        "results.html",
        address=address,
        answer=answer,
        hits=[hit_view(hit, address.query) for hit in answer.hits],
        paging=paging(address, answer, size),
        changed=bool(address.state) and address.state != state,
        sorts=[
            (Sort.RELEVANCE, "Pertinence"),
            (Sort.NEWEST, "Plus récents"),
            (Sort.OLDEST, "Plus anciens"),
        ],
        orders={
            Sort.RELEVANCE: "les plus proches de la question d’abord",
            Sort.NEWEST: "les plus récents d’abord",
            Sort.OLDEST: "les plus anciens d’abord",
        },
        channels=[
            (Channel.HYBRID, "Mots et sens"),
            (Channel.LEXICAL, "Mots seulement"),
            (Channel.DENSE, "Sens seulement"),
        ],
        compartments=user.compartments,
        exports=[
            (name, f"/api/v1/search/export?{urlencode([*address.pairs(), ('format', value)])}")
            for name, value in EXPORTS
        ],
        longest=longest,
    )

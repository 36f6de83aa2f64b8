"""The routes of the pages."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response
from starlette.staticfiles import StaticFiles

from search_api.engine.answer import Answer, Channel, Hit, Sort
from search_api.http.asking import ask
from search_api.http.french import page_name, paged
from search_api.http.house import House, TheHouse, TheUser
from search_api.http.models import MAX_DOCUMENTS
from search_api.http.routes.documents import find_document
from search_api.http.wire import document_page_url, passage_url, state_of
from search_api.web.address import SearchAddress
from search_api.web.finding import find_inside
from search_api.web.marks import Excerpt, excerpt
from search_api.web.reading import Place, marks_text, quotation, read_document
from search_api.web.rendering import STATIC, Renderer

router = APIRouter(include_in_schema=False)

WEAK_OCR = 0.85
EXPORTS = (
    ("Tableur (XLSX)", "xlsx"),
    ("Tableur (CSV)", "csv"),
    ("Note (Markdown)", "markdown"),
    ("Bibliographie (BibTeX)", "bibtex"),
    ("Bibliographie (RIS)", "ris"),
    ("Données (JSON Lines)", "jsonl"),
)


async def _renderer(request: Request) -> Renderer:
    renderer = request.app.state.renderer
    if not isinstance(renderer, Renderer):
        raise TypeError("the application was not made by create_app")
    return renderer


TheRenderer = Annotated[Renderer, Depends(_renderer)]


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


@router.get("/documents/{document_id}")
def document_page(
    request: Request, document_id: str, house: TheHouse, user: TheUser, renderer: TheRenderer
) -> Response:
    """A document's text, opened at a passage."""
    document = find_document(document_id, house, user)
    place = Place.read(request.query_params)
    wanted = request.query_params.get("page", "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 7 else None
    pages = house.service.pages(document_id, user.compartments)
    findings = find_inside(pages, request.query_params.get("dans", ""))
    reading = read_document(document, pages, place, number, findings)
    kept = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name in {"q", "passage", "version", "texte", "marques"}
    ]
    inside = [("dans", findings.words)] if findings.words.strip() else []

    def at_page(target: int) -> str:
        pairs = [*kept, *inside, ("page", str(target))]
        return f"{document_page_url(document.id)}?{urlencode(pairs, safe=':,')}#page-{target}"

    query = request.query_params.get("q", "")
    return renderer.page(
        request,
        "document.html",
        reading=reading,
        citation=quotation(reading, pages, str(request.base_url)),
        document=document,
        query=query,
        back=f"/?{urlencode({'q': query})}" if query.strip() else "/",
        at_page=at_page,
        kept=kept,
        inside=inside,
        findings=findings,
        weak_ocr=WEAK_OCR,
        here=document_page_url(document.id),
        longest=house.settings.max_query_chars,
    )


@router.get("/aide")
def help_page(request: Request, house: TheHouse, renderer: TheRenderer) -> Response:
    """How to ask, how to read an answer."""
    return renderer.page(
        request,
        "help.html",
        coverage=house.service.coverage(None),
        longest=house.settings.max_query_chars,
        most=MAX_DOCUMENTS,
    )


@router.get("/accessibilite")
async def accessibility_page(request: Request, renderer: TheRenderer) -> Response:
    """What was checked, and what was not."""
    return renderer.page(request, "accessibility.html")


@router.get("/donnees-personnelles")
async def privacy_page(request: Request, house: TheHouse, renderer: TheRenderer) -> Response:
    """What is kept of people."""
    return renderer.page(request, "privacy.html", log_queries=house.settings.log_queries)


@router.get("/mentions-legales")
async def legal_page(request: Request, renderer: TheRenderer) -> Response:
    """What this is, and under which licences."""
    return renderer.page(request, "legal.html")


@router.get("/plan-du-site")
async def site_map_page(request: Request, renderer: TheRenderer) -> Response:
    """Where everything is."""
    return renderer.page(request, "site_map.html")


def install(app: FastAPI, static: Path = STATIC) -> None:
    """Add the pages, their static files and the error page to ``app``."""
    renderer = Renderer(static)
    app.state.renderer = renderer
    app.state.error_page = renderer.error
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=renderer.static), name="static")

"""Whatever a document or a user says is text: none of it is run, loaded or obeyed."""

from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from corpus.document import Block, BlockKind, PageKind
from corpus.document import Page as DocumentPage
from search_api.http.app import create_app
from search_api.http.settings import HttpSettings
from tests.browser import Served, chromium, serve
from tests.hostile import HOSTILE, packed, told
from tests.hostile_pages import Markup, Watch
from tests.service_in_memory import Held, MemoryService, held


def hostile_document(number: int, string: str) -> Held:
    """A document hostile in everything it says of itself."""
    text = f"repère {string}\nrepère {string}"
    middle = text.index("\n")
    page = DocumentPage(
        number=1,
        text=text,
        blocks=(Block(BlockKind.HEADING, 0, middle, 1), Block(list(BlockKind)[number % 7], middle + 1, len(text))),
        label=string,
        kind=list(PageKind)[number % 5],
        ocr_confidence=0.5,
    )
    return held(
        f"{number}/{string}",
        string,
        [page],
        drop=string,
        kind=string,
        date=string,
        media_type=string,
        metadata={"family": f"f{number // 2}", "service": string, string: string, "items": string, "get": string},
    )


@pytest.fixture(scope="module")
def service() -> MemoryService:
    return MemoryService(
        [hostile_document(number, string) for number, string in enumerate(HOSTILE)],
        messages=tuple(HOSTILE[:50]),
        suggestion=HOSTILE[0],
        newest={"commun": HOSTILE[0]},
    )


@pytest.fixture(scope="module")
def served(service: MemoryService) -> Iterator[Served]:
    with serve(create_app(service, HttpSettings(page_size=100, examples=tuple(HOSTILE[:20])))) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def watch(browser: Browser, served: Served) -> Iterator[Watch]:
    watching = Watch(browser, served)
    yield watching
    watching.context.close()


def test_there_are_five_hundred_hostile_strings() -> None:
    assert len(set(HOSTILE)) == 500


def test_hostile_results_execute_nothing(watch: Watch) -> None:
    assert watch.opened("/") == []
    shown = 0
    for number in range(1, 4):
        assert watch.opened(f"/?q=rep%C3%A8re&explain=true&page={number}") == []
        shown += watch.page.locator("[data-hit-link]").count()
        watch.page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        shown += watch.page.locator(".versions a").count()
    # Two documents make a paper of two versions.
    assert shown == 500
    assert watch.opened("/?filter=kind:" + quote(HOSTILE[7])) == []


def test_hostile_neighbours_execute_nothing(watch: Watch, service: MemoryService) -> None:
    for one in service.collection[::60]:
        assert watch.opened(f"/documents/{one.document.id}/similaires") == []
        assert watch.page.locator("[data-hit-link]").count() == 10


def test_hostile_documents_execute_nothing(browser: Browser) -> None:
    collection = [hostile_document(number, string) for number, string in enumerate(packed(1_200))]
    with serve(create_app(MemoryService(collection), HttpSettings())) as served:
        watch = Watch(browser, served)
        for one in collection:
            assert watch.opened(f"/documents/{one.document.id}?passage=1:0-20") == []
            assert told(watch.page.locator("h1").inner_text()) == told(one.document.title)
        watch.context.close()


def test_hostile_questions_execute_nothing(watch: Watch) -> None:
    pieces = packed(280)
    for start in range(0, len(pieces), 3):
        some = pieces[start : start + 3]
        whole = " ".join(some)
        fields = [(name, whole) for name in ("sort", "channel", "compartment", "page", "state", "density", "explain")]
        fields += [("literal", piece) for piece in some] + [("filter", f"kind:{piece}") for piece in some]
        assert watch.opened(f"/?{urlencode([('q', f'repère {whole}'), *fields])}") == []
        assert told(watch.page.locator("#question").input_value()) == told(whole)


def test_hostile_suggestions_execute_nothing(watch: Watch) -> None:
    watch.opened("/")
    for typed in ("script", "onload", "svg"):
        watch.page.locator("#question").fill("")
        watch.page.locator("#question").press_sequentially(typed)
        watch.page.locator("[role=option]").first.wait_for()
    assert watch.faults == []
    assert watch.page.evaluate("window.executed") is None


def test_no_hostile_string_becomes_markup_in_any_page(service: MemoryService) -> None:
    # What an address quotes is cut at 200 characters.
    pages = MemoryService([hostile_document(number, string) for number, string in enumerate(packed(200))])
    documents, api = (
        TestClient(create_app(one, HttpSettings()), base_url="http://localhost") for one in (pages, service)
    )
    ours = Markup(api.get("/aide").text).scripts
    assert len(ours) == 2
    paths = []
    for one in pages.collection:
        fields = dict.fromkeys(("q", "texte", "version", "dans", "passage", "marques", "page"), one.document.title)
        paths.append((documents, f"/documents/{one.document.id}?{urlencode(fields)}"))
    for string in packed(280):
        filters = {"filter": f"kind:{string}", "literal": string}
        paths += [
            (api, f"/?{urlencode({'q': string, **filters})}"),
            (api, f"/?{urlencode({**filters, 'density': 'compact'})}"),
            (api, f"/nulle-part?{urlencode({'q': string})}"),
        ]
    paths += [(api, f"/documents/{one.document.id}/similaires") for one in service.collection[::25]]
    for asked, path in paths:
        answer = asked.get(path, headers={"accept": "text/html", "x-request-id": ascii(path)})
        page = Markup(answer.text)
        assert (page.scripts, page.faults) == (ours, []), path
        assert "x-injected" not in answer.headers


def test_the_api_gives_hostile_text_back_as_it_is_and_as_json(service: MemoryService) -> None:
    api = TestClient(create_app(service, HttpSettings()), base_url="http://localhost")
    for one in service.collection[::10]:
        answer = api.get(f"/api/v1/documents/{one.document.id}")
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["title"] == one.document.title
        page = api.get(f"/api/v1/documents/{one.document.id}/pages/1")
        assert page.json()["text"] == one.pages[0].text

"""Whatever a document or a user says is text: none of it is run, loaded or obeyed."""

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page
from starlette.testclient import TestClient

from corpus.document import Block, BlockKind, PageKind
from corpus.document import Page as DocumentPage
from search_api.http.app import create_app
from search_api.http.settings import HttpSettings
from tests.browser import Served, chromium, serve
from tests.hostile import HOSTILE
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


class Watch:
    """A page that notes what it should never do."""

    def __init__(self, browser: Browser, served: Served) -> None:
        self.context = browser.new_context(base_url=served.url)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("dialog", self._dialog)
        self.page.on("console", self._console)
        self.page.on("request", lambda request: self._request(request.url, served.url))

    def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(dialog.message)
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        text = message.text
        # A refusal by the policy means that markup of theirs reached the page.
        if "Content Security Policy" in text or "executed" in text:
            self.faults.append(text)

    def _request(self, url: str, own: str) -> None:
        if not url.startswith((own, "data:image/svg+xml")):
            self.faults.append(url)

    def opened(self, path: str) -> list[str]:
        """The faults seen by the time ``path`` is loaded, pointed at and typed in."""
        self.page.goto(path)
        self.page.mouse.move(200, 200)
        if self.page.evaluate("window.executed") is not None:
            self.faults.append(f"executed on {path}")
        return self.faults


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


def test_hostile_documents_execute_nothing(watch: Watch, service: MemoryService) -> None:
    for one in service.collection[::12]:
        assert watch.opened(f"/documents/{one.document.id}?passage=1:0-20") == []


def test_hostile_questions_execute_nothing(watch: Watch) -> None:
    for string in HOSTILE[::12]:
        fields = {"q": f"repère {string}", "filter": f"{string}:{string}", "sort": string, "channel": string,
                  "compartment": string, "page": string, "state": string, "literal": string, "density": string,
                  "explain": string}  # fmt: skip
        assert watch.opened(f"/?{urlencode(fields)}") == []


def test_hostile_suggestions_execute_nothing(watch: Watch) -> None:
    watch.opened("/")
    for typed in ("script", "onload", "svg"):
        watch.page.locator("#question").fill("")
        watch.page.locator("#question").press_sequentially(typed)
        watch.page.locator("[role=option]").first.wait_for()
    assert watch.faults == []
    assert watch.page.evaluate("window.executed") is None


class Markup(HTMLParser):
    """The elements of a page that could do something."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.faults: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script":
            self.scripts.append(given.get("src") or "inline")
        if tag in {"iframe", "object", "embed", "base", "svg", "math", "img", "style"} or "http-equiv" in given:
            self.faults.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in {"style", "srcdoc", "formaction"}:
                self.faults.append(f"{tag} {name}")
            if name in {"href", "src", "action"} and not (value or "").startswith(("/", "#")):
                self.faults.append(f"{tag} {name}={value}")
            if name in {"href", "src", "action"} and (value or "").startswith("//"):
                self.faults.append(f"{tag} {name}={value}")


def test_no_hostile_string_becomes_markup_in_any_page(service: MemoryService) -> None:
    api = TestClient(create_app(service, HttpSettings()), base_url="http://localhost")
    ours = Markup(api.get("/aide").text).scripts
    assert len(ours) == 2
    for number, one in enumerate(service.collection):
        string = one.document.title
        everywhere = urlencode(dict.fromkeys(("q", "texte", "version", "dans", "passage", "marques", "page"), string))
        paths = [
            f"/documents/{one.document.id}?{everywhere}",
            f"/?{urlencode({'q': string, 'filter': f'kind:{string}', 'literal': string})}",
            f"/nulle-part?{urlencode({'q': string})}",
        ]
        if number % 25 == 0:
            paths += [
                f"/?{urlencode({'filter': f'kind:{string}', 'density': 'compact'})}",
                f"/?{urlencode({'q': f'repère {string}', 'explain': 'true'})}",
                f"/documents/{one.document.id}/similaires",
            ]
        for path in paths:
            answer = api.get(path, headers={"accept": "text/html", "x-request-id": ascii(string)})
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

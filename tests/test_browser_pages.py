"""The pages in a real browser: accessible, by keyboard, on a phone, in the dark, without JavaScript."""

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from starlette.testclient import TestClient

from search_api.engine.answer import Answer, SearchRequest
from search_api.engine.watch.store import WatchStore
from search_api.http.app import create_app
from search_api.http.metrics import Metrics
from search_api.http.settings import HttpSettings
from search_api.http.watching import Watching
from search_api.web.rendering import HERE, Renderer
from tests.browser import Served, chromium, serve
from tests.desk import drop_desk
from tests.encoders import FakeEncoder
from tests.service_in_memory import Held, MemoryService, P, held, many, page_of, small_collection

AXE = HERE / "node_modules/axe-core/axe.min.js"
RESULTS = "/?q=d%C3%A9l%C3%A9gation+gestion"
STATES = {
    "first page": "/",
    "blank question": "/?q=",
    "results": RESULTS,
    "filtered results": RESULTS + "&filter=kind:avenant",
    "filters alone": "/?filter=kind:note&filter=service:SISSE",
    "parts to take off": '/?q="délégation de gestion" -projet type:note date:2019.. contrat*&filter=kind:avenant',
    "a word as typed": "/?q=avenant+DGE&literal=DGE",
    "reasons": RESULTS + "&explain=true",
    "close view": RESULTS + "&density=compact",
    "no clear answer": RESULTS + "+doute",
    "versions": "/?q=cadrage",
    "second page": RESULTS + "&page=2",
    "no answer": "/?q=xyzzy",
    "too long": "/?q=" + "mot+" * 300,
    "help": "/aide",
    "accessibility": "/accessibilite",
    "privacy": "/donnees-personnelles",
    "legal": "/mentions-legales",
    "site map": "/plan-du-site",
    "watch": "/veille",
    "holdings": "/fonds",
    "report of a drop": "/fonds/lot?lot=2026-s48",
    "acronyms": "/fonds/sigles",
    "withdrawn": "/fonds/retires",
    "nowhere": "/nulle-part",
}

OPENED = {
    "document at a passage": "/documents/*",
    "words in a document": "/documents/*",
    "text alone": "/documents/*",
    "versions of a document": "/documents/*",
    "what changed": "/documents/*/differences",
    "near documents": "/documents/*/similaires",
    "a saved search": "/veille/*",
    "quick help": "/",
    "suggestions": "/",
}
"""States that are come to by doing something, and where that leads."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Renderer().complete:
        pytest.skip("the design system is not installed (make web-static)")
    with chromium() as started:
        yield started


MOVING = """() => [...document.querySelectorAll("*")].filter((one) => {
    const style = getComputedStyle(one);
    return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0.001;
}).map((one) => one.outerHTML)"""
STOPS = """() => {
    const unseen = [];
    let stops = 0;
    for (const one of document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")) {
        if (!one.checkVisibility({visibilityProperty: true}) || one.disabled || one.tabIndex < 0) continue;
        one.focus();
        if (document.activeElement !== one) continue;
        stops += 1;
        const style = getComputedStyle(one);
        if (style.outlineStyle === "none" || !(parseFloat(style.outlineWidth) > 0)) unseen.push(one.outerHTML);
        if (one.tabIndex > 0) unseen.push("out of order: " + one.outerHTML);
    }
    return [stops, unseen];
}"""


class Doubtful(MemoryService):
    """Nothing answers clearly a question that says « doute »."""

    def search(self, request: SearchRequest) -> Answer:
        return replace(super().search(request), clear="doute" not in request.query)


@pytest.fixture(scope="module")
def service() -> MemoryService:
    drafts = [
        held(f"cadrage-{at}.docx", f"Note de cadrage {at}", [page_of(1, (P, "Le cadrage du projet."))],
             date=f"202{at}-01-04", metadata={"family": "f1"})
        for at in range(3)
    ]  # fmt: skip
    scan = held("scan.pdf", "Registre", [replace(page_of(1, (P, "Le cadrage lu.")), ocr_confidence=0.6)])
    kept = held("bail.pdf", "Bail", [page_of(1, (P, "Le bail court pour trois ans."))])
    made = Doubtful(
        [*small_collection(), *drafts, scan, kept, *many(25)], newest={"commun": "2026-47"}, suggestion="délégation"
    )
    made.new_version("bail.pdf", [page_of(1, (P, "Le bail court pour six ans.")), page_of(2, (P, "Fin."))], "b" * 64)
    return made


@pytest.fixture(scope="module")
def served(service: MemoryService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Everything that can be shown: a saved search with an alert, a drop that needs a hand, an acronym."""
    root = tmp_path_factory.mktemp("pages")
    desk = drop_desk(root / "data", FakeEncoder())
    watching = Watching(WatchStore(root / "data"), service, lambda owner: service.names)
    app = create_app(service, HttpSettings(), watching=watching, drops=desk)
    with TestClient(app, base_url="http://localhost", headers={"sec-fetch-site": "same-origin"}) as api:
        note = ("note.md", "# Note\n\nLa Direction générale des Entreprises (DGE) publie.\n".encode())
        form = {"nom": "2026-s48", "compartiment": "commun", "mode": "delta"}
        sent = api.post("/fonds/lots", data=form, files=[("fichiers", note), ("fichiers", ("vide.pdf", b""))])
        assert sent.status_code == 200
        assert api.post("/veille/recherches", data={"q": "fournisseurs uniques", "nom": "Fournisseurs"}).is_success
    service.collection.append(held("neuve.pdf", "Note neuve", [page_of(1, (P, "Des fournisseurs uniques encore."))]))
    service.generation += "+"
    watching.look(Metrics())
    with serve(app) as running:
        yield running


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    context = browser.new_context(base_url=served.url, viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def violations(page: Page, *, colours_only: bool = False) -> list[str]:
    """What axe-core finds on the page, as ``rule: elements``; in the dark, only colours can differ."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE.read_text())
    rules = {"runOnly": ["color-contrast", "link-in-text-block"]} if colours_only else {}
    found = page.evaluate("rules => axe.run(document, {resultTypes: ['violations'], ...rules})", rules)
    return [
        f"{one['id']}: {[node['target'] for node in one['nodes']]} {one['nodes'][0].get('failureSummary')}"
        for one in found["violations"]
    ]


def show(page: Page, service: MemoryService, state: str) -> None:
    """Bring ``page`` to one of its states."""
    match state:
        case "words in a document":
            page.goto(f"{document_url(service)}?dans=avenant")
            expect(page.locator("mark.trouve").first).to_be_visible()
        case "text alone":
            page.goto(f"{document_url(service)}?vue=texte")
        case "versions of a document":
            page.goto(f"/documents/{changed(service).document.id}")
        case "what changed":
            page.goto(f"/documents/{changed(service).document.id}/differences?tout=1")
            expect(page.locator("ins").first).to_be_visible()
        case "a saved search":
            page.goto("/veille")
            page.get_by_role("link", name="Fournisseurs").first.click()
            page.wait_for_url("**/veille/*")
        case "near documents":
            page.goto(f"{document_url(service)}/similaires")
        case "document at a passage":
            page.goto(RESULTS)
            page.locator("[data-hit-link]").first.click()
            page.wait_for_url("**/documents/**")
        case "quick help":
            page.goto(RESULTS)
            page.keyboard.press("?")
            expect(page.get_by_role("dialog")).to_be_visible()
        case "suggestions":
            page.goto("/")
            page.locator("#question").press_sequentially("gestion")
            expect(page.get_by_role("option").first).to_be_visible()
            page.keyboard.press("ArrowDown")
            expect(page.get_by_role("option", selected=True)).to_be_visible()
        case _:
            page.goto(STATES[state])


def changed(service: MemoryService) -> Held:
    """A document of two versions."""
    return next(one for one in service.collection if one.former)


def document_url(service: MemoryService) -> str:
    return f"/documents/{service.collection[0].document.id}"


def faults(page: Page) -> list[str]:
    """What keeps a page from being read by all: axe-core's findings in both schemes, what moves for who asked for no
    motion, what spills on a narrow screen or with letters twice as large, stops of the keyboard that do not show.

    The page is loaded once: schemes and widths change under it.
    """
    if not AXE.exists():
        pytest.skip("axe-core is not installed (make web-static)")
    page.emulate_media(color_scheme="light")
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {one}" for one in violations(page, colours_only=True)]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found += [f"moves: {one}" for one in page.evaluate(MOVING)]
    page.set_viewport_size({"width": 320, "height": 640})
    if page.evaluate("document.documentElement.scrollWidth") > 320:
        found.append("spills at 320 pixels")
    page.set_viewport_size({"width": 640, "height": 480})
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    if page.evaluate("document.documentElement.scrollWidth") > 640:
        found.append("spills with letters twice as large")
    page.evaluate("document.documentElement.style.removeProperty('font-size')")
    page.set_viewport_size({"width": 1280, "height": 900})
    # A focus given by a script shows as the keyboard's once a key was pressed.
    page.keyboard.press("Tab")
    stops, unseen = page.evaluate(STOPS)
    assert stops, "nothing can be reached by keyboard"
    return found + [f"focus does not show: {one}" for one in unseen]


@pytest.mark.parametrize("state", [*STATES, *OPENED])
def test_every_page_in_every_state_can_be_read_by_all(page: Page, service: MemoryService, state: str) -> None:
    """Without a fault by axe-core, light and dark; nothing lost at 320 pixels nor at 200%."""
    show(page, service, state)
    assert state in STATES or fnmatch(urlsplit(page.url).path, OPENED[state])
    assert faults(page) == []


def test_the_keyboard_goes_from_result_to_result_and_opens_one(page: Page) -> None:
    page.goto(RESULTS)
    titles = page.locator("[data-hit-link]")
    page.keyboard.press("j")
    expect(titles.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(titles.nth(2)).to_be_focused()
    page.keyboard.press("k")
    expect(titles.nth(1)).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("jk")
    expect(page.locator("#question")).to_have_value("jk")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/documents/**")
    page.go_back()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Aide rapide")
    expect(dialog).to_be_visible()
    expect(page.get_by_role("button", name="Fermer")).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("button", name="Fermer")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.goto("/plan-du-site")
    page.keyboard.press("?")
    page.wait_for_url("**/aide#au-clavier")


def test_the_first_stop_of_the_keyboard_leads_to_the_content(page: Page) -> None:
    page.goto(RESULTS)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Contenu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#contenu")).to_be_focused()


def test_every_stop_of_the_keyboard_is_visible(page: Page) -> None:
    page.goto(RESULTS)
    stops = 0
    while True:
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        stops += 1
        outline = page.evaluate(
            "() => { const style = getComputedStyle(document.activeElement);"
            " return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0; }"
        )
        assert outline, page.evaluate("document.activeElement.outerHTML")
    assert stops > 40


def test_typing_offers_suggestions_that_the_keyboard_walks_through(page: Page) -> None:
    page.goto("/")
    box = page.get_by_role("combobox", name="Votre question")
    box.press_sequentially("cadrage")
    options = page.get_by_role("option")
    expect(options).to_have_count(3)
    expect(page.get_by_role("status").filter(has_text="3 suggestions")).to_be_attached()
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = options.nth(1)
    expect(chosen).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", str(chosen.get_attribute("id")))
    expect(box).to_be_focused()
    text = chosen.inner_text()
    page.keyboard.press("Enter")
    expect(box).to_have_value(text)
    expect(box).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=Note**")


def test_escape_closes_the_suggestions_and_keeps_what_was_typed(page: Page) -> None:
    page.goto("/")
    box = page.get_by_role("combobox")
    box.press_sequentially("fourniss")
    expect(page.get_by_role("option")).to_have_text(["Dépendance aux fournisseurs uniques"])
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("fourniss")
    expect(box).to_be_focused()


def test_a_suggestion_is_taken_by_a_press(page: Page) -> None:
    page.goto("/")
    page.get_by_role("combobox").press_sequentially("fourniss")
    page.get_by_role("option").click()
    expect(page.get_by_role("combobox")).to_have_value("Dépendance aux fournisseurs uniques")
    expect(page.get_by_role("combobox")).to_be_focused()


def test_a_citation_is_copied(browser: Browser, served: Served) -> None:
    context = browser.new_context(base_url=served.url, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(RESULTS)
    page.locator("[data-hit-link]").first.click()
    page.get_by_text("Citer ce passage").click()
    page.get_by_role("button", name="Copier la citation").click()
    expect(page.get_by_role("status").filter(has_text="Citation copiée")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("«\u00a0La délégation de gestion est accordée pour un an.")
    assert copied.endswith("#passage")
    context.close()


def test_the_appearance_chosen_is_kept_from_page_to_page(page: Page) -> None:
    page.goto("/")
    button = page.get_by_role("button", name="Apparence")
    button.click()
    button.click()
    expect(button).to_contain_text("sombre")
    page.goto("/aide")
    assert page.evaluate("document.documentElement.dataset.frTheme") == "dark"
    expect(page.get_by_role("button", name="Apparence")).to_contain_text("sombre")


@pytest.fixture
def plain(browser: Browser, served: Served) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=served.url, java_script_enabled=False, color_scheme="dark")
    yield context
    context.close()


def test_an_analyst_without_javascript_searches_refines_opens_and_comes_back(plain: BrowserContext) -> None:
    page = plain.new_page()
    page.goto("/")
    page.locator("#question").fill("délégation de gestion")
    page.get_by_role("button", name="Rechercher").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("27")
    page.get_by_role("complementary").get_by_role("link", name="Avenant").click()
    page.get_by_role("link", name="Type de document : Avenant").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("27")
    page.get_by_role("complementary").get_by_role("link", name="Avenant").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1")
    page.get_by_role("heading", name="Avenant n° 1").get_by_role("link").click()
    expect(page.locator("#passage")).to_be_in_viewport()
    expect(page.locator(".passage").first).to_be_visible()
    page.get_by_role("link", name="Revenir aux résultats").click()
    expect(page.locator("#question")).to_have_value("délégation de gestion")
    expect(page.get_by_role("button", name="Apparence")).to_be_hidden()


def test_a_dark_system_gives_dark_pages_even_without_javascript(plain: BrowserContext, tmp_path: Path) -> None:
    page = plain.new_page()
    page.goto("/")
    page.screenshot(path=tmp_path / "dark.png", clip={"x": 0, "y": 700, "width": 10, "height": 10})
    from PIL import Image

    with Image.open(tmp_path / "dark.png") as picture:
        assert max(picture.convert("RGB").getpixel((5, 5))) < 64  # type: ignore[arg-type]


@pytest.mark.parametrize("state", ["first page", "results", "reasons", "document at a passage", "help"])
def test_the_page_does_not_move_while_it_loads(page: Page, service: MemoryService, state: str) -> None:
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver((list) => {"
        " for (const entry of list.getEntries()) window.shift += entry.value; })"
        ".observe({type: 'layout-shift', buffered: true});"
    )
    show(page, service, state)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shift") < 0.01

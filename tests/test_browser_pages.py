"""The pages in a real browser: accessible, by keyboard, on a phone, in the dark, without JavaScript."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from search_api.http.app import create_app
from search_api.http.settings import HttpSettings
from search_api.web.rendering import HERE, Renderer
from tests.browser import Served, chromium, serve
from tests.service_in_memory import MemoryService, many, small_collection

AXE = HERE / "node_modules/axe-core/axe.min.js"
RESULTS = "/?q=d%C3%A9l%C3%A9gation+gestion"
STATES = {
    "first page": "/",
    "blank question": "/?q=",
    "results": RESULTS,
    "filtered results": RESULTS + "&filter=kind:avenant",
    "second page": RESULTS + "&page=2",
    "no answer": "/?q=xyzzy",
    "too long": "/?q=" + "mot+" * 300,
    "help": "/aide",
    "accessibility": "/accessibilite",
    "privacy": "/donnees-personnelles",
    "legal": "/mentions-legales",
    "site map": "/plan-du-site",
    "nowhere": "/nulle-part",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Renderer().complete:
        pytest.skip("the design system is not installed (make web-static)")
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def service() -> MemoryService:
    return MemoryService([*small_collection(), *many(25)])


@pytest.fixture(scope="module")
def served(service: MemoryService) -> Iterator[Served]:
    with serve(create_app(service, HttpSettings())) as running:
        yield running


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    context = browser.new_context(base_url=served.url, viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def violations(page: Page, *, colours_only: bool = False) -> list[str]:
    """What axe-core finds on the page, as ``rule: elements``; in the dark, only colours can differ."""
    page.evaluate(AXE.read_text())
    rules = {"runOnly": ["color-contrast", "link-in-text-block"]} if colours_only else {}
    found = page.evaluate("rules => axe.run(document, {resultTypes: ['violations'], ...rules})", rules)
    return [
        f"{one['id']}: {[node['target'] for node in one['nodes']]} {one['nodes'][0].get('failureSummary')}"
        for one in found["violations"]
    ]


def document_url(service: MemoryService) -> str:
    return f"/documents/{service.collection[0].document.id}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", [*STATES, "document at a passage", "words in a document"])
def test_no_page_in_no_state_has_an_accessibility_fault(
    browser: Browser, served: Served, service: MemoryService, state: str, scheme: str
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (make web-static)")
    context = browser.new_context(base_url=served.url, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    if state in STATES:
        page.goto(STATES[state])
    elif state == "words in a document":
        page.goto(f"{document_url(service)}?dans=avenant")
        expect(page.locator("mark.trouve").first).to_be_visible()
    else:
        page.goto(RESULTS)
        page.locator("[data-hit-link]").first.click()
        page.wait_for_url("**/documents/**")
    assert violations(page, colours_only=scheme == "dark") == []
    context.close()


@pytest.mark.parametrize("state", [*STATES, "document"])
def test_nothing_is_lost_on_a_narrow_screen(
    browser: Browser, served: Served, service: MemoryService, state: str
) -> None:
    context = browser.new_context(base_url=served.url, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(STATES.get(state, document_url(service)))
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


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
    page.wait_for_url("**/aide#clavier")


def test_the_first_stop_of_the_keyboard_leads_to_the_content(page: Page) -> None:
    page.goto(RESULTS)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Contenu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#contenu")).to_be_focused()


def test_every_stop_of_the_keyboard_is_visible(page: Page) -> None:
    page.goto(RESULTS)
    for _ in range(25):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            "() => { const style = getComputedStyle(document.activeElement);"
            " return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0; }"
        )
        assert outline, page.evaluate("document.activeElement.outerHTML")


def test_typing_offers_suggestions(page: Page) -> None:
    page.goto("/")
    page.locator("#question").press_sequentially("fourniss")
    option = page.locator("datalist option")
    expect(option).to_have_attribute("value", "Dépendance aux fournisseurs uniques")


def test_a_citation_is_copied(browser: Browser, served: Served) -> None:
    context = browser.new_context(base_url=served.url, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(RESULTS)
    page.locator("[data-hit-link]").first.click()
    page.get_by_text("Citer ce passage").click()
    page.get_by_role("button", name="Copier la citation").click()
    expect(page.get_by_role("status")).to_have_text("Citation copiée")
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
    expect(page.get_by_role("heading", level=1)).to_contain_text("1")
    page.get_by_role("link", name="Avenant n° 1").click()
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


def test_the_page_does_not_move_while_it_loads(page: Page) -> None:
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver((list) => {"
        " for (const entry of list.getEntries()) window.shift += entry.value; })"
        ".observe({type: 'layout-shift', buffered: true});"
    )
    page.goto(RESULTS)
    page.wait_for_load_state("networkidle")
    assert json.loads(page.evaluate("JSON.stringify(window.shift)")) < 0.1

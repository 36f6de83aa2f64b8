"""An assessor judges a topic in a real browser: by keyboard, and without JavaScript."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from eval.judging.desk import Assessing
from search_api.engine.judging import Verdict
from search_api.http.app import create_app
from search_api.http.settings import HttpSettings
from search_api.web.rendering import Renderer
from tests.browser import Served, chromium, serve
from tests.judging_desk import desk_over
from tests.service_in_memory import MemoryService, small_collection
from tests.test_browser_pages import faults

OPEN = ("commun",)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Renderer().complete:
        pytest.skip("the design system is not installed (make web-static)")
    with chromium() as started:
        yield started


@pytest.fixture
def service() -> MemoryService:
    return MemoryService(small_collection())


@pytest.fixture
def desk(service: MemoryService, tmp_path: Path) -> Assessing:
    return desk_over(service, tmp_path)


@pytest.fixture
def served(service: MemoryService, desk: Assessing) -> Iterator[Served]:
    with serve(create_app(service, HttpSettings(), judging=desk)) as running:
        yield running


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    context = browser.new_context(base_url=served.url, viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture
def plain(browser: Browser, served: Served) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=served.url, java_script_enabled=False)
    yield context
    context.close()


def verdicts(desk: Assessing, assessor: str, topic: str) -> list[Verdict | None]:
    return [task.verdict for task in desk.tasks(topic, assessor, OPEN)]


def start(page: Page, name: str) -> str:
    """Give a name and open the first topic; returns the topic's id."""
    page.goto("/jugement")
    page.get_by_label("Votre nom d’assesseur").fill(name)
    page.get_by_role("button", name="Commencer").click()
    page.get_by_role("link", name="Commencer par").click()
    page.wait_for_url("**/jugement/sujets/**")
    return page.url.partition("/sujets/")[2].partition("?")[0]


def test_a_topic_is_judged_by_keyboard_alone(page: Page, desk: Assessing) -> None:
    topic = start(page, "Noor")
    expect(page.get_by_text("Document 1 sur 3")).to_be_visible()
    page.keyboard.press("l")
    expect(page.get_by_role("status")).to_contain_text("plus tard")
    expect(page.get_by_text("Document 2 sur 3")).to_be_visible()
    page.keyboard.press("3")
    expect(page.get_by_text("Document 3 sur 3")).to_be_visible()
    page.keyboard.press("i")
    expect(page.get_by_text("Document 1 sur 3")).to_be_visible()
    page.keyboard.press("0")
    expect(page.get_by_text("Ce sujet est jugé en entier.")).to_be_visible()
    assert verdicts(desk, "Noor", topic) == [Verdict.OFF, Verdict.ANSWERS, Verdict.UNJUDGEABLE]
    page.keyboard.press("Backspace")
    expect(page.get_by_text("que vous avez noté « hors sujet »")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Document 2 sur 3")).to_be_visible()
    page.keyboard.press("2")
    expect(page.get_by_role("status")).to_contain_text("répond en partie")
    assert verdicts(desk, "Noor", topic)[1] is Verdict.PARTLY


def test_one_press_grades_one_document(page: Page, desk: Assessing) -> None:
    topic = start(page, "Noor")
    page.evaluate(
        "['1', '1', '1'].forEach(key => document.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true})))"
    )
    expect(page.get_by_text("Document 2 sur 3")).to_be_visible()
    assert verdicts(desk, "Noor", topic).count(Verdict.NEAR) == 1


def test_the_passage_is_shown_with_its_page_and_leads_to_the_document(page: Page) -> None:
    start(page, "Noor")
    for _ in range(3):
        if page.get_by_text("Le délégant signe chaque avenant.").count():
            break
        page.keyboard.press("ArrowRight")
        page.wait_for_load_state()
    expect(page.locator("article .resultat__page")).to_have_text("page 2")
    link = page.get_by_role("link", name="Ouvrir le document à ce passage")
    page.goto(link.get_attribute("href") or "")
    expect(page.locator(".passage").first).to_be_visible()


def test_everything_is_done_without_javascript(plain: BrowserContext, desk: Assessing) -> None:
    page = plain.new_page()
    topic = start(page, "Camille")
    for label in ("répond", "hors sujet", "voisin du sujet"):
        page.get_by_role("button", name=label).first.click()
    expect(page.get_by_text("Ce sujet est jugé en entier.")).to_be_visible()
    assert set(verdicts(desk, "Camille", topic)) == {Verdict.ANSWERS, Verdict.OFF, Verdict.NEAR}
    for task in desk.tasks(topic, "Camille", OPEN):
        desk.judge(task.pooled.id, "Noor", Verdict.ANSWERS, OPEN)
    page.get_by_role("link", name="Passer à un autre sujet").click()
    expect(page.get_by_role("cell", name="Camille et Noor")).to_be_visible()
    page.get_by_role("link", name="Arbitrage").click()
    for _ in (1, 2):
        card = page.locator("article").first
        card.get_by_label("répond en partie").check()
        card.get_by_label("Raison de la décision").fill("un élément seulement")
        card.get_by_role("button", name="Trancher").click()
    expect(page.get_by_text("Aucun désaccord n’attend de décision.")).to_be_visible()
    assert not desk.disputes(OPEN)


def test_an_opinion_becomes_a_judgment_without_javascript(plain: BrowserContext, desk: Assessing) -> None:
    page = plain.new_page()
    page.goto("/?q=seuil+autorisation")
    page.get_by_role("button", name="Utile Note sur le contrôle").first.click()
    expect(page.get_by_text("Merci, votre avis est noté.")).to_be_visible()
    page.get_by_role("link", name="ce qui en est fait").click()
    expect(page.get_by_role("heading", name="Vos avis sur les résultats")).to_be_visible()
    page.goto("/jugement/avis?assesseur=Sacha")
    page.get_by_label("Sujet", exact=True).select_option("T2")
    page.get_by_label("répond", exact=False).first.check()
    page.get_by_role("button", name="Retenir comme jugement").click()
    expect(page.get_by_text("Aucun avis n’attend d’être examiné.")).to_be_visible()
    assert Verdict.ANSWERS in verdicts(desk, "Sacha", "T2")


OPENED = ("/jugement", "/jugement/sujets/T1", "/jugement/arbitrage", "/jugement/avis")


def test_every_judging_page_can_be_read_by_all(page: Page, desk: Assessing) -> None:
    first = desk.tasks("T1", "Noor", OPEN)[0].pooled
    for assessor, verdict in (("Noor", Verdict.ANSWERS), ("Camille", Verdict.OFF)):
        desk.judge(first.id, assessor, verdict, OPEN)
    page.goto("/?q=avenant")
    page.get_by_role("button", name="Pas utile").first.click()
    assert faults(page) == []
    for path, asked in ((path, asked) for path in OPENED for asked in ("", "?assesseur=Noor")):
        page.goto(path + asked)
        assert faults(page) == [], path + asked
    for address in ("/jugement?assesseur=%3Cb%3E", f"/jugement/sujets/T1?assesseur=Noor&note={first.id}"):
        page.goto(address)
        assert faults(page) == [], address

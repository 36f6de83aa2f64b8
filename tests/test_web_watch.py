"""The Veille pages, as a browser without JavaScript gets them."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from corpus.document import BlockKind
from search_api.engine.watch.store import WatchStore
from search_api.http.app import create_app
from search_api.http.house import Role, User, current_user
from search_api.http.metrics import Metrics
from search_api.http.settings import HttpSettings
from search_api.http.watching import Watching
from tests.hostile import HOSTILE
from tests.service_in_memory import MemoryService, held, page_of, small_collection
from tests.test_web_pages import Visible

ASKED = {"q": "fournisseurs uniques", "filter": "kind:note", "nom": "Sous-traitance"}


@pytest.fixture
def service() -> MemoryService:
    return MemoryService(small_collection())


@pytest.fixture
def watching(data: Path, service: MemoryService) -> Watching:
    return Watching(WatchStore(data), service, lambda owner: service.names)


@pytest.fixture
def browser(service: MemoryService, watching: Watching) -> TestClient:
    app = create_app(service, HttpSettings(), watching=watching)
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    return TestClient(app, base_url="http://localhost", headers=headers)


def publish(service: MemoryService, watching: Watching, title: str = "Note neuve") -> None:
    page = page_of(1, (BlockKind.PARAGRAPH, "Des fournisseurs uniques encore."))
    service.collection.append(held(f"{title}.pdf", title, [page], kind="note"))
    service.generation += "+"
    watching.look(Metrics())


def read(browser: TestClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return Visible(answer.text).text


def test_a_search_is_saved_from_its_results(browser: TestClient) -> None:
    results = browser.get("/", params={"q": ASKED["q"], "filter": ASKED["filter"]}).text
    assert 'action="/veille/recherches"' in results
    hidden = [attrs for tag, attrs in Visible(results).elements if tag == "input" and attrs.get("type") == "hidden"]
    assert {"type": "hidden", "name": "filter", "value": "kind:note"} in hidden
    shown = browser.post("/veille/recherches", data=ASKED)
    assert shown.history[0].status_code == 303
    assert "Sous-traitance" in Visible(shown.text).text
    assert "Type de document\u00a0: Note" in Visible(shown.text).text


def test_the_page_says_what_is_new_for_each_search(
    browser: TestClient, service: MemoryService, watching: Watching
) -> None:
    assert "pas encore enregistré" in read(browser, "/veille")
    browser.post("/veille/recherches", data=ASKED)
    assert "Rien de nouveau depuis" in read(browser, "/veille")
    publish(service, watching)
    text = read(browser, "/veille")
    assert "1\u00a0nouveauté depuis" in text and "Note neuve" in text and "Non lue" in text


def test_alerts_marked_as_read_are_no_longer_new(
    browser: TestClient, service: MemoryService, watching: Watching
) -> None:
    here = browser.post("/veille/recherches", data=ASKED).url.path
    publish(service, watching)
    shown = Visible(browser.post(f"{here}/lues").text).text
    assert "Rien de nouveau depuis" in shown and "Note neuve" in shown and "Non lue" not in shown


def test_a_search_is_renamed_then_removed(browser: TestClient) -> None:
    here = browser.post("/veille/recherches", data=ASKED).url.path
    shown = browser.post(f"{here}/reglages", data={"nom": "Fournisseurs", "courriel": "oui"})
    assert "Fournisseurs" in Visible(shown.text).text and "checked" in shown.text
    assert "Fournisseurs" not in Visible(browser.post(f"{here}/suppression").text).text
    assert browser.get(here).status_code == 404


def test_a_name_that_is_taken_is_told_on_a_page(browser: TestClient) -> None:
    browser.post("/veille/recherches", data=ASKED)
    again = browser.post("/veille/recherches", data=ASKED)
    assert again.status_code == 409
    assert "Une de vos recherches s’appelle déjà" in Visible(again.text).text


@pytest.mark.parametrize("what", ["recherches", "x/lues", "x/reglages", "x/suppression"])
def test_another_sites_page_changes_nothing(browser: TestClient, what: str) -> None:
    answer = browser.post(f"/veille/{what}", data=ASKED, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert "pas encore enregistré" in read(browser, "/veille")


def test_nothing_hostile_in_a_name_or_a_title_is_markup(
    browser: TestClient, service: MemoryService, watching: Watching
) -> None:
    for number, text in enumerate(HOSTILE[:40]):
        if text.strip():
            browser.post("/veille/recherches", data={**ASKED, "nom": f"{number} {text}"[:120]})
    publish(service, watching, "<img src=x onerror=alert(1)>")
    page = Visible(browser.get("/veille").text)
    assert not any(name.startswith("on") for _, attrs in page.elements for name in attrs)
    assert not [tag for tag, _ in page.elements if tag in {"img", "iframe", "svg"}]
    assert "<img src=x onerror=alert(1)>" in page.text


def test_veille_is_for_analysts(browser: TestClient) -> None:
    browser.app.dependency_overrides[current_user] = lambda: User("c", frozenset({Role.MANAGER}), ("commun",))  # type: ignore[attr-defined]
    assert browser.get("/veille").status_code == 403

"""Saved searches over HTTP: saving, alerts, the feed, and who sees what."""

import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from corpus.document import BlockKind
from corpus.errors import CatalogueError
from search_api.engine.watch.mail import Mailer, Security
from search_api.engine.watch.store import WatchStore
from search_api.http.app import create_app
from search_api.http.house import Role, User, current_user
from search_api.http.metrics import Metrics
from search_api.http.settings import HttpSettings
from search_api.http.watching import Watching
from tests.service_in_memory import MemoryService, held, page_of, small_collection

ATOM = "{http://www.w3.org/2005/Atom}"
ASKED = {"name": "Fournisseurs", "q": "fournisseurs uniques"}


@pytest.fixture
def service() -> MemoryService:
    return MemoryService(small_collection(), names=("commun", "secret"))


@pytest.fixture
def watching(data: Path, service: MemoryService) -> Watching:
    return Watching(WatchStore(data), service, lambda owner: service.names)


@pytest.fixture
def api(service: MemoryService, watching: Watching) -> TestClient:
    return TestClient(create_app(service, HttpSettings(), watching=watching), base_url="http://localhost")


def publish(service: MemoryService, name: str, text: str, *, compartment: str = "commun") -> None:
    page = page_of(1, (BlockKind.PARAGRAPH, text))
    service.collection.append(held(name, f"Note {name}", [page], compartment=compartment))
    service.generation += "+"


def told(api: TestClient) -> list[str]:
    return [alert["document"]["external_id"] for alert in api.get("/api/v1/watch/alerts").json()["alerts"]]


def test_a_saved_search_is_listed_with_its_permalink(api: TestClient) -> None:
    made = api.post("/api/v1/watch/searches", json={**ASKED, "filters": {"kind": ["note"]}})
    assert made.status_code == 201
    assert api.get("/api/v1/watch/searches").json()["searches"] == [made.json()]
    assert made.json()["page_url"] == "/?q=fournisseurs+uniques&filter=kind%3Anote&compartment=commun"
    assert api.get(made.json()["page_url"]).status_code == 200


def test_a_saved_search_asks_again_what_the_page_asked(api: TestClient) -> None:
    asked = {"name": "Service", "q": "SISSE", "literal": ["SISSE"], "channel": "lexical", "sort": "newest"}
    made = api.post("/api/v1/watch/searches", json=asked).json()
    assert made["literal"] == ["SISSE"]
    assert made["page_url"] == "/?q=SISSE&channel=lexical&sort=newest&literal=SISSE&compartment=commun"


def test_filters_alone_make_a_search_and_nothing_does_not(api: TestClient) -> None:
    made = api.post("/api/v1/watch/searches", json={"name": "Notes", "filters": {"kind": ["note"]}})
    assert made.status_code == 201
    assert "Notes" in api.get("/veille").text
    refused = api.post("/api/v1/watch/searches", json={"name": "Rien", "q": "  "})
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (422, "empty-query")


def test_a_publication_gives_an_alert_that_opens_the_passage(
    api: TestClient, service: MemoryService, watching: Watching
) -> None:
    saved = api.post("/api/v1/watch/searches", json=ASKED).json()
    publish(service, "neuf.pdf", "Des fournisseurs uniques encore.")
    watching.look(Metrics())
    (alert,) = api.get("/api/v1/watch/alerts", params={"search": saved["id"]}).json()["alerts"]
    assert (alert["change"], alert["unread"], alert["document"]["title"]) == ("new", True, "Note neuf.pdf")
    assert "passage" in api.get(alert["page_url"]).text
    assert api.get(saved["url"]).json()["unread"] == 1


def test_opening_a_search_says_what_is_new_was_read(
    api: TestClient, service: MemoryService, watching: Watching
) -> None:
    saved = api.post("/api/v1/watch/searches", json=ASKED).json()
    publish(service, "neuf.pdf", "Des fournisseurs uniques encore.")
    watching.look(Metrics())
    opened = api.post(f"{saved['url']}/open").json()
    assert (opened["unread"], opened["alerts"]) == (0, 1)


def test_the_server_notices_a_publication_by_itself(
    api: TestClient, service: MemoryService, watching: Watching
) -> None:
    with api:
        api.post("/api/v1/watch/searches", json=ASKED)
        publish(service, "neuf.pdf", "Des fournisseurs uniques encore.")
        for _ in range(300):
            if told(api):
                break
            time.sleep(0.05)
    assert told(api) == ["neuf.pdf"]


def test_a_fault_of_the_index_does_not_end_the_watch(
    api: TestClient, service: MemoryService, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.post("/api/v1/watch/searches", json=ASKED)
    service.failure = CatalogueError("endommagé", remedy="reuni check")
    publish(service, "neuf.pdf", "Des fournisseurs uniques encore.")
    metrics = Metrics()
    watching.look(metrics)
    assert b"reuni_watch_failed_total 1.0" in metrics.text()
    service.failure = None
    later = time.monotonic() + 3_600
    monkeypatch.setattr(time, "monotonic", lambda: later)
    watching.look(metrics)
    assert told(api) == ["neuf.pdf"]


def test_a_mail_server_that_is_away_is_counted_and_the_alert_stays(data: Path, service: MemoryService) -> None:
    absent = Mailer("127.0.0.1", 1, Security.NONE, "", "", "a@dge.test", "b@dge.test", "http://localhost")
    watching = Watching(WatchStore(data), service, lambda owner: service.names, absent)
    api = TestClient(create_app(service, HttpSettings(), watching=watching), base_url="http://localhost")
    api.post("/api/v1/watch/searches", json={**ASKED, "by_mail": True})
    publish(service, "neuf.pdf", "Des fournisseurs uniques encore.")
    metrics = Metrics()
    watching.look(metrics)
    assert b"reuni_watch_mail_failed_total 1.0" in metrics.text()
    assert told(api) == ["neuf.pdf"]


def test_a_search_is_renamed_and_forgotten_with_its_alerts(
    api: TestClient, service: MemoryService, watching: Watching
) -> None:
    saved = api.post("/api/v1/watch/searches", json=ASKED).json()
    changed = api.patch(saved["url"], json={"name": "Sous-traitance", "by_mail": True}).json()
    assert (changed["name"], changed["by_mail"]) == ("Sous-traitance", True)
    publish(service, "neuf.pdf", "Des fournisseurs uniques encore.")
    watching.look(Metrics())
    assert api.delete(saved["url"]).status_code == 204
    assert told(api) == []
    assert api.get(saved["url"]).status_code == 404


def test_a_document_withdrawn_since_leaves_an_alert_without_its_title(
    api: TestClient, service: MemoryService, watching: Watching
) -> None:
    api.post("/api/v1/watch/searches", json=ASKED)
    publish(service, "neuf.pdf", "Des fournisseurs uniques encore.")
    watching.look(Metrics())
    service.collection.pop()
    (alert,) = api.get("/api/v1/watch/alerts").json()["alerts"]
    assert (alert["document"], alert["page_url"]) == (None, None)
    assert "neuf.pdf" not in api.get("/veille/flux.atom").text


def test_the_feed_is_atom_and_what_documents_say_is_never_markup(
    api: TestClient, service: MemoryService, watching: Watching
) -> None:
    api.post("/api/v1/watch/searches", json={**ASKED, "name": "<b>&amp; \x07"})
    publish(service, "<script>.pdf", "Des fournisseurs uniques encore.")
    watching.look(Metrics())
    answer = api.get("/veille/flux.atom")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(answer.content)
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "<b>&amp; \\x07 : Note <script>.pdf"
    link = entry.find(f"{ATOM}link")
    assert link is not None and link.attrib["href"].startswith("http://localhost/documents/")
    for name in ("id", "title", "updated"):
        assert feed.findtext(f"{ATOM}{name}") and entry.findtext(f"{ATOM}{name}")


@pytest.fixture
def other(api: TestClient) -> Iterator[TestClient]:
    """The same server for somebody else, who may not read the secret compartment."""
    app = api.app
    app.dependency_overrides[current_user] = lambda: User("b", frozenset({Role.ANALYST}), ("commun",))  # type: ignore[attr-defined]
    yield api
    app.dependency_overrides.clear()  # type: ignore[attr-defined]


def test_what_somebody_saved_is_not_there_for_another(
    api: TestClient, service: MemoryService, request: pytest.FixtureRequest
) -> None:
    saved = api.post("/api/v1/watch/searches", json=ASKED).json()
    other: TestClient = request.getfixturevalue("other")
    assert other.get("/api/v1/watch/searches").json() == {"searches": []}
    for answer in (other.get(saved["url"]), other.delete(saved["url"]), other.post(f"{saved['url']}/open")):
        assert answer.status_code == 404


def test_a_compartment_that_is_not_the_callers_cannot_be_watched(other: TestClient) -> None:
    answers = [other.post("/api/v1/watch/searches", json={**ASKED, "compartments": [c]}) for c in ("secret", "absent")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


def test_alerts_of_a_compartment_closed_since_are_not_shown(
    api: TestClient, service: MemoryService, watching: Watching, request: pytest.FixtureRequest
) -> None:
    api.app.dependency_overrides[current_user] = lambda: User("b", frozenset(Role), service.names)  # type: ignore[attr-defined]
    api.post("/api/v1/watch/searches", json={**ASKED, "compartments": ["secret"]})
    publish(service, "zephyr.pdf", "Des fournisseurs uniques encore.", compartment="secret")
    watching.look(Metrics())
    assert told(api) == ["zephyr.pdf"]
    other: TestClient = request.getfixturevalue("other")
    assert other.get("/api/v1/watch/alerts").json() == {"alerts": []}
    assert "zephyr" not in other.get("/veille/flux.atom").text
    assert other.get("/api/v1/watch/searches").json()["searches"][0]["compartments"] == []


def test_a_role_is_asked_for(api: TestClient) -> None:
    api.app.dependency_overrides[current_user] = lambda: User("c", frozenset({Role.MANAGER}), ("commun",))  # type: ignore[attr-defined]
    assert api.get("/api/v1/watch/searches").status_code == 403


def test_a_name_taken_is_a_conflict(api: TestClient) -> None:
    api.post("/api/v1/watch/searches", json=ASKED)
    again = api.post("/api/v1/watch/searches", json=ASKED)
    assert (again.status_code, again.json()["type"]) == (409, "urn:reuni:problem:conflict")
    assert "Fournisseurs" in again.json()["detail"]


def test_a_server_without_a_desk_says_so(service: MemoryService) -> None:
    api = TestClient(create_app(service, HttpSettings()), base_url="http://localhost")
    answer = api.get("/api/v1/watch/searches")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:reuni:problem:nowhere-to-save")


def test_the_metrics_count_searches_and_unread_alerts(
    api: TestClient, service: MemoryService, watching: Watching
) -> None:
    api.post("/api/v1/watch/searches", json=ASKED)
    publish(service, "neuf.pdf", "Des fournisseurs uniques encore.")
    watching.look(Metrics())
    text = api.get("/metrics").text
    assert "reuni_watch_searches 1.0" in text and "reuni_watch_unread 1.0" in text

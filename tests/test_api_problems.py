"""One shape of error, on every route."""

import logging

import pytest
from starlette.testclient import TestClient

from corpus.errors import CatalogueError, InputError
from search_api.http.app import create_app
from search_api.http.settings import HttpSettings
from tests.service_in_memory import MemoryService, small_collection

MEMBERS = {"type", "title", "status", "detail", "instance", "remedy", "request_id", "errors"}


def client(service: MemoryService) -> TestClient:
    return TestClient(create_app(service, HttpSettings()), base_url="http://localhost", raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "name"),
    [
        ("GET", "/api/v1/nothing", None, 404, "not-found"),
        ("GET", "/api/v1/search/", None, 404, "not-found"),
        ("DELETE", "/api/v1/search?q=a", None, 405, "method-not-allowed"),
        ("POST", "/api/v1/suggest", None, 405, "method-not-allowed"),
        ("PUT", "/api/v1/health", None, 405, "method-not-allowed"),
        ("PUT", "/api/v1/ready", None, 405, "method-not-allowed"),
        ("PUT", "/metrics", None, 405, "method-not-allowed"),
        ("PUT", "/api/v1/documents/x", None, 405, "method-not-allowed"),
        ("PUT", "/api/v1/documents/x/pages/1", None, 405, "method-not-allowed"),
        ("PUT", "/", None, 405, "method-not-allowed"),
        ("PUT", "/aide", None, 405, "method-not-allowed"),
        ("GET", "/api/v1/search", None, 422, "empty-query"),
        ("GET", "/api/v1/search?q=", None, 422, "empty-query"),
        ("GET", "/api/v1/search?q=%20", None, 422, "empty-query"),
        ("GET", "/api/v1/search?q=" + "a" * 1001, None, 422, "query-too-long"),
        ("GET", "/api/v1/search?q=a&k=0", None, 422, "invalid"),
        ("GET", "/api/v1/search?q=a&k=101", None, 422, "invalid"),
        ("GET", "/api/v1/search?q=a&k=x", None, 422, "invalid"),
        ("GET", "/api/v1/search?q=a&channel=psychic", None, 422, "invalid"),
        ("GET", "/api/v1/search?q=a&filter=kind", None, 422, "invalid"),
        ("GET", "/api/v1/search?q=a&unknown=1", None, 422, "invalid"),
        ("GET", "/api/v1/suggest", None, 422, "invalid"),
        ("POST", "/api/v1/search", b"{", 422, "invalid"),
        ("POST", "/api/v1/search", b"[]", 422, "invalid"),
        ("POST", "/api/v1/search", b'{"q": 3}', 422, "invalid"),
        ("POST", "/api/v1/search", b'{"q": "a", "filters": {"kind": "note"}}', 422, "invalid"),
        ("POST", "/api/v1/search", b'{"q": "a", "admin": true}', 422, "invalid"),
        ("POST", "/api/v1/search", b"a" * 70_000, 413, "body-too-large"),
        ("GET", "/api/v1/documents/x", None, 404, "not-found"),
        ("GET", "/api/v1/documents/x/pages/1", None, 404, "not-found"),
        ("GET", "/api/v1/documents/x/pages/0", None, 422, "invalid"),
        ("GET", "/documents/x", None, 404, "not-found"),
    ],
)
def test_a_refusal_is_a_problem(method: str, path: str, body: bytes | None, status: int, name: str) -> None:
    answer = client(MemoryService(small_collection())).request(
        method, path, content=body, headers={"content-type": "application/json"} if body else {}
    )
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert set(problem) == MEMBERS
    assert problem["type"] == f"urn:reuni:problem:{name}"
    assert problem["status"] == status
    assert problem["instance"] == path.partition("?")[0]
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["detail"]
    assert problem["remedy"]


ROUTES = ["/api/v1/search?q=a", "/api/v1/suggest?q=a", "/api/v1/documents/x", "/api/v1/documents/x/pages/1",
          "/api/v1/ready", "/metrics", "/", "/?q=a", "/documents/x", "/aide"]  # fmt: skip


class Broken(MemoryService):
    """A service of which every method fails the same way."""

    def _fail(self, *_: object) -> None:
        assert self.failure is not None
        raise self.failure

    search = suggest = document = pages = coverage = compartments = _fail  # type: ignore[assignment]


@pytest.mark.parametrize("path", ROUTES)
def test_a_fault_tells_nothing_of_the_documents(path: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL, logger="reuni"):
        answer = client(Broken([], failure=RuntimeError("texte secret"))).get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert set(answer.json()) == MEMBERS
    assert "secret" not in answer.text
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("path", ROUTES)
def test_an_engine_error_says_its_remedy(path: str) -> None:
    failure = CatalogueError("Le catalogue est endommagé", remedy="Lancez « reuni check »")
    answer = client(Broken([], failure=failure)).get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.json()["detail"] == "Le catalogue est endommagé."
    assert answer.json()["remedy"] == "Lancez « reuni check »."


def test_what_the_engine_cannot_read_is_the_callers_to_correct() -> None:
    failure = InputError("La facette « couleur » n’existe pas", remedy="Facettes : kind, service")
    answer = client(Broken([], failure=failure)).get("/api/v1/search?q=a")
    assert answer.status_code == 422
    assert answer.json()["detail"] == "La facette « couleur » n’existe pas."


def test_a_refused_field_is_named() -> None:
    answer = client(MemoryService([])).get("/api/v1/search?q=a&k=101&channel=psychic").json()
    assert [(error["where"], error["field"]) for error in answer["errors"]] == [("query", "k"), ("query", "channel")]
    assert answer["errors"][0]["message"] == "au plus 100"


def test_people_get_a_page_and_programs_a_problem() -> None:
    api = client(MemoryService([]))
    assert api.get("/nulle-part", headers={"accept": "text/html"}).headers["content-type"].startswith("text/html")
    assert api.get("/nulle-part").headers["content-type"] == "application/problem+json"
    assert api.get("/api/v1/x", headers={"accept": "text/html"}).headers["content-type"] == "application/problem+json"


def test_a_refused_method_says_which_are_taken() -> None:
    assert "GET" in client(MemoryService([])).put("/api/v1/health").headers["allow"]

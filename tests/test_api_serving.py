"""Limits, headers, logs, metrics, and where the server may listen."""

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from corpus.errors import ReuniError
from search_api.engine.answer import Answer, SearchRequest
from search_api.http.app import create_app
from search_api.http.bind import refuse_public_bind
from search_api.http.middleware.record import JsonLines
from search_api.http.settings import HttpSettings
from tests.service_in_memory import Held, MemoryService, small_collection


class Gate(MemoryService):
    """Searches that wait until the gate is opened."""

    def __init__(self, collection: list[Held]) -> None:
        super().__init__(collection)
        self.inside = threading.Semaphore(0)
        self.open = threading.Event()

    def search(self, request: SearchRequest) -> Answer:
        self.inside.release()
        assert self.open.wait(10)
        return super().search(request)


def client(service: MemoryService, settings: HttpSettings | None = None) -> TestClient:
    return TestClient(create_app(service, settings or HttpSettings()), base_url="http://localhost")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.8.8"])
def test_this_machine_may_be_listened_on(host: str) -> None:
    refuse_public_bind(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "10.0.0.1", "reuni.example", "", "127.0.0.1.example"])
def test_any_other_address_is_refused_with_the_reason(host: str) -> None:
    with pytest.raises(ReuniError, match="sans comptes"):
        refuse_public_bind(host)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:80"])
def test_a_request_addressed_to_another_name_is_refused(host: str) -> None:
    answer = client(MemoryService(small_collection())).get("/api/v1/search?q=avenant", headers={"host": host})
    assert answer.status_code == 421
    assert "hits" not in answer.text


def test_a_greedy_client_is_told_to_wait_and_a_full_server_says_so() -> None:
    gate = Gate(small_collection())
    app = create_app(gate, HttpSettings(max_running=1, max_waiting=1, max_wait_s=10, max_per_client=2))
    with (
        TestClient(app, base_url="http://localhost", client=("10.0.0.1", 1)) as one,
        ThreadPoolExecutor(2) as pool,
    ):
        first = pool.submit(one.get, "/api/v1/search?q=avenant")
        assert gate.inside.acquire(timeout=10)
        second = pool.submit(one.get, "/api/v1/search?q=avenant")
        while b"reuni_http_waiting 1.0" not in one.get("/metrics").content:
            pass
        greedy = one.get("/api/v1/search?q=avenant")
        assert (greedy.status_code, greedy.json()["type"]) == (429, "urn:reuni:problem:too-many-requests")
        assert greedy.headers["retry-after"]
        # The same application, asked by another client, while one is served and one waits.
        one._transport.client = ("10.0.0.2", 1)  # type: ignore[attr-defined]
        full = one.get("/api/v1/search?q=avenant")
        assert (full.status_code, full.json()["type"]) == (503, "urn:reuni:problem:busy")
        assert one.get("/api/v1/health").status_code == 200
        gate.open.set()
        assert first.result().status_code == second.result().status_code == 200
        assert one.get("/api/v1/search?q=avenant").status_code == 200


def test_a_request_that_waited_too_long_is_refused() -> None:
    gate = Gate(small_collection())
    app = create_app(gate, HttpSettings(max_running=1, max_wait_s=0.01))
    with TestClient(app, base_url="http://localhost") as one, ThreadPoolExecutor(1) as pool:
        first = pool.submit(one.get, "/api/v1/search?q=avenant")
        assert gate.inside.acquire(timeout=10)
        assert one.get("/api/v1/search?q=avenant").status_code == 503
        gate.open.set()
        assert first.result().status_code == 200


def test_a_body_without_announced_length_is_measured_too() -> None:
    def endless() -> object:
        for _ in range(100):
            yield b" " * 4_096

    answer = client(MemoryService([])).post("/api/v1/search", content=endless())  # type: ignore[arg-type]
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/", "/api/v1/health", "/api/v1/nothing", "/static/app.css", "/aide"])
def test_every_answer_has_the_strict_headers(path: str) -> None:
    headers = client(MemoryService([])).get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-request-id"]


def test_a_request_keeps_the_number_it_came_with_when_it_is_one() -> None:
    api = client(MemoryService([]))
    assert api.get("/api/v1/health", headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert "\n" not in api.get("/api/v1/health", headers={"x-request-id": "<b>"}).headers["x-request-id"]
    assert api.get("/api/v1/health", headers={"x-request-id": "<b>"}).headers["x-request-id"] != "<b>"


def test_a_request_is_one_line_of_json_without_its_question(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="reuni"):
        client(MemoryService(small_collection())).get("/api/v1/search?q=affaire-sensible")
    record = next(record for record in caplog.records if record.getMessage() == "request")
    line = json.loads(JsonLines().format(record))
    assert (line["route"], line["status"], line["method"]) == ("/api/v1/search", 200, "GET")
    assert "sensible" not in caplog.text


@pytest.mark.parametrize("allowed", [False, True])
def test_a_slow_search_is_logged_with_its_stages_and_its_words_only_when_allowed(
    allowed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    settings = HttpSettings(slow_query_ms=0, log_queries=allowed)
    with caplog.at_level(logging.INFO, logger="reuni"):
        client(MemoryService(small_collection()), settings).get("/api/v1/search?q=affaire-sensible")
    record = next(record for record in caplog.records if record.getMessage() == "slow_search")
    line = json.loads(JsonLines().format(record))
    assert line["stages"] == {"lexical": 1.5, "fusion": 0.2}
    assert line.get("query") == ("affaire-sensible" if allowed else None)


def test_metrics_count_what_happened() -> None:
    api = client(MemoryService(small_collection()))
    api.get("/api/v1/search?q=avenant")
    api.get("/?q=xyzzy")
    api.get("/documents/" + "x" * 50)
    text = api.get("/metrics").text
    assert 'reuni_search_answers_total{outcome="clear"} 1.0' in text
    assert 'reuni_search_answers_total{outcome="empty"} 1.0' in text
    assert 'reuni_http_requests_total{method="GET",route="/documents/{document_id}",status="404"} 1.0' in text
    assert 'reuni_generation_info{compartment="commun",generation="7"} 1.0' in text
    assert "reuni_documents 3.0" in text


def test_a_server_that_stops_is_alive_but_not_ready() -> None:
    app = create_app(MemoryService([]), HttpSettings())
    api = TestClient(app, base_url="http://localhost")
    assert api.get("/api/v1/ready").status_code == 200
    app.state.house.draining = True
    assert api.get("/api/v1/ready").json()["type"] == "urn:reuni:problem:stopping"
    assert api.get("/api/v1/health").status_code == 200

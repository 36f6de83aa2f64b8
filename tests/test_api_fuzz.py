"""The API against requests made from its own description: it keeps to what it says, whatever is asked."""

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search_api.engine.watch.list_run import ListDesk
from search_api.engine.watch.store import WatchStore
from search_api.http.app import create_app
from search_api.http.settings import HttpSettings
from search_api.http.watching import Watching
from tests.desk import drop_desk
from tests.encoders import FakeEncoder
from tests.judging_desk import desk_over
from tests.service_in_memory import MemoryService, small_collection

if TYPE_CHECKING:
    import schemathesis

OPERATIONS = [
    ("GET", "/api/v1/search"),
    ("POST", "/api/v1/search"),
    ("GET", "/api/v1/search/export"),
    ("GET", "/api/v1/suggest"),
    ("GET", "/api/v1/documents/{document_id}"),
    ("GET", "/api/v1/documents/{document_id}/pages/{number}"),
    ("GET", "/api/v1/judging/topics"),
    ("GET", "/api/v1/judging/topics/{topic}/tasks"),
    ("POST", "/api/v1/judging/items/{item}/judgment"),
    ("GET", "/api/v1/judging/agreement"),
    ("GET", "/api/v1/judging/disputes"),
    ("POST", "/api/v1/judging/items/{item}/decision"),
    ("GET", "/api/v1/judging/qrels"),
    ("GET", "/api/v1/judging/readings"),
    ("GET", "/api/v1/judging/opinions"),
    ("POST", "/api/v1/judging/opinions"),
    ("POST", "/api/v1/judging/opinions/{number}/judgment"),
    ("DELETE", "/api/v1/judging/opinions/{number}"),
    ("GET", "/api/v1/watch/searches"),
    ("POST", "/api/v1/watch/searches"),
    ("GET", "/api/v1/watch/searches/{search_id}"),
    ("PATCH", "/api/v1/watch/searches/{search_id}"),
    ("DELETE", "/api/v1/watch/searches/{search_id}"),
    ("POST", "/api/v1/watch/searches/{search_id}/open"),
    ("GET", "/api/v1/watch/alerts"),
    ("GET", "/veille/flux.atom"),
    ("GET", "/api/v1/watch/lists"),
    ("POST", "/api/v1/watch/lists"),
    ("GET", "/api/v1/watch/lists/{list_id}"),
    ("DELETE", "/api/v1/watch/lists/{list_id}"),
    ("POST", "/api/v1/watch/lists/{list_id}/run"),
    ("GET", "/api/v1/watch/lists/{list_id}/matrix"),
    ("GET", "/api/v1/watch/lists/{list_id}/matrix/export"),
    ("GET", "/api/v1/drops"),
    ("GET", "/api/v1/drops/report"),
    ("POST", "/api/v1/drops/deliveries"),
    ("GET", "/api/v1/drops/deliveries/{delivery_id}"),
    ("DELETE", "/api/v1/drops/deliveries/{delivery_id}"),
    ("POST", "/api/v1/drops/deliveries/{delivery_id}/files"),
    ("PUT", "/api/v1/drops/deliveries/{delivery_id}/files/{number}"),
    ("POST", "/api/v1/drops/deliveries/{delivery_id}/index"),
    ("GET", "/api/v1/drops/folders"),
    ("POST", "/api/v1/drops/folders"),
    ("POST", "/api/v1/drops/retry"),
    ("POST", "/api/v1/drops/withdraw"),
    ("GET", "/api/v1/acronyms"),
    ("PUT", "/api/v1/acronyms"),
    ("DELETE", "/api/v1/acronyms"),
    ("GET", "/api/v1/jobs"),
    ("GET", "/api/v1/jobs/{job_id}"),
    ("POST", "/api/v1/jobs/{job_id}/again"),
    ("GET", "/api/v1/events/jobs/{job_id}"),
    ("GET", "/api/v1/documents/{document_id}/pages/{number}/image"),
    ("GET", "/api/v1/documents/{document_id}/pages/{number}/boxes"),
    ("GET", "/api/v1/documents/{document_id}/passages"),
    ("GET", "/api/v1/documents/{document_id}/similar"),
    ("GET", "/api/v1/documents/{document_id}/original"),
    ("GET", "/api/v1/documents/{document_id}/differences"),
    ("GET", "/api/v1/documents/{document_id}/anchor"),
    ("GET", "/api/v1/health"),
    ("GET", "/api/v1/ready"),
    ("GET", "/metrics"),
]


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> "schemathesis.BaseSchema":
    from schemathesis.openapi import from_asgi

    service = MemoryService(small_collection())
    desk = desk_over(service, tmp_path_factory.mktemp("desk"))
    watching = Watching(WatchStore(tmp_path_factory.mktemp("data")), service, lambda owner: service.names)
    drops = drop_desk(tmp_path_factory.mktemp("data"), FakeEncoder(), launch=lambda job_id: None)
    settings = HttpSettings(allowed_hosts=("localhost", "testserver"))
    lists = ListDesk(tmp_path_factory.mktemp("data"), drops.jobs, lambda job_id: None)
    app = create_app(service, settings, watching=watching, drops=drops, lists=lists, judging=desk)
    return from_asgi("/api/v1/openapi.json", app)


def test_every_operation_is_fuzzed(schema: "schemathesis.BaseSchema") -> None:
    described = {(method.upper(), path) for path, methods in schema.raw_schema["paths"].items() for method in methods}
    assert described == set(OPERATIONS)


ON_DISK = ("/api/v1/acronyms", "/api/v1/judging", "/api/v1/watch", "/api/v1/drops", "/api/v1/jobs", "/api/v1/events")
"""Routes that write to a disk at each request, ten times slower than the others."""
KNOWN = small_collection()[0].document.id
NOTHING_TO_GET_WRONG = {
    ("GET", path)
    for path in (
        "/api/v1/drops/folders",
        "/api/v1/watch/searches",
        "/api/v1/watch/lists",
        "/veille/flux.atom",
        "/api/v1/health",
        "/api/v1/ready",
        "/metrics",
        *(f"/api/v1/judging/{name}" for name in ("agreement", "disputes", "opinions")),
    )
}
CASES = [
    (mode, method, path)
    for mode in ("positive", "negative")
    for method, path in OPERATIONS
    if not (mode == "negative" and (method, path) in NOTHING_TO_GET_WRONG)
]


TOO_LARGE = 413


def described_refusal(method: str, path: str, response: "schemathesis.Response") -> bool:
    """Whether a well-formed request was refused for what no schema can say.

    A question may be blank when filters say what to list, whichever they are; no made-up bytes are a list of names.
    """
    if (method, path) == ("POST", "/api/v1/watch/lists"):
        return True
    refused: bool = response.status_code == 422
    return refused and str(response.json()["type"]).endswith(":empty-query")


@pytest.mark.parametrize(("mode", "method", "path"), CASES)
def test_an_operation_keeps_to_its_description(
    schema: "schemathesis.BaseSchema", mode: str, method: str, path: str
) -> None:
    from schemathesis import GenerationMode
    from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

    operation = schema[path][method]
    positive = mode == "positive"
    of_a_document = "{document_id}" in path
    examples = 5 if of_a_document or path.startswith(ON_DISK) else 40

    @given(data=st.data())
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    def keeps(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=GenerationMode(mode)))
        if of_a_document and positive:
            # No id made up is that of a document: nothing but its absence would be looked at.
            case.path_parameters["document_id"] = KNOWN
        response = case.call()
        excluded: list[Any] = [positive_data_acceptance] if described_refusal(method, path, response) else []
        if not positive and response.status_code == TOO_LARGE:
            excluded.append(negative_data_rejection)
        case.validate_response(response, excluded_checks=excluded)

    keeps()

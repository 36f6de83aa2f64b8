"""The typed client against the real application."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import httpx
import pytest

from corpus.anchors import Fate
from corpus.errors import ReuniError
from search_api.cli import run
from search_api.client import AsyncReuniClient, RemoteError, ReuniClient
from search_api.engine.answer import Channel, Sort
from search_api.http.app import create_app
from search_api.http.settings import HttpSettings
from tests.browser import Served, serve
from tests.service_in_memory import MemoryService, many, small_collection


@pytest.fixture(scope="module")
def service() -> MemoryService:
    return MemoryService([*small_collection(), *many(130)])


@pytest.fixture(scope="module")
def served(service: MemoryService) -> Iterator[Served]:
    with serve(create_app(service, HttpSettings(assistants=False))) as running:
        yield running


@pytest.fixture
def reuni(served: Served) -> Iterator[ReuniClient]:
    with ReuniClient(served.url) as client:
        yield client


def test_a_search_gives_typed_hits(reuni: ReuniClient, service: MemoryService) -> None:
    answer = reuni.search(
        "délégation",
        k=3,
        filters={"kind": ["note"]},
        channel=Channel.LEXICAL,
        sort=Sort.NEWEST,
        literal=["délégation"],
        explain=True,
    )
    assert [hit.document.title for hit in answer.hits] == ["Dépendance aux fournisseurs uniques"]
    assert answer.hits[0].explanation is not None
    asked = service.asked[-1]
    assert (asked.k, asked.channel, asked.sort) == (3, Channel.LEXICAL, Sort.NEWEST)
    assert (asked.filters, asked.literal) == ({"kind": ("note",)}, ("délégation",))


def test_several_passages_of_a_document_are_had_from_the_client_and_the_command_line(
    served: Served, reuni: ReuniClient, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "délégation de gestion, présent avenant"
    expected = reuni.search(question, k=1, passages=3).hits[0]
    assert [other.page for other in (expected.passage, *expected.others)] == [2, 1]
    assert run(["search", "--server", served.url, question, "-k", "1", "--passages", "3", "--json"]) == 0
    (hit,) = json.loads(capsys.readouterr().out)["hits"]
    assert [other["text"] for other in hit["others"]] == [other.text for other in expected.others]
    assert run(["search", "--server", served.url, question, "-k", "1", "--passages", "3"]) == 0
    assert "Préambule › p. 1" in capsys.readouterr().out


def test_every_hit_is_reached_whatever_their_number(reuni: ReuniClient) -> None:
    ids = [hit.document.id for hit in reuni.hits("gestion")]
    assert len(ids) == len(set(ids)) == 131


def test_a_passage_is_read_on_its_page(reuni: ReuniClient) -> None:
    passage = reuni.search("qui signe l’avenant").hits[0]
    page = reuni.page(passage.document.id, passage.passage.page)
    span = passage.passage.spans[0]
    assert page.text[span.start : span.end] == passage.passage.text
    assert reuni.document(passage.document.id).version == passage.document.version


def test_the_other_calls_answer(reuni: ReuniClient) -> None:
    assert reuni.suggest("fournisseurs") == ["Dépendance aux fournisseurs uniques"]
    assert reuni.ready().coverage.documents == 133
    assert reuni.health().status == "ok"


def test_documents_are_read_whole(reuni: ReuniClient, service: MemoryService) -> None:
    hit = reuni.search("qui signe l’avenant").hits[0]
    one = hit.document.id
    assert reuni.passages(one, k=1).total == 2
    assert reuni.page_image(one, 2, width=160).startswith(b"\x89PNG")
    (placed,) = reuni.boxes(one, 2, words="délégant").placed
    assert placed.boxes
    assert reuni.anchor(hit.passage.url).fate is Fate.SAME
    assert one not in [near.document.id for near in reuni.similar(one, k=2)]
    other = service.collection[2].document.id
    assert reuni.differences(one, other=other).changed > 0
    with pytest.raises(RemoteError, match="n’est pas gardé"):
        reuni.original(one)
    with pytest.raises(RemoteError, match="celui d’un passage"):
        reuni.anchor("https://autre.example/page")


def test_the_command_line_asks_another_server_and_says_the_same(
    served: Served, reuni: ReuniClient, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["search", "--server", served.url, "qui signe l’avenant", "--json", "--explain"]) == 0
    said = json.loads(capsys.readouterr().out)
    expected = reuni.search("qui signe l’avenant", explain=True)
    assert [hit["document"]["id"] for hit in said["hits"]] == [hit.document.id for hit in expected.hits]
    assert said["hits"][0]["passage"]["text"] == expected.hits[0].passage.text
    assert run(["search", "--server", served.url, "avenant"]) == 0
    assert "Avenant n° 1" in capsys.readouterr().out
    assert run(["status", "--server", served.url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["coverage"]["documents"] == 133
    assert run(["search", "--server", "http://127.0.0.1:9", "avenant"]) == 1
    assert "ne répond pas" in capsys.readouterr().err
    assert run(["search", "--server", served.url, "-k", "500", "avenant"]) == 2


def test_the_example_answers_and_follows_its_own_link(served: Served, reuni: ReuniClient) -> None:
    script = str(Path(__file__).parents[1] / "docs/exemples/citer.py")
    link = reuni.search("qui signe l’avenant").hits[0].passage.url
    for arguments, told in (
        (["qui signe l’avenant"], "Avenant n° 1 à la convention de délégation de gestion, page 2"),
        (["--lien", link], "Le passage figure toujours à sa place."),
    ):
        done = subprocess.run(
            [sys.executable, script, served.url, *arguments], check=False, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert told in done.stdout


def test_a_refusal_says_what_the_server_said(reuni: ReuniClient) -> None:
    with pytest.raises(RemoteError, match="la question est vide") as refused:
        reuni.search(" ")
    assert refused.value.status == 422
    assert isinstance(refused.value, ReuniError)
    with pytest.raises(RemoteError) as absent:
        reuni.document("../../etc/passwd")
    assert absent.value.status == 404


def test_a_server_that_is_not_there_is_said_so() -> None:
    with ReuniClient("http://127.0.0.1:9") as client, pytest.raises(RemoteError, match="ne répond pas"):
        client.health()


def test_another_kind_of_server_is_said_so() -> None:
    other = httpx.MockTransport(lambda _: httpx.Response(404, text="<html>"))
    with ReuniClient("http://localhost", transport=other) as client, pytest.raises(RemoteError, match="404"):
        client.health()
    strange = httpx.MockTransport(lambda _: httpx.Response(200, text="[]"))
    with ReuniClient("http://localhost", transport=strange) as client, pytest.raises(RemoteError, match="forme"):
        client.health()


def busy(times: int) -> httpx.MockTransport:
    answers = [httpx.Response(503, headers={"retry-after": "0"})] * times + [httpx.Response(200, json={"status": "ok"})]
    left = iter(answers)
    return httpx.MockTransport(lambda _: next(left))


def test_a_busy_server_is_asked_again_as_often_as_said() -> None:
    with ReuniClient("http://localhost", transport=busy(2), retries=2) as client:
        assert client.health().status == "ok"
    with ReuniClient("http://localhost", transport=busy(2), retries=1) as client, pytest.raises(RemoteError):
        client.health()


def test_the_next_page_is_never_taken_from_another_server() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "localhost"
        body = {"query": "a", "total": 200, "clear": True, "messages": [], "hits": [], "facets": {}, "page_url": "/",
                "coverage": {"generations": {}, "state": "", "documents": 0, "passages": 0, "unreadable": 0,
                             "awaiting_ocr": 0, "partial": 0, "last_drop": ""},
                "next": "http://evil.example/api/v1/search?q=a", "timings_ms": {}}  # fmt: skip
        return httpx.Response(200, json=body)

    with (
        ReuniClient("http://localhost", transport=httpx.MockTransport(answer)) as client,
        pytest.raises(RemoteError, match="n’est pas de ce serveur"),
    ):
        list(client.hits("a"))


def test_the_asynchronous_client_gives_the_same(served: Served, reuni: ReuniClient) -> None:
    async def ask() -> None:
        async with AsyncReuniClient(served.url) as client:
            answer = await client.search("délégation")
            expected = reuni.search("délégation")
            assert answer.hits == expected.hits
            assert [hit.document.id async for hit in client.hits("gestion")] == [
                hit.document.id for hit in reuni.hits("gestion")
            ]
            document = answer.hits[0].document
            assert (await client.document(document.id)).version == document.version
            assert (await client.page(document.id, 1)).number == 1
            assert await client.page_image(document.id, 1) == reuni.page_image(document.id, 1)
            assert await client.boxes(document.id, 1) == reuni.boxes(document.id, 1)
            assert await client.passages(document.id) == reuni.passages(document.id)
            assert await client.similar(document.id) == reuni.similar(document.id)
            assert await client.anchor(answer.hits[0].passage.url) == reuni.anchor(answer.hits[0].passage.url)
            other = answer.hits[1].document.id
            expected_differences = reuni.differences(document.id, other=other)
            assert await client.differences(document.id, other=other) == expected_differences
            with pytest.raises(RemoteError, match="n’est pas gardé"):
                await client.original(document.id)
            assert await client.suggest("fournisseurs") == ["Dépendance aux fournisseurs uniques"]
            assert (await client.ready()).coverage == reuni.ready().coverage
            assert (await client.health()).status == "ok"
            with pytest.raises(RemoteError, match="vide"):
                await client.search(" ")

    anyio.run(ask)


def test_the_client_loads_neither_the_server_nor_the_index() -> None:
    script = "import sys, search_api.client; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert {"fastapi", "torch", "faiss", "tantivy", "onnxruntime", "mcp"}.isdisjoint(loaded)


def test_both_clients_offer_the_same_calls() -> None:
    def offered(client: type) -> set[str]:
        return {name for name in vars(client) if not name.startswith("_")}

    assert offered(ReuniClient) == offered(AsyncReuniClient)

"""Twin collections: what a caller may not read leaves no trace in anything they are told.

Two data directories, the same but for the secret compartment of one of them. A caller who may not open it must be
told the same, to the byte, by both.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from corpus.document import document_id
from search_api.engine.answer import Channel, SearchRequest
from search_api.engine.errors import UnknownCompartment
from search_api.engine.search import Engine
from search_api.http.app import create_app
from search_api.http.house import Role, User, current_user
from search_api.http.settings import HttpSettings
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder

WORDS = ("douane", "photonique", "brevet", "norme", "satellite", "acier", "semence", "logiciel")
OPEN = {
    f"note-{n}.md": f"# Note {n}\n\n## Objet\n\nLe dossier numéro {n} traite de {word}, réf. DGE-2024-{n:03d}.\n"
    for n, word in enumerate(WORDS)
}
# Says the open documents' words more often, with their names, and words that only it has.
SECRET = {
    f"note-{n}.md": f"# Note {n}\n\n## Objet\n\n{word} {word} {word} : l’opération Zéphyr, réf. DGE-2024-{n:03d}.\n"
    for n, word in enumerate(WORDS)
} | {"zephyr.txt": "L’opération Zéphyr vise la société Quasar, et la photonique de douane.", "vide.pdf": ""}
QUERIES = (
    "photonique",
    "dossier de douane",
    "opération Zéphyr",
    "Quasar",
    "DGE-2024-003",
    "« norme »",
    "satellite acier",
)
PREFIXES = ("zép", "qua", "pho", "sem", "dos", "le dossier de dou")
SECRET_WORDS = re.compile(r"z[ée]phyr|quasar|secret", re.IGNORECASE)


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Data directories without and with the secret compartment, whose drops fall before, between and after."""
    root = tmp_path_factory.mktemp("twins")
    names = list(OPEN)
    half = write_files(root / "half", {name: OPEN[name] for name in names[:4]})
    whole = write_files(root / "whole", OPEN)
    first = write_files(root / "s1", dict(list(SECRET.items())[:3]))
    rest = write_files(root / "s2", SECRET)
    without, with_secret = root / "without", root / "with"
    fake = FakeEncoder()
    for data in (without, with_secret):
        if data is with_secret:
            index(data, fake, first, compartment="secret", name="secret-1")
        index(data, fake, half, name="lot-1")
        if data is with_secret:
            index(data, fake, rest, compartment="secret", name="secret-2")
        index(data, fake, whole, name="lot-2")
        if data is with_secret:
            index(data, fake, first, compartment="secret", mode="full", name="secret-3")
            index(data, fake, rest, compartment="secret", name="secret-4")
    return without, with_secret


@pytest.fixture(scope="module")
def engines(twins: tuple[Path, Path]) -> Iterator[tuple[Engine, Engine]]:
    fake = FakeEncoder()
    both = engine(twins[0], fake), engine(twins[1], fake)
    yield both
    for one in both:
        one.documents.close()


def test_the_secret_is_there_for_who_may_read_it(engines: tuple[Engine, Engine]) -> None:
    found = engines[1].search(SearchRequest(query="opération Zéphyr", compartments=("secret",)))
    assert found.hits[0].passage.text.count("Zéphyr") == 1
    assert any("zéphyr" in word.casefold() for word in engines[1].suggest("zep", ("secret",)))


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("compartments", [None, ("general",)])
@pytest.mark.parametrize("query", QUERIES)
def test_answers_scores_and_coverage_are_the_same(
    engines: tuple[Engine, Engine], query: str, compartments: tuple[str, ...] | None, channel: Channel
) -> None:
    request = SearchRequest(query=query, k=50, compartments=compartments, channel=channel, explain=True)
    one, two = (replace(asked.search(request), timings_ms={}) for asked in engines)
    assert repr(one) == repr(two)
    assert not SECRET_WORDS.search(repr([(hit.document, hit.passage) for hit in two.hits]))


@pytest.mark.parametrize("prefix", PREFIXES)
def test_suggestions_are_the_same(engines: tuple[Engine, Engine], prefix: str) -> None:
    one, two = (asked.suggest(prefix, ("general",)) for asked in engines)
    assert one == two == engines[0].suggest(prefix)


def test_coverage_contents_and_documents_are_the_same(engines: tuple[Engine, Engine]) -> None:
    for compartments in (None, ("general",)):
        assert engines[0].coverage(compartments) == engines[1].coverage(compartments)
        assert engines[0].all_documents(compartments) == engines[1].all_documents(compartments)
    secret = document_id("secret", "zephyr.txt")
    assert engines[1].document(secret, ("secret",)) is not None
    assert engines[1].document(secret, ("general",)) is None
    assert engines[1].documents.pages(secret, ("general",)) == ()


def test_a_compartment_that_is_not_there_and_one_that_is_empty_are_refused_alike(
    engines: tuple[Engine, Engine],
) -> None:
    for asked in engines:
        with pytest.raises(UnknownCompartment):
            asked.search(SearchRequest(query="x", compartments=("inconnu",)))


def api(asked: Engine) -> TestClient:
    """The server for a caller who may read the general compartment only."""
    app = create_app(asked, HttpSettings())
    app.dependency_overrides[current_user] = lambda: User("analyste", frozenset({Role.ANALYST}), ("general",))
    return TestClient(app, base_url="http://localhost")


TAILS = (
    *("", "/pages/1", "/pages/1/image", "/pages/1/boxes", "/passages", "/similar", "/original", "/differences"),
    "/anchor?passage=1:0-9&texte=dossier",
)


def routes() -> list[str]:
    secret, known = document_id("secret", "zephyr.txt"), document_id("general", "note-1.md")
    found = ["/", "/aide", "/plan-du-site", "/api/v1/ready", "/api/v1/health"]
    found += [f"/api/v1/documents/{d}{tail}" for d in (secret, known, "0" * 24) for tail in TAILS]
    found += [f"/documents/{d}" for d in (secret, known)]
    found += [f"/api/v1/suggest?q={prefix}" for prefix in PREFIXES]
    for query in QUERIES:
        found += [f"/api/v1/search?q={query}&k=50&explain=true", f"/?q={query}"]
        found += [f"/api/v1/search?q={query}&compartment={name}" for name in ("general", "secret", "inconnu")]
        found += [f"/?q={query}&compartment={name}" for name in ("general", "secret")]
    return found


# What differs from one request to the next, whatever the collection: times, and the request's own number.
_TIMES = re.compile(
    r'"timings_ms":\{[^}]*\}|"took_ms":[0-9.]+|"(request_id|instance|delivered_at)":"[^"]*"|[0-9]+(,[0-9]+)? ?ms'
)


def told(client: TestClient, route: str) -> tuple[int, str, list[tuple[str, str]]]:
    answer = client.get(route, headers={"x-request-id": "twin"})
    headers = sorted((k, v) for k, v in answer.headers.items() if k not in {"server-timing", "date", "content-length"})
    return answer.status_code, _TIMES.sub("", answer.text), headers


def test_every_route_says_the_same(engines: tuple[Engine, Engine]) -> None:
    one, two = map(api, engines)
    for route in routes():
        assert told(one, route) == told(two, route), route


def test_who_may_not_read_the_default_compartment_is_told_no_count_of_it(engines: tuple[Engine, Engine]) -> None:
    app = create_app(engines[1], HttpSettings())
    app.dependency_overrides[current_user] = lambda: User("analyste", frozenset({Role.ANALYST}), ("secret",))
    client = TestClient(app, base_url="http://localhost")
    held = engines[1].coverage(("secret",)).documents
    assert held != engines[1].coverage(("general",)).documents
    for route in ("/", "/aide"):
        assert re.search(rf"<strong>{held}\W+documents", unescape(client.get(route).text)), route
    app.dependency_overrides[current_user] = lambda: User("stagiaire", frozenset({Role.ANALYST}), ())
    assert not re.search(r"<strong>[1-9]", client.get("/").text)


def assisted(client: TestClient, tool: str, **arguments: object) -> str:
    """What an assistant is answered, as sent."""
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
    answer = client.post("/mcp", json=asked, headers={"accept": "application/json, text/event-stream"})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_assistants_and_metrics_say_the_same(engines: tuple[Engine, Engine]) -> None:
    secret, known = document_id("secret", "zephyr.txt"), document_id("general", "note-1.md")
    said = []
    for one in engines:
        with TestClient(api(one).app, base_url="http://localhost") as client:
            answers = [assisted(client, "search", question=query, most=20) for query in QUERIES]
            answers += [assisted(client, "open_page", document_id=document, page=1) for document in (secret, known)]
            answers.append(assisted(client, "describe_collection"))
            metrics = client.get("/metrics").text
        said.append(
            (answers, [line for line in metrics.splitlines() if re.match(r"reuni_(documents|passages|gener)", line)])
        )
    assert said[0] == said[1]
    assert "Note 1" in said[0][0][-2]
    assert not SECRET_WORDS.search("".join(answer for answer in said[1][0][:-3] if "quoted_passage" in answer))
    assert 'compartment="general"' in "".join(said[1][1])
    assert "secret" not in "".join(said[1][1])


def test_naming_the_secret_compartment_is_naming_one_that_does_not_exist(engines: tuple[Engine, Engine]) -> None:
    client = api(engines[1])
    answers = [client.get("/api/v1/search", params={"q": "x", "compartment": n}) for n in ("secret", "inconnu")]
    assert [answer.status_code for answer in answers] == [404, 404]
    bodies = [json.loads(answer.text) for answer in answers]
    for body in bodies:
        body.pop("request_id", None)
        body.pop("instance", None)
    assert bodies[0] == bodies[1]

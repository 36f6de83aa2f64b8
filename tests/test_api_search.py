"""Asking the API: what is found, how it is told, and how it is paged."""

import json

import pytest
from starlette.testclient import TestClient

from corpus.document import BlockKind
from search_api.http.app import create_app
from search_api.http.house import Role, User, current_user
from search_api.http.settings import HttpSettings
from tests.service_in_memory import MemoryService, held, many, page_of, small_collection


def client(service: MemoryService, settings: HttpSettings | None = None) -> TestClient:
    return TestClient(create_app(service, settings or HttpSettings()), base_url="http://localhost")


def test_a_question_finds_the_document_and_its_passage() -> None:
    answer = client(MemoryService(small_collection())).get("/api/v1/search", params={"q": "qui signe l’avenant"})
    first = answer.json()["hits"][0]
    assert first["document"]["title"] == "Avenant n° 1 à la convention de délégation de gestion"
    assert first["passage"]["heading_path"] == ["Article 2 – Signature"]
    assert first["passage"]["page"] == 2


def test_highlights_and_spans_point_at_the_words_they_mark() -> None:
    api = client(MemoryService(small_collection()))
    hit = api.get("/api/v1/search", params={"q": "délégation gestion"}).json()["hits"][0]
    passage = hit["passage"]
    marked = [passage["text"][mark["start"] : mark["end"]] for mark in passage["highlights"] if mark["kind"] == "word"]
    assert marked == ["délégation", "gestion"]
    span = passage["spans"][0]
    page = api.get(f"{hit['document']['url']}/pages/{span['page']}").json()
    assert page["text"][span["start"] : span["end"]] == passage["text"]


def test_as_many_passages_of_a_document_are_given_as_are_asked_for() -> None:
    api = client(MemoryService(small_collection()))
    asked: dict[str, str | int] = {"q": "délégation de gestion, présent avenant", "k": 1, "passages": 2}
    by_url, by_body = api.get("/api/v1/search", params=asked).json(), api.post("/api/v1/search", json=asked).json()
    (hit,) = by_url["hits"]
    assert [hit["passage"]["page"], *(other["page"] for other in hit["others"])] == [2, 1]
    (other,) = hit["others"]
    page = api.get(f"{hit['document']['url']}/pages/1").json()
    span, marked = other["spans"][0], [other["text"][mark["start"] : mark["end"]] for mark in other["highlights"]]
    assert page["text"][span["start"] : span["end"]] == other["text"]
    assert "avenant" in marked
    assert "passage=1:" in other["url"]
    assert "passages=2" in by_url["next"]
    assert by_body["hits"] == by_url["hits"]
    assert api.get("/api/v1/search", params=asked | {"passages": 1}).json()["hits"][0]["others"] == []
    for refused in (0, 11):
        assert api.get("/api/v1/search", params=asked | {"passages": refused}).status_code == 422


def test_get_and_post_give_the_same_answer() -> None:
    api = client(MemoryService(small_collection()))
    by_url = api.get("/api/v1/search", params={"q": "délégation", "filter": ["kind:note"], "explain": "true"})
    by_body = api.post("/api/v1/search", json={"q": "délégation", "filters": {"kind": ["note"]}, "explain": True})
    assert by_url.json() == by_body.json()
    assert by_url.json()["hits"][0]["explanation"]["matched_terms"] == ["delegation"]


def test_filters_of_one_facet_are_alternatives_and_facets_add_up() -> None:
    api = client(MemoryService(small_collection()))
    either = api.get("/api/v1/search", params={"q": "délégation", "filter": ["kind:note", "kind:avenant"]})
    both = api.get("/api/v1/search", params={"q": "délégation", "filter": ["kind:note", "service:SISSE"]})
    assert either.json()["total"] == 2
    assert both.json()["total"] == 0


def test_following_next_gives_every_document_once() -> None:
    api = client(MemoryService(many(23)))
    seen: list[str] = []
    following: str | None = "/api/v1/search?q=gestion&k=5"
    while following:
        page = api.get(following).json()
        seen += [hit["document"]["id"] for hit in page["hits"]]
        following = page["next"]
    assert len(seen) == 23
    assert len(set(seen)) == 23


def test_pages_of_two_states_of_the_collection_never_mix() -> None:
    service = MemoryService(many(23))
    api = client(service)
    following = api.get("/api/v1/search?q=gestion&k=5").json()["next"]
    service.generation = "8"
    answer = api.get(following)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:reuni:problem:collection-changed"


def test_a_page_is_given_from_the_state_that_another_process_noticed_first() -> None:
    class Behind(MemoryService):
        def catch_up(self) -> None:
            self.generation = "8"

    ahead = MemoryService(many(23))
    ahead.generation = "8"
    following = client(ahead).get("/api/v1/search?q=gestion&k=5").json()["next"]
    answer = client(Behind(many(23))).get(following)
    assert answer.status_code == 200
    assert answer.json()["coverage"]["generations"] == {"commun": "8"}


def test_paging_stops_at_a_thousand_documents() -> None:
    service = MemoryService(many(1_010))
    last = client(service).get("/api/v1/search?q=gestion&k=100&offset=950").json()
    assert len(last["hits"]) == 50
    assert last["hits"][-1]["rank"] == 1_000
    assert last["next"] is None
    assert client(service).get("/api/v1/search?q=gestion&offset=1000").status_code == 422


def test_an_answer_says_where_it_looked() -> None:
    coverage = client(MemoryService(small_collection())).get("/api/v1/search?q=rien").json()["coverage"]
    assert coverage["generations"] == {"commun": "7"}
    assert coverage["documents"] == 3
    assert coverage["unreadable"] == 1


def test_an_unclear_answer_is_said_unclear() -> None:
    answer = client(MemoryService(small_collection(), clear=False)).get("/api/v1/search?q=avenant").json()
    assert answer["hits"]
    assert answer["clear"] is False


def test_filters_without_a_question_list_what_they_accept() -> None:
    service = MemoryService(small_collection())
    api = client(service)
    by_url = api.get("/api/v1/search", params={"filter": "kind:note", "sort": "newest"}).json()
    by_body = api.post("/api/v1/search", json={"filters": {"kind": ["note"]}, "sort": "newest"}).json()
    assert [hit["document"]["date"] for hit in by_url["hits"]] == ["2024", "2023-03"]
    assert by_url["hits"] == by_body["hits"]
    assert by_url["page_url"] == "/?q=&sort=newest&filter=kind%3Anote"
    refused = api.post("/api/v1/search", json={"q": " ", "filters": {"kind": []}})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:reuni:problem:empty-query")


def test_who_may_not_read_the_default_compartment_is_not_given_it_for_naming_none() -> None:
    open_one = held("o.pdf", "Ouvert", [page_of(1, (BlockKind.PARAGRAPH, "Une note."))], compartment="commun")
    own = held("p.pdf", "Permis", [page_of(1, (BlockKind.PARAGRAPH, "Une note."))], compartment="permis")
    app = create_app(MemoryService([open_one, own], names=("commun", "permis")), HttpSettings())
    app.dependency_overrides[current_user] = lambda: User("a", frozenset({Role.ANALYST}), ("permis",))
    api = TestClient(app, base_url="http://localhost")
    assert [hit["compartment"] for hit in api.get("/api/v1/search?q=note").json()["hits"]] == ["permis"]
    assert "Ouvert" not in api.get("/?q=note").text
    assert api.get("/api/v1/search?q=note&compartment=commun").status_code == 404


def test_suggestions_complete_what_is_typed() -> None:
    api = client(MemoryService(small_collection()))
    assert api.get("/api/v1/suggest", params={"q": "fournisseurs un"}).json() == {
        "suggestions": ["Dépendance aux fournisseurs uniques"]
    }
    assert api.get("/api/v1/suggest", params={"q": " "}).json() == {"suggestions": []}


@pytest.mark.parametrize(
    "path", ["/api/v1/search?q=secret", "/api/v1/suggest?q=sec", "/metrics", "/api/v1/ready", "/?q=secret", "/"]
)
def test_a_document_of_a_compartment_not_served_changes_no_answer(path: str) -> None:
    public = small_collection()
    secret = held("s.pdf", "Secret", [page_of(1, (BlockKind.PARAGRAPH, "Un secret."))], compartment="secret")
    answers = [
        client(MemoryService(collection)).get(path, headers={"accept": "text/html"}).text
        for collection in (public, [*public, secret])
    ]
    assert _stable(answers[0])
    assert _stable(answers[0]) == _stable(answers[1])


def _stable(text: str) -> str:
    """The text without the lines that hold the time at which a counter was made."""
    return "\n".join(line for line in text.splitlines() if "_created" not in line)


def test_compartments_are_opened_only_when_named() -> None:
    secret = held("s.pdf", "Secret", [page_of(1, (BlockKind.PARAGRAPH, "Un secret."))], compartment="secret")
    api = client(MemoryService([*small_collection(), secret], names=("commun", "secret")))
    assert api.get("/api/v1/search?q=secret").json()["total"] == 0
    assert api.get("/api/v1/search?q=secret&compartment=secret").json()["total"] == 1
    assert api.get("/api/v1/search?q=secret&compartment=inconnu").status_code == 404


def test_the_description_of_the_api_is_whole() -> None:
    api = client(MemoryService([]))
    described = api.get("/api/v1/openapi.json").json()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)
            for status, response in operation["responses"].items():
                if status.startswith(("4", "5")):
                    assert list(response["content"]) == ["application/problem+json"], (method, path, status)
            for parameter in operation.get("parameters", []):
                assert parameter.get("description"), (method, path, parameter["name"])
    schemas = described["components"]["schemas"]
    said = {
        f"{name}.{field}": told for name, one in schemas.items() for field, told in one.get("properties", {}).items()
    }
    assert len(said) > 200
    # A field whose model or list of values has a description needs none of its own.
    referring = {name for name, told in said.items() if "$ref" in json.dumps(told)}
    assert [name for name in said.keys() - referring if not (said[name].keys() & {"description", "examples"})] == []
    # FastAPI makes those of forms, and pydantic that of any JSON value.
    ours = {name for name in schemas if not name.startswith("Body_")} - {"JsonValue"}
    assert [name for name in ours if not schemas[name].get("description")] == []
    fields = schemas["SearchOut"]["properties"]
    assert {"hits", "coverage", "facets", "timings_ms", "clear"} <= set(fields)
    assert "Problem" in schemas

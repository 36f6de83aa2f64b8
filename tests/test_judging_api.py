"""Judging over HTTP: an assessor's work, what comes out of it, and what readers think; in JSON and by plain forms."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from eval.judging.desk import Assessing
from search_api.engine.answer import SearchRequest
from search_api.http.app import create_app
from search_api.http.house import Role, User, current_user
from search_api.http.settings import HttpSettings
from search_api.web.search_page import token
from tests.judging_desk import desk_over
from tests.service_in_memory import MemoryService, held, page_of, small_collection
from tests.service_in_memory import P as PARAGRAPH


@pytest.fixture
def service() -> MemoryService:
    secret = held("x/cible.pdf", "Cible", [page_of(1, (PARAGRAPH, "Le nom de la cible."))], compartment="defense")
    return MemoryService([*small_collection(), secret], names=("commun", "defense"))


@pytest.fixture
def desk(service: MemoryService, tmp_path: Path) -> Assessing:
    return desk_over(service, tmp_path)


def client(
    service: MemoryService, desk: Assessing | None, *roles: Role, compartments: tuple[str, ...] = ("commun",)
) -> TestClient:
    app = create_app(service, HttpSettings(), judging=desk)
    user = User("local", frozenset(roles or Role), compartments)
    app.dependency_overrides[current_user] = lambda: user
    return TestClient(app, base_url="http://localhost")


def test_an_assessor_is_given_passages_and_grades_them(service: MemoryService, desk: Assessing) -> None:
    api = client(service, desk)
    topics = api.get("/api/v1/judging/topics", params={"assessor": "Noor"}).json()
    assert {(one["id"], one["pooled"], one["judged"]) for one in topics} == {("T1", 3, 0), ("T2", 3, 0)}
    tasks = api.get("/api/v1/judging/topics/T1/tasks", params={"assessor": "Noor"}).json()
    signed = next(task for task in tasks if task["place"]["external_id"] == "2019/avenant.pdf")
    assert signed["place"]["text"].startswith("La délégation de gestion est accordée pour un an.")
    assert signed["place"]["spans"][0]["page"] == 2
    assert "#passage" in signed["place"]["page_url"]
    assert set(signed) == {"item", "topic", "place", "verdict"}, "nothing says who found it, or where"
    judged = api.post(f"/api/v1/judging/items/{signed['item']}/judgment", json={"assessor": "Noor", "verdict": "3"})
    assert judged.status_code == 204
    again = api.get("/api/v1/judging/topics/T1/tasks", params={"assessor": "Noor"}).json()
    assert [task["item"] for task in again] == [task["item"] for task in tasks]
    assert {task["verdict"] for task in again} == {"3", None}


def test_judgments_come_out_once_two_agree_or_someone_decided(service: MemoryService, desk: Assessing) -> None:
    api = client(service, desk)
    items = sorted(task["item"] for task in api.get("/api/v1/judging/topics/T1/tasks?assessor=Noor").json())
    for assessor, grades in (("Noor", "310"), ("Camille", "300")):
        for item, grade in zip(items, grades, strict=True):
            api.post(f"/api/v1/judging/items/{item}/judgment", json={"assessor": assessor, "verdict": grade})
    assert api.get("/api/v1/judging/agreement").json()[0]["both"] == 3
    pending = api.get("/api/v1/judging/qrels")
    assert (pending.status_code, pending.json()["type"]) == (409, "urn:reuni:problem:judgments-pending")
    (dispute,) = api.get("/api/v1/judging/disputes").json()
    assert dispute["verdicts"] == ["0", "1"]
    decision = {"by": "Sacha", "verdict": "1", "reason": "le fournisseur est cité"}
    assert api.post(f"/api/v1/judging/items/{dispute['item']}/decision", json=decision).status_code == 204
    assert api.get("/api/v1/judging/qrels?form=trec").text == (
        "T1 0 2019/avenant.pdf 3\nT1 0 notes/chaines.pdf 1\nT1 0 notes/investissements.docx 0\n"
    )
    assert api.get("/api/v1/judging/readings?assessor=Noor").text.startswith("query-id\tcorpus-id\tscore\n")


def test_what_stands_in_another_compartment_does_not_exist(service: MemoryService, desk: Assessing) -> None:
    hidden = max(item.id for item in desk.items(("commun", "defense"), "T1"))
    everyone, few = client(service, desk, compartments=("commun", "defense")), client(service, desk)
    assert len(everyone.get("/api/v1/judging/topics/T1/tasks?assessor=Noor").json()) == 4
    assert len(few.get("/api/v1/judging/topics/T1/tasks?assessor=Noor").json()) == 3
    body = {"assessor": "Noor", "verdict": "3"}
    assert few.post(f"/api/v1/judging/items/{hidden}/judgment", json=body).status_code == 404
    opinion = {"q": "cible", "document": service.collection[-1].document.id, "compartment": "defense", "useful": True}
    assert few.post("/api/v1/judging/opinions", json=opinion).status_code == 404
    assert everyone.post("/api/v1/judging/opinions", json=opinion).status_code == 204
    assert few.get("/api/v1/judging/opinions").json() == []


@pytest.mark.parametrize("path", ["/api/v1/judging/topics?assessor=a", "/jugement", "/jugement/arbitrage"])
def test_judging_is_for_assessors(service: MemoryService, desk: Assessing, path: str) -> None:
    assert client(service, desk, Role.ANALYST, Role.MANAGER).get(path).status_code == 403


def test_opinions_are_read_by_managers_only(service: MemoryService, desk: Assessing) -> None:
    api = client(service, desk, Role.ANALYST, Role.ASSESSOR)
    assert api.get("/api/v1/judging/opinions").status_code == api.get("/jugement/avis").status_code == 403


def test_without_a_desk_its_routes_say_so_and_results_ask_nothing(service: MemoryService) -> None:
    api = client(service, None)
    for path in ("/jugement", "/api/v1/judging/topics?assessor=a"):
        assert api.get(path).json()["type"] == "urn:reuni:problem:judging-not-served"
    assert "/avis" not in api.get("/?q=gestion").text


@pytest.mark.parametrize("spans", [[{"page": 9, "start": 0, "end": 4}], [{"page": 1, "start": 4, "end": 99_999}]])
def test_an_opinion_of_a_passage_that_is_not_there_is_refused(
    service: MemoryService, desk: Assessing, spans: list[dict[str, int]]
) -> None:
    one = service.collection[0]
    opinion = {"q": "a", "document": one.document.id, "compartment": "commun", "useful": True, "spans": spans}
    assert client(service, desk).post("/api/v1/judging/opinions", json=opinion).status_code == 422


def test_a_reader_s_opinion_comes_back_to_the_hit_and_says_thanks(service: MemoryService, desk: Assessing) -> None:
    api = client(service, desk)
    hit = service.search(SearchRequest(query="délégation", compartments=("commun",))).hits[0]
    form = {"q": "délégation", "filter": "kind:avenant", "avis": f"utile|{token(hit)}"}
    answer = api.post("/avis", data=form, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/?q=d%C3%A9l%C3%A9gation&filter=kind%3Aavenant&avis=1#resultat-1"
    assert "Merci, votre avis est noté." in api.get(answer.headers["location"]).text
    (found,) = desk.opinions(("commun",))
    assert (found.query, found.place.external_id, found.useful, found.useless) == (
        "délégation",
        "2019/avenant.pdf",
        1,
        0,
    )


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"q": "a"},
        {"q": "a", "avis": "utile"},
        {"q": "a", "avis": "peut-être|commun|x||1"},
        {"avis": "utile|commun|x||1"},
    ],
)
def test_an_opinion_that_cannot_be_read_is_a_problem(
    service: MemoryService, desk: Assessing, form: dict[str, str]
) -> None:
    answer = client(service, desk).post("/avis", data=form)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_a_changed_document_is_judged_as_it_is_now(service: MemoryService, desk: Assessing) -> None:
    service.new_version("2019/avenant.pdf", [page_of(1, (PARAGRAPH, "Texte nouveau."))], "c" * 64)
    page = client(service, desk).get(f"/jugement/sujets/T1?assesseur=Noor&document={item_of(desk, 'avenant')}")
    assert "Ce document a changé depuis" in page.text
    assert "La délégation de gestion est accordée" not in page.text


def test_a_withdrawn_document_is_said_so(service: MemoryService, desk: Assessing) -> None:
    number = item_of(desk, "avenant")
    del service.collection[0]
    page = client(service, desk).get(f"/jugement/sujets/T1?assesseur=Noor&document={number}")
    assert page.status_code == 200
    assert "n’est plus dans le fonds" in page.text


def item_of(desk: Assessing, words: str) -> int:
    return next(item.id for item in desk.items(("commun",), "T1") if words in item.place.external_id)


@pytest.mark.parametrize("name", ["", "  ", "<b>", "a" * 41, "-x"])
def test_a_judgment_has_a_name(service: MemoryService, desk: Assessing, name: str) -> None:
    api = client(service, desk)
    form = {"assesseur": name, "document": item_of(desk, "avenant"), "note": "3"}
    assert api.post("/jugement/sujets/T1", data=form).status_code == 422
    assert desk.assessors() == ()
    assert "Votre travail" not in api.get("/jugement", params={"assesseur": name}).text

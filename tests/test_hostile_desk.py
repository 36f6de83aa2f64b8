"""What people and manifests write, 500 hostile strings in every field, is only text on the pages of the desk."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from eval.topics import Topic
from search_api.engine.glossary import Glossary
from search_api.engine.judging import Verdict
from search_api.engine.readers import Readers
from search_api.engine.search import Engine
from search_api.engine.watch.list_run import ListDesk, do_list_job
from search_api.engine.watch.store import WatchStore
from search_api.http.app import create_app
from search_api.http.settings import HttpSettings
from search_api.http.watching import Watching
from tests.desk import drop_desk
from tests.encoders import FakeEncoder
from tests.hostile import HOSTILE
from tests.judging_desk import desk_over
from tests.service_in_memory import MemoryService, small_collection
from tests.test_browser_hostile import Markup

NOTE = "# Note\n\nLa Direction générale des Entreprises (DGE) publie le repère {0}.\n"
HEADERS = {"accept": "text/html", "sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    data, fake = tmp_path_factory.mktemp("hostile"), FakeEncoder()
    engine = Engine(Readers(data, fake.identity), fake, glossary=Glossary(data))
    drops = drop_desk(data, fake)
    lists = ListDesk(
        data, drops.jobs, lambda job_id: do_list_job(drops.jobs, lists.store, job_id, engine, engine.compartments())
    )
    watching = Watching(WatchStore(data), engine, lambda owner: engine.compartments())
    app = create_app(engine, HttpSettings(), watching=watching, drops=drops, lists=lists)
    with TestClient(app, base_url="http://localhost", headers=HEADERS, raise_server_exceptions=False) as client:
        files = [("fichiers", ("note.md", NOTE.encode()))]
        assert client.post("/fonds/lots", data={"nom": "debut", "compartiment": "general"}, files=files).is_success
        yield client


def safe(html: str) -> bool:
    """Whether nothing on a page runs, loads or leads elsewhere but what is the house's."""
    page = Markup(html)
    return page.faults == [] and all(source.startswith("/static/") for source in page.scripts)


def shown(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    assert safe(answer.text), path
    return answer.text


def test_names_and_questions_of_saved_searches(desk: TestClient) -> None:
    kept = 0
    for string in HOSTILE[::10]:
        form = {"q": f"repère {string}", "nom": string, "filter": f"kind:{string}"}
        answer = desk.post("/veille/recherches", data=form)
        assert answer.status_code in {200, 422} and safe(answer.text)
        kept += answer.status_code == 200
    assert kept >= 45
    assert shown(desk, "/veille").count("Relancer la recherche") == kept
    assert "<script>window" not in desk.get("/veille/flux.atom").text


def test_items_notes_and_bad_rows_of_a_watch_list(desk: TestClient) -> None:
    table = io.StringIO()
    writer = csv.writer(table, delimiter=";")
    writer.writerow(["nom", "variantes", "siren", "note"])
    for number, string in enumerate(HOSTILE[::4]):
        writer.writerow([f"{string} repère", string, string if number % 2 else "", string])
    sent = desk.post(
        "/veille/listes", data={"nom": HOSTILE[1]}, files={"liste": (HOSTILE[2], table.getvalue().encode())}
    )
    assert sent.status_code == 200 and safe(sent.text)
    assert "lignes écartées" in sent.text and "entrées cherchées" in sent.text
    assert shown(desk, sent.url.path + "?entree=2").count("window.executed") > 50


def test_acronyms_and_what_they_stand_for(desk: TestClient) -> None:
    for string in HOSTILE[::20]:
        for form in ({"sigle": string[:20], "sens": string[:160]}, {"sigle": "ABC", "sens": string}):
            answer = desk.post("/fonds/sigles", data={**form, "compartiment": "general", "decision": "approuver"})
            assert safe(answer.text)
    shown(desk, "/fonds/sigles")
    for string in HOSTILE[::25]:
        assert safe(desk.get("/fonds/sigles", params={"debut": string, "page": string, "compartiment": string}).text)


def test_names_of_drops_and_files_and_fields_of_manifests(desk: TestClient) -> None:
    manifest = io.StringIO()
    writer = csv.writer(manifest)
    writer.writerow(["path", "title", "kind", "date", "service", "reference", "author", "keywords", "language"])
    files = []
    for number, string in enumerate(HOSTILE[::5]):
        name = f"{number}.md" if number % 2 else f"{number} {string.replace('/', '-')[:80]}.md"
        files.append(("fichiers", (name, NOTE.format(string).encode())))
        writer.writerow([f"{number}.md", string, string, "2024-01-02", *[string] * 5])
    files.append(("fichiers", ("manifest.csv", manifest.getvalue().encode())))
    sent = desk.post("/fonds/lots", data={"nom": HOSTILE[0], "compartiment": "general"}, files=files)
    assert sent.status_code == 200 and safe(sent.text)
    shown(desk, "/fonds")
    report = desk.get("/fonds/lot", params={"lot": HOSTILE[0]})
    assert report.status_code == 200 and safe(report.text)
    for page in range(1, 5):
        found = shown(desk, f"/?q=rep%C3%A8re&page={page}")
        assert "Aucun document" not in found
    assert desk.post("/fonds/retrait", data={"compartiment": "general", "lot": HOSTILE[0]}).is_success
    assert "documents retirés" in shown(desk, "/fonds/retires")
    for string in HOSTILE[::25]:
        assert safe(desk.get("/fonds/lot", params={"lot": string, "compartiment": string}).text)


def test_topics_notes_and_reasons_of_judgments(tmp_path: Path) -> None:
    service = MemoryService(small_collection())
    topics = tuple(Topic(f"T{n}", string, string, string) for n, string in enumerate(HOSTILE[:10]))
    desk = desk_over(service, tmp_path, topics)
    first = desk.tasks("T0", "Noor", ("commun",))[0].pooled
    for assessor, verdict in (("Noor", Verdict.ANSWERS), ("Camille", Verdict.OFF)):
        desk.judge(first.id, assessor, verdict, ("commun",))
    with TestClient(
        create_app(service, HttpSettings(), judging=desk), headers=HEADERS, base_url="http://localhost"
    ) as api:
        for topic in topics:
            shown(api, f"/jugement/sujets/{topic.id}?assesseur=Noor")
        shown(api, "/jugement?assesseur=Noor")
        shown(api, "/jugement/arbitrage?assesseur=Noor")
        for string in HOSTILE[::40]:
            assert safe(api.get("/jugement", params={"assesseur": string}).text)
            assert safe(api.get("/jugement/sujets/T0", params={"assesseur": "Noor", "document": string}).text)
            form = {"assesseur": "Sacha", "document": first.id, "note": "2", "raison": string}
            assert safe(api.post("/jugement/arbitrage", data=form).text)
            assert safe(api.post("/avis", data={"avis": string, "q": string}).text)

"""The Fonds pages, as a browser without JavaScript gets them."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from search_api.engine.glossary import Glossary
from search_api.engine.readers import Readers
from search_api.engine.search import Engine
from search_api.http.app import create_app
from search_api.http.house import Role, User, current_user
from search_api.http.settings import HttpSettings
from tests.collection import write_files
from tests.desk import do, drop_desk
from tests.encoders import FakeEncoder
from tests.test_web_pages import Visible

LASER = "# Note\n\n## Objet\n\nLa photonique dépend des lasers de la Direction générale des Entreprises (DGE).\n"
FORM = {"nom": "2026-s48", "compartiment": "general", "mode": "delta"}


def browse(data: Path, fake: FakeEncoder, **desk: object) -> TestClient:
    engine = Engine(Readers(data, fake.identity), fake, glossary=Glossary(data))
    app = create_app(engine, HttpSettings(), drops=drop_desk(data, fake, **desk))  # type: ignore[arg-type]
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    return TestClient(app, base_url="http://localhost", headers=headers, raise_server_exceptions=False)


@pytest.fixture
def browser(data: Path, fake: FakeEncoder) -> TestClient:
    return browse(data, fake)


def send(browser: TestClient, *files: tuple[str, str], **fields: str) -> str:
    """Send a drop by the form; the page it leads to."""
    parts = [("fichiers", (name, text.encode())) for name, text in files]
    answer = browser.post("/fonds/lots", data={**FORM, **fields}, files=parts)
    assert answer.status_code == 200, answer.text
    return Visible(answer.text).text


def read(browser: TestClient, path: str, **params: str) -> str:
    answer = browser.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return Visible(answer.text).text


def test_a_drop_is_sent_and_its_report_read(browser: TestClient) -> None:
    assert "envoyez un premier lot" in read(browser, "/fonds")
    text = send(browser, ("laser.md", LASER), ("vide.pdf", ""))
    assert "Lot 2026-s48\u00a0: terminé" in text and "2\u00a0fichiers reçus" in text
    fonds = read(browser, "/fonds")
    assert "1\u00a0document" in fonds and "1 demande une intervention" in fonds
    report = read(browser, "/fonds/lot", lot="2026-s48")
    assert "vide.pdf" in report and "Que faire" in report and "laser.md" in report


def test_an_empty_form_says_what_to_choose(browser: TestClient) -> None:
    answer = browser.post("/fonds/lots", data=FORM)
    assert answer.status_code == 422 and "aucun fichier" in Visible(answer.text).text


def test_a_drop_that_is_too_large_leaves_nothing_behind(data: Path, fake: FakeEncoder) -> None:
    browser = browse(data, fake, most_bytes=10)
    answer = browser.post("/fonds/lots", data=FORM, files=[("fichiers", ("a.txt", b"x" * 11))])
    assert answer.status_code == 413 and "plusieurs lots" in Visible(answer.text).text
    assert list((data / "desk/deliveries").iterdir()) == []


def test_failures_are_read_again_from_the_report(browser: TestClient) -> None:
    send(browser, ("vide.pdf", ""))
    shown = browser.post("/fonds/reprise", data={"compartiment": "general"})
    assert "Reprise du compartiment general\u00a0: terminé" in Visible(shown.text).text


def test_documents_and_whole_drops_are_withdrawn(browser: TestClient) -> None:
    send(browser, ("a.md", LASER), ("b.md", LASER.replace("lasers", "fibres")))
    page = Visible(browser.get("/fonds/lot", params={"lot": "2026-s48"}).text)
    ids = [attrs["value"] for tag, attrs in page.elements if tag == "input" and attrs.get("name") == "document"]
    browser.post("/fonds/retrait", data={"compartiment": "general", "document": ids[:1]})
    assert "1\u00a0document retiré" in read(browser, "/fonds")
    browser.post("/fonds/retrait", data={"compartiment": "general", "lot": "2026-s48"})
    assert "0\u00a0document " in read(browser, "/fonds")


def test_what_was_withdrawn_is_listed_without_what_it_said(browser: TestClient) -> None:
    send(browser, ("notes/laser.md", LASER), ("reste.md", "# Autre\n\nLe nucléaire civil.\n"))
    assert "Aucun document retiré" in read(browser, "/fonds/retires")
    send(browser, ("reste.md", "# Autre\n\nLe nucléaire civil.\n"), nom="2026-s49", mode="full")
    gone = read(browser, "/fonds/retires", compartiment="general")
    assert "1\u00a0document retiré" in gone
    assert "notes/laser.md" in gone and "2026-s48" in gone and "2026-s49" in gone
    assert "reste.md" not in gone and "photonique" not in gone
    assert "Documents retirés (1)" in read(browser, "/fonds")
    assert "voir ce qui a été retiré" in read(browser, "/fonds/lot", lot="2026-s49")
    send(browser, ("notes/laser.md", LASER), nom="2026-s50")
    assert "Aucun document retiré" in read(browser, "/fonds/retires")
    assert browser.get("/fonds/retires", params={"page": "9999999"}).status_code == 200


def test_generations_kept_are_told_with_what_keeps_them(browser: TestClient) -> None:
    send(browser, ("laser.md", LASER))
    send(browser, ("autre.md", LASER + "\nEncore.\n"), nom="2026-s49")
    fonds = read(browser, "/fonds")
    kept = fonds[fonds.index("Générations de l’index") :]
    newest, former = kept.index("2\u00a0documents, 2\u00a0passages"), kept.index("1\u00a0document, 1\u00a0passage")
    assert newest < kept.index("En service") < former
    assert "Gardée pour y revenir" in kept[former:] or "Lue par une recherche en cours" in kept[former:]
    assert "Index en service" in kept and "En tout" in kept


def test_a_folder_of_the_server_is_indexed(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    write_files(tmp_path / "depot/s49", {"laser.md": LASER})
    browser = browse(data, fake, folders=(tmp_path / "depot",))
    shown = browser.post("/fonds/dossiers", data={"compartiment": "general", "dossier": "0:s49"})
    assert "Lot s49\u00a0: terminé" in Visible(shown.text).text
    refused = browser.post("/fonds/dossiers", data={"compartiment": "general", "dossier": "0:../x"})
    assert refused.status_code == 422


def test_work_under_way_is_shown_until_it_is_over(data: Path, fake: FakeEncoder) -> None:
    launched: list[str] = []
    browser = browse(data, fake, launch=launched.append)
    answer = browser.post("/fonds/lots", data=FORM, files=[("fichiers", ("a.md", LASER.encode()))])
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in answer.text
    assert "en attente" in read(browser, "/fonds")
    refused = browser.post("/fonds/reprise", data={"compartiment": "general"})
    assert refused.status_code == 409 and "lot 2026-s48" in Visible(refused.text).text
    do(data, fake, launched[0])
    done = browser.get(f"/fonds/travaux/{launched[0]}")
    assert "refresh" not in done.text and "terminé" in Visible(done.text).text


def test_work_that_failed_says_why_and_is_done_again(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    write_files(tmp_path / "depot/s49", {"laser.md": LASER})
    launched: list[str] = []
    browser = browse(data, fake, folders=(tmp_path / "depot",), launch=launched.append)
    browser.post("/fonds/dossiers", data={"compartiment": "general", "dossier": "0:s49"})
    (tmp_path / "depot/s49").rename(tmp_path / "depot/s50")
    with pytest.raises(Exception, match="n’existe pas"):
        do(data, fake, launched[0])
    page = read(browser, f"/fonds/travaux/{launched[0]}")
    assert "échec" in page and "n’existe pas" in page and "Recommencer" in page
    (tmp_path / "depot/s50").rename(tmp_path / "depot/s49")
    browser.post(f"/fonds/travaux/{launched[0]}/encore")
    do(data, fake, launched[1])
    assert "terminé" in read(browser, f"/fonds/travaux/{launched[1]}")


def test_acronyms_are_approved_rejected_and_added(browser: TestClient, data: Path) -> None:
    send(browser, *((f"{n}.md", LASER.replace("Note", f"Note {n}")) for n in range(3)))
    assert "Direction générale des Entreprises" in read(browser, "/fonds/sigles")
    said = {"compartiment": "general", "sigle": "DGE", "sens": "Direction générale des Entreprises"}
    assert (
        "Approuvé par local" in Visible(browser.post("/fonds/sigles", data={**said, "decision": "approuver"}).text).text
    )
    assert "Approuvé" not in Visible(browser.post("/fonds/sigles", data={**said, "decision": "oublier"}).text).text
    assert "Rejeté par local" in Visible(browser.post("/fonds/sigles", data={**said, "decision": "rejeter"}).text).text
    added = {"compartiment": "general", "sigle": "IEF", "sens": "Investissement étranger en France"}
    assert (
        "Investissement étranger"
        in Visible(browser.post("/fonds/sigles", data={**added, "decision": "approuver"}).text).text
    )
    decided = Glossary(data).of("general").by_key.values()
    assert sorted((one.short, one.approved) for one in decided) == [("DGE", False), ("IEF", True)]


def test_hostile_names_are_only_shown(browser: TestClient) -> None:
    name = "<img src=x onerror=alert(1)>\u202etxt.md"
    send(browser, (name, LASER), nom='"><script>alert(1)</script>')
    for path, params in (("/fonds", {}), ("/fonds/lot", {"lot": '"><script>alert(1)</script>'})):
        page = Visible(browser.get(path, params=params).text)
        assert not [tag for tag, _ in page.elements if tag == "img"]
        assert not any(key.startswith("on") for _, attrs in page.elements for key in attrs)
        assert all("src" in attrs for tag, attrs in page.elements if tag == "script")
    assert "\u202e" not in read(browser, "/fonds/lot", lot='"><script>alert(1)</script>')


@pytest.mark.parametrize("what", ["lots", "dossiers", "reprise", "retrait", "sigles", "travaux/x/encore"])
def test_another_sites_page_changes_nothing(browser: TestClient, what: str) -> None:
    answer = browser.post(f"/fonds/{what}", data=FORM, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


def test_fonds_is_for_managers_of_the_compartment(browser: TestClient) -> None:
    send(browser, ("laser.md", LASER))
    users = browser.app.dependency_overrides  # type: ignore[attr-defined]
    users[current_user] = lambda: User("c", frozenset({Role.ANALYST}), ("general",))
    assert browser.get("/fonds").status_code == 403
    users[current_user] = lambda: User("c", frozenset({Role.MANAGER}), ("autre",))
    assert browser.get("/fonds", params={"compartiment": "general"}).status_code == 404
    assert browser.get("/fonds/lot", params={"compartiment": "general", "lot": "2026-s48"}).status_code == 404
    assert browser.get("/fonds/retires", params={"compartiment": "general"}).status_code == 404

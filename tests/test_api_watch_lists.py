"""Watch-lists over HTTP and on their pages: sent, run, read as a matrix, exported."""

import io
from pathlib import Path

import openpyxl
import pytest
from starlette.testclient import TestClient

from search_api.engine.jobs import JobStore
from search_api.engine.watch.list_run import ListDesk, do_list_job
from search_api.engine.watch.store import WatchStore
from search_api.http.app import create_app
from search_api.http.house import Role, User, current_user
from search_api.http.settings import HttpSettings
from search_api.http.watching import Watching
from tests.collection import engine, index, write_files
from tests.desk import drop_desk
from tests.encoders import FakeEncoder
from tests.test_web_pages import Visible

LASER = "# =Note laser\n\n## Objet\n\nLa société Quasar SA fabrique des lasers.\n"
CSV = b"nom;siren\nQuasar SA;\nAutre;12\nvignoble;\n"


@pytest.fixture
def api(data: Path, tmp_path: Path, fake: FakeEncoder) -> TestClient:
    files = {"laser.md": LASER, "vin.md": "# Vin\n\nLe vignoble exporte."}
    index(data, fake, write_files(tmp_path / "lot", files))
    asked, jobs = engine(data, fake), JobStore(data)
    lists = ListDesk(data, jobs, lambda job_id: do_list_job(jobs, lists.store, job_id, asked, asked.compartments()))
    watching = Watching(WatchStore(data), asked, lambda owner: asked.compartments())
    app = create_app(asked, HttpSettings(), watching=watching, lists=lists, drops=drop_desk(data, fake))
    return TestClient(app, base_url="http://localhost", headers={"sec-fetch-site": "same-origin"})


def send(api: TestClient, content: bytes = CSV, name: str = "Sensibles") -> str:
    sent = api.post("/api/v1/watch/lists", data={"name": name}, files={"file": ("l.csv", content)})
    assert sent.status_code == 201, sent.text
    return str(sent.json()["url"])


def test_a_list_is_sent_with_its_bad_rows_told(api: TestClient) -> None:
    made = api.get(send(api)).json()
    assert (made["items"], made["runs"], made["job"]) == (2, 0, None)
    (bad,) = made["bad_rows"]
    assert (bad["line"], bad["column"]) == (3, "SIREN")
    assert [one["name"] for one in api.get("/api/v1/watch/lists").json()["lists"]] == ["Sensibles"]


def test_a_run_fills_the_matrix_which_filters(api: TestClient) -> None:
    url = send(api)
    ran = api.post(f"{url}/run")
    assert (ran.status_code, ran.json()["job"]["state"]) == (202, "done")
    exact = api.get(f"{url}/matrix", params={"how": "exact"}).json()
    assert {(cell["name"], cell["document"]["external_id"]) for cell in exact["cells"]} == {
        ("Quasar SA", "laser.md"),
        ("vignoble", "vin.md"),
    }
    assert api.get(f"{url}/matrix", params={"line": 4, "how": "exact"}).json()["total"] == 1
    assert api.get(f"{url}/matrix", params={"new": True}).json()["total"] == 0
    assert api.get(exact["cells"][0]["page_url"]).status_code == 200
    assert api.get(ran.json()["job"]["url"]).json()["kind"] == "watch_list"


def test_a_matrix_is_exported_without_a_formula(api: TestClient) -> None:
    url = send(api)
    api.post(f"{url}/run")
    table = api.get(f"{url}/matrix/export", params={"format": "csv", "how": "exact"})
    assert table.headers["content-disposition"].startswith("attachment")
    assert '"\'=Note laser"' in table.content.decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(api.get(f"{url}/matrix/export", params={"format": "xlsx"}).content))
    titles = [row[5].value for row in book.active.iter_rows(min_row=2)]
    assert "=Note laser" in titles and all(cell.data_type != "f" for row in book.active.iter_rows() for cell in row)


def test_a_file_that_is_no_list_is_refused(api: TestClient) -> None:
    for content, status in ((b"x;y\n1;2\n", 422), (b"PK\x03\x04", 422), (b"nom\n" + b"a" * (3 << 20), 413)):
        answer = api.post("/api/v1/watch/lists", data={"name": "x"}, files={"file": ("l.csv", content)})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.json()["remedy"]


def test_a_list_is_its_owners(api: TestClient) -> None:
    url = send(api)
    app = api.app
    app.dependency_overrides[current_user] = lambda: User("b", frozenset({Role.ANALYST}), ("general",))  # type: ignore[attr-defined]
    assert api.get("/api/v1/watch/lists").json() == {"lists": []}
    for answer in (api.get(url), api.delete(url), api.post(f"{url}/run"), api.get(f"{url}/matrix")):
        assert answer.status_code == 404
    app.dependency_overrides[current_user] = lambda: User("local", frozenset({Role.MANAGER}), ("general",))  # type: ignore[attr-defined]
    assert api.get(url).status_code == 403


def test_documents_of_a_compartment_closed_since_leave_the_matrix(api: TestClient) -> None:
    url = send(api)
    api.post(f"{url}/run")
    app = api.app
    app.dependency_overrides[current_user] = lambda: User("local", frozenset({Role.ANALYST}), ("autre",))  # type: ignore[attr-defined]
    assert api.get(url).json()["compartments"] == []


def test_a_list_is_forgotten(api: TestClient) -> None:
    url = send(api)
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == 404


def test_the_pages_send_run_filter_and_remove_a_list(api: TestClient) -> None:
    files = {"liste": ("sensibles.csv", CSV)}
    shown = api.post("/veille/listes", data={"nom": "Sensibles"}, files=files, headers={"accept": "text/html"})
    text = Visible(shown.text).text
    assert shown.history[0].status_code == 303
    assert "2\u00a0entrées cherchées" in text and "1\u00a0ligne écartée" in text and "=Note laser" in text
    here = shown.url.path
    only = Visible(api.get(here, params={"entree": "4", "trouvee": "exact"}).text).text
    assert "Documents pour vignoble" in only and "=Note laser" not in only
    assert "Sensibles" in Visible(api.get("/veille").text).text
    assert "Dernier passage" in Visible(api.post(f"{here}/relance").text).text
    assert "Sensibles" not in Visible(api.post(f"{here}/suppression").text).text

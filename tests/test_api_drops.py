"""Drops over HTTP, for managers: sent in pieces, indexed, followed, put right, withdrawn."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from search_api.http.app import create_app
from search_api.http.house import Role, User, current_user
from search_api.http.settings import HttpSettings
from tests.collection import engine, write_files
from tests.desk import do, drop_desk
from tests.encoders import FakeEncoder

LASER = b"# Note\n\n## Objet\n\nLa photonique d\xc3\xa9pend des lasers.\n"
WINE = b"# Note\n\n## Objet\n\nLe vignoble champenois exporte.\n"


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    """A server folder whose subfolders may be indexed."""
    parent = tmp_path / "depot"
    write_files(parent / "2026-s48", {"vin.md": WINE.decode(), "laser.md": LASER.decode()})
    write_files(tmp_path / "ailleurs", {"secret.md": "# Secret\n\nhors du dépôt"})
    (parent / "lien").symlink_to(tmp_path / "ailleurs")
    return parent


@pytest.fixture
def api(data: Path, fake: FakeEncoder, allowed: Path) -> TestClient:
    return client(data, fake, drop_desk(data, fake, folders=(allowed,)))


def client(data: Path, fake: FakeEncoder, desk: Any) -> TestClient:
    return TestClient(create_app(engine(data, fake), HttpSettings(), drops=desk), base_url="http://localhost")


def send(api: TestClient, files: dict[str, bytes], name: str = "2026-s48", **asked: str) -> dict[str, Any]:
    """Deliver files, some in two pieces, and have them indexed; the job."""
    made = api.post("/api/v1/drops/deliveries", json={"name": name, **asked})
    assert made.status_code == 201, made.text
    url = made.json()["url"]
    for path, content in files.items():
        said = {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        number = api.post(f"{url}/files", json=said).json()["number"]
        half = len(content) // 2
        for offset, piece in ((0, content[:half]), (half, content[half:])):
            sent = api.put(f"{url}/files/{number}?offset={offset}", content=piece)
            assert sent.status_code == 200, sent.text
    asked_for = api.post(f"{url}/index")
    assert asked_for.status_code == 202, asked_for.text
    found: dict[str, Any] = api.get(asked_for.json()["url"]).json()
    return found


def found(api: TestClient, query: str) -> list[str]:
    return [hit["document"]["external_id"] for hit in api.get("/api/v1/search", params={"q": query}).json()["hits"]]


def test_what_was_sent_can_be_searched(api: TestClient) -> None:
    job = send(api, {"notes/laser.md": LASER, "vin.md": WINE})
    assert (job["state"], job["result"]["files"]) == ("done", 2)
    assert found(api, "photonique")[0] == "notes/laser.md"


def test_the_files_of_a_delivery_leave_the_desk_once_indexed(api: TestClient, data: Path) -> None:
    send(api, {"laser.md": LASER})
    assert list((data / "desk/deliveries").iterdir()) == []


def test_the_report_says_what_to_do_about_each_failure(api: TestClient) -> None:
    send(api, {"laser.md": LASER, "vide.pdf": b"", "image.bin": b"\x00\x01\x02" * 50})
    report = api.get("/api/v1/drops/report", params={"drop": "2026-s48"}).json()
    assert (report["files"], sum(report["counts"].values())) == (3, 3)
    first, second, last = report["records"]
    assert first["reason"] and first["remedy"] and second["reason"] and second["remedy"]
    assert (last["path"], last["state"]) == ("laser.md", "new")
    (drop,) = api.get("/api/v1/drops").json()["drops"]
    assert drop["sentence"] == report["sentence"]


def test_a_hostile_name_is_only_a_name(api: TestClient, data: Path) -> None:
    send(api, {"../../../etc/notes.md": LASER, "<script>.md": WINE})
    assert set(found(api, "photonique vignoble")) == {"etc/notes.md", "<script>.md"}
    assert not (data.parent / "etc").exists()


def test_a_manifest_in_a_delivery_describes_its_files(api: TestClient) -> None:
    manifest = "chemin;titre\nlaser.md;La filière des lasers\n".encode()
    send(api, {"manifest.csv": manifest, "laser.md": LASER, "vin.md": WINE})
    hits = api.get("/api/v1/search", params={"q": "photonique"}).json()["hits"]
    assert hits[0]["document"]["title"] == "La filière des lasers"


def test_a_piece_at_the_wrong_place_is_a_conflict_that_says_where_to_go_on(api: TestClient) -> None:
    url = api.post("/api/v1/drops/deliveries", json={"name": "a"}).json()["url"]
    api.post(f"{url}/files", json={"path": "a.txt", "size": 10})
    api.put(f"{url}/files/1?offset=0", content=b"abc")
    refused = api.put(f"{url}/files/1?offset=0", content=b"abc")
    assert (refused.status_code, refused.json()["remedy"]) == (409, "Reprenez à l’octet 3.")
    assert api.get(url).json()["files"][0]["offset"] == 3


def test_a_piece_that_was_damaged_on_its_way_is_refused_and_not_kept(api: TestClient) -> None:
    url = api.post("/api/v1/drops/deliveries", json={"name": "a"}).json()["url"]
    api.post(f"{url}/files", json={"path": "a.txt", "size": 10})
    headers = {"x-piece-sha256": hashlib.sha256(b"abd").hexdigest()}
    assert api.put(f"{url}/files/1?offset=0", content=b"abc", headers=headers).status_code == 422
    assert api.get(url).json()["files"][0]["offset"] == 0


def test_sizes_are_bounded(api: TestClient, data: Path, fake: FakeEncoder) -> None:
    url = api.post("/api/v1/drops/deliveries", json={"name": "a"}).json()["url"]
    refused = api.post(f"{url}/files", json={"path": "a.txt", "size": 11 * (1 << 20)})
    assert (refused.status_code, refused.json()["type"]) == (413, "urn:reuni:problem:too-large")
    small = TestClient(
        create_app(engine(data, fake), HttpSettings(max_piece_bytes=10), drops=drop_desk(data, fake)),
        base_url="http://localhost",
    )
    small.post(f"{url}/files", json={"path": "b.txt", "size": 100})
    assert small.put(f"{url}/files/1?offset=0", content=b"x" * 11).status_code == 413


def test_what_did_not_come_whole_is_not_indexed(api: TestClient) -> None:
    url = api.post("/api/v1/drops/deliveries", json={"name": "a"}).json()["url"]
    api.post(f"{url}/files", json={"path": "a.txt", "size": 10})
    refused = api.post(f"{url}/index")
    assert refused.status_code == 422 and "a.txt" in refused.json()["detail"]


def test_a_delivery_can_be_given_up(api: TestClient, data: Path) -> None:
    url = api.post("/api/v1/drops/deliveries", json={"name": "a"}).json()["url"]
    api.post(f"{url}/files", json={"path": "a.txt", "size": 10})
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == 404
    assert list((data / "desk/deliveries").iterdir()) == []


def test_a_folder_of_the_server_is_indexed_when_it_is_listed(api: TestClient) -> None:
    assert api.get("/api/v1/drops/folders").json() == {"folders": [{"root": 0, "folder": "2026-s48"}]}
    asked = {"root": 0, "folder": "2026-s48", "name": "semaine 48"}
    assert api.post("/api/v1/drops/folders", json=asked).status_code == 202
    assert found(api, "photonique")[0] == "laser.md"


@pytest.mark.parametrize("folder", ["../ailleurs", "lien", "2026-s48/..", "", "/etc", "2026-s48/"])
def test_no_other_folder_can_be_named(api: TestClient, folder: str) -> None:
    refused = api.post("/api/v1/drops/folders", json={"root": 0, "folder": folder, "name": "x"})
    assert refused.status_code == 422 and "REUNI_DROP_FOLDERS" in refused.json()["remedy"]


def test_a_drop_can_be_withdrawn(api: TestClient) -> None:
    send(api, {"vin.md": WINE}, "premier")
    send(api, {"laser.md": LASER}, "second")
    job = api.post("/api/v1/drops/withdraw", json={"drop": "second"}).json()
    assert api.get(job["url"]).json()["result"]["withdrawn"] == 1
    assert found(api, "photonique") == ["vin.md"]


def test_a_document_can_be_withdrawn_and_comes_back_when_delivered_again(api: TestClient) -> None:
    send(api, {"vin.md": WINE, "laser.md": LASER})
    hits = api.get("/api/v1/search", params={"q": "photonique"}).json()["hits"]
    leaving = next(hit["document"]["id"] for hit in hits if hit["document"]["external_id"] == "laser.md")
    api.post("/api/v1/drops/withdraw", json={"documents": [leaving]})
    assert api.get(f"/api/v1/documents/{leaving}").status_code == 410, "it was here, and is told so"
    send(api, {"laser.md": LASER}, "retour")
    assert "laser.md" in found(api, "photonique")


def test_withdrawing_nothing_is_told(api: TestClient) -> None:
    send(api, {"vin.md": WINE})
    assert api.post("/api/v1/drops/withdraw", json={}).status_code == 422
    job = api.get("/api/v1/jobs").json()["jobs"]
    assert len(job) == 1


def test_failures_are_read_again(api: TestClient) -> None:
    send(api, {"laser.md": LASER, "vide.pdf": b""})
    job = api.post("/api/v1/drops/retry", json={}).json()
    assert api.get(job["url"]).json()["result"]["files"] == 1


def waiting(data: Path, fake: FakeEncoder) -> tuple[TestClient, list[str]]:
    """A server whose jobs wait until they are done by hand."""
    launched: list[str] = []
    return client(data, fake, drop_desk(data, fake, launch=launched.append)), launched


def test_one_drop_at_a_time(data: Path, fake: FakeEncoder) -> None:
    api, launched = waiting(data, fake)
    assert send(api, {"vin.md": WINE}, "premier")["state"] == "queued"
    refused = api.post("/api/v1/drops/retry", json={})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:reuni:problem:conflict")
    assert "premier" in refused.json()["detail"]
    do(data, fake, launched[0])
    assert api.post("/api/v1/drops/retry", json={}).status_code == 202


def test_a_job_that_failed_is_done_again(data: Path, fake: FakeEncoder, allowed: Path) -> None:
    api = client(data, fake, desk := drop_desk(data, fake, folders=(allowed,), launch=lambda job_id: None))
    asked = {"root": 0, "folder": "2026-s48", "name": "s48"}
    job = api.post("/api/v1/drops/folders", json=asked).json()
    (allowed / "2026-s48").rename(allowed / "ailleurs")
    with pytest.raises(Exception, match="n’existe pas"):
        do(data, fake, job["id"])
    failed = api.get(job["url"]).json()
    assert (failed["state"], "n’existe pas" in failed["message"], bool(failed["remedy"])) == ("failed", True, True)
    (allowed / "ailleurs").rename(allowed / "2026-s48")
    again = api.post(f"{job['url']}/again").json()
    do(data, fake, again["id"])
    assert api.get(again["url"]).json()["state"] == "done"
    assert api.post(f"{again['url']}/again").status_code == 422
    assert desk.jobs.counts()["failed"] == 1


def test_a_job_is_followed_as_events_until_its_end(api: TestClient) -> None:
    job = send(api, {"vin.md": WINE})
    answer = api.get(job["events_url"])
    assert answer.headers["content-type"].startswith("text/event-stream")
    fields = dict(line.split(": ", 1) for line in answer.text.strip().splitlines() if ": " in line)
    assert fields["event"] == "end"
    assert json.loads(fields["data"])["state"] == "done"
    assert api.get("/api/v1/events/jobs/absent").status_code == 404


def test_streams_are_bounded(data: Path, fake: FakeEncoder) -> None:
    api = TestClient(
        create_app(engine(data, fake), HttpSettings(max_streams=0), drops=drop_desk(data, fake)),
        base_url="http://localhost",
    )
    job = send(api, {"vin.md": WINE})
    assert api.get(job["events_url"]).status_code == 503


def test_drops_are_for_managers(api: TestClient) -> None:
    send(api, {"vin.md": WINE})
    api.app.dependency_overrides[current_user] = lambda: User("c", frozenset({Role.ANALYST}), ("general",))  # type: ignore[attr-defined]
    for path in ("/api/v1/drops", "/api/v1/jobs", "/api/v1/drops/folders"):
        assert api.get(path).status_code == 403


def test_a_compartment_that_is_not_the_callers_is_as_one_that_does_not_exist(api: TestClient) -> None:
    send(api, {"vin.md": WINE})
    api.app.dependency_overrides[current_user] = lambda: User("c", frozenset({Role.MANAGER}), ("autre",))  # type: ignore[attr-defined]
    for name in ("general", "absent"):
        assert api.get("/api/v1/drops", params={"compartment": name}).status_code == 404
        assert api.get("/api/v1/drops/report", params={"compartment": name, "drop": "2026-s48"}).status_code == 404
        assert api.post("/api/v1/drops/retry", json={"compartment": name}).status_code == 404
        asked = {"name": "x", "compartment": name}
        assert api.post("/api/v1/drops/deliveries", json=asked).status_code == 404
    assert api.get("/api/v1/jobs").json() == {"jobs": []}


def test_the_metrics_say_the_jobs_and_the_age_of_the_generation(api: TestClient) -> None:
    send(api, {"vin.md": WINE})
    text = api.get("/metrics").text
    assert 'reuni_jobs{state="done"} 1.0' in text
    assert 'reuni_generation_created_timestamp_seconds{compartment="general"}' in text

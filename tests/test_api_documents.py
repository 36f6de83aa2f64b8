"""Documents over the API: what stands around one, its pages, its file, and what became of what was quoted from it."""

from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from search_api.http.app import create_app
from search_api.http.routes.documents import disposition
from search_api.http.settings import HttpSettings
from tests.service_in_memory import H, Held, MemoryService, P, held, page_of, small_collection

OLD = "Le délégant signe chaque avenant dans un délai de trente jours après sa réception."


def client(service: MemoryService) -> TestClient:
    return TestClient(create_app(service, HttpSettings()), base_url="http://localhost")


def convention() -> Held:
    return held(
        "2019/convention.pdf",
        "Convention",
        [page_of(1, (H, "Objet"), (P, "La présente convention organise la gestion.")), page_of(2, (P, OLD))],
        metadata={"service": "SISSE", "family": "f1"},
    )


@pytest.fixture
def service() -> MemoryService:
    attached = held("2019/convention.pdf/annexe.pdf", "Annexe", [page_of(1, (P, "Une annexe."))])
    attached.inside = "2019/convention.pdf"
    near = held("2019/projet.pdf", "Convention (projet)", [page_of(1, (P, OLD))], metadata={"family": "f1"})
    return MemoryService([convention(), attached, near, *small_collection()])


def address(one: Held, tail: str = "") -> str:
    return f"/api/v1/documents/{one.document.id}{tail}"


def changed(service: MemoryService, text: str) -> None:
    service.new_version("2019/convention.pdf", [page_of(1, (H, "Objet"), (P, text))], "b" * 64)


def permalink(service: MemoryService) -> dict[str, str]:
    """The parameters of the link to the sentence on page 2, as it was made at the time."""
    one = service.collection[0]
    passages = client(service).get(address(one, "/passages")).json()["passages"]
    return {name: values[0] for name, values in parse_qs(urlparse(passages[1]["url"]).query).items()}


def test_a_record_says_where_each_field_comes_from_and_what_stands_around(service: MemoryService) -> None:
    changed(service, "La présente convention organise la gestion.")
    record = client(service).get(address(service.collection[0])).json()
    assert record["origins"] == {"title": "page 1", "service": "manifeste", "family": "manifeste"}
    assert [one["version"][0] for one in record["versions"]] == ["b", "a"]
    assert record["attachments"][0]["title"] == "Annexe"
    assert [one["title"] for one in record["family"]] == ["Convention (projet)"]
    assert (record["compartment"], record["generation"], record["parent"]) == ("commun", "7", None)
    attached = client(service).get(address(service.collection[1])).json()
    assert attached["inside"] == attached["parent"]["external_id"] == "2019/convention.pdf"


def test_a_page_of_a_former_version_is_read_by_the_first_digits_of_its_hash(service: MemoryService) -> None:
    changed(service, "Un texte nouveau.")
    api, one = client(service), service.collection[0]
    assert "nouveau" in api.get(address(one, "/pages/1")).json()["text"]
    former = api.get(address(one, "/pages/2?version=aaaaaaaa")).json()
    assert (former["version"], former["text"].strip()) == ("a" * 64, OLD)
    assert api.get(address(one, "/pages/2")).json()["type"] == "urn:reuni:problem:page-not-found"
    assert api.get(address(one, "/pages/1?version=cccccccc")).json()["type"] == "urn:reuni:problem:version-not-found"
    assert api.get(address(one, "/pages/1?version=xyz")).status_code == 422


def test_the_image_of_a_page_is_sized_typed_and_revalidated(service: MemoryService) -> None:
    api, one = client(service), service.collection[0]
    answer = api.get(address(one, "/pages/1/image?width=400"))
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert int.from_bytes(answer.content[16:20]) == 480
    assert answer.headers["cache-control"] == "private, no-cache"
    again = api.get(address(one, "/pages/1/image?width=480"), headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    tags = {api.get(address(one, tail)).headers["etag"] for tail in ("/pages/1/image?width=481", "/pages/2/image")}
    assert answer.headers["etag"] not in tags
    assert api.get(address(one, "/pages/3/image")).json()["type"] == "urn:reuni:problem:page-not-found"
    assert api.get(address(one, "/pages/1/image?width=9000")).status_code == 422


def test_a_format_without_pages_has_no_image_and_says_what_to_do(service: MemoryService) -> None:
    note = next(one for one in service.collection if one.document.external_id.endswith(".docx"))
    answer = client(service).get(address(note, "/pages/1/image"))
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:reuni:problem:no-image")
    assert "fichier d’origine" in answer.json()["remedy"]
    assert client(service).get(address(note, "/pages/1/boxes?words=controle")).json()["placed"][0]["boxes"] == []


def test_boxes_of_a_passage_are_one_a_line_and_follow_its_offsets(service: MemoryService) -> None:
    api, one = client(service), service.collection[0]
    start = OLD.index("signe")
    found = api.get(address(one, f"/pages/2/boxes?spans=2:{start}-{start + 5},1:0-9")).json()
    assert found["size"] == [595.0, 842.0]
    (placed,) = found["placed"]
    assert placed["boxes"] == [[72 + start * 7.5, 72, 72 + (start + 5) * 7.5, 83]]
    whole = api.get(address(one, f"/pages/2/boxes?spans=2:0-{len(OLD)}")).json()["placed"][0]["boxes"]
    assert [box[1] for box in whole] == [72, 86]
    words = api.get(address(one, "/pages/2/boxes?words=DELAI de")).json()["placed"]
    assert [OLD[word["start"] : word["end"]] for word in words] == ["délai de"]
    assert len(api.get(address(one, "/pages/2/boxes")).json()["placed"]) == len(OLD.split())


def test_the_file_comes_as_an_attachment_under_a_name_that_obeys_nobody(service: MemoryService, tmp_path: Path) -> None:
    one = service.collection[0]
    assert client(service).get(address(one, "/original")).json()["type"] == "urn:reuni:problem:no-original"
    one.original = tmp_path / "f"
    one.original.write_bytes(b"<script>alert(1)</script>")
    answer = client(service).get(address(one, "/original"))
    assert answer.content == one.original.read_bytes()
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith('attachment; filename="convention.pdf"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = client(service).get(address(one, "/original"), headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


@given(st.text(max_size=200))
def test_no_path_makes_a_header_or_a_path(path: str) -> None:
    header = disposition(path)
    assert header.startswith('attachment; filename="')
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    name = header.split('"')[1]
    assert name
    assert not set(name) & set('/\\:*?<>|"')
    assert not name.startswith(".")


def test_what_changed_between_two_versions_is_told_word_by_word(service: MemoryService) -> None:
    changed(service, OLD.replace("trente", "quinze"))
    api, one = client(service), service.collection[0]
    found = api.get(address(one, "/differences")).json()
    assert (found["old_version"], found["new_version"]) == ("a" * 64, "b" * 64)
    (inside,) = [p for p in found["paragraphs"] if len(p["pieces"]) > 1]
    assert {piece["change"]: piece["text"] for piece in inside["pieces"] if piece["change"] != "same"} == {
        "removed": "trente",
        "added": "quinze",
    }
    assert (inside["old_page"], inside["new_page"]) == (2, 1)
    backwards = api.get(address(one, "/differences?old=bbbbbbbb&new=aaaaaaaa")).json()
    assert backwards["changed"] == found["changed"]
    whole = api.get(address(one, "/differences?whole=true")).json()
    assert len(whole["paragraphs"]) >= len(found["paragraphs"])


def test_a_near_duplicate_is_compared_with_its_family(service: MemoryService) -> None:
    api, one = client(service), service.collection[0]
    other = service.collection[2].document.id
    found = api.get(address(one, f"/differences?with={other}")).json()
    assert (found["old_document"], found["new_document"]) == (other, one.document.id)
    assert found["changed"] == 2
    assert api.get(address(one, "/differences")).json()["type"] == "urn:reuni:problem:no-former-version"


@pytest.mark.parametrize(
    ("text", "fate", "shown"),
    [
        ("Préambule. " + OLD, "moved", OLD),
        (OLD.replace("trente", "quinze"), "changed", "quinze"),
        ("Tout autre chose est écrit ici désormais.", "gone", ""),
    ],
)
def test_a_permalink_says_what_became_of_its_passage(service: MemoryService, text: str, fate: str, shown: str) -> None:
    link = permalink(service)
    api, one = client(service), service.collection[0]
    assert api.get(address(one, "/anchor"), params=link).json()["fate"] == "same"
    changed(service, text)
    now = api.get(address(one, "/anchor"), params=link).json()
    assert now["fate"] == fate
    assert shown in now["text"]
    assert (now["url"] is None) == (fate == "gone")
    if now["url"]:
        renewed = {name: values[0] for name, values in parse_qs(urlparse(now["url"]).query).items()}
        assert api.get(address(one, "/anchor"), params=renewed).json()["fate"] == "same"


def test_a_document_that_was_withdrawn_is_said_to_be(service: MemoryService) -> None:
    one = service.collection[0]
    one.withdrawn = "2026-48"
    for tail in ("", "/pages/1", "/pages/1/image", "/pages/1/boxes", "/passages", "/original", "/anchor", "/similar"):
        answer = client(service).get(address(one, tail))
        assert (answer.status_code, answer.json()["type"]) == (410, "urn:reuni:problem:withdrawn"), tail
        assert "2026-48" in answer.json()["detail"]
    page = client(service).get(f"/documents/{one.document.id}", headers={"accept": "text/html"})
    assert page.status_code == 410
    assert "a été retiré du fonds par le versement" in page.text


def test_similar_documents_leave_out_the_document_and_its_versions(service: MemoryService) -> None:
    found = client(service).get(address(service.collection[0], "/similar?k=3")).json()
    titles = [hit["document"]["title"] for hit in found]
    assert titles
    assert not {"Convention", "Convention (projet)"} & set(titles)

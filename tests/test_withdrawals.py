"""What is withdrawn leaves the disk: looked for byte by byte in every file of the data directory."""

import hashlib
import zlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.catalogue import Catalogue
from corpus.extraction.ocr import OcrReading, OcrWord
from corpus.extraction.ocr_cache import ReadingStore
from indexer.compartment import Compartment
from indexer.embedding_cache import EmbeddingCache
from search_api.engine.answer import SearchRequest
from tests.collection import engine, index, indexing, write_files
from tests.encoders import FakeEncoder
from tests.test_drops_archives import Reading, zipped

MARK = "zéphyrine"
KEPT = {f"note-{n}.txt": f"Note {n}\n\nLe dossier {n} traite de la norme {n % 3}." for n in range(8)}
SECRET = f"Affaire {MARK}\n\nL’affaire {MARK} concerne la société Quasar (SIREN 732 829 320)."


def holding(data: Path, mark: str = MARK) -> list[str]:
    """Files in which a word stands in any form it is written in: as it is, folded, stemmed, or in a packed page."""
    wanted = [form.encode() for form in (mark, mark.capitalize(), "zephyrine", "zephyrin")]
    found = []
    for path in sorted(p for p in data.rglob("*") if p.is_file()):
        content = path.read_bytes()
        if any(form in content for form in wanted) or any(form in page for form in wanted for page in packed(content)):
            found.append(path.relative_to(data).as_posix())
    return found


def packed(content: bytes) -> list[bytes]:
    """What zlib had packed somewhere in a file."""
    found = []
    place = content.find(b"\x78\x9c")
    while place >= 0:
        with suppress(zlib.error):
            found.append(zlib.decompressobj().decompress(content[place:]))
        place = content.find(b"\x78\x9c", place + 1)
    return found


@pytest.fixture
def held(data: Path, fake: FakeEncoder, tmp_path: Path) -> Path:
    """A data directory that holds the secret in two versions, of which a second generation was published."""
    index(data, fake, write_files(tmp_path / "one", KEPT | {"secret.txt": SECRET}), name="un")
    second = {"secret.txt": f"{SECRET} Suite.", "neuf.txt": "Un avis."}
    index(data, fake, write_files(tmp_path / "two", second), name="deux")
    return data


def test_the_test_sees_what_it_looks_for(held: Path) -> None:
    found = "\n".join(holding(held))
    for name in ("catalogue.sqlite", "originals/", "generations/00000001/passages", "generations/00000002/passages"):
        assert name in found


def test_after_a_withdrawal_nothing_of_it_is_on_the_disk(held: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    readings = ReadingStore(Compartment(held, "general").readings)
    for text, word in ((f"{SECRET} Suite.", SECRET), (KEPT["note-1.txt"], "gardé")):
        reading = OcrReading("0" * 64, words=(OcrWord(word, (0.0, 0.0, 1.0, 1.0), 1.0, 0),))
        readings.add(hashlib.sha256(text.encode()).hexdigest(), reading)
    assert any("ocr/" in name for name in holding(held))
    index(held, fake, write_files(tmp_path / "three", KEPT), name="trois", mode="full")
    assert holding(held) == []
    assert len(list(Compartment(held, "general").readings.rglob("*.jsonl"))) == 1
    asked = engine(held, fake)
    assert asked.suggest("zéph") == () and asked.search(SearchRequest(query="norme")).hits


def test_its_vectors_leave_the_cache(held: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    index(held, fake, write_files(tmp_path / "three", KEPT), name="trois", mode="full")
    place = Compartment(held, "general")
    assert len(EmbeddingCache(place.embeddings, fake.identity)) == len(KEPT)
    segments = {path.name for path in held.rglob("segment-*")}
    assert segments == set(place.open().manifest.segments)


def test_an_archive_that_brought_it_leaves_with_it(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    members = {"secret.txt": SECRET.encode(), "note.txt": KEPT["note-1.txt"].encode()}
    reading = Reading(tmp_path / "unpacked")
    todo = replace(indexing(data, fake), read=reading, unpack_dir=reading.folder)
    (tmp_path / "envoi.zip").write_bytes(zipped(members))
    todo.drop(tmp_path / "envoi.zip", name="un")
    assert any("originals/" in name for name in holding(data))
    (tmp_path / "envoi.zip").write_bytes(zipped({"note.txt": members["note.txt"]}))
    todo.drop(tmp_path / "envoi.zip", name="deux", mode="full")
    assert holding(data) == []
    assert Compartment(data, "general").open().manifest.documents == 1


def test_what_another_document_says_too_stays(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    index(data, fake, write_files(tmp_path / "un", {"a.txt": SECRET, "b.txt": "Autre texte."}), name="un")
    index(data, fake, write_files(tmp_path / "deux", {"b.txt": SECRET}), name="deux")
    index(data, fake, write_files(tmp_path / "trois", {"b.txt": SECRET}), name="trois", mode="full")
    (hit,) = engine(data, fake).search(SearchRequest(query=MARK)).hits
    assert hit.document.external_id == "b.txt"
    with Catalogue.open(Compartment(data, "general").catalogue, read_only=True) as catalogue:
        assert catalogue.versions.pages(hit.document.version)
    originals = [p for p in (data / "compartments" / "general" / "originals").rglob("*") if p.is_file()]
    assert any(MARK in p.read_text("utf-8") for p in originals)


def test_a_reader_keeps_the_former_generation_until_it_lets_go(
    held: Path, fake: FakeEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.withdrawal._PATIENCE", 0.0)
    reading = Compartment(held, "general").open(fake.identity)
    index(held, fake, write_files(tmp_path / "three", KEPT), name="trois", mode="full")
    assert any("generations/00000002" in name for name in holding(held))
    reading.close()
    index(held, fake, tmp_path / "three", name="quatre", mode="full")
    assert holding(held) == []


def test_a_withdrawn_document_that_comes_back_is_read_again(held: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    index(held, fake, write_files(tmp_path / "three", KEPT), name="trois", mode="full")
    index(held, fake, write_files(tmp_path / "four", {"secret.txt": SECRET}), name="quatre")
    assert engine(held, fake).search(SearchRequest(query=MARK)).hits[0].document.external_id == "secret.txt"

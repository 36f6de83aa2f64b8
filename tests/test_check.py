"""``check`` finds what is wrong, says it in French with a remedy, and changes nothing."""

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from indexer.check import check
from indexer.compartment import Compartment
from indexer.dense import FILE as DENSE
from indexer.dense import write_dense
from indexer.generation import MANIFEST, Manifest, file_entries, read_manifest, write_manifest
from search_api import cli
from search_api.commands.workbench import Workbench
from tests.collection import index, indexing, write_files
from tests.encoders import FakeEncoder

TEXTS = {
    f"note-{n}.txt": f"Note {n}\n\nLe dossier numéro {n} traite de {word}."
    for n, word in enumerate(("douane", "photonique", "brevet", "norme", "satellite", "acier"))
}


@pytest.fixture
def built(data: Path, fake: FakeEncoder, tmp_path: Path) -> Compartment:
    index(data, fake, write_files(tmp_path / "lot", TEXTS))
    return Compartment(data, "general")


def current(compartment: Compartment) -> Path:
    return compartment.generations / str(compartment.current_id())


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()
    path.write_bytes(content)


def messages(data: Path, encoder: FakeEncoder) -> str:
    faults = check(data, encoder).faults
    assert all(fault.remedy for fault in faults)
    return " | ".join(fault.message for fault in faults)


def test_what_is_whole_has_no_fault_and_everything_was_looked_at(
    built: Compartment, data: Path, fake: FakeEncoder
) -> None:
    found = check(data, fake)
    assert found.faults == []
    assert (found.compartments, found.generations, found.segments) == (1, 1, 1)
    assert found.passages == found.sampled == found.originals == len(TEXTS)


def test_checking_changes_no_file(built: Compartment, data: Path, fake: FakeEncoder) -> None:
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*") if path.is_file()}
    check(data, fake)
    after = {path: path.stat().st_mtime_ns for path in data.rglob("*") if path.is_file()}
    assert {p: t for p, t in after.items() if not p.name.startswith("catalogue.sqlite-")} == before


@pytest.mark.parametrize("name", [DENSE, MANIFEST, "passages.sqlite", "tokens/rows.npy"])
def test_a_changed_byte_of_a_generation_is_found(built: Compartment, data: Path, fake: FakeEncoder, name: str) -> None:
    flip(current(built) / name)
    assert name.rsplit("/", maxsplit=1)[-1] in messages(data, fake)


def test_a_changed_byte_of_the_cache_is_found(built: Compartment, data: Path, fake: FakeEncoder) -> None:
    (segment,) = built.embeddings.glob("*/segment-*")
    flip(segment)
    assert segment.name in messages(data, fake)


def test_a_lost_and_a_changed_original_are_named(built: Compartment, data: Path, fake: FakeEncoder) -> None:
    first, second, *_ = sorted(built.originals.glob("*/*"))
    first.unlink()
    flip(second)
    found = messages(data, fake)
    assert "absent" in found and "endommagé" in found and found.count(".txt") == 2


def test_an_index_behind_its_catalogue_is_found(built: Compartment, data: Path, fake: FakeEncoder) -> None:
    with sqlite3.connect(built.catalogue) as db:
        db.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
    assert "en retard sur le catalogue" in messages(data, fake)


def test_a_catalogue_with_fewer_passages_than_the_index_is_found(
    built: Compartment, data: Path, fake: FakeEncoder
) -> None:
    with sqlite3.connect(built.catalogue) as db:
        db.execute("DELETE FROM passage WHERE document_id = (SELECT MIN(document_id) FROM passage)")
    assert f"l’index {len(TEXTS)}" in messages(data, fake)


def test_vectors_that_belong_to_other_passages_are_found(built: Compartment, data: Path, fake: FakeEncoder) -> None:
    generation = built.open()
    vectors = generation.dense.vectors(np.arange(len(TEXTS)))
    manifest = generation.manifest
    generation.close()
    folder = current(built)
    write_dense(folder / DENSE, vectors[::-1].copy())
    fields = {name: getattr(manifest, name) for name in Manifest.__dataclass_fields__}
    (folder / MANIFEST).unlink()
    write_manifest(folder, Manifest(**fields | {"files": file_entries(folder, {})}))
    assert "ne se retrouve pas lui-même" in messages(data, fake)


def test_a_damaged_catalogue_is_found(built: Compartment, data: Path, fake: FakeEncoder) -> None:
    content = bytearray(built.catalogue.read_bytes())
    content[100:2000] = bytes(1900)
    built.catalogue.write_bytes(content)
    assert "catalogue" in messages(data, fake)


def test_the_remedy_for_a_damaged_generation_and_cache_works(built: Compartment, data: Path, fake: FakeEncoder) -> None:
    (segment,) = built.embeddings.glob("*/segment-*")
    content = bytearray(segment.read_bytes())
    content[-1] ^= 1
    with segment.open("r+b") as write:
        write.write(content)  # the generation's link is the same file
    assert check(data, fake).faults
    indexing(data, fake).rebuild()
    faults = check(data, fake).faults
    assert read_manifest(current(built)).id == "00000002"
    # The damaged generation stays to be told, until the next one takes its place as the previous.
    assert all("00000001" in fault.message for fault in faults)


def test_the_command_exits_with_1_and_lists_the_faults(
    built: Compartment,
    data: Path,
    fake: FakeEncoder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Workbench, "encoder", lambda self: fake)
    assert cli.run(["--data", str(data), "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    flip(current(built) / DENSE)
    assert cli.run(["--data", str(data), "check", "--json"]) == 1
    (found, *_) = json.loads(capsys.readouterr().out)["faults"]
    assert DENSE in found["message"] and "reuni index --rebuild" in found["remedy"]
    assert cli.run(["--data", str(data), "check"]) == 1
    assert "reuni index --rebuild" in capsys.readouterr().out

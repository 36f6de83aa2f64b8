"""What becomes of the files of a drop: one state each, whatever happens."""

import json
import os
from pathlib import Path

import pytest

from corpus.catalogue import Catalogue
from corpus.errors import CatalogueError, InputError
from corpus.states import FileState
from eval.bench.indexing_here import read_here
from indexer.compartment import Compartment
from tests.collection import index, write_files
from tests.encoders import FakeEncoder

NOTE = "Note\n\nLe contrôle des investissements étrangers relève du ministre."
REPORT = "Rapport\n\nLa filière photonique dépend d’un fournisseur unique."


def states(report: object) -> dict[str, FileState]:
    return {record.path: record.state for record in report.records}  # type: ignore[attr-defined]


def test_each_file_ends_in_one_state_and_the_counts_add_up(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    folder = write_files(
        tmp_path / "lot",
        {"note.txt": NOTE, "copie/note.txt": NOTE, "rapport.txt": REPORT, "vide.txt": "", "brut.bin": "\x00\x01\x02"},
    )
    (folder / "lien.txt").symlink_to("/etc/passwd")
    report = index(data, fake, folder).report
    assert report.files == 6 == sum(report.counts.values())
    found = states(report)
    assert found["copie/note.txt"] is FileState.NEW
    assert found["note.txt"] is FileState.DUPLICATE
    assert found["rapport.txt"] is FileState.NEW
    assert found["lien.txt"] is FileState.QUARANTINED
    assert {found["vide.txt"], found["brut.bin"]} <= {FileState.UNSUPPORTED, FileState.QUARANTINED}
    for record in report.records:
        if record.state in {FileState.QUARANTINED, FileState.UNSUPPORTED}:
            assert record.reason and record.remedy


def test_replaying_a_drop_changes_nothing(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "lot", {"a.txt": NOTE, "b.txt": REPORT})
    first = index(data, fake, folder)
    encoded = fake.encoded_texts
    again = index(data, fake, folder)
    assert again.report.counts[FileState.UNCHANGED] == 2
    assert fake.encoded_texts == encoded
    assert again.published.passages == first.published.passages


def test_a_duplicate_stays_one_when_the_drop_is_replayed(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "lot", {"a.txt": NOTE, "b.txt": NOTE})
    assert states(index(data, fake, folder).report) == {"a.txt": FileState.NEW, "b.txt": FileState.DUPLICATE}
    again = states(index(data, fake, folder).report)
    assert again == {"a.txt": FileState.UNCHANGED, "b.txt": FileState.DUPLICATE}


def test_a_new_version_keeps_the_document_id(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "lot", {"a.txt": NOTE})
    first = index(data, fake, folder).report.records[0]
    write_files(folder, {"a.txt": NOTE + " Le délai est de trente jours."})
    second = index(data, fake, folder).report.records[0]
    assert second.state is FileState.CHANGED
    assert second.document_id == first.document_id
    assert second.sha256 != first.sha256


def test_a_moved_file_is_the_same_document(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    first = index(data, fake, write_files(tmp_path / "un", {"avant/a.txt": NOTE})).report.records[0]
    moved = index(data, fake, write_files(tmp_path / "deux", {"apres/a.txt": NOTE})).report.records[0]
    assert moved.state is FileState.MOVED
    assert moved.document_id == first.document_id
    with Catalogue.open(Compartment(data, "general").catalogue, read_only=True) as catalogue:
        assert [document.external_id for document in catalogue.documents()] == ["apres/a.txt"]


def test_a_full_drop_withdraws_what_it_does_not_hold(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "lot", {"a.txt": NOTE, "b.txt": REPORT})
    index(data, fake, folder)
    (folder / "b.txt").unlink()
    done = index(data, fake, folder, mode="full")
    assert done.report.withdrawn == 1
    assert done.published.documents == 1
    assert "photonique" not in _every_text_of(data)


def _every_text_of(data: Path) -> str:
    with Catalogue.open(Compartment(data, "general").catalogue, read_only=True) as catalogue:
        return " ".join(passage.text for passage in catalogue.passages())


def test_a_withdrawn_document_may_come_back(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "lot", {"a.txt": NOTE, "b.txt": REPORT})
    first = states(index(data, fake, folder).report)
    (folder / "b.txt").unlink()
    index(data, fake, folder, mode="full")
    write_files(folder, {"b.txt": REPORT})
    back = index(data, fake, folder)
    assert first.keys() == states(back.report).keys()
    assert states(back.report)["b.txt"] is FileState.NEW
    assert "photonique" in _every_text_of(data)


def test_a_changed_file_that_cannot_be_read_leaves_the_former_version_in_place(
    data: Path, fake: FakeEncoder, tmp_path: Path
) -> None:
    folder = write_files(tmp_path / "lot", {"a.txt": NOTE})
    index(data, fake, folder)
    write_files(folder, {"a.txt": ""})
    done = index(data, fake, folder)
    assert done.report.records[0].state not in {FileState.NEW, FileState.CHANGED, FileState.UNCHANGED}
    assert done.published.documents == 1


def test_names_that_are_not_utf8_or_hold_dots_stay_names(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    folder = tmp_path / "lot"
    folder.mkdir()
    for name in (b"d\xe9lai.txt", b"..\\..\\x.txt", "nom\u202etxt.exe".encode(), "e\u0301.txt".encode()):
        (Path(os.fsdecode(os.fsencode(folder) + b"/" + name))).write_text(NOTE + name.hex(), encoding="utf-8")
    report = index(data, fake, folder).report
    assert report.files == 4
    assert "d\\xe9lai.txt" in states(report)
    assert len({record.document_id for record in report.records if record.document_id}) >= 3


def test_a_beir_corpus_keeps_its_ids_and_its_twins(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    lines = [{"_id": "d1", "title": "Un", "text": NOTE}, {"_id": "d2", "title": "Un", "text": NOTE}]
    corpus.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    done = index(data, fake, corpus)
    assert done.published.documents == 2
    assert set(states(done.report)) == {"d1", "d2"}


@pytest.mark.parametrize("line", ["{", "[]", '{"text": "sans identifiant"}', '{"_id": "a", "text": 3}'])
def test_a_bad_line_of_a_corpus_is_named(data: Path, fake: FakeEncoder, tmp_path: Path, line: str) -> None:
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text('{"_id": "bon", "text": "texte"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="ligne 2"):
        index(data, fake, corpus)


def test_a_missing_folder_is_a_clear_error(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="n’existe pas"):
        index(data, fake, tmp_path / "absent")


def test_a_drop_cut_off_goes_on_where_it_stopped(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "lot", {f"{n}.txt": f"{NOTE} Pièce {n}." for n in range(6)})

    class CutError(Exception):
        pass

    from tests import collection

    asked: list[str] = []

    def cut_after_three(items):  # type: ignore[no-untyped-def]
        for count, (key, outcome) in enumerate(read_here(items)):
            if count == 3:
                raise CutError
            asked.append(key)
            yield key, outcome

    from dataclasses import replace

    with pytest.raises(CutError):
        replace(collection.indexing(data, fake), read=cut_after_three).drop(folder)
    read_again: list[str] = []

    def counted(items):  # type: ignore[no-untyped-def]
        for key, outcome in read_here(items):
            read_again.append(key)
            yield key, outcome

    done = replace(collection.indexing(data, fake), read=counted).drop(folder)
    assert done.report.files == 6 == done.report.counts[FileState.NEW]
    assert len(read_again) == 3 and not set(read_again) & set(asked)


def texts(data: Path) -> dict[str, str]:
    with Catalogue.open(Compartment(data, "general").catalogue, read_only=True) as catalogue:
        said = {document.id: "" for document in catalogue.documents()}
        for passage in catalogue.passages():
            said[passage.document_id] += passage.text
        return {place: text for key, text in said.items() for place in catalogue.places(key)}


def test_a_copy_keeps_its_text_when_the_original_changes(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "lot", {"note.txt": NOTE, "copie/note.txt": NOTE, "copie/b.txt": NOTE})
    index(data, fake, folder)
    for path in ("copie/note.txt", "note.txt"):
        write_files(folder, {path: f"{REPORT} Version de {path}."})
        report = index(data, fake, folder).report
        assert states(report)[path] is FileState.CHANGED
        assert report.withdrawn == 0
        found = texts(data)
        assert "photonique" in found[path]
        assert "investissements" in found["copie/b.txt"]
    assert len(texts(data)) == 3


def test_an_old_version_filed_away_in_the_same_drop_is_not_lost(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "lot", {"note.txt": NOTE})
    first = index(data, fake, folder).report.records[0]
    write_files(folder, {"note.txt": REPORT, "archive/note-ancienne.txt": NOTE})
    report = index(data, fake, folder).report
    assert states(report) == {"archive/note-ancienne.txt": FileState.MOVED, "note.txt": FileState.CHANGED}
    by_path = {record.path: record.document_id for record in report.records}
    assert by_path["note.txt"] == first.document_id != by_path["archive/note-ancienne.txt"]
    found = texts(data)
    assert "photonique" in found["note.txt"] and "investissements" in found["archive/note-ancienne.txt"]


def test_two_files_that_swap_their_contents_lose_nothing(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "lot", {"a.txt": NOTE, "b.txt": REPORT})
    index(data, fake, folder)
    write_files(folder, {"a.txt": REPORT, "b.txt": NOTE})
    done = index(data, fake, folder)
    assert done.report.withdrawn == 0 and done.published.documents == 2
    found = texts(data)
    assert "photonique" in found["a.txt"] and "investissements" in found["b.txt"]


def test_a_name_used_again_after_a_move_is_another_document(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    index(data, fake, write_files(tmp_path / "un", {"avant.txt": NOTE}))
    index(data, fake, write_files(tmp_path / "deux", {"apres.txt": NOTE}))
    index(data, fake, write_files(tmp_path / "trois", {"avant.txt": REPORT}))
    found = texts(data)
    assert "photonique" in found["avant.txt"] and "investissements" in found["apres.txt"]


def test_a_content_read_by_an_older_extractor_is_read_again(
    data: Path, fake: FakeEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indexer import ingest

    folder = write_files(tmp_path / "lot", {"a.txt": NOTE})
    monkeypatch.setattr(ingest, "EXTRACTOR", "ancien")
    index(data, fake, folder)
    monkeypatch.undo()
    report = index(data, fake, folder).report
    assert states(report) == {"a.txt": FileState.UNCHANGED}
    with Catalogue.open(Compartment(data, "general").catalogue, read_only=True) as catalogue:
        version = catalogue.versions.get(report.records[0].sha256)
        assert version is not None and version.extractor == ingest.EXTRACTOR


def test_a_catalogue_of_the_first_format_is_brought_up_to_date(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    import sqlite3

    folder = write_files(tmp_path / "lot", {"a.txt": NOTE})
    index(data, fake, folder)
    path = Compartment(data, "general").catalogue
    with sqlite3.connect(path) as old:
        for table in ("described", "signature", "band", "near"):
            old.execute(f"DROP TABLE {table}")
        for table, column in (
            ("drop_run", "warnings"),
            ("file", "parent"),
            ("file", "depth"),
            ("document", "origins"),
        ):
            old.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        old.execute("UPDATE meta SET value = '1' WHERE key = 'format'")
    old.close()
    with pytest.raises(CatalogueError, match="--rebuild"):
        Catalogue.open(path, read_only=True)
    assert index(data, fake, folder).report.counts[FileState.UNCHANGED] == 1
    assert index(data, fake, write_files(folder, {"b.txt": REPORT})).report.counts[FileState.NEW] == 1

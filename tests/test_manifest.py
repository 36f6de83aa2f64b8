"""The manifest of a drop: it describes files, wins over what they say, and its faults are named."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.catalogue import Catalogue
from corpus.document import Document
from corpus.errors import InputError
from corpus.manifest import read_manifest
from corpus.states import FileState
from indexer.compartment import Compartment
from tests.collection import index, write_files
from tests.encoders import FakeEncoder

NOTE = "# Titre du texte\n\nParis, le 3 mars 2020\n\nLe contrôle des investissements étrangers relève du ministre."
CSV = (
    "fichier;titre;date;type;service;mots-clés;cote\nnote.md;Le bon titre;18/07/2019;Compte-rendu;SISSE;ief, zrr;B12\n"
)


def documents(data: Path) -> dict[str, Document]:
    with Catalogue.open(Compartment(data, "general").catalogue, read_only=True) as catalogue:
        return {document.external_id: document for document in catalogue.documents()}


def origins(data: Path, path: str) -> dict[str, str]:
    with Catalogue.open(Compartment(data, "general").catalogue, read_only=True) as catalogue:
        return catalogue.origins(catalogue.document_at(path) or "")


def test_the_manifest_wins_over_the_file_and_is_not_a_document(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "lot", {"note.md": NOTE, "autre.md": NOTE + " Et la suite.", "manifest.csv": CSV})
    report = index(data, fake, folder).report
    assert report.files == 2 and report.warnings == ()
    found = documents(data)
    assert set(found) == {"note.md", "autre.md"}
    note = found["note.md"]
    assert (note.title, note.date, note.kind) == ("Le bon titre", "2019-07-18", "compte_rendu")
    assert note.metadata["service"] == "SISSE"
    assert note.metadata["cote"] == "B12"
    assert note.metadata["keywords"] == "ief, zrr"
    assert (found["autre.md"].title, found["autre.md"].date) == ("Titre du texte", "2020-03-03")
    assert origins(data, "note.md")["date"] == "manifeste"
    assert origins(data, "autre.md")["date"] == "page 1"


def test_json_lines_say_the_same(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    line = {"path": "note.md", "title": "Titre", "date": "2019-07", "keywords": ["a", "b"], "cote": 12, "langue": None}
    folder = write_files(tmp_path / "lot", {"note.md": NOTE, "manifest.jsonl": json.dumps(line) + "\n\n"})
    index(data, fake, folder)
    note = documents(data)["note.md"]
    assert (note.title, note.date) == ("Titre", "2019-07")
    assert (note.metadata["keywords"], note.metadata["cote"]) == ("a, b", "12")
    assert "language" not in note.metadata


def test_a_new_manifest_changes_what_is_said_of_an_unchanged_file(
    data: Path, fake: FakeEncoder, tmp_path: Path
) -> None:
    folder = write_files(tmp_path / "lot", {"note.md": NOTE, "autre.md": NOTE + " Et la suite.", "manifest.csv": CSV})
    index(data, fake, folder)
    assert index(data, fake, folder).report.counts[FileState.UNCHANGED] == 2
    write_files(folder, {"manifest.csv": CSV.replace("SISSE", "DGE")})
    report = index(data, fake, folder).report
    assert {r.path: r.state for r in report.records} == {"note.md": FileState.CHANGED, "autre.md": FileState.UNCHANGED}
    assert documents(data)["note.md"].metadata["service"] == "DGE"
    (folder / "manifest.csv").unlink()
    write_files(folder, {"note.md": NOTE + " Suite."})
    index(data, fake, folder)
    assert documents(data)["note.md"].title == "Le bon titre"


def test_a_line_without_its_file_is_a_warning(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "lot", {"note.md": NOTE, "manifest.csv": CSV + "absent.md;Rien;;;;;\n"})
    report = index(data, fake, folder).report
    assert report.files == 1
    (warning,) = report.warnings
    assert "absent.md" in warning


def test_names_match_whatever_composes_their_accents(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "dossier/été.md")
    manifest = "fichier,titre\n" + unicodedata.normalize("NFC", "dossier\\été.md") + ",Été\n"
    folder = write_files(tmp_path / "lot", {decomposed: NOTE, "manifest.csv": manifest})
    report = index(data, fake, folder).report
    assert report.warnings == ()
    assert documents(data)[decomposed].title == "Été"


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        ("manifest.csv", "titre;date\nx;2020\n", "ligne 1 : aucune colonne"),
        ("manifest.csv", "fichier;date\nnote.md;hier\n", "ligne 2, colonne « date »"),
        ("manifest.csv", "fichier;date\nnote.md;31/02/2020\n", "ligne 2, colonne « date »"),
        ("manifest.csv", "fichier;date\n\nnote.md;2020\nnote.md;2021\n", "ligne 4, colonne « path »"),
        ("manifest.csv", "fichier;titre\n;Sans nom\n", "ligne 2, colonne « path »"),
        ("manifest.csv", "fichier;titre\nnote.md;x;y\n", "ligne 2, colonne « 3 »"),
        ("manifest.csv", "fichier;titre;title\nnote.md;x;y\n", "ligne 1, colonne « title »"),
        ("manifest.csv", "fichier;family\nnote.md;x\n", "ligne 2, colonne « family »"),
        ("manifest.csv", "fichier;compartiment\nnote.md;secret\n", "ligne 2, colonne « compartiment »"),
        ("manifest.csv", 'fichier;titre\nnote.md;"x\n', "ce n’est pas du CSV"),
        ("manifest.csv", "", "est vide"),
        ("manifest.jsonl", '{"path": "note.md"}\n{', "ligne 2, colonne « 2 »"),
        ("manifest.jsonl", '{"path": "note.md", "title": {}}', "ligne 1, colonne « title »"),
        ("manifest.jsonl", "[]", "ligne 1"),
    ],
)
def test_a_fault_is_named_before_anything_is_indexed(
    data: Path, fake: FakeEncoder, tmp_path: Path, name: str, content: str, where: str
) -> None:
    folder = write_files(tmp_path / "lot", {"note.md": NOTE, name: content})
    with pytest.raises(InputError) as raised:
        index(data, fake, folder)
    assert where in str(raised.value) and raised.value.remedy
    assert not Compartment(data, "general").catalogue.exists()


def test_two_manifests_are_one_too_many(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    files = {"note.md": NOTE, "manifest.csv": CSV, "manifest.jsonl": ""}
    with pytest.raises(InputError, match="deux manifestes"):
        index(data, fake, write_files(tmp_path / "lot", files))


def test_the_right_compartment_may_be_named(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    files = {"note.md": NOTE, "manifest.csv": "fichier;compartiment\nnote.md;general\n"}
    index(data, fake, write_files(tmp_path / "lot", files))
    assert "compartment" not in documents(data)["note.md"].metadata


def test_a_windows_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    path.write_bytes("Fichier;Intitulé;Référence\r\nnote.md;Été d’étude;n° 4\r\n".encode("cp1252"))
    assert read_manifest(path, "manifest.csv", "general").files == {
        "note.md": {"title": "Été d’étude", "reference": "n° 4"}
    }


@given(content=st.binary(max_size=300), name=st.sampled_from(["manifest.csv", "manifest.jsonl"]))
def test_any_bytes_are_read_or_refused_with_a_remedy(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    path = tmp_path_factory.mktemp("manifestes") / name
    path.write_bytes(content)
    try:
        read = read_manifest(path, name, "general")
    except InputError as error:
        assert name in error.message and error.remedy
    else:
        assert all(file and "compartment" not in said for file, said in read.files.items())


@given(values=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20), min_size=1, max_size=4))
def test_what_a_csv_writer_writes_is_read_back(tmp_path_factory: pytest.TempPathFactory, values: list[str]) -> None:
    import csv

    path = tmp_path_factory.mktemp("manifestes") / "manifest.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["fichier", *[f"champ {n}" for n in range(len(values))]])
        writer.writerow(["a.md", *values])
    said = read_manifest(path, "manifest.csv", "general").files["a.md"]
    wanted = {f"champ {n}": unicodedata.normalize("NFC", " ".join(value.split())) for n, value in enumerate(values)}
    assert said == {field: value for field, value in wanted.items() if value}

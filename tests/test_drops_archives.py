"""Archives and messages in a drop: every file inside is counted once, however often the drop is replayed."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from corpus.catalogue import Catalogue
from corpus.errors import InputError
from corpus.extraction.dispatch import extract
from corpus.extraction.extracted import Extracted, ExtractionFailure
from corpus.extraction.options import ExtractionOptions
from corpus.states import DropReport, FileState
from indexer.compartment import Compartment
from indexer.indexing import Indexing
from tests.collection import indexing
from tests.encoders import FakeEncoder

NOTE = "Note\n\nLe contrôle des investissements étrangers relève du ministre."
REPORT = "Rapport\n\nLa filière photonique dépend d’un fournisseur unique."
Item = tuple[str, Path, str]
Read = tuple[str, Extracted | ExtractionFailure]


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return packed.getvalue()


def mail(attachments: dict[str, bytes]) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Envoi des pièces"
    message["From"] = "c.martin@example.gouv.fr"
    message["Date"] = "Mon, 04 Mar 2024 10:00:00 +0100"
    message.set_content("Bonjour,\n\nVoici les pièces demandées.\n")
    for name, content in attachments.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def nested(depth: int, innermost: bytes) -> bytes:
    for level in range(depth):
        innermost = zipped({f"niveau-{level}.zip" if level else "note.txt": innermost})
    return innermost


class Reading:
    """Reads in this process, with a folder to unpack into; counts what it read, and stops where it is told."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.read: list[str] = []
        self.stop_after = -1

    def __call__(self, items: Iterable[Item]) -> Iterator[Read]:
        for key, path, name in items:
            if len(self.read) == self.stop_after:
                raise InterruptedError
            self.read.append(name)
            unpack = self.folder / str(len(self.read))
            unpack.mkdir(exist_ok=True)
            try:
                yield key, extract(path, name, ExtractionOptions(unpack_dir=unpack))
            except ExtractionFailure as failure:
                yield key, failure


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    return Reading(tmp_path / "unpacked")


@pytest.fixture
def bench(data: Path, fake: FakeEncoder, reading: Reading) -> Indexing:
    return replace(indexing(data, fake), read=reading, unpack_dir=reading.folder)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "lot"
    folder.mkdir()
    inner = zipped({"dedans.txt": REPORT.encode(), "note.txt": NOTE.encode()})
    message = mail({"piece.txt": b"Piece\n\nLe calendrier du comite est fixe.", "brut.bin": b"\0\1\2"})
    (folder / "tout.zip").write_bytes(zipped({"interieur.zip": inner, "envoi.eml": message, "note.txt": NOTE.encode()}))
    (folder / "seul.txt").write_text("Seul\n\nUn document hors de toute archive.", encoding="utf-8")
    return folder


EXPECTED = {
    "seul.txt": FileState.NEW,
    "tout.zip": FileState.UNPACKED,
    "tout.zip/envoi.eml": FileState.NEW,
    "tout.zip/envoi.eml/brut.bin": FileState.UNSUPPORTED,
    "tout.zip/envoi.eml/piece.txt": FileState.NEW,
    "tout.zip/interieur.zip": FileState.UNPACKED,
    "tout.zip/interieur.zip/dedans.txt": FileState.NEW,
    "tout.zip/interieur.zip/note.txt": FileState.DUPLICATE,
    "tout.zip/note.txt": FileState.NEW,
}


def states(report: DropReport) -> dict[str, FileState]:
    assert report.files == len(report.records) == sum(report.counts.values())
    return {record.path: record.state for record in report.records}


def texts(data: Path) -> dict[str, str]:
    with Catalogue.open(Compartment(data, "general").catalogue, read_only=True) as catalogue:
        names = {document.id: document.external_id for document in catalogue.documents()}
        found = dict.fromkeys(names.values(), "")
        for passage in catalogue.passages():
            found[names[passage.document_id]] += passage.text
        return found


def test_what_stands_inside_is_counted_and_archives_are_no_documents(bench: Indexing, drop: Path, data: Path) -> None:
    done = bench.drop(drop)
    assert states(done.report) == EXPECTED
    assert set(texts(data)) == {path for path, state in EXPECTED.items() if state is FileState.NEW}
    assert done.published.documents == 5
    with Catalogue.open(Compartment(data, "general").catalogue, read_only=True) as catalogue:
        parents = {document.external_id: document.metadata.get("parent") for document in catalogue.documents()}
    assert parents["tout.zip/envoi.eml/piece.txt"] == "tout.zip/envoi.eml"
    assert parents["seul.txt"] is None


def test_replaying_the_drop_twice_reads_nothing_again(bench: Indexing, drop: Path, reading: Reading) -> None:
    first = states(bench.drop(drop).report)
    read = list(reading.read)
    for _ in range(2):
        again = states(bench.drop(drop).report)
        assert again.keys() == first.keys()
        for path, state in first.items():
            assert again[path] is (FileState.UNCHANGED if state is FileState.NEW else state), path
    assert reading.read == read


@pytest.mark.parametrize("cut", range(1, 7))
def test_cut_anywhere_the_drop_ends_with_the_same_counts(
    bench: Indexing, drop: Path, reading: Reading, data: Path, cut: int
) -> None:
    reading.stop_after = cut
    with pytest.raises(InterruptedError):
        bench.drop(drop)
    reading.stop_after = -1
    assert states(bench.drop(drop).report) == EXPECTED
    assert "photonique" in texts(data)["tout.zip/interieur.zip/dedans.txt"]


def test_a_single_archive_is_a_drop(bench: Indexing, drop: Path) -> None:
    report = bench.drop(drop / "tout.zip").report
    assert states(report) == {path: state for path, state in EXPECTED.items() if path.startswith("tout.zip")}


def test_two_copies_of_an_archive_give_each_member_two_places(bench: Indexing, drop: Path, data: Path) -> None:
    (drop / "copie").mkdir()
    (drop / "copie/tout.zip").write_bytes((drop / "tout.zip").read_bytes())
    found = states(bench.drop(drop).report)
    assert len(found) == 2 * 8 + 1
    assert FileState.QUARANTINED not in found.values()
    with Catalogue.open(Compartment(data, "general").catalogue, read_only=True) as catalogue:
        (document,) = [d for d in catalogue.documents() if d.external_id.endswith("/dedans.txt")]
        assert len(catalogue.places(document.id)) == 2


def test_archives_nested_too_deep_are_set_aside_with_a_remedy(bench: Indexing, drop: Path) -> None:
    (drop / "poupees.zip").write_bytes(nested(6, NOTE.encode()))
    report = bench.drop(drop).report
    deep = [record for record in report.records if record.path.startswith("poupees.zip")]
    assert [record.state for record in deep] == [FileState.UNPACKED] * 4 + [FileState.QUARANTINED]
    assert "profonde" in deep[-1].reason and deep[-1].remedy
    again = bench.retry()
    assert again.report.counts[FileState.QUARANTINED] == 1


def test_a_message_at_the_depth_limit_is_read_and_its_attachments_are_counted(bench: Indexing, drop: Path) -> None:
    shallow = replace(bench, archive_depth=1)
    found = {r.path: r for r in shallow.drop(drop).report.records}
    assert found["tout.zip/envoi.eml"].state is FileState.NEW
    assert found["tout.zip/envoi.eml/piece.txt"].state is FileState.QUARANTINED
    assert found["tout.zip/interieur.zip"].state is FileState.QUARANTINED
    assert "tout.zip/interieur.zip/note.txt" not in found


def test_members_withdrawn_with_their_archive_come_back_with_it(bench: Indexing, drop: Path, data: Path) -> None:
    bench.drop(drop)
    packed = (drop / "tout.zip").read_bytes()
    (drop / "tout.zip").unlink()
    assert bench.drop(drop, mode="full").report.withdrawn == 4
    (drop / "tout.zip").write_bytes(packed)
    assert states(bench.drop(drop).report) == EXPECTED | {"seul.txt": FileState.UNCHANGED}
    assert "photonique" in texts(data)["tout.zip/interieur.zip/dedans.txt"]


def test_members_left_out_are_named_and_asked_for_unless_nobody_wrote_them(bench: Indexing, tmp_path: Path) -> None:
    (tmp_path / "mac.zip").write_bytes(zipped({"note.txt": NOTE.encode(), "__MACOSX/._note.txt": b"x"}))
    record = bench.drop(tmp_path / "mac.zip").report.records[0]
    assert record.state is FileState.UNPACKED
    assert "fichier technique" in record.reason and not record.remedy
    packed = bytearray(zipped({"note.txt": NOTE.encode(), "abime.txt": REPORT.encode() * 3}))
    packed[packed.index(b"photonique")] ^= 1
    (tmp_path / "abime.zip").write_bytes(packed)
    record = bench.drop(tmp_path / "abime.zip").report.records[0]
    assert record.state is FileState.UNPACKED
    assert "abime.txt" in record.reason and record.remedy


MANIFEST = "fichier;titre\nnote.txt;Le bon titre\nabsent.txt;Rien\n"


def test_a_manifest_inside_a_single_archive_describes_its_members(
    bench: Indexing, tmp_path: Path, data: Path, reading: Reading
) -> None:
    members = {"note.txt": NOTE.encode(), "manifest.csv": MANIFEST.encode(), "sous/manifest.csv": b"a;b\n1;2\n"}
    (tmp_path / "lot.zip").write_bytes(zipped(members))
    report = bench.drop(tmp_path / "lot.zip").report
    expected = {"lot.zip": FileState.UNPACKED, "lot.zip/note.txt": FileState.NEW}
    assert states(report) == expected | {"lot.zip/sous/manifest.csv": FileState.NEW}
    assert len(report.warnings) == 1 and "absent.txt" in report.warnings[0]
    with Catalogue.open(Compartment(data, "general").catalogue, read_only=True) as catalogue:
        titles = {document.external_id: document.title for document in catalogue.documents()}
    assert titles["lot.zip/note.txt"] == "Le bon titre"
    read = len(reading.read)
    assert len(states(bench.drop(tmp_path / "lot.zip").report)) == 3
    assert len(reading.read) == read


def test_a_faulty_manifest_inside_an_archive_stops_before_its_members(
    bench: Indexing, tmp_path: Path, data: Path
) -> None:
    faulty = MANIFEST.replace("titre", "date").encode()
    (tmp_path / "lot.zip").write_bytes(zipped({"note.txt": NOTE.encode(), "manifest.csv": faulty}))
    with pytest.raises(InputError, match="ligne 2, colonne « date »"):
        bench.drop(tmp_path / "lot.zip")
    assert texts(data) == {}
    (tmp_path / "lot.zip").write_bytes(zipped({"note.txt": NOTE.encode(), "manifest.csv": MANIFEST.encode()}))
    assert states(bench.drop(tmp_path / "lot.zip").report)["lot.zip/note.txt"] is FileState.NEW


def test_what_a_full_drop_does_not_bring_needs_no_hand_any_more(bench: Indexing, drop: Path, data: Path) -> None:
    bench.drop(drop)
    (drop / "tout.zip").unlink()
    bench.drop(drop, mode="full")
    with Catalogue.open(Compartment(data, "general").catalogue, read_only=True) as catalogue:
        assert catalogue.failures() == []
        assert catalogue.counts()["unreadable"] == 0

"""The drill: backed up while it serves and indexes, damaged, restored, it answers the same."""

import io
import json
import random
import shutil
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.errors import InputError
from indexer.backup import backup, restore
from indexer.check import check
from indexer.compartment import Compartment
from indexer.errors import BackupDamaged, WriterBusy
from indexer.lock import writer_lock
from search_api import cli
from search_api.engine.answer import SearchRequest
from search_api.engine.desk import Desk
from search_api.engine.search import Engine
from tests.collection import engine, index, indexing, write_files
from tests.encoders import FakeEncoder

QUERIES = ("brevet", "dossier de douane", "norme satellite", "semence")
TEXTS = {
    f"note-{n}.txt": f"Note {n}\n\nLe dossier numéro {n} traite de {word}."
    for n, word in enumerate(("douane", "photonique", "brevet", "norme", "satellite", "acier", "semence", "logiciel"))
}

Answers = list[list[tuple[str, float]]]


def answers(asked: Engine) -> Answers:
    return [[(h.document.id, h.score) for h in asked.search(SearchRequest(query=q)).hits] for q in QUERIES]


@pytest.fixture
def served(data: Path, fake: FakeEncoder, tmp_path: Path) -> Path:
    index(data, fake, write_files(tmp_path / "lot", TEXTS), name="premier")
    index(data, fake, write_files(tmp_path / "secret", {"s.txt": "Une semence secrète."}), compartment="secret")
    return data


def test_the_drill(served: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    asked = engine(served, fake)
    before = answers(asked)
    wrong: list[object] = []
    stop = threading.Event()

    def keep_searching() -> None:
        while not stop.is_set():
            try:
                if (now := answers(asked)) != before:
                    wrong.append(now)
            except Exception as error:
                wrong.append(error)

    searcher = threading.Thread(target=keep_searching)
    searcher.start()
    file = tmp_path / "fonds.tar"
    listed = backup(served, file)
    stop.set()
    searcher.join()
    assert wrong == []
    assert set(listed.generations) == {"general", "secret"}

    for path in (served / "compartments").rglob("*"):
        if path.is_file() and path.stat().st_size:
            path.write_bytes(path.read_bytes()[:-1])
    restore(file, served, force=True)
    assert answers(engine(served, fake)) == before
    assert check(served, fake).faults == []
    assert [path.name for path in served.iterdir()] == ["compartments"]


def test_what_was_restored_goes_on_without_encoding_again(served: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    file, other = tmp_path / "fonds.tar", tmp_path / "ailleurs"
    backup(served, file)
    restore(file, other)
    done = index(other, fake, write_files(tmp_path / "lot", {"neuf.txt": "Un avis nouveau."}), name="second")
    assert done.published.encoded == 1
    assert done.published.documents == len(TEXTS) + 1
    assert check(other, fake).faults == []


def test_a_backup_taken_while_drops_are_indexed_can_always_be_restored(
    served: Path, fake: FakeEncoder, tmp_path: Path
) -> None:
    stop = threading.Event()
    wrong: list[Exception] = []

    def keep_indexing() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                folder = write_files(tmp_path / f"n{number}", {f"neuf-{number}.txt": f"Un avis nouveau, le {number}."})
                index(served, FakeEncoder(), folder, name="suite")
            except Exception as error:
                wrong.append(error)

    writer = threading.Thread(target=keep_indexing)
    writer.start()
    try:
        for number in range(4):
            file, other = tmp_path / f"{number}.tar", tmp_path / f"d{number}"
            listed = backup(served, file)
            restore(file, other)
            serving = engine(other, fake).coverage()
            assert serving.generations["general"] == listed.generations["general"]
            # The catalogue may be ahead; publishing what it says brings them together.
            indexing(other, fake).rebuild()
            assert check(other, fake).faults == []
    finally:
        stop.set()
        writer.join()
    assert wrong == []


def test_nothing_is_overwritten_unless_asked(served: Path, tmp_path: Path) -> None:
    file = tmp_path / "fonds.tar"
    backup(served, file)
    with pytest.raises(InputError, match="--force"):
        restore(file, served)


def test_a_running_indexing_is_not_swept_away(served: Path, tmp_path: Path) -> None:
    file = tmp_path / "fonds.tar"
    backup(served, file)
    with writer_lock(Compartment(served, "secret").lock), pytest.raises(WriterBusy):
        restore(file, served, force=True)
    assert [path.name for path in served.iterdir()] == ["compartments"]


def test_an_empty_collection_and_an_absent_backup_are_said(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="vide"):
        backup(data, tmp_path / "fonds.tar")
    with pytest.raises(InputError, match="n’existe pas"):
        restore(tmp_path / "absent.tar", data)


def flipped(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content))
    return content[:place] + bytes([content[place] ^ (1 << chance.randrange(8))]) + content[place + 1 :]


def cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) - 20_480)]


@pytest.mark.parametrize("damage", [flipped, cut])
def test_a_damaged_backup_is_refused_or_restores_the_very_same(
    served: Path, fake: FakeEncoder, tmp_path: Path, damage: Callable[[bytes, random.Random], bytes]
) -> None:
    before = answers(engine(served, fake))
    file, spoiled = tmp_path / "fonds.tar", tmp_path / "abîmée.tar"
    backup(served, file)
    content = file.read_bytes()
    chance = random.Random(1)
    refused = 0
    for number in range(25):
        spoiled.write_bytes(damage(content, chance))
        other = tmp_path / f"d{number}"
        try:
            restore(spoiled, other)
        except BackupDamaged:
            refused += 1
            assert list(other.iterdir()) == []
        else:  # blanks between members, or a date nobody reads
            assert answers(engine(other, fake)) == before
    assert refused > 12
    if damage is cut:
        assert refused == 25


HOSTILE = [
    ("../dehors", tarfile.REGTYPE, ""),
    ("/etc/dehors", tarfile.REGTYPE, ""),
    ("compartments/general/../../dehors", tarfile.REGTYPE, ""),
    ("compartments/general/generations/00000001/../../x", tarfile.REGTYPE, ""),
    ("compartments/general/catalogue.sqlite", tarfile.SYMTYPE, "/etc/passwd"),
    ("compartments/general/catalogue.sqlite", tarfile.LNKTYPE, "/etc/passwd"),
    ("compartments/general/catalogue.sqlite", tarfile.FIFOTYPE, ""),
    ("compartments/GENERAL/catalogue.sqlite", tarfile.REGTYPE, ""),
]


@pytest.mark.parametrize(("name", "kind", "target"), HOSTILE)
def test_a_hostile_archive_puts_nothing_anywhere(tmp_path: Path, name: str, kind: bytes, target: str) -> None:
    file, other = tmp_path / "hostile.tar", tmp_path / "sub" / "data"
    with tarfile.open(file, "w") as tar:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, target
        content = b"x" if kind == tarfile.REGTYPE else b""
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    with pytest.raises(BackupDamaged):
        restore(file, other)
    assert [path for path in (tmp_path / "sub").rglob("*") if path != other] == []


def test_a_failed_backup_leaves_the_former_one(served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "fonds.tar"
    backup(served, file)
    former = file.read_bytes()

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("indexer.backup.sync_file", full)
    with pytest.raises(InputError, match="place"):
        backup(served, file)
    assert file.read_bytes() == former
    assert sorted(path.name for path in tmp_path.iterdir() if "fonds" in path.name) == ["fonds.tar"]


def test_a_compartment_whose_generations_are_all_lost_keeps_its_papers(
    served: Path, fake: FakeEncoder, tmp_path: Path
) -> None:
    shutil.rmtree(Compartment(served, "secret").generations)
    file, other = tmp_path / "fonds.tar", tmp_path / "ailleurs"
    assert set(backup(served, file).generations) == {"general"}
    restore(file, other)
    indexing(other, fake, "secret").rebuild()
    assert check(other, fake).faults == []


def test_the_commands(
    served: Path, fake: FakeEncoder, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, other = tmp_path / "fonds.tar", tmp_path / "ailleurs"
    assert cli.run(["--data", str(served), "backup", str(file), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert cli.run(["--data", str(other), "restore", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == made
    assert cli.run(["--data", str(other), "restore", str(file)]) == 2
    assert "--force" in capsys.readouterr().err
    assert cli.run(["--data", str(other), "restore", str(file), "--force"]) == 0


def test_what_people_made_is_carried_and_put_back_in_use(served: Path, tmp_path: Path) -> None:
    desk = Desk(served / "desk" / "essai.sqlite", 3, "CREATE TABLE said (word TEXT)")
    with desk.writing() as db:
        db.execute("INSERT INTO said VALUES ('avant')")
    backup(served, tmp_path / "copie.tar")
    with desk.writing() as db:
        db.execute("UPDATE said SET word = 'après'")
    with desk.reading() as held:
        assert held.execute("SELECT word FROM said").fetchall() == [("après",)]
        held.commit()
        restore(tmp_path / "copie.tar", served, force=True)
    with desk.reading() as db:
        assert db.execute("SELECT word FROM said").fetchall() == [("avant",)]
    restore(tmp_path / "copie.tar", tmp_path / "ailleurs")
    with Desk(tmp_path / "ailleurs" / "desk" / "essai.sqlite", 3, "").reading() as db:
        assert db.execute("SELECT word FROM said").fetchall() == [("avant",)]

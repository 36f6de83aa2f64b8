"""Workers are closed in, waited for while they work, and leave nothing behind.

What becomes of a file whose reader misbehaves, and of its neighbours, is in test_poison.py.
"""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from corpus.extraction.extracted import Extracted, ExtractionFailure, FailureState
from corpus.extraction.limits import MIB, Limits
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.pool import ExtractionPool

MISBEHAVING = "tests.poison.worker"
LIMITS = Limits(memory_bytes=400 * MIB, silence_seconds=6.0, cpu_seconds=2, file_bytes=2 * MIB)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("unpacked")


@pytest.fixture(scope="module")
def pool(unpacked: Path) -> Iterator[ExtractionPool]:
    with ExtractionPool(2, LIMITS, ExtractionOptions(unpack_dir=unpacked), module=MISBEHAVING) as pool:
        yield pool


def read_all(pool: ExtractionPool, folder: Path, texts: dict[str, str]) -> dict[str, Extracted | ExtractionFailure]:
    for name, text in texts.items():
        (folder / name).write_text(text)
    outcomes = list(pool.map((name, folder / name, name) for name in texts))
    assert sorted(key for key, _ in outcomes) == sorted(texts)
    return dict(outcomes)


def read_one(pool: ExtractionPool, folder: Path, text: str) -> Extracted | ExtractionFailure:
    return read_all(pool, folder, {"file.txt": text})["file.txt"]


def test_endless_computing_is_stopped_even_while_it_gives_signs_of_life(tmp_path: Path) -> None:
    limits = Limits(memory_bytes=400 * MIB, silence_seconds=30.0, cpu_seconds=1)
    with ExtractionPool(1, limits, module=MISBEHAVING) as pool:
        outcome = read_one(pool, tmp_path, "deed:spin\n")
    assert isinstance(outcome, ExtractionFailure)
    assert "temps de calcul" in outcome.message


def test_what_a_file_leaves_behind_is_not_charged_to_the_next(pool: ExtractionPool, tmp_path: Path) -> None:
    outcomes = read_all(pool, tmp_path, {"later.txt": "deed:later\n", "after.txt": "Le voisin est sain.\n"})
    neighbour = outcomes["after.txt"]
    assert isinstance(neighbour, Extracted), neighbour
    assert neighbour.pages[0].text == "Le voisin est sain."


def test_attachments_are_moved_under_names_of_the_house(pool: ExtractionPool, tmp_path: Path, unpacked: Path) -> None:
    outcome = read_one(pool, tmp_path, "claim:attached\n")
    assert isinstance(outcome, Extracted)
    (attachment,) = outcome.attachments
    assert attachment.name == "../x\x00"
    assert attachment.path.is_relative_to(unpacked)
    assert attachment.path.read_text() == "pièce"
    assert attachment.path.stat().st_uid == os.geteuid()


def test_a_worker_that_gives_signs_of_life_is_waited_for(pool: ExtractionPool, tmp_path: Path) -> None:
    assert isinstance(read_one(pool, tmp_path, "slow\n"), Extracted)


def test_what_libraries_print_does_not_reach_the_pool(pool: ExtractionPool, tmp_path: Path) -> None:
    assert isinstance(read_one(pool, tmp_path, "deed:print\n"), Extracted)


def test_workers_have_no_network(pool: ExtractionPool, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)):
        outcome = read_one(pool, tmp_path, "deed:network\n")
    assert isinstance(outcome, ExtractionFailure)
    assert "Error" in outcome.message
    assert pool.isolation is not None
    assert pool.isolation.network


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_workers_started_by_root_are_nobody(pool: ExtractionPool, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Lisible par son seul propriétaire.")
    secret.chmod(0o600)
    ((_, outcome),) = pool.map([("secret", secret, "secret.txt")])
    assert isinstance(outcome, Extracted)
    assert pool.isolation is not None
    assert pool.isolation.user == "nobody"


def test_a_file_that_is_not_there_is_quarantined(pool: ExtractionPool, tmp_path: Path) -> None:
    for path in (tmp_path / "absent.txt", tmp_path):
        ((_, outcome),) = pool.map([("x", path, "x.txt")])
        assert isinstance(outcome, ExtractionFailure)
        assert outcome.state is FailureState.QUARANTINED


def test_names_that_are_not_utf8_are_read(pool: ExtractionPool, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    path.write_text("Un café.")
    ((_, outcome),) = pool.map([("x", path, path.name)])
    assert isinstance(outcome, Extracted)


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with ExtractionPool(2, LIMITS, module=MISBEHAVING) as pool:
        for _ in pool.map((n, tmp_path / "absent", "x") for n in range(4)):
            pass
        (tmp_path / "hang").write_text("deed:hang\n")
        for _ in pool.map((n, tmp_path / name, "x") for n, name in enumerate(["absent", "hang", "hang"])):
            break
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before

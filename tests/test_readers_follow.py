"""A running server takes up what is published or restored, and never answers from two generations at once."""

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.backup import backup, restore
from indexer.compartment import Compartment
from search_api.engine.answer import SearchRequest
from search_api.engine.readers import Readers
from search_api.engine.search import Engine
from tests.collection import index, write_files
from tests.encoders import FakeEncoder

OLD = {f"note-{n}.txt": f"Note {n}\n\nLe dossier {n} traite de la norme." for n in range(6)}
NEW = {f"note-{n}.txt": f"Note {n}\n\nLa norme {n} est remplacée par le brevet." for n in range(6)}


def followed(data: Path, encoder: FakeEncoder) -> Engine:
    readers = Readers(data, encoder.identity)
    readers.follow(every=0.02)
    return Engine(readers, encoder)


def found(asked: Engine, query: str = "norme") -> list[tuple[str, str]]:
    return [(hit.document.external_id, hit.passage.text) for hit in asked.search(SearchRequest(query=query)).hits]


def wait_until(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 20
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    return true()


def served(asked: Engine) -> str:
    return asked.coverage().generations["general"]


def test_a_published_generation_is_taken_up_without_a_question(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    index(data, fake, write_files(tmp_path / "un", OLD))
    asked = followed(data, fake)
    before = found(asked)
    index(data, fake, write_files(tmp_path / "deux", NEW))
    assert wait_until(lambda: served(asked) == "00000002")
    assert found(asked) != before


def test_a_restored_backup_is_taken_up_though_its_generation_has_the_same_number(
    data: Path, fake: FakeEncoder, tmp_path: Path
) -> None:
    index(data, fake, write_files(tmp_path / "un", OLD))
    backup(data, tmp_path / "copie.tar")
    shutil.rmtree(data)
    index(data, fake, write_files(tmp_path / "deux", NEW))
    asked = followed(data, fake)
    assert "brevet" in found(asked)[0][1] and served(asked) == "00000001"
    restore(tmp_path / "copie.tar", data, force=True)
    assert wait_until(lambda: "brevet" not in found(asked)[0][1]) and served(asked) == "00000001"


def test_a_damaged_generation_leaves_the_former_one_serving(
    data: Path, fake: FakeEncoder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    index(data, fake, write_files(tmp_path / "un", OLD))
    asked = followed(data, fake)
    before = found(asked)
    place = Compartment(data, "general")
    shutil.copytree(place.generations / "00000001", place.generations / "00000002")
    (place.generations / "00000002" / "manifest.json").write_text("{}", encoding="utf-8")
    (place.generations / "00000001" / "manifest.json").rename(tmp_path / "manifest.json")
    place.publish("00000002")
    assert wait_until(lambda: "the generation served stays" in caplog.text)
    assert found(asked) == before


@pytest.mark.parametrize("follow", [False, True])
def test_a_hundred_swaps_under_load_never_mix_two_generations(
    data: Path, fake: FakeEncoder, tmp_path: Path, follow: bool
) -> None:
    index(data, fake, write_files(tmp_path / "un", OLD))
    asked = Engine(Readers(data, fake.identity), fake)
    old = found(asked)
    index(data, fake, write_files(tmp_path / "deux", NEW))
    new = found(asked)
    if follow:
        asked = followed(data, fake)
    seen: set[str] = set()
    wrong: list[object] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                answer = found(asked)
            except Exception as error:
                wrong.append(error)
                return
            if answer not in (old, new):
                wrong.append(answer)
            seen.add("old" if answer == old else "new")

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    place = Compartment(data, "general")
    for turn in range(100):
        place.publish("00000001" if turn % 2 else "00000002")
        time.sleep(0.01)
    assert wait_until(lambda: len(seen) == 2 or bool(wrong))
    stop.set()
    for asker in askers:
        asker.join()
    assert wrong == []

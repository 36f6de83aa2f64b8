"""Files are looked at while others write and remove them."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.compartment import Compartment
from indexer.files_below import files_below, regular_files
from indexer.page_images import FOLDER, PageImages
from indexer.status import status
from tests.collection import index, write_files
from tests.encoders import FakeEncoder

LOOKS = 60


@contextmanager
def coming_and_going(place: Path) -> Iterator[None]:
    """A folder of files that is written and removed without end, as by an indexing that is under way."""
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            write_files(place, {f"{number}/{number}.txt": "x" for number in range(8)})
            shutil.rmtree(place)

    other = threading.Thread(target=write)
    other.start()
    try:
        yield
    finally:
        ended.set()
        other.join()


def test_what_is_removed_while_it_is_looked_for_is_left_out(tmp_path: Path) -> None:
    write_files(tmp_path, {f"{name}/{name}.txt": name for name in "abc"})
    found = files_below(tmp_path)
    (first, size) = next(found)
    for name in "abc":
        shutil.rmtree(tmp_path / name)
    assert (first.suffix, size.st_size) == (".txt", 1)
    assert list(found) == []
    assert list(regular_files([first])) == []
    assert list(files_below(tmp_path / "absent")) == []


def test_links_and_folders_are_no_files(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/a.txt": "a"})
    (tmp_path / "lien.txt").symlink_to(tmp_path / "a" / "a.txt")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert [path for path, _ in files_below(tmp_path)] == [tmp_path / "a" / "a.txt"]


def test_what_takes_the_space_is_told_while_something_is_being_indexed(
    data: Path, tmp_path: Path, fake: FakeEncoder
) -> None:
    index(data, fake, write_files(tmp_path / "lot", {"a.txt": "Une note."}))
    with coming_and_going(Compartment(data, "general").originals / ".incoming"):
        told = [status(data) for _ in range(LOOKS)]
    assert {one["compartment"] for (one,) in told} == {"general"}
    assert all(one["bytes"]["generations"] > 0 for (one,) in told)


def test_a_page_is_kept_while_what_was_withdrawn_leaves(data: Path) -> None:
    images = PageImages(data, 10_000)
    with coming_and_going(data / "compartments" / "general" / FOLDER / "ab"):
        for number in range(LOOKS):
            images.put("general", "12" * 32, f"{number}-800", b"x" * 1_000)
    assert 0 < len(list(files_below(data / "compartments" / "general" / FOLDER / "12"))) < LOOKS

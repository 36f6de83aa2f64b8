"""No page is read twice by OCR, and no file can touch the readings of another."""

from pathlib import Path

import pytest

from corpus.extraction.extracted import Extracted, ExtractionFailure
from corpus.extraction.ocr import OcrReading, OcrWord
from corpus.extraction.ocr_cache import FileReadings, ReadingStore
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.pool import ExtractionPool

# The images of the worker's scans are the same in every file, and its engine never reads the same thing twice.
SCAN = "scan\n"


def read(folder: Path, text: str) -> Extracted | ExtractionFailure:
    """Read one file in a new worker, with the readings kept in ``folder``."""
    path = folder / "file"
    path.write_text(text)
    options = ExtractionOptions(unpack_dir=folder, ocr_cache=folder / "ocr")
    with ExtractionPool(1, options=options, module="tests.poison.worker") as pool:
        return next(outcome for _, outcome in pool.map([(0, path, "file.txt")]))


def texts(outcome: Extracted | ExtractionFailure) -> list[str]:
    assert isinstance(outcome, Extracted), outcome
    return [page.text for page in outcome.pages]


def test_a_file_read_again_is_not_recognised_again(tmp_path: Path) -> None:
    assert texts(read(tmp_path, SCAN)) == texts(read(tmp_path, SCAN))


def test_a_file_given_up_half_way_goes_on_from_there(tmp_path: Path) -> None:
    order = "scan dies\n"
    assert isinstance(read(tmp_path, order), ExtractionFailure)
    kept = next((tmp_path / "ocr").rglob("*.jsonl")).read_text()
    finished = texts(read(tmp_path, order))
    assert finished[0] in kept
    assert finished[1] not in kept


def test_what_one_file_says_of_an_image_is_not_believed_of_another(tmp_path: Path) -> None:
    assert not set(texts(read(tmp_path, SCAN))) & set(texts(read(tmp_path, SCAN + "another file")))


@pytest.mark.parametrize("claim", ["key", "turn", "neither", "blank", "box", "sure"])
def test_a_reading_that_cannot_be_one_is_not_kept(tmp_path: Path, claim: str) -> None:
    outcome = read(tmp_path, f"reading:{claim}\n")
    assert isinstance(outcome, ExtractionFailure)
    assert not list((tmp_path / "ocr").rglob("*.jsonl"))


def test_readings_belong_to_the_house_alone(tmp_path: Path) -> None:
    read(tmp_path, SCAN)
    for place in (tmp_path / "ocr" / "2", *(tmp_path / "ocr").rglob("*.jsonl")):
        assert place.stat().st_uid == tmp_path.stat().st_uid
    assert (tmp_path / "ocr" / "2").stat().st_mode & 0o077 == 0


def test_readings_that_workers_could_write_are_removed(tmp_path: Path) -> None:
    (tmp_path / "ocr" / "ab").mkdir(parents=True)
    (tmp_path / "ocr" / "ab" / "abcd.json").write_text("[]")
    ReadingStore(tmp_path / "ocr")
    assert [place.name for place in (tmp_path / "ocr").iterdir()] == ["2"]


def test_a_line_cut_by_a_crash_loses_its_own_page_only(tmp_path: Path) -> None:
    store = ReadingStore(tmp_path / "ocr")
    content = "c" * 64
    readings = [OcrReading(f"{number:064x}", words=(_word(f"mot {number}"),)) for number in range(3)]
    store.add(content, readings[0])
    place = next((tmp_path / "ocr").rglob("*.jsonl"))
    store.add(content, readings[1])
    place.write_bytes(place.read_bytes()[:-9])
    store.add(content, readings[2])
    assert store.copy(content, tmp_path / "copy")
    known = FileReadings(tmp_path / "copy", lambda reading: None)
    assert [known.get(reading.key) for reading in readings] == [readings[0], None, readings[2]]


def test_nothing_is_known_of_a_file_never_read(tmp_path: Path) -> None:
    assert not ReadingStore(tmp_path / "ocr").copy("d" * 64, tmp_path / "copy")


def _word(text: str) -> OcrWord:
    return OcrWord(text, (1.0, 2.0, 3.0, 4.0), 0.5, 0)

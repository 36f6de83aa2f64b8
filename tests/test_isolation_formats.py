"""The closed-in worker can still do its work: other programs run, attachments come out, pages are told apart."""

import shutil
import tarfile
from pathlib import Path

import pytest

from corpus.extraction.extracted import Extracted, ExtractionFailure, FailureState
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.pool import ExtractionPool
from tests.poison.healthy import SENTENCE, samples

ALL = ("docx", "pptx", "xlsx", "odt", "7z", "pdf", "zip", "tar.gz", "eml", "msg", "html", "md", "csv", "txt")


def test_every_format_is_read_by_closed_in_workers(tmp_path: Path) -> None:
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    sound = samples(tmp_path)
    assert sorted(sound) == sorted(ALL)
    items = []
    for extension, data in sound.items():
        path = tmp_path / f"sain.{extension}"
        path.write_bytes(data)
        items.append((extension, path, path.name))
    with ExtractionPool(1, options=ExtractionOptions(unpack_dir=unpacked)) as pool:
        outcomes = dict(pool.map(items))
        attached = {
            (extension, attachment.name): attachment.path
            for extension, outcome in outcomes.items()
            if isinstance(outcome, Extracted)
            for attachment in outcome.attachments
        }
        inner = dict(pool.map((key, path, key[1]) for key, path in attached.items()))
    for extension, outcome in outcomes.items():
        assert isinstance(outcome, Extracted), (extension, outcome)
        if extension not in {"zip", "7z", "tar.gz"}:
            assert SENTENCE in "\n".join(page.text for page in outcome.pages)
    for extension in ("zip", "7z", "tar.gz", "eml", "msg"):
        note = inner[extension, "note.txt"]
        assert isinstance(note, Extracted)
        assert note.pages[0].text == SENTENCE


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_runs_closed_in(tmp_path: Path) -> None:
    path = tmp_path / "note.rtf"
    path.write_text(r"{\rtf1\ansi Le comit\'e9 approuve.\par}")
    with ExtractionPool(1) as pool:
        ((_, outcome),) = pool.map([("note", path, "note.rtf")])
    assert isinstance(outcome, Extracted), outcome
    assert outcome.media_type == "application/rtf"
    assert outcome.pages[0].text == "Le comité approuve."


def test_the_unpacking_folder_holds_only_what_was_kept(tmp_path: Path) -> None:
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    bad = tmp_path / "a.tar"
    with tarfile.open(bad, "w") as archive:
        sparse = tarfile.TarInfo("creux")
        sparse.size = 1 << 40
        archive.fileobj.write(sparse.tobuf())
    with ExtractionPool(1, options=ExtractionOptions(unpack_dir=unpacked)) as pool:
        ((_, outcome),) = pool.map([("a", bad, "a.tar")])
    assert isinstance(outcome, ExtractionFailure)
    assert outcome.state is FailureState.QUARANTINED
    assert not list(unpacked.iterdir())

"""What could not be read waits, says how to put it right, and is read again once it is."""

import io
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import docx
import msoffcrypto  # type: ignore[import-untyped]
import py7zr
import pytest
import pyzipper
from PIL import Image
from pypdf import PdfReader, PdfWriter

from corpus.extraction import dispatch, legacy
from corpus.extraction.dispatch import extract
from corpus.extraction.extracted import Extracted, ExtractionFailure
from corpus.extraction.ocr import GreyPixels, OcrWord
from corpus.extraction.options import ExtractionOptions
from corpus.states import FileState
from tests.collection import indexing
from tests.encoders import FakeEncoder
from tests.pdf_files import picture_pdf
from tests.poison.healthy import SENTENCE, pdf_pages

PASSWORD = "sésame"
MADE = Path(__file__).parent / "protected"


class Reading:
    """Reads in this process, as options said now allow."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.options = ExtractionOptions(unpack_dir=folder)

    def __call__(self, items: Iterable[tuple[str, Path, str]]) -> Iterator[tuple[str, Extracted | ExtractionFailure]]:
        for key, path, name in items:
            try:
                yield key, extract(path, name, self.options)
            except ExtractionFailure as failure:
                yield key, failure


class Engine:
    """An engine that reads one sentence on every image."""

    identity = "one sentence"

    def orientation(self, pixels: GreyPixels, dpi: float) -> int:
        return 0

    def read(self, pixels: GreyPixels, dpi: float) -> tuple[OcrWord, ...]:
        words = SENTENCE.split()
        return tuple(OcrWord(word, (50.0 * n, 9.0, 50.0 * n + 45, 20.0), 0.9, 0) for n, word in enumerate(words))


def word_file() -> bytes:
    document, out = docx.Document(), io.BytesIO()
    document.add_paragraph(SENTENCE)
    document.save(out)
    return out.getvalue()


def protected_pdf(folder: Path) -> bytes:
    writer, out = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_pages(1)))), io.BytesIO()
    writer.encrypt(PASSWORD, algorithm="AES-256")
    writer.write(out)
    return out.getvalue()


def protected_docx(folder: Path) -> bytes:
    out = io.BytesIO()
    msoffcrypto.OfficeFile(io.BytesIO(word_file())).encrypt(PASSWORD, out)
    return out.getvalue()


def protected_7z(folder: Path) -> bytes:
    with py7zr.SevenZipFile(folder / "protected", "w", password=PASSWORD) as archive:
        archive.writestr(SENTENCE.encode(), "note.txt")
    return (folder / "protected").read_bytes()


def protected_zip_aes(folder: Path) -> bytes:
    path = folder / "protected-aes"
    with pyzipper.AESZipFile(path, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(PASSWORD.encode())
        archive.writestr("note.txt", SENTENCE.encode())
    return path.read_bytes()


def made_elsewhere(name: str) -> Callable[[Path], bytes]:
    """A file of tests/protected: LibreOffice 7.4 (ODF) and Info-ZIP (ZipCrypto) wrote them under PASSWORD."""
    return lambda folder: (MADE / name).read_bytes()


def scan(folder: Path) -> bytes:
    out = io.BytesIO()
    Image.new("L", (800, 1100), 255).save(out, "PNG")
    return out.getvalue()


def legacy_word(folder: Path) -> bytes:
    return b"{\\rtf1 " + SENTENCE.encode("ascii", "ignore") + b"}"


@pytest.mark.parametrize(
    ("name", "make", "state"),
    [
        ("note.pdf", protected_pdf, FileState.PASSWORD_NEEDED),
        ("note.docx", protected_docx, FileState.PASSWORD_NEEDED),
        ("note.7z", protected_7z, FileState.PASSWORD_NEEDED),
        ("note.zip", protected_zip_aes, FileState.PASSWORD_NEEDED),
        ("classique.zip", made_elsewhere("note.zip"), FileState.PASSWORD_NEEDED),
        ("note.odt", made_elsewhere("note.odt"), FileState.PASSWORD_NEEDED),
        ("ancienne.odt", made_elsewhere("ancienne.odt"), FileState.PASSWORD_NEEDED),
        ("table.ods", made_elsewhere("table.ods"), FileState.PASSWORD_NEEDED),
        ("slides.odp", made_elsewhere("slides.odp"), FileState.PASSWORD_NEEDED),
        ("note.png", scan, FileState.AWAITING_OCR),
        ("note.rtf", legacy_word, FileState.NEEDS_LIBREOFFICE),
    ],
)
def test_a_file_is_read_again_once_its_remedy_was_applied(
    name: str,
    make: Callable[[Path], bytes],
    state: FileState,
    data: Path,
    fake: FakeEncoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading = Reading(tmp_path / "unpacked")
    bench = replace(indexing(data, fake), read=reading, unpack_dir=tmp_path / "unpacked")
    lot = tmp_path / "lot"
    lot.mkdir()
    (lot / name).write_bytes(make(tmp_path))
    monkeypatch.setattr(dispatch, "_tesseract", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda program: None)

    (waiting,) = bench.drop(lot).report.records
    assert (waiting.state, waiting.document_id) == (state, None)
    assert waiting.reason and waiting.remedy
    reading.options = replace(reading.options, passwords=("faux",))
    (still,) = bench.retry().report.records
    assert still.state is state

    reading.options = replace(reading.options, passwords=("faux", PASSWORD))
    monkeypatch.setattr(dispatch, "_tesseract", Engine)
    monkeypatch.setattr(shutil, "which", str)
    monkeypatch.setattr(legacy, "_convert", _converted)
    report = bench.retry().report
    assert {record.state for record in report.records} <= {FileState.NEW, FileState.UNPACKED}
    assert report.counts[FileState.NEW] == 1
    assert sum(report.counts.values()) == report.files


def test_the_pages_that_waited_for_recognition_complete_their_document(
    data: Path, fake: FakeEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Reading(tmp_path / "unpacked")
    bench = replace(indexing(data, fake), read=reading, unpack_dir=tmp_path / "unpacked")
    lot = tmp_path / "lot"
    lot.mkdir()
    picture_pdf(tmp_path / "scan.pdf", [scan(tmp_path)])
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_pages(1))))
    writer.append(tmp_path / "scan.pdf")
    writer.write(lot / "mixte.pdf")
    monkeypatch.setattr(dispatch, "_tesseract", lambda: None)
    (partial,) = bench.drop(lot).report.records
    assert (partial.state, partial.reason) == (FileState.PARTIAL, "Pages en attente de reconnaissance : 2")
    assert "--retry" in partial.remedy
    assert [record.state for record in bench.retry().report.records] == [FileState.PARTIAL]
    monkeypatch.setattr(dispatch, "_tesseract", Engine)
    (whole,) = bench.retry().report.records
    assert (whole.state, whole.document_id) == (FileState.CHANGED, partial.document_id)
    assert bench.retry().report.files == 0


def _converted(program: str, source: Path, target: str, out: Path, seconds: float) -> None:
    """What LibreOffice does, where it is."""
    out.mkdir()
    (out / f"source.{target}").write_bytes(word_file())

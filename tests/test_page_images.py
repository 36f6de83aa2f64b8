"""A page is drawn, and its words found on it, in a closed-in process that may misbehave."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from corpus.document import Page, Word
from corpus.extraction.extracted import ExtractionFailure
from corpus.extraction.limits import MIB, Limits
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.page_reader import DrawnPage, PageReader
from corpus.extraction.pdf import extract_pdf
from tests.pdf_files import PROSE, drawn_pdf


@pytest.fixture(scope="module")
def reader() -> Iterator[PageReader]:
    started = PageReader()
    yield started
    started.close()


def pixels(page: DrawnPage) -> np.ndarray:
    return np.frombuffer(page.pixels, np.uint8).reshape(page.height, page.width, 3)


def dark_share(page: DrawnPage, box: tuple[float, float, float, float], points: tuple[float, float]) -> float:
    """The share of dark pixels of a box given in points."""
    scale = page.width / points[0]
    left, top, right, bottom = (round(side * scale) for side in box)
    part = pixels(page)[top:bottom, left:right]
    assert part.size
    return float((part.mean(axis=2) < 128).mean())


def found(words: tuple[Word, ...], text: str, word: str) -> list[tuple[float, float, float, float]]:
    start = text.index(word)
    return [one.box for one in words if one.start >= start and one.end <= start + len(word)]


def only_page(path: Path) -> Page:
    return extract_pdf(path).pages[0]


def located(reader: PageReader, path: Path) -> tuple[Page, tuple[Word, ...]]:
    page = only_page(path)
    return page, reader.locate(path, 1, page.text)


def test_a_page_is_drawn_as_wide_as_asked_and_its_words_are_dark_in_their_boxes(
    reader: PageReader, tmp_path: Path
) -> None:
    path = drawn_pdf(tmp_path / "a.pdf", [[(72, 700, "Le délégant signe"), (300, 300, "chaque avenant")]])
    page, words = located(reader, path)
    assert page.size is not None
    drawn = reader.draw(path, 1, 800)
    assert drawn.width == 800
    assert drawn.height == pytest.approx(800 * page.size[1] / page.size[0], abs=1)
    for word in ("délégant", "signe", "avenant"):
        (box,) = found(words, page.text, word)
        assert dark_share(drawn, box, page.size) > 0.05, word
    empty = (72.0, 400.0, 540.0, 500.0)
    assert dark_share(drawn, empty, page.size) == 0


def test_only_the_page_asked_for_is_drawn(reader: PageReader, tmp_path: Path) -> None:
    path = drawn_pdf(tmp_path / "long.pdf", [[(72, 100 + 5 * n, f"Page {n}")] for n in range(120)])
    shapes = [np.flatnonzero(pixels(reader.draw(path, n, 200)).min(axis=(1, 2)) < 128)[0] for n in (1, 60, 120)]
    assert shapes[0] > shapes[1] > shapes[2]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_page_has_its_boxes_where_it_is_shown(reader: PageReader, tmp_path: Path, turn: int) -> None:
    straight = drawn_pdf(tmp_path / "straight.pdf", [[(72, 700, "Convention de gestion"), (72, 300, "Paris")]])
    writer = PdfWriter()
    writer.add_page(PdfReader(straight).pages[0]).rotate(turn)
    path = tmp_path / "turned.pdf"
    writer.write(path)
    page, words = located(reader, path)
    assert page.size is not None
    drawn = reader.draw(path, 1, 900)
    assert (drawn.width > drawn.height) == (turn in (90, 270))
    for word in ("Convention", "Paris"):
        (box,) = found(words, page.text, word)
        assert dark_share(drawn, box, page.size) > 0.05, word


def test_a_page_printed_sideways_has_its_boxes_where_it_is_shown(reader: PageReader, tmp_path: Path) -> None:
    path = tmp_path / "sideways.pdf"
    canvas = Canvas(str(path), pagesize=(595, 842))
    canvas.translate(300, 100)
    canvas.rotate(90)
    canvas.drawString(0, 0, "Annexe financière de la convention")
    canvas.save()
    page, words = located(reader, path)
    drawn = reader.draw(path, 1, 900)
    (box,) = found(words, page.text, "financière")
    assert box[3] - box[1] > box[2] - box[0]
    assert dark_share(drawn, box, (595, 842)) > 0.05


def test_a_word_cut_by_the_end_of_a_line_has_a_box_for_each_part(reader: PageReader, tmp_path: Path) -> None:
    lines = ["La convention de délégation de gestion fixe les condi\u00ad", "tions dans lesquelles le délégant confie"]
    lines = [lines[0].replace("\u00ad", "-"), lines[1]]
    path = drawn_pdf(tmp_path / "cut.pdf", [[(72, 700 - 14 * n, line) for n, line in enumerate(lines)]])
    page, words = located(reader, path)
    assert "conditions" in page.text
    boxes = found(words, page.text, "conditions")
    assert len(boxes) == 2
    assert boxes[0][1] < boxes[1][1]
    assert boxes[0][0] > boxes[1][0]


def test_columns_drawn_in_another_order_than_they_are_read_are_matched(reader: PageReader, tmp_path: Path) -> None:
    words = PROSE.split()
    left = [" ".join(words[n : n + 6]) for n in range(0, 30, 6)]
    right = [" ".join(words[n : n + 6]) for n in range(30, 60, 6)]
    strings = [(320.0, 700 - 14.0 * n, line) for n, line in enumerate(right)]
    strings += [(50.0, 700 - 14.0 * n, line) for n, line in enumerate(left)]
    page, found_words = located(reader, drawn_pdf(tmp_path / "columns.pdf", [strings], size=8))
    assert page.text.index(left[0]) < page.text.index(right[0])
    start, half = page.text.index(right[0]), 595 / 2
    assert all((word.box[0] > half) == (word.start >= start) for word in found_words)
    assert len(found_words) > 55


def test_a_frame_of_a_scan_is_drawn_upright_and_never_enlarged(reader: PageReader, tmp_path: Path) -> None:
    frames = [Image.new("L", (400, 300), 255), Image.new("L", (200, 300), 0)]
    path = tmp_path / "scan.tiff"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert (reader.draw(path, 1, 100).width, reader.draw(path, 1, 100).height) == (100, 75)
    second = reader.draw(path, 2, 1_000)
    assert (second.width, second.height) == (200, 300)
    assert pixels(second).max() == 0
    clear = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.new("RGB", (60, 30), (255, 0, 0)).save(buffer, "JPEG", exif=exif)
    (tmp_path / "photo.jpg").write_bytes(buffer.getvalue())
    clear.save(tmp_path / "clear.png")
    assert pixels(reader.draw(tmp_path / "clear.png", 1, 50)).min() == 255
    turned = reader.draw(tmp_path / "photo.jpg", 1, 100)
    assert (turned.width, turned.height) == (30, 60)


def test_what_cannot_be_drawn_says_why(reader: PageReader, tmp_path: Path) -> None:
    path = drawn_pdf(tmp_path / "a.pdf", [[(72, 700, "Une page")]])
    with pytest.raises(ExtractionFailure, match="pas de page 2"):
        reader.draw(path, 2, 100)
    (tmp_path / "cut.pdf").write_bytes(path.read_bytes()[:200])
    with pytest.raises(ExtractionFailure, match="endommagé"):
        reader.draw(tmp_path / "cut.pdf", 1, 100)
    (tmp_path / "note.txt").write_text("Une note")
    with pytest.raises(ExtractionFailure, match="ni PDF, ni image"):
        reader.draw(tmp_path / "note.txt", 1, 100)
    assert reader.locate(tmp_path / "note.txt", 1, "Une note") == ()
    with pytest.raises(ExtractionFailure, match="illisible"):
        reader.draw(tmp_path / "absent.pdf", 1, 100)
    assert reader.draw(path, 1, 100).width == 100


def test_a_protected_file_is_drawn_with_its_password(tmp_path: Path) -> None:
    writer = PdfWriter()
    writer.append(drawn_pdf(tmp_path / "a.pdf", [[(72, 700, "Une page")]]))
    writer.encrypt("sésame")
    writer.write(tmp_path / "b.pdf")
    for passwords, opens in (((), False), (("x", "sésame"), True)):
        reader = PageReader(ExtractionOptions(passwords=passwords))
        try:
            if opens:
                assert reader.draw(tmp_path / "b.pdf", 1, 100).width == 100
            else:
                with pytest.raises(ExtractionFailure, match="mot de passe"):
                    reader.draw(tmp_path / "b.pdf", 1, 100)
        finally:
            reader.close()


LIES = {
    "die": "code 3",
    "hang": "aucune réponse",
    "short": "incohérente",
    "long": "incohérente",
    "enormous": "incohérente",
    "elsewhere": "incohérente",
    "link": "incohérente",
    "another reply": "incohérente",
}


def test_a_process_that_misbehaves_is_replaced_and_its_picture_refused(tmp_path: Path) -> None:
    limits = Limits(memory_bytes=400 * MIB, silence_seconds=1.0, cpu_seconds=2)
    reader = PageReader(ExtractionOptions(limits=limits), module="tests.poison.page_worker")
    try:
        for command, reason in LIES.items():
            (tmp_path / "file").write_text(command)
            with pytest.raises(ExtractionFailure, match=reason):
                reader.draw(tmp_path / "file", 1, 10)
        (tmp_path / "file").write_text("well")
        assert reader.draw(tmp_path / "file", 1, 10) == DrawnPage(2, 3, bytes(18))
        with pytest.raises(ExtractionFailure, match="incohérente"):
            reader.locate(tmp_path / "file", 1, "abc")
    finally:
        reader.close()

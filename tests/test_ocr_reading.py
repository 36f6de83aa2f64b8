"""Scans: which pages are read by OCR, how they are straightened, what is kept, what waits."""

import io
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pytest
from PIL import Image

from corpus.document import BlockKind, Page
from corpus.extraction.extracted import ExtractionFailure, FailureState
from corpus.extraction.image import extract_image
from corpus.extraction.ocr import GreyPixels, OcrEngine, OcrError, OcrWord
from corpus.extraction.ocr_image import find_slant, is_specked, prepare, with_lost_rows, without_specks
from corpus.extraction.ocr_tesseract import find_tesseract
from corpus.extraction.pdf import extract_pdf
from corpus.extraction.pdf_ocr import render
from tests.pdf_files import PROSE, drawn, drawn_pdf, picture_pdf

_WIDTH = 88
_LINES = [PROSE[start : start + _WIDTH] for start in range(0, len(PROSE), _WIDTH)]


class Told:
    """An engine that reads what it is told, one line of words from the top, and counts."""

    identity = "told 1"

    def __init__(self, *texts: str, fails: bool = False) -> None:
        self._texts = list(texts)
        self._fails = fails
        self.reads = 0

    def orientation(self, pixels: GreyPixels, dpi: float) -> int:
        return 0

    def read(self, pixels: GreyPixels, dpi: float) -> tuple[OcrWord, ...]:
        self.reads += 1
        if self._fails:
            raise OcrError("La reconnaissance a échoué", remedy="Recommencez")
        words = self._texts[(self.reads - 1) % len(self._texts)].split()
        height = 0.012 * pixels.shape[0]
        found = []
        for place, word in enumerate(words):
            line, column = divmod(place, 8)
            left, top = 100 + 200.0 * column, 100 + 2 * height * line
            box = (left, top, left + 190, top + height)
            found.append(OcrWord(word, box, 0.9, line))
        return tuple(found)


def _png(lines: Sequence[str] = ("tache",), dpi: int = 100) -> bytes:
    """The picture of a page with these lines."""
    path = io.BytesIO()
    Image.fromarray(_pixels(lines, dpi)).save(path, "PNG", dpi=(dpi, dpi))
    return path.getvalue()


def _pixels(lines: Sequence[str], dpi: int) -> GreyPixels:
    content = drawn([[(50, 780 - 16 * place, line) for place, line in enumerate(lines)]])
    return render(pdfium.PdfDocument(content)[0], dpi / 72)


def _engine() -> OcrEngine:
    engine = find_tesseract()
    if engine is None:
        pytest.skip("Tesseract with French is not installed")
    return engine


def test_a_scan_waits_where_there_is_no_ocr(tmp_path: Path) -> None:
    with pytest.raises(ExtractionFailure) as failure:
        extract_pdf(picture_pdf(tmp_path / "s.pdf", [_png(), _png()]))
    assert failure.value.state is FailureState.AWAITING_OCR
    assert "--retry" in failure.value.remedy


def test_only_the_pages_that_need_it_are_read_by_ocr(tmp_path: Path) -> None:
    from pypdf import PdfWriter

    writer = PdfWriter()
    drawn_pdf(tmp_path / "t.pdf", [[(72, 700 - 16 * n, line) for n, line in enumerate(_LINES)], []])
    picture_pdf(tmp_path / "s.pdf", [_png()])
    writer.append(tmp_path / "t.pdf")
    writer.append(tmp_path / "s.pdf")
    writer.write(tmp_path / "m.pdf")

    waiting = extract_pdf(tmp_path / "m.pdf")
    assert waiting.awaiting_ocr == (3,)
    assert "convention" in waiting.pages[0].text

    engine = Told("Lu par reconnaissance de caractères.")
    found = extract_pdf(tmp_path / "m.pdf", ocr=engine)
    assert engine.reads == 1
    assert found.awaiting_ocr == ()
    assert found.pages[0].ocr_confidence is None
    assert found.pages[2].ocr_confidence == pytest.approx(0.9)
    assert_words(found.pages[2], ["Lu", "par", "reconnaissance", "de", "caractères."])


def assert_words(page: Page, words: list[str]) -> None:
    assert [page.text[word.start : word.end] for word in page.words] == words
    assert page.size is not None
    for word in page.words:
        assert 0 <= word.box[0] < word.box[2] <= page.size[0] + 0.5
        assert 0 <= word.box[1] < word.box[3] <= page.size[1] + 0.5


def test_of_a_bad_text_layer_and_its_reading_the_better_is_kept(tmp_path: Path) -> None:
    bad = PROSE.replace("n", "u").replace("é", "6").replace("t", "f")
    scan = picture_pdf(tmp_path / "bad.pdf", [_png()], hidden=bad)
    assert extract_pdf(scan).awaiting_ocr == (1,)
    better = extract_pdf(scan, ocr=Told(PROSE)).pages[0]
    assert better.ocr_confidence is not None
    assert "délégation de gestion" in better.text
    worse = extract_pdf(scan, ocr=Told("xq zk")).pages[0]
    assert worse.ocr_confidence is None
    good = Told("inutile")
    extract_pdf(picture_pdf(tmp_path / "good.pdf", [_png()], hidden=PROSE), ocr=good)
    assert good.reads == 0


def test_a_font_without_its_character_map_is_read_from_its_picture(tmp_path: Path) -> None:
    shifted = "".join(chr(ord(char) + 3) if char in "abcdefghijklmnopqrstuvw" else char for char in PROSE)
    lines = [[(50, 780 - 16 * n, shifted[n * 80 : n * 80 + 80]) for n in range(5)]]
    path = drawn_pdf(tmp_path / "g.pdf", lines)
    with pytest.raises(ExtractionFailure) as failure:
        extract_pdf(path)
    assert failure.value.state is FailureState.AWAITING_OCR
    assert "convention" in extract_pdf(path, ocr=Told(PROSE)).pages[0].text


def test_a_page_on_which_ocr_fails_waits_and_says_so(tmp_path: Path) -> None:
    text = drawn_pdf(tmp_path / "t.pdf", [[(72, 700, "Une page de texte.")]])
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.append(text)
    writer.append(picture_pdf(tmp_path / "s.pdf", [_png()]))
    writer.write(tmp_path / "m.pdf")
    found = extract_pdf(tmp_path / "m.pdf", ocr=Told("", fails=True))
    assert found.awaiting_ocr == (2,)
    assert found.warnings == ("Page 2 : la reconnaissance a échoué",)


@pytest.mark.parametrize("slant", [-4.0, -1.2, 0.0, 0.6, 3.3])
def test_a_crooked_page_is_straightened_and_boxes_find_their_way_back(slant: float) -> None:
    straight = _pixels(_LINES * 6, 100)
    crooked = np.asarray(Image.fromarray(straight).rotate(-slant, fillcolor=255, resample=Image.Resampling.BICUBIC))
    assert find_slant(crooked) == pytest.approx(-slant, abs=0.2)
    prepared = prepare(crooked, 100)
    assert abs(find_slant(prepared.pixels)) < 0.25
    # A speck of ink drawn on the straightened page stands, brought back, where the crooked page has it.
    centre = (prepared.pixels.shape[1] / 2, prepared.pixels.shape[0] / 2)
    left, top, right, bottom = prepared.back((centre[0] - 2, centre[1] - 2, centre[0] + 2, centre[1] + 2))
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx(
        (crooked.shape[1] / 2, crooked.shape[0] / 2), abs=1
    )


@pytest.mark.parametrize("quarter", [0, 90, 180, 270])
def test_boxes_on_a_turned_page_find_their_way_back(quarter: int) -> None:
    pixels = np.full((400, 300), 255, np.uint8)
    pixels[40:60, 200:250] = 0
    prepared = prepare(pixels, 300, quarter=quarter)
    rows, columns = np.nonzero(prepared.pixels < 128)
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert prepared.back(tuple(map(float, box))) == pytest.approx((200, 40, 250, 60), abs=1)  # type: ignore[arg-type]


def test_specks_are_told_from_print() -> None:
    page = _pixels(_LINES, 200)
    noise = np.random.default_rng(1).random(page.shape) < 0.01
    assert not is_specked(page)
    assert is_specked(np.where(noise, 0, page).astype(np.uint8))


def test_specks_go_and_thin_strokes_stay() -> None:
    page = np.full((60, 60), 255, np.uint8)
    page[30, 10:50] = 0
    specked = page.copy()
    specked[10, 10] = specked[50, 20] = 0
    assert (without_specks(specked) == page).all()


def test_rows_lost_through_print_are_filled_and_blanks_between_lines_stay() -> None:
    page = np.full((60, 60), 255, np.uint8)
    page[10:20, 10:50] = page[22:30, 10:50] = 0
    broken = page.copy()
    broken[15] = 255
    assert (with_lost_rows(broken) == page).all()


def test_tesseract_reads_a_french_scan_crooked_upside_down_and_specked(tmp_path: Path) -> None:
    engine = _engine()
    pixels = _pixels(["Convention de délégation", *_LINES], 150)
    image = Image.fromarray(pixels).rotate(181.4, fillcolor=255, resample=Image.Resampling.BICUBIC)
    path = io.BytesIO()
    image.save(path, "PNG")
    (page,) = extract_pdf(picture_pdf(tmp_path / "s.pdf", [path.getvalue()]), ocr=engine).pages
    read = " ".join(page.text.split())
    for phrase in ("convention de délégation de gestion", "loi de finances", "signé par les parties"):
        assert phrase in read
    assert page.ocr_confidence is not None
    assert page.ocr_confidence > 0.8
    first = next(word for word in page.words if page.text[word.start : word.end].startswith("Convention"))
    # Upside down, the first word of the page stands at the lower right of the scan.
    assert page.size is not None
    assert first.box[0] > page.size[0] / 2
    assert first.box[1] > page.size[1] / 2


def test_an_image_of_several_pages_is_a_document(tmp_path: Path) -> None:
    frames = [Image.fromarray(_pixels((text,), 100)) for text in ("un", "deux", "trois")]
    path = tmp_path / "fax.tif"
    frames[0].convert("1").save(path, save_all=True, append_images=frames[1:], dpi=(100, 100))
    found = extract_image(path, ocr=Told("Première page.", "Deuxième page.", "Troisième page."))
    assert found.media_type == "image/tiff"
    assert [page.text for page in found.pages] == ["Première page.", "Deuxième page.", "Troisième page."]
    assert found.pages[0].size == pytest.approx((595, 842), abs=1.5)
    assert all(block.kind is not BlockKind.FURNITURE for page in found.pages for block in page.blocks)


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "P", "I;16", "CMYK", "LA"])
def test_images_of_every_mode_are_read(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "image"
    kind = "TIFF" if mode in ("CMYK", "I;16") else "PNG"
    Image.new(mode, (300, 400)).save(path, kind)
    assert extract_image(path, ocr=Told("Lu.")).pages[0].text == "Lu."


def test_an_image_waits_where_there_is_no_ocr(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    path.write_bytes(_png())
    with pytest.raises(ExtractionFailure) as failure:
        extract_image(path)
    assert failure.value.state is FailureState.AWAITING_OCR


@pytest.mark.parametrize("kept", [0, 10, 60, 500])
def test_a_damaged_image_is_quarantined(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "p.png"
    path.write_bytes(_png(_LINES)[:kept])
    with pytest.raises(ExtractionFailure) as failure:
        extract_image(path, ocr=Told("x"))
    assert failure.value.state is FailureState.QUARANTINED


def test_an_image_larger_than_any_page_is_quarantined_unread(tmp_path: Path) -> None:
    content = bytearray(_png())
    content[16:24] = struct.pack(">II", 30_000, 30_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    path = tmp_path / "p.png"
    path.write_bytes(content)
    with pytest.raises(ExtractionFailure, match="trop grande") as failure:
        extract_image(path, ocr=Told("x"))
    assert failure.value.state is FailureState.QUARANTINED


def test_an_image_without_words_is_an_empty_page_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    path.write_bytes(_png())
    found = extract_image(path, ocr=Told(""))
    assert found.pages[0].text == ""
    assert found.warnings == ("Aucun texte n’a été reconnu dans l’image",)

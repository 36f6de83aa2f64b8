"""The scans of the demo collection: pictures without text, worn the same way every time."""

import io
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest
from PIL import Image

from corpus.demo.flat import flat_text
from corpus.demo.office import convert, libreoffice
from corpus.demo.scan import WEARS, scan_file
from corpus.demo.source import Source

pytestmark = pytest.mark.skipif(libreoffice() is None, reason="LibreOffice is not installed")
FIELDS = {"title": "Procès-verbal", "date": "2014-05-06", "type": "note", "service": "DGE"}


def worn(form: str, scan: str, **fields: str) -> Source:
    body = "La séance est ouverte à neuf heures.\n\n---\n\nElle est levée à midi.\n"
    return Source(Path("worn.md"), "drop", body, {**FIELDS, "format": form, "scan": scan, **fields})


@pytest.fixture(scope="module")
def pdf() -> bytes:
    source = worn("pdf", "clean")
    return convert({source: flat_text(source)}, "pdf")[source]


def page_texts(data: bytes) -> list[str]:
    texts = []
    with pypdfium2.PdfDocument(data) as document:
        for page in document:
            text = page.get_textpage()
            texts.append(text.get_text_range().strip())
            text.close()
            page.close()
    return texts


@pytest.mark.parametrize("scan", list(WEARS))
def test_a_scan_has_its_pages_and_no_text(pdf: bytes, scan: str) -> None:
    assert page_texts(scan_file(worn("pdf", scan), pdf)) == ["", ""]


@pytest.mark.parametrize(("form", "scan"), [("pdf", "copy"), ("tif", "fax"), ("jpg", "tilted"), ("png", "faded")])
def test_the_same_page_wears_the_same_way_twice(pdf: bytes, form: str, scan: str) -> None:
    assert scan_file(worn(form, scan), pdf) == scan_file(worn(form, scan), pdf)


def test_a_fax_keeps_all_its_pages_in_black_and_white(pdf: bytes) -> None:
    with Image.open(io.BytesIO(scan_file(worn("tif", "fax"), pdf))) as image:
        assert image.mode == "1"
        assert getattr(image, "n_frames", 1) == 2


def test_a_mixed_document_keeps_the_text_of_its_other_pages(pdf: bytes) -> None:
    first, second = page_texts(scan_file(worn("pdf", "copy", scan_pages="2"), pdf))
    assert "La séance est ouverte" in first
    assert second == ""


def test_an_unknown_form_of_scan_is_refused(pdf: bytes) -> None:
    with pytest.raises(ValueError, match="docx"):
        scan_file(worn("docx", "copy"), pdf)

"""What a PDF gives besides its layout: structure, states, and pages that fail alone."""

import logging
import unicodedata
import warnings
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from pypdf.constants import PageLabelStyle
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from corpus.cleaning.characters import clean_characters
from corpus.document import PageKind
from corpus.extraction.extracted import ExtractionFailure, FailureState
from corpus.extraction.layout import Line
from corpus.extraction.layout_pages import LaidPage, lay_out
from corpus.extraction.pdf import extract_pdf
from corpus.french.wordlist import french_words
from tests.pdf_files import PROSE, drawn_pdf
from tests.test_pdf_layout import assert_covers


def _written(path: Path, source: Path, change: object) -> Path:
    writer = PdfWriter(clone_from=PdfReader(source))
    change(writer)  # type: ignore[operator]
    writer.write(path)
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    pages = [[(72, 700, f"Page {name} de la convention de gestion.")] for name in ("une", "deux", "trois")]
    return drawn_pdf(tmp_path / "plain.pdf", pages)


def test_properties_give_title_author_date_and_where_they_come_from(tmp_path: Path, plain: Path) -> None:
    def change(writer: PdfWriter) -> None:
        writer.add_metadata(
            {"/Title": "Convention  DGE", "/Author": "SISSE", "/CreationDate": "D:20190718120000+02'00'"}
        )

    found = extract_pdf(_written(tmp_path / "p.pdf", plain, change))
    assert found.title == "Convention DGE"
    assert found.metadata["author"] == "SISSE"
    assert found.metadata["date"] == "2019-07-18"
    assert found.origins["author"] == "propriétés du fichier"


@pytest.mark.parametrize("title", ["Microsoft Word - note.docx", "Sans titre", "scan0001.tif", "Document1"])
def test_a_title_written_by_a_program_is_no_title(tmp_path: Path, plain: Path, title: str) -> None:
    path = _written(tmp_path / "p.pdf", plain, lambda w: w.add_metadata({"/Title": title}))
    assert extract_pdf(path).title != title


def test_page_labels_are_kept(tmp_path: Path, plain: Path) -> None:
    def change(writer: PdfWriter) -> None:
        writer.set_page_label(0, 1, style=PageLabelStyle.LOWERCASE_ROMAN)
        writer.set_page_label(2, 2, style=PageLabelStyle.DECIMAL)

    found = extract_pdf(_written(tmp_path / "l.pdf", plain, change))
    assert [page.label for page in found.pages] == ["i", "ii", "1"]


def test_the_outline_gives_headings_their_levels(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "o.pdf"), pagesize=A4)
    canvas.setFont("Helvetica-Bold", 11)
    for y, title, level in ((780, "Dispositions", 0), (700, "Financement", 1)):
        canvas.drawString(72, y, title)
        canvas.bookmarkPage(title)
        canvas.addOutlineEntry(title, title, level)
    canvas.setFont("Helvetica", 11)
    for y in (760, 745, 680, 665):
        canvas.drawString(72, y, "Les crédits sont ouverts par la loi de finances de l'année, sans report.")
    canvas.save()
    page = extract_pdf(tmp_path / "o.pdf").pages[0]
    levels = {page.text[b.start : b.end]: b.level for b in page.blocks if b.level}
    assert levels == {"Dispositions": 1, "Financement": 2}


def test_attachments_are_unpacked_under_names_of_our_own(tmp_path: Path, plain: Path) -> None:
    folder = tmp_path / "attached"
    folder.mkdir()
    path = _written(tmp_path / "a.pdf", plain, lambda w: w.add_attachment("../../etc/passwd", b"contenu"))
    found = extract_pdf(path, attachments_dir=folder)
    (attached,) = found.attachments
    assert attached.name == "../../etc/passwd"
    assert attached.path.parent == folder
    assert attached.path.read_bytes() == b"contenu"
    assert extract_pdf(path).attachments == ()


def test_what_is_typed_in_a_form_is_text(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "f.pdf"), pagesize=A4)
    canvas.drawString(72, 760, "Raison sociale :")
    canvas.acroForm.textfield(name="nom", value="Novalène Biotech", x=180, y=750, width=200, height=20)
    canvas.save()
    assert "Novalène Biotech" in extract_pdf(tmp_path / "f.pdf").pages[0].text


def test_an_encrypted_file_needs_its_password_and_opens_with_it(tmp_path: Path, plain: Path) -> None:
    path = _written(tmp_path / "e.pdf", plain, lambda w: w.encrypt("secret", algorithm="AES-256"))
    with pytest.raises(ExtractionFailure) as failure:
        extract_pdf(path, passwords=["faux"])
    assert failure.value.state is FailureState.PASSWORD_NEEDED
    assert "Page une" in extract_pdf(path, passwords=["faux", "secret"]).pages[0].text


def test_a_file_only_locked_against_changes_is_read(tmp_path: Path, plain: Path) -> None:
    path = _written(tmp_path / "e.pdf", plain, lambda w: w.encrypt("", "maître", algorithm="AES-128"))
    assert "Page trois" in extract_pdf(path).pages[2].text


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF"])
def test_a_file_that_cannot_be_opened_is_quarantined(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.pdf"
    path.write_bytes(content)
    with pytest.raises(ExtractionFailure) as failure:
        extract_pdf(path)
    assert failure.value.state is FailureState.QUARANTINED


def test_truncated_and_damaged_files_fail_cleanly_and_silently(
    tmp_path: Path, plain: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    content = plain.read_bytes()
    outcomes: set[int | FailureState] = set()
    with warnings.catch_warnings(), caplog.at_level(logging.DEBUG):
        warnings.simplefilter("error")
        for step in range(1, 30):
            path = tmp_path / f"{step}.pdf"
            cut = content[: len(content) * step // 30]
            path.write_bytes(cut if step % 2 else cut.replace(b"obj", b"0bj", 3) + content[len(cut) :])
            try:
                outcomes.add(len(extract_pdf(path).pages))
            except ExtractionFailure as failure:
                outcomes.add(failure.state)
    assert FailureState.QUARANTINED in outcomes
    assert outcomes <= {1, 2, 3, *FailureState}
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def test_every_page_has_its_place_even_empty(tmp_path: Path) -> None:
    path = drawn_pdf(tmp_path / "b.pdf", [[(72, 700, "Première page.")], [], [(72, 700, "Troisième page.")]])
    found = extract_pdf(path)
    assert [page.number for page in found.pages] == [1, 2, 3]
    assert found.pages[1].text == ""
    assert found.awaiting_ocr == ()
    assert all(page.kind is PageKind.PAGE and page.size == pytest.approx(A4, abs=0.01) for page in found.pages)


def test_a_page_turned_on_its_side_reads_upright(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "t.pdf"), pagesize=A4)
    canvas.rotate(90)
    canvas.setFont("Helvetica", 11)
    for line, text in enumerate(("La première ligne du tableau en paysage,", "puis la seconde ligne.")):
        canvas.drawString(72, -100 - 14 * line, text)
    canvas.save()
    upright = extract_pdf(tmp_path / "t.pdf").pages[0]
    assert upright.text == "La première ligne du tableau en paysage, puis la seconde ligne."
    path = _written(tmp_path / "r.pdf", tmp_path / "t.pdf", lambda w: w.pages[0].rotate(90))
    assert extract_pdf(path).pages[0].text == upright.text


def test_pages_are_counted_as_they_are_read(plain: Path) -> None:
    told: list[tuple[int, int]] = []
    extract_pdf(plain, on_page=lambda done, count: told.append((done, count)))
    assert told[:3] == [(1, 3), (2, 3), (3, 3)]
    assert set(told[3:]) <= {(3, 3)}


_string = st.tuples(
    st.floats(-50, 620),
    st.floats(-50, 880),
    st.lists(st.sampled_from([*PROSE.split(), "•", "1.", "¹", "12/14", "ÿ", "-", "Article", "……………"]), max_size=6),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pages=st.lists(st.lists(_string, max_size=20), min_size=1, max_size=2), size=st.sampled_from([7, 11, 22]))
def test_strings_thrown_anywhere_on_a_page_keep_offsets_exact(
    tmp_path: Path, pages: list[list[tuple[float, float, list[str]]]], size: float
) -> None:
    strings = [[(x, y, " ".join(words)) for x, y, words in page] for page in pages]
    for page in extract_pdf(drawn_pdf(tmp_path / "x.pdf", strings, size=size)).pages:
        assert_covers(page)


_line = st.builds(
    lambda text, x, y, width, size, bold, aside: Line(text, (x, y, x + width, y + size), size, bold, False, aside),
    st.text(min_size=1, max_size=20).filter(str.strip).map(clean_characters).filter(str.strip),
    st.floats(0, 500),
    st.floats(0, 800),
    st.floats(5, 500),
    st.sampled_from([6.0, 10.0, 11.0, 18.0]),
    st.booleans(),
    st.sampled_from([False, False, False, True]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(_line, max_size=30), min_size=1, max_size=4))
def test_any_lines_make_pages_whose_blocks_lose_no_character(pages: list[list[Line]]) -> None:
    laid = [LaidPage(list(lines), 595, 842) for lines in pages]
    for page, lines in zip(lay_out(laid, outline={}, french=french_words()), pages, strict=True):
        assert_covers(page)
        assert unicodedata.is_normalized("NFC", page.text)
        read, given_ = _letters(page.text), _letters("".join(line.text for line in lines))
        assert read == given_


def _letters(text: str) -> Counter[str]:
    decomposed = unicodedata.normalize("NFD", text)
    return Counter(char for char in decomposed if char.isalnum())

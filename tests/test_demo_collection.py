"""The demo collection: its sources, what is built from them, and what its README says of them."""

import email
import email.policy
import html
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pypdfium2  # type: ignore[import-untyped]
import pytest
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from corpus.demo.build import FILES, SCANNED, build_bytes
from corpus.demo.drops import DELTA, INITIAL, SCANS, complete_state, place, withdrawals
from corpus.demo.flat import FOOTNOTE, STYLED, flat_text, parse_markdown
from corpus.demo.office import libreoffice
from corpus.demo.plain import html_page
from corpus.demo.source import GENERAL, SOURCES, Source, SourceError, read_source, read_sources

README = Path(FILES).parent / "README.md"
LARGEST = 200_000
SHEETS = ("xlsx", "ods", "csv")
KEPT = [source for source in read_sources(INITIAL) if source.compartment == GENERAL]
LATE = [source for source in read_sources(SCANS) if source.compartment == GENERAL]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def archive_text(data: bytes, *members: str) -> str:
    """The text of an office file's XML, a line a paragraph."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xml = "".join(archive.read(name).decode() for name in members if name in archive.namelist())
    return html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"</(?:text:p|text:h|w:p)>|<text:note ", r"\n\g<0>", xml)))


def docx_text(data: bytes) -> str:
    return archive_text(data, "word/document.xml", "word/footnotes.xml")


def odt_text(data: bytes) -> str:
    return archive_text(data, "content.xml")


def pdf_text(data: bytes) -> str:
    with pypdfium2.PdfDocument(data) as document:
        texts = []
        for page in document:
            text_page = page.get_textpage()
            texts.append(text_page.get_text_range())
            text_page.close()
            page.close()
    return "\n".join(texts)


def sheet_text(data: bytes) -> str:
    """Words only: numbers are stored as numbers, dates as dates."""
    return archive_text(data, "content.xml", "xl/sharedStrings.xml", "xl/workbook.xml") + sheet_names(data)


def sheet_names(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xml = "".join(archive.read(n).decode() for n in archive.namelist() if n in ("content.xml", "xl/workbook.xml"))
    return " ".join(html.unescape(name) for name in re.findall(r'(?:table:name|sheet name)="([^"]*)"', xml))


def slide_text(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        slides = [n for n in archive.namelist() if re.match(r"content\.xml|ppt/(slides|notesSlides)/[^/]*xml", n)]
    return archive_text(data, *slides)


def message_text(data: bytes) -> str:
    message = email.message_from_bytes(data, policy=email.policy.default)
    body = message.get_body(preferencelist=("plain",))
    assert body is not None
    return str(body.get_content())


def word_97_text(data: bytes) -> str:
    """Word 97 keeps each stretch in one of two encodings."""
    return data.decode("cp1252", "ignore") + data.decode("utf-16-le", "ignore")


def rich_text(data: bytes) -> str:
    text = re.sub(r"\\u(-?\d+)\s?(?:\\'[0-9a-f]{2}|\?)", lambda m: chr(int(m[1]) % 65536), data.decode("ascii"))
    text = re.sub(r"\\'([0-9a-f]{2})", lambda m: bytes.fromhex(m[1]).decode("cp1252"), text)
    return re.sub(r"\\[a-z]+-?\d* ?|[{}]", "", text)


def page_text(data: bytes) -> str:
    body = LexborHTMLParser(data).body
    assert body is not None
    return str(body.text(separator=" "))


def plain_text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252")


READERS: dict[str, Callable[[bytes], str]] = {
    "docx": docx_text,
    "odt": odt_text,
    "pdf": pdf_text,
    "doc": word_97_text,
    "rtf": rich_text,
    "xlsx": sheet_text,
    "ods": sheet_text,
    "pptx": slide_text,
    "odp": slide_text,
    "eml": message_text,
    "csv": plain_text,
    "html": page_text,
    "txt": plain_text,
    "md": plain_text,
}


def source_words(source: Source) -> set[str]:
    """What any built form must say: the words of the body, whatever the form does with its marks."""
    tokens = parse_markdown(FOOTNOTE.sub(r" \1 ", source.body))
    texts = [
        STYLED.sub("", child.content)
        for before, token in pairwise(tokens)
        if source.format != "csv" or before.type in ("th_open", "td_open")
        for child in token.children or ()
        if child.type in ("text", "code_inline")
    ]
    found = set(words(" ".join(texts)))
    return {word for word in found if word.isalpha()} - {"SOMME"} if source.format in SHEETS else found


def write_source(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "drop" / "folder" / "paper.md"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_kept_files_are_exactly_those_of_the_sources_of_the_first_drop() -> None:
    kept = {path.relative_to(FILES) for path in FILES.rglob("*") if path.is_file()}
    assert kept == {source.target for source in KEPT}


def test_kept_scans_are_exactly_those_of_the_general_sources_of_the_late_drop() -> None:
    kept = {path.relative_to(SCANNED) for path in SCANNED.rglob("*") if path.is_file()}
    assert kept == {source.target for source in LATE}
    assert not kept & {source.target for source in KEPT}


@pytest.mark.skipif(libreoffice() is None, reason="LibreOffice is not installed")
def test_a_rebuilt_scan_is_the_picture_kept() -> None:
    source = next(source for source in LATE if source.format == "tif")
    built = build_bytes([source])[source]
    with Image.open(io.BytesIO(built)) as again, Image.open(SCANNED / source.target) as kept:
        assert again.size == kept.size
        ink = [np.asarray(image.convert("L")).mean() for image in (again, kept)]
    assert ink[0] == pytest.approx(ink[1], rel=0.02)


def test_no_two_sources_build_the_same_file() -> None:
    places = [place(source) for source in read_sources()]
    assert len(places) == len(set(places))


def test_no_file_is_over_200_kilobytes() -> None:
    kept = [path for folder in (FILES, SCANNED) for path in folder.rglob("*") if path.is_file()]
    assert [path for path in kept if path.stat().st_size > LARGEST] == []
    assert [path for path in SOURCES.rglob("*.md") if path.stat().st_size > LARGEST] == []


def test_readme_states_the_true_counts() -> None:
    readme = README.read_text("utf-8")
    stated = re.search(r"\*\*(\d+) documents\*\*, dont (\d+) dans le premier lot", readme)
    assert stated is not None
    assert int(stated[1]) == len({(source.compartment, source.target) for source in read_sources()})
    assert int(stated[2]) == len(read_sources(INITIAL))
    rows = dict(re.findall(r"\| `(\d-\w+)` \|[^|]*\| (\d+) \|", readme))
    assert {drop: int(count) for drop, count in rows.items()} == Counter(s.drop for s in read_sources())
    for compartment, count in re.findall(r"`([\w-]+)` \((\d+)\)", readme):
        assert int(count) == len({s.target for s in read_sources() if s.compartment == compartment})


def test_the_delta_changes_and_withdraws_only_what_came_before() -> None:
    before = {(source.compartment, source.target) for source in read_sources(INITIAL)}
    delta = {(source.compartment, source.target) for source in read_sources(DELTA)}
    gone = withdrawals()
    assert gone
    assert gone <= before
    assert not gone & delta
    assert len(delta & before) >= 8
    assert len(delta - before) >= 10
    after = [(source.compartment, source.target) for source in complete_state(read_sources())]
    assert set(after) == (before | delta) - gone
    assert len(after) == len(set(after))


def test_a_changed_version_has_a_later_date_than_what_it_replaces() -> None:
    before = {(source.compartment, source.target): source for source in read_sources(INITIAL)}
    for source in read_sources(DELTA):
        old = before.get((source.compartment, source.target))
        assert old is None or old.date < source.date
        assert old is None or old.body != source.body


def test_each_drop_and_each_compartment_has_documents_of_several_services_and_years() -> None:
    sources = read_sources()
    assert {source.drop for source in sources} == {INITIAL, DELTA, SCANS}
    assert {source.compartment for source in sources} == {GENERAL, "grand-est", "diffusion-restreinte"}
    assert len({source.fields["service"] for source in sources}) >= 15
    assert {source.date[:4] for source in sources} == {str(year) for year in range(2012, 2026)}


def test_restricted_papers_say_so_in_their_text() -> None:
    restricted = [source for source in read_sources() if source.compartment == "diffusion-restreinte"]
    assert [source.path for source in restricted if "DIFFUSION RESTREINTE" not in source.body] == []
    open_ones = [source for source in read_sources() if source.compartment != "diffusion-restreinte"]
    assert [source.path for source in open_ones if "DIFFUSION RESTREINTE" in source.body] == []


def test_every_late_scan_is_a_picture_of_its_text() -> None:
    assert [source.path for source in read_sources(SCANS) if "scan" not in source.fields] == []
    assert [source.path for source in read_sources(INITIAL) if "scan" in source.fields] == []


@pytest.mark.parametrize("source", KEPT, ids=lambda source: str(source.target))
def test_a_kept_file_says_every_word_of_its_source(source: Source) -> None:
    said = READERS[source.format]((FILES / source.target).read_bytes())
    # A long word may be cut in a narrow cell of a PDF: blanks are no evidence.
    squeezed = re.sub(r"\s|\ufffe", "", said)
    assert {word for word in source_words(source) if word not in squeezed} == set()


def test_formats_written_without_libreoffice_are_the_same_bytes_again() -> None:
    plain = [source for source in KEPT if source.format in ("html", "md", "txt", "csv")]
    assert plain
    for source, data in build_bytes(plain).items():
        assert data == (FILES / source.target).read_bytes(), source.target


@pytest.mark.skipif(libreoffice() is None, reason="LibreOffice is not installed")
def test_a_rebuilt_sample_says_the_same_as_the_kept_files() -> None:
    office = ("docx", "odt", "pdf", "xlsx", "ods", "pptx", "odp")
    sample = {source.format: source for source in KEPT if source.format in office}
    assert {"docx", "odt", "pdf", "xlsx", "ods"} <= set(sample)
    for source, data in build_bytes(sample.values()).items():
        read = READERS[source.format]
        assert words(read(data)) == words(read((FILES / source.target).read_bytes())), source.target


@pytest.mark.skipif(libreoffice() is None, reason="LibreOffice is not installed")
def test_lengths_go_from_one_paragraph_to_forty_pages() -> None:
    sources = read_sources()
    longest = max(sources, key=lambda source: len(source.body))
    with pypdfium2.PdfDocument(build_bytes([longest])[longest]) as document:
        assert len(document) >= 40
    assert [s for s in sources if len(parse_markdown(s.body)) == 3 and s.body.count("\n") == 1] != []


def test_office_archives_carry_the_date_of_their_document_only() -> None:
    for source in KEPT:
        if source.format in ("docx", "odt"):
            with zipfile.ZipFile(FILES / source.target) as archive:
                days = {"{:04}-{:02}-{:02}".format(*info.date_time[:3]) for info in archive.infolist()}
            assert days == {source.date}


def test_dates_are_days_between_2012_and_2025() -> None:
    assert [s.path for s in read_sources() if not re.fullmatch(r"20(1[2-9]|2[0-5])-\d\d-\d\d", s.date)] == []


def test_headings_tables_lists_and_notes_become_real_styles(tmp_path: Path) -> None:
    source = Source(
        tmp_path,
        "drop",
        "## Un\n\n- a\n\n1. b\n\n| c |\n|---|\n| d |\n\nMot^[note].\n",
        {"title": "T", "date": "2020-01-02", "type": "note", "service": "S", "format": "odt"},
    )
    flat = flat_text(source)
    assert '<text:h text:style-name="Heading_20_2" text:outline-level="2">Un</text:h>' in flat
    assert '<text:list text:style-name="Puces">' in flat
    assert '<text:list text:style-name="Numeros">' in flat
    assert '<text:p text:style-name="Table_20_Heading">c</text:p>' in flat
    assert '<text:p text:style-name="Footnote">note</text:p>' in flat
    assert "<text:page-number>" in flat


def test_what_flat_text_cannot_write_is_refused(tmp_path: Path) -> None:
    fields = {"title": "T", "date": "2020-01-02", "type": "note", "service": "S", "format": "odt"}
    with pytest.raises(ValueError, match="html_block"):
        flat_text(Source(tmp_path, "drop", "<div>brut</div>\n", fields))


def test_typography_is_set_as_in_print() -> None:
    page = html_page(
        Source(
            Path("x"),
            "drop",
            "L'aide : 1 200 000 euros, « oui » !\n",
            {"title": "T", "date": "2020-01-02", "type": "note", "service": "S", "format": "html"},
        )
    )
    assert "L’aide\u00a0: 1\u00a0200\u00a0000 euros, «\u00a0oui\u00a0»\u00a0!" in page


def test_a_source_without_its_required_fields_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.demo.source.SOURCES", tmp_path)
    path = write_source(tmp_path, "---\ntitle: T\ndate: 2020-01-02\n---\nTexte\n")
    with pytest.raises(SourceError, match="type, service, format"):
        read_source(path)


@pytest.mark.parametrize("head", ["Texte seul\n", "---\ntitle\n---\nTexte\n", "---\ntitle: a\ntitle: b\n---\nx\n"])
def test_unreadable_front_matter_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: str) -> None:
    monkeypatch.setattr("corpus.demo.source.SOURCES", tmp_path)
    with pytest.raises(SourceError):
        read_source(write_source(tmp_path, head))

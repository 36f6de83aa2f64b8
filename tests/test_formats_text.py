"""HTML, Markdown, text and CSV: structure kept, whatever the encoding."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.document import BlockKind, PageKind
from corpus.extraction import wire
from corpus.extraction.dispatch import extract
from corpus.extraction.extracted import Extracted, ExtractionFailure, FailureState
from corpus.extraction.html import read_html
from corpus.extraction.limits import Limits
from corpus.extraction.markdown import read_markdown
from corpus.extraction.media_type import sniff
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.text import decode, read_text

SENTENCE = "Les entreprises françaises, où qu'elles soient, s'adressent à la préfecture : l'œuvre coûte 3 €."


def blocks(extracted: Extracted) -> list[tuple[str, int, str]]:
    return [
        (block.kind.value, block.level, page.text[block.start : block.end])
        for page in extracted.pages
        for block in page.blocks
    ]


def texts(extracted: Extracted, kind: BlockKind) -> list[str]:
    return [text for found, _, text in blocks(extracted) if found == kind.value]


def test_a_web_page_gives_what_a_reader_sees() -> None:
    page = read_html(
        """<html lang="fr"><head><title>Aides &amp; appuis</title><meta name="author" content="DGE">
        <style>p{color:red}</style></head><body><nav>Accueil</nav><h1>Aides</h1><p>Une <b>aide</b>
        par&nbsp;an.<br>Deux lignes.</p><script>alert(1)</script><h2>Qui</h2><ul><li>PME<li>ETI
        <ul><li>industrielles</ul></ul><table><tr><th>An<th>Montant<tr><td>2024<td>3 M€</table>
        <p hidden>secret</p>Texte libre<footer>Mentions</footer></body></html>"""
    )
    assert blocks(page) == [
        ("heading", 1, "Aides"),
        ("paragraph", 0, "Une aide par\u00a0an.\nDeux lignes."),
        ("heading", 2, "Qui"),
        ("list_item", 0, "PME"),
        ("list_item", 0, "ETI"),
        ("list_item", 0, "industrielles"),
        ("table_row", 0, "An | Montant"),
        ("table_row", 0, "2024 | 3 M€"),
        ("paragraph", 0, "Texte libre"),
        ("furniture", 0, "Mentions"),
    ]
    assert page.title == "Aides & appuis"
    assert page.metadata == {"author": "DGE", "language": "fr"}
    assert page.origins.keys() == page.metadata.keys()


def test_layout_tables_keep_their_headings() -> None:
    page = read_html("<table><tr><td><h2>Titre</h2><p>Texte</p></td></tr></table>")
    assert blocks(page) == [("heading", 2, "Titre"), ("paragraph", 0, "Texte")]


def test_a_page_nested_ten_thousand_deep_is_read() -> None:
    page = read_html("<div>" * 10_000 + "fond")
    assert texts(page, BlockKind.PARAGRAPH) == ["fond"]


def test_markdown_gives_its_structure_without_its_marks() -> None:
    page = read_markdown(
        "---\ntitle: Bilan 2024\nauteur: SISSE\n---\n# Bilan\n\nUn **mot** et [un lien](http://x).\n\n"
        "- un\n- deux\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n```\ncode  brut\n```\n\nArticle 2 – Objet\n\nTexte.\n"
    )
    assert blocks(page) == [
        ("heading", 1, "Bilan"),
        ("paragraph", 0, "Un mot et un lien."),
        ("list_item", 0, "un"),
        ("list_item", 0, "deux"),
        ("table_row", 0, "A | B"),
        ("table_row", 0, "1 | 2"),
        ("paragraph", 0, "code  brut"),
        ("heading", 6, "Article 2 – Objet"),
        ("paragraph", 0, "Texte."),
    ]
    assert page.title == "Bilan 2024"
    assert page.metadata == {"author": "SISSE"}


def test_plain_text_gives_paragraphs_bullets_and_numbered_headings() -> None:
    page = read_text("Note\n\nArticle 1er\nLe présent texte,\nsur deux lignes.\n- un\n- deux\n\nFin de\nArticle 3 cité")
    assert blocks(page) == [
        ("paragraph", 0, "Note"),
        ("heading", 5, "Article 1er"),
        ("paragraph", 0, "Le présent texte,\nsur deux lignes."),
        ("list_item", 0, "- un"),
        ("list_item", 0, "- deux"),
        ("paragraph", 0, "Fin de\nArticle 3 cité"),
    ]


def test_form_feeds_separate_pages() -> None:
    extracted = read_text("un\n\fdeux\n\f")
    assert [(page.number, page.text, page.kind) for page in extracted.pages] == [
        (1, "un", PageKind.PAGE),
        (2, "deux", PageKind.PAGE),
    ]


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "iso8859_15", "cp850", "mac_roman"],
)
def test_french_text_is_read_in_any_encoding(encoding: str) -> None:
    sentence = SENTENCE.replace("œ", "oe").replace("€", "euros") if encoding in {"cp850"} else SENTENCE
    assert decode(((sentence + "\n") * 5).encode(encoding)).splitlines()[0] == sentence


def test_a_declared_charset_is_believed_when_the_bytes_are_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes('<html><head><meta charset="windows-1252"></head><p>Œuvre à 3 €'.encode("cp1252"))
    assert extract(path, path.name, ExtractionOptions()).pages[0].text == "Œuvre à 3 €"


def test_csv_rows_can_be_read_without_their_header(tmp_path: Path) -> None:
    path = tmp_path / "aides.csv"
    path.write_bytes("Région;Montant\nBretagne;3,5\n;\nCorse;\n".encode("cp1252"))
    extracted = extract(path, path.name, ExtractionOptions())
    assert texts(extracted, BlockKind.TABLE_ROW) == [
        "Région | Montant",
        "Région : Bretagne | Montant : 3,5",
        "Région : Corse",
    ]


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (b"%PDF-1.7\n", "note.txt", "application/pdf"),
        (b"\n\n%PDF-1.7\n", "note.docx", "application/pdf"),
        (b"{\\rtf1 x}", "note.doc", "application/rtf"),
        (b"<!DOCTYPE html><p>x", "note.pdf", "text/html"),
        (b"From: a@b\nSubject: x\n\ncorps", "note.txt", "message/rfc822"),
        (b"From a@b Mon Mar  4 10:00:00 2024\nSubject: x\n\ncorps", "x", "application/mbox"),
        (b"# Titre\n", "note.md", "text/markdown"),
        (b"# Titre\n", "note.pdf", "text/plain"),
        (b"a;b\n", "x.CSV", "text/csv"),
        (b"\x89PNG\r\n\x1a\n", "x.txt", "image/png"),
        (bytes(range(256)) * 10, "x.txt", "application/octet-stream"),
        (b"MZ\x90\x00", "facture.pdf", "application/x-msdownload"),
        (b"", "x.pdf", "application/x-empty"),
    ],
)
def test_content_tells_more_than_the_extension(tmp_path: Path, content: bytes, name: str, media_type: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert sniff(path) == media_type


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (b"", FailureState.QUARANTINED),
        (b" \n\t\n", FailureState.QUARANTINED),
        (b"MZ\x90\x00", FailureState.UNSUPPORTED),
        (b"\x7fELF", FailureState.UNSUPPORTED),
    ],
)
def test_what_cannot_be_read_has_a_state_and_a_remedy(tmp_path: Path, content: bytes, state: FailureState) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(ExtractionFailure) as failure:
        extract(path, "x", ExtractionOptions())
    assert failure.value.state is state
    assert failure.value.message
    assert failure.value.remedy


def covers_all_but_blanks(extracted: Extracted) -> bool:
    for page in extracted.pages:
        said = "".join(page.text[block.start : block.end] for block in page.blocks)
        if "".join(said.split()) != "".join(page.text.split()):
            return False
    return True


@given(st.text())
@pytest.mark.parametrize("reader", [read_text, read_html, read_markdown])
def test_blocks_of_any_text_are_exact(reader: object, source: str) -> None:
    assert callable(reader)
    try:
        extracted = reader(source)
    except ExtractionFailure:
        return
    wire.check(extracted, Limits(), Path("/nowhere"))
    assert covers_all_but_blanks(extracted)
    assert all(unicodedata.is_normalized("NFC", page.text) for page in extracted.pages)
    assert all(0 <= ord(c) < 0xD800 or ord(c) > 0xDFFF for page in extracted.pages for c in page.text)


@given(st.binary(max_size=2000))
def test_any_bytes_decode(data: bytes) -> None:
    assert isinstance(decode(data), str)

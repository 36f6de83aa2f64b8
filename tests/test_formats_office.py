"""Office documents: what their authors wrote, with its structure; nothing that was struck out."""

import hashlib
import io
import shutil
import subprocess
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import docx
import msoffcrypto  # type: ignore[import-untyped]
import pptx
import pytest
import xlsxwriter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from odfdo import Document as OpenDocument
from odfdo import Paragraph

from corpus.document import PageKind
from corpus.extraction import media_type as media
from corpus.extraction.dispatch import extract
from corpus.extraction.extracted import Extracted, ExtractionFailure, FailureState
from corpus.extraction.limits import MIB, Limits
from corpus.extraction.open_document_locks import SPACE
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.packages import check_package
from tests.test_formats_text import blocks

needs_libreoffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


def read(path: Path, **options: tuple[str, ...]) -> Extracted:
    return extract(path, path.name, ExtractionOptions(**options))  # type: ignore[arg-type]


@pytest.fixture
def note(tmp_path: Path) -> Path:
    document = docx.Document()
    document.core_properties.title = "Note au ministre"
    document.core_properties.author = "Claire Martin"
    document.add_heading("Contexte", 1)
    document.add_paragraph("La convention est prolongée.")
    document.add_paragraph("Article 2 – Objet")
    document.add_paragraph("un délai", style="List Bullet")
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ["Année", "Montant", "2019", "400 000 €"], strict=True):
        cell.text = text
    document.add_paragraph("Fin.")
    document.save(str(tmp_path / "note.docx"))
    return tmp_path / "note.docx"


NOTE = [
    ("heading", 1, "Contexte"),
    ("paragraph", 0, "La convention est prolongée."),
    ("heading", 6, "Article 2 – Objet"),
    ("list_item", 0, "un délai"),
    ("table_row", 0, "Année | Montant"),
    ("table_row", 0, "2019 | 400 000 €"),
    ("paragraph", 0, "Fin."),
]


def test_a_word_document_gives_headings_lists_tables_and_properties(note: Path) -> None:
    extracted = read(note)
    assert blocks(extracted) == NOTE
    assert extracted.title == "Note au ministre"
    assert extracted.metadata["author"] == "Claire Martin"


def word(body: str, folder: Path) -> Path:
    document = docx.Document()
    for element in parse_xml(f"<w:body {nsdecls('w')}>{body}</w:body>"):
        document.element.body.insert_element_before(element, "w:sectPr")
    document.save(str(folder / "x.docx"))
    return folder / "x.docx"


def test_deleted_text_is_left_out_and_inserted_text_is_kept(tmp_path: Path) -> None:
    path = word(
        '<w:p><w:r><w:t xml:space="preserve">Le montant est de </w:t></w:r>'
        '<w:del w:id="1" w:author="x"><w:r><w:delText>100 €</w:delText></w:r></w:del>'
        '<w:ins w:id="2" w:author="x"><w:r><w:t>200 €</w:t></w:r></w:ins></w:p>',
        tmp_path,
    )
    assert blocks(read(path)) == [("paragraph", 0, "Le montant est de 200 €")]


def test_outline_levels_make_headings_without_styles(tmp_path: Path) -> None:
    path = word('<w:p><w:pPr><w:outlineLvl w:val="2"/></w:pPr><w:r><w:t>Sous-titre</w:t></w:r></w:p>', tmp_path)
    assert blocks(read(path)) == [("heading", 3, "Sous-titre")]


def test_pages_are_those_of_the_last_layout(tmp_path: Path) -> None:
    path = word(
        "<w:p><w:r><w:t>un</w:t></w:r></w:p>"
        "<w:p><w:r><w:t>fin de un</w:t><w:lastRenderedPageBreak/></w:r></w:p><w:p><w:r><w:t>deux</w:t></w:r></w:p>",
        tmp_path,
    )
    assert [(page.kind, page.text) for page in read(path).pages] == [
        (PageKind.PAGE, "un\n\nfin de un"),
        (PageKind.PAGE, "deux"),
    ]


def convert(path: Path, extension: str) -> Path:
    profile = path.parent / "profile"
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={profile.as_uri()}",
            "--headless",
            "--convert-to",
            extension,
            "--outdir",
            path.parent,
            path,
        ],
        check=True,
        capture_output=True,
    )
    return path.with_suffix(f".{extension}")


@needs_libreoffice
@pytest.mark.parametrize("extension", ["odt", "rtf", "doc"])
def test_other_text_formats_say_the_same(note: Path, extension: str) -> None:
    extracted = read(convert(note, extension))
    assert blocks(extracted) == NOTE
    assert extracted.title == "Note au ministre"


@needs_libreoffice
def test_footnotes_come_after_the_text_that_calls_them(tmp_path: Path) -> None:
    source = tmp_path / "x.html"
    source.write_text(
        '<p>Texte<a class="sdfootnoteanc" name="sdfootnote1anc" href="#sdfootnote1sym">1</a> suite.</p>'
        '<div id="sdfootnote1"><p class="sdfootnote"><a name="sdfootnote1sym" href="#sdfootnote1anc"></a>'
        "La note.</p></div>"
    )
    odt = convert(source, "odt")
    for path in (odt, convert(odt, "docx")):
        kinds = [(kind, text.strip()) for kind, _, text in blocks(read(path))]
        assert kinds == [("paragraph", "Texte suite."), ("footnote", "La note.")]


@pytest.fixture
def show(tmp_path: Path) -> Path:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Bilan"
    slide.placeholders[1].text = "Un point\nUn autre"
    slide.notes_slide.notes_text_frame.text = "À dire"
    presentation.slides.add_slide(presentation.slide_layouts[5]).shapes.title.text = "Suites"
    presentation.save(str(tmp_path / "bilan.pptx"))
    return tmp_path / "bilan.pptx"


def test_slides_are_pages_and_their_notes_are_kept(show: Path) -> None:
    extracted = read(show)
    assert [page.kind for page in extracted.pages] == [PageKind.SLIDE] * 2
    assert blocks(extracted) == [
        ("heading", 1, "Bilan"),
        ("list_item", 0, "Un point"),
        ("list_item", 0, "Un autre"),
        ("footnote", 0, "À dire"),
        ("heading", 1, "Suites"),
    ]


@needs_libreoffice
@pytest.mark.parametrize("extension", ["odp", "ppt"])
def test_other_slide_formats_say_the_same(show: Path, extension: str) -> None:
    extracted = read(convert(show, extension))
    assert [text for _, _, text in blocks(extracted)] == ["Bilan", "Un point", "Un autre", "À dire", "Suites"]
    assert [page.number for page in extracted.pages] == [1, 2]


@pytest.fixture
def budget(tmp_path: Path) -> Path:
    book = xlsxwriter.Workbook(str(tmp_path / "budget.xlsx"))
    sheet = book.add_worksheet("Budget")
    sheet.write_row(0, 0, ["Année", "Montant"])
    sheet.write_row(1, 0, [2024, 1200.5])
    book.add_worksheet("Seconde").write_row(0, 0, [1, 2])
    book.close()
    return tmp_path / "budget.xlsx"


def assert_budget(extracted: Extracted) -> None:
    assert [(page.kind, page.label) for page in extracted.pages] == [
        (PageKind.SHEET, "Budget"),
        (PageKind.SHEET, "Seconde"),
    ]
    assert blocks(extracted) == [
        ("heading", 1, "Budget"),
        ("table_row", 0, "Année | Montant"),
        ("table_row", 0, "Année : 2024 | Montant : 1200.5"),
        ("heading", 1, "Seconde"),
        ("table_row", 0, "1 | 2"),
    ]


def test_sheets_are_pages_and_rows_can_be_read_alone(budget: Path) -> None:
    assert_budget(read(budget))


@needs_libreoffice
@pytest.mark.parametrize("extension", ["ods", "xls"])
def test_other_sheet_formats_say_the_same(budget: Path, extension: str) -> None:
    assert_budget(read(convert(budget, extension)))


def test_without_libreoffice_legacy_files_say_what_they_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.rtf"
    path.write_text(r"{\rtf1 Bonjour}")
    monkeypatch.setattr("corpus.extraction.legacy.shutil.which", lambda _: None)
    with pytest.raises(ExtractionFailure) as failure:
        read(path)
    assert failure.value.state is FailureState.NEEDS_LIBREOFFICE
    assert "LibreOffice" in failure.value.remedy


def encrypted(path: Path, password: str) -> Path:
    out = path.with_name(f"protégé {path.name}")
    with path.open("rb") as source, out.open("wb") as target:
        msoffcrypto.OfficeFile(source).encrypt(password, target)
    return out


def test_a_protected_document_opens_with_a_known_password_only(note: Path) -> None:
    path = encrypted(note, "sésame")
    assert blocks(read(path, passwords=("faux", "sésame"))) == NOTE
    for passwords in ((), ("faux",)):
        with pytest.raises(ExtractionFailure) as failure:
            read(path, passwords=passwords)
        assert failure.value.state is FailureState.PASSWORD_NEEDED


def rewritten(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    out = path.with_name(f"changed{path.suffix}")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
    return out


def test_a_package_that_declares_entities_is_refused(note: Path) -> None:
    declaration = b'<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    path = rewritten(
        note,
        lambda name, data: (
            data.replace(b"<w:document", declaration + b"<w:document", 1) if name == "word/document.xml" else data
        ),
    )
    with pytest.raises(ExtractionFailure) as failure:
        read(path)
    assert failure.value.state is FailureState.QUARANTINED
    assert "entités" in failure.value.message


def test_a_package_that_unpacks_into_too_much_is_refused(note: Path) -> None:
    path = rewritten(note, lambda name, data: data + b" " * (50 * MIB if name == "word/document.xml" else 0))
    with pytest.raises(ExtractionFailure) as failure:
        check_package(path, "le document", Limits())
    assert "bombe" in failure.value.message


def test_a_docx_renamed_is_still_a_docx(note: Path) -> None:
    path = note.rename(note.with_suffix(".pdf"))
    assert read(path).media_type == media.DOCX


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("note.odt", "Le seuil est abaissé à dix pour cent."),
        ("table.ods", "Alpha;10"),
        ("slides.odp", "Le seuil est abaissé à dix pour cent."),
        # LibreOffice 7.4 wrote it as OpenDocument 1.1: Blowfish and SHA-1.
        ("ancienne.odt", "Le contrôle des investissements étrangers"),
    ],
)
def test_what_libreoffice_protected_opens_with_a_known_password_only(name: str, told: str) -> None:
    path = Path(__file__).parent / "protected" / name
    opened = read(path, passwords=("faux", "sésame"))
    assert told in opened.pages[0].text
    for passwords in ((), ("faux",)):
        with pytest.raises(ExtractionFailure) as failure:
            read(path, passwords=passwords)
        assert failure.value.state is FailureState.PASSWORD_NEEDED


def whole_package(clear: bytes, password: str, *, kib: int = 64, tag: bool = True) -> bytes:
    """An ODT as LibreOffice 24.8 locks it: a package inside another, which is all that the other holds."""
    vector, salt = b"v" * 12, b"s" * 16
    key = Argon2id(salt=salt, length=32, iterations=1, lanes=1, memory_cost=64).derive(
        hashlib.sha256(password.encode()).digest()
    )
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    sealed = vector + AESGCM(key).encrypt(vector, deflate.compress(clear) + deflate.flush(), None)
    manifest = (
        f'<manifest:manifest xmlns:manifest="{SPACE}" manifest:version="1.4" xmlns:loext='
        '"urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0">'
        '<manifest:file-entry manifest:full-path="encrypted-package" manifest:media-type="application/vnd.oasis.'
        f'opendocument.text" manifest:size="{len(clear)}"><manifest:encryption-data><manifest:algorithm '
        'manifest:algorithm-name="http://www.w3.org/2009/xmlenc11#aes256-gcm" manifest:initialisation-vector='
        f'"{b64encode(vector).decode()}"/><manifest:start-key-generation manifest:start-key-generation-name='
        '"http://www.w3.org/2001/04/xmlenc#sha256" manifest:key-size="32"/><manifest:key-derivation '
        'manifest:key-derivation-name="urn:org:documentfoundation:names:experimental:office:manifest:argon2id" '
        f'manifest:key-size="32" loext:argon2-iterations="1" loext:argon2-memory="{kib}" loext:argon2-lanes="1" '
        f'manifest:salt="{b64encode(salt).decode()}"/></manifest:encryption-data></manifest:file-entry>'
        "</manifest:manifest>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("mimetype", media.ODT)
        package.writestr("encrypted-package", sealed if tag else sealed[:-1])
        package.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


def test_a_package_locked_as_a_whole_opens_with_a_known_password_only(tmp_path: Path) -> None:
    text = OpenDocument("text")
    text.body.append(Paragraph("Le seuil est abaissé à dix pour cent."))
    clear = io.BytesIO()
    text.save(clear)
    locked = tmp_path / "note.odt"
    locked.write_bytes(whole_package(clear.getvalue(), "sésame"))
    assert "abaissé" in read(locked, passwords=("faux", "sésame")).pages[0].text
    for spoilt, state in (
        (whole_package(clear.getvalue(), "autre"), FailureState.PASSWORD_NEEDED),
        (whole_package(clear.getvalue(), "sésame", tag=False), FailureState.PASSWORD_NEEDED),
        (whole_package(clear.getvalue(), "sésame", kib=8 << 20), FailureState.QUARANTINED),
        (whole_package(b"PK rien", "sésame"), FailureState.QUARANTINED),
    ):
        locked.write_bytes(spoilt)
        with pytest.raises(ExtractionFailure) as failure:
            read(locked, passwords=("sésame",))
        assert failure.value.state is state


@pytest.mark.parametrize(
    ("said", "instead", "reason"),
    [
        (b"aes256-cbc", b"aes256-gcm", "d’une manière qui n’est pas lue"),
        (b'iteration-count="100000"', b'iteration-count="999999999"', "d’une manière qui n’est pas lue"),
        (b"<manifest:manifest ", b'<!DOCTYPE x [<!ENTITY a "b">]><manifest:manifest ', "endommagé"),
        (b'vector="', b'vector="A', "endommagé"),
    ],
)
def test_a_protection_that_is_unknown_or_spoilt_is_told(
    said: bytes, instead: bytes, reason: str, tmp_path: Path
) -> None:
    spoilt = tmp_path / "note.odt"
    with (
        zipfile.ZipFile(Path(__file__).parent / "protected" / "note.odt") as sound,
        zipfile.ZipFile(spoilt, "w") as target,
    ):
        for member in sound.infolist():
            content = sound.read(member)
            if member.filename == "META-INF/manifest.xml":
                content = content.replace(said, instead)
            target.writestr(member.filename, content)
    with pytest.raises(ExtractionFailure) as failure:
        read(spoilt, passwords=("sésame",))
    assert failure.value.state is FailureState.QUARANTINED
    assert reason in failure.value.message

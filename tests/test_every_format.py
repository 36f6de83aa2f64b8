"""One drop with a file of every format the house reads, through the command line and the real readers."""

import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import docx
import pptx
import py7zr
import pytest
import xlsxwriter
from odfdo import Document as OpenDocument
from odfdo import Header, Paragraph
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfReader, PdfWriter

from corpus.catalogue import Catalogue
from corpus.document import BlockKind, PageKind
from corpus.extraction.ocr_tesseract import find_tesseract
from indexer.compartment import DEFAULT, Compartment
from search_api import cli
from search_api.commands.workbench import Workbench
from tests.encoders import FakeEncoder
from tests.pdf_files import PROSE, drawn, has_libreoffice, picture_pdf
from tests.poison.compound import outlook_message

PASSWORD = "sésame"
TESTS = Path(__file__).parent
TABLE = (("Poste", "Montant"), ("Études", "300"))
ROW = "Poste : Études | Montant : 300"
CELLS = "Études | 300"


def saved(write: Callable[[io.BytesIO], Any]) -> bytes:
    out = io.BytesIO()
    write(out)
    return out.getvalue()


def word() -> bytes:
    document = docx.Document()
    document.core_properties.title, document.core_properties.author = "Note moderne", "Jeanne Martin"
    document.add_heading("Objet de la note", 1)
    document.add_paragraph("Un point", style="List Bullet")
    table = document.add_table(2, 2)
    for number, row in enumerate(TABLE):
        for column, text in enumerate(row):
            table.cell(number, column).text = text
    return saved(document.save)


def slides() -> bytes:
    show = pptx.Presentation()
    for title in ("Premier jalon", "Second jalon"):
        show.slides.add_slide(show.slide_layouts[5]).shapes.title.text = title
    return saved(show.save)


def workbook() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for name in ("Dépenses", "Recettes"):
            sheet = book.add_worksheet(name)
            for number, row in enumerate(TABLE):
                sheet.write_row(number, 0, row)
    return out.getvalue()


def open_text() -> bytes:
    text = OpenDocument("text")
    text.body.clear()
    text.body.append(Header(1, "Titre ouvert"))
    text.body.append(Paragraph("Un paragraphe ouvert."))
    return saved(text.save)


def picture(text: str, kind: str) -> bytes:
    page = Image.new("L", (1240, 1754), 255)
    font = ImageFont.truetype("DejaVuSerif.ttf", 34)
    draw = ImageDraw.Draw(page)
    for number in range(6):
        draw.text((120, 160 + 70 * number), f"{text} article {number} de la convention", font=font, fill=0)
    return saved(lambda out: page.save(out, kind, dpi=(150, 150)))


def pdf(text: str, *, locked: bool = False, attached: bool = False) -> bytes:
    lines = PROSE.split(". ")[0].split(", ")
    first = [(60.0, 600.0, text), *((60.0, 570.0 - 16 * n, line) for n, line in enumerate(lines))]
    pages = [first, [(60.0, 500.0, f"Suite et fin, {text.lower()}")]]
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(drawn(pages))))
    writer.add_metadata({"/Title": text, "/Author": "Jeanne Martin"})
    if attached:
        writer.add_attachment("joint.txt", b"Une annexe jointe au PDF.")
    if locked:
        writer.encrypt(PASSWORD, algorithm="AES-256")
    return saved(writer.write)


def mixed_pdf(folder: Path) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("Dossier mixte"))))
    for page in PdfReader(picture_pdf(folder / "half.pdf", [picture("Annexe mixte", "PNG")])).pages:
        writer.add_page(page)
    return saved(writer.write)


def mail(subject: str, *, attached: bool = False) -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "Jeanne Martin <j@example.fr>", "dge@example.fr"
    message["Date"] = "Mon, 04 Mar 2024 10:00:00 +0100"
    message.set_content(f"Le corps de « {subject} ».\n\n> ancien échange cité\n")
    if attached:
        message.add_attachment(b"Annexe du courriel.", maintype="text", subtype="plain", filename="annexe.txt")
    return message


def archives(folder: Path) -> dict[str, bytes]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("dans-zip.txt", "Le membre du ZIP.")
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w:gz") as archive:
        member = tarfile.TarInfo("dans-tar.txt")
        content = b"Le membre du TAR."
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    with py7zr.SevenZipFile(folder / "made.7z", "w", password=PASSWORD) as archive:
        archive.writestr("Le membre du 7Z.", "dans-7z.txt")
    return {"a.zip": packed.getvalue(), "b.tar.gz": tarred.getvalue(), "c.7z": (folder / "made.7z").read_bytes()}


def every_format(folder: Path) -> dict[str, bytes]:
    mbox = b"".join(b"From x Mon Mar  4 10:00:00 2024\n" + mail(f"Lettre {n}").as_bytes() + b"\n" for n in (1, 2))
    return {
        "texte.pdf": pdf("Note de texte"),
        "secret.pdf": pdf("Note secrète", locked=True),
        "joint.pdf": pdf("Note et pièce", attached=True),
        "scan.pdf": picture_pdf(folder / "scan.pdf", [picture("Arrêté numérisé", "PNG")]).read_bytes(),
        "mixte.pdf": mixed_pdf(folder),
        "note.docx": word(),
        "note.doc": (TESTS / "legacy/note.doc").read_bytes(),
        "note.rtf": (TESTS / "legacy/note.rtf").read_bytes(),
        "note.odt": open_text(),
        "secret.odt": (TESTS / "protected/note.odt").read_bytes(),
        "slides.pptx": slides(),
        "slides.odp": (TESTS / "protected/slides.odp").read_bytes(),
        "budget.xlsx": workbook(),
        "budget.xls": (TESTS / "legacy/budget.xls").read_bytes(),
        "budget.ods": (TESTS / "protected/table.ods").read_bytes(),
        "budget.csv": "Poste;Montant\nÉtudes;300\n".encode("cp1252"),
        "page.html": "<title>Une page</title><h1>Titre de page</h1><ul><li>Un élément</ul>".encode(),
        "courriel.eml": mail("Point hebdomadaire", attached=True).as_bytes(),
        "outlook.msg": outlook_message("Convention", "Corps Outlook.", "c@example.fr", {"o.txt": b"Annexe Outlook."}),
        "boite.mbox": mbox,
        "utf8.txt": "Été en UTF-8.".encode(),
        "latin.txt": "Un été à Évry, près de la préfecture, écrit en cp1252 : l’œuvre est achevée.".encode("cp1252"),
        "large.txt": "Un été en UTF-16.".encode("utf-16"),
        "note.md": "# Titre marqué\n\n- un point\n".encode(),
        "image.png": picture("Image en PNG", "PNG"),
        "image.jpg": picture("Image en JPEG", "JPEG"),
        "image.tiff": picture("Image en TIFF", "TIFF"),
        **archives(folder),
    }


EXPECTED = {
    "texte.pdf": (2, ("Note de texte", "convention de délégation", "Suite et fin")),
    "secret.pdf": (2, ("Note secrète",)),
    "joint.pdf": (2, ("Note et pièce",)),
    "joint.pdf/joint.txt": (1, ("annexe jointe",)),
    "scan.pdf": (1, ("Arrêté numérisé article 3",)),
    "mixte.pdf": (3, ("Dossier mixte", "Annexe mixte article 3")),
    "note.docx": (1, ("Objet de la note", "Un point", CELLS)),
    "note.doc": (1, ("Seuils de contrôle", "Premier point", CELLS)),
    "note.rtf": (1, ("Seuils de contrôle", "Premier point", CELLS)),
    "note.odt": (1, ("Titre ouvert",)),
    "secret.odt": (1, ("Seuils de contrôle",)),
    "slides.pptx": (2, ("Premier jalon", "Second jalon")),
    "slides.odp": (1, ("abaissé à dix",)),
    "budget.xlsx": (2, ("Dépenses", "Recettes", ROW)),
    "budget.xls": (1, ("Dépenses", ROW)),
    "budget.ods": (1, ("Alpha;10",)),
    "budget.csv": (1, (ROW,)),
    "page.html": (1, ("Titre de page", "Un élément")),
    "courriel.eml": (1, ("Le corps de « Point hebdomadaire »",)),
    "courriel.eml/annexe.txt": (1, ("Annexe du courriel",)),
    "boite.mbox/Lettre 1.eml": (1, ("Le corps de « Lettre 1 »",)),
    "boite.mbox/Lettre 2.eml": (1, ("Le corps de « Lettre 2 »",)),
    "outlook.msg": (1, ("Corps Outlook",)),
    "outlook.msg/o.txt": (1, ("Annexe Outlook",)),
    "utf8.txt": (1, ("Été en UTF-8",)),
    "latin.txt": (1, ("l’œuvre est achevée",)),
    "large.txt": (1, ("été en UTF-16",)),
    "note.md": (1, ("Titre marqué", "un point")),
    "image.png": (1, ("Image en PNG article 3",)),
    "image.jpg": (1, ("Image en JPEG article 3",)),
    "image.tiff": (1, ("Image en TIFF article 3",)),
    "a.zip/dans-zip.txt": (1, ("membre du ZIP",)),
    "b.tar.gz/dans-tar.txt": (1, ("membre du TAR",)),
    "c.7z/dans-7z.txt": (1, ("membre du 7Z",)),
}

TEXT = {BlockKind.HEADING, BlockKind.LIST_ITEM, BlockKind.TABLE_ROW}
STRUCTURE = {
    "note.docx": TEXT,
    "note.doc": TEXT,
    "note.rtf": TEXT,
    "note.odt": {BlockKind.HEADING},
    "secret.odt": {BlockKind.HEADING},
    "slides.pptx": {BlockKind.HEADING},
    "budget.xlsx": {BlockKind.HEADING, BlockKind.TABLE_ROW},
    "budget.xls": {BlockKind.HEADING, BlockKind.TABLE_ROW},
    "budget.csv": {BlockKind.TABLE_ROW},
    "courriel.eml": {BlockKind.QUOTED},
    "page.html": {BlockKind.HEADING, BlockKind.LIST_ITEM},
    "note.md": {BlockKind.HEADING, BlockKind.LIST_ITEM},
}


@pytest.mark.skipif(not has_libreoffice() or find_tesseract() is None, reason="LibreOffice or Tesseract is missing")
def test_one_drop_reads_every_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    encoder = FakeEncoder()
    monkeypatch.setattr(Workbench, "encoder", lambda self: encoder)
    monkeypatch.setenv("REUNI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("REUNI_PASSWORDS", json.dumps(["faux", PASSWORD]))
    lot = tmp_path / "lot"
    lot.mkdir()
    files = every_format(tmp_path)
    for name, content in files.items():
        (lot / name).write_bytes(content)

    assert cli.run(["index", str(lot), "--json"]) == 0
    counts = json.loads(capsys.readouterr().out.strip().splitlines()[-1])

    with Catalogue.open(Compartment(tmp_path / "data", DEFAULT).catalogue, read_only=True) as catalogue:
        report = catalogue.report(DEFAULT)
        assert report is not None
        states = {record.path: (record.state, record.reason) for record in report.records}
        documents = {document.external_id: document for document in catalogue.documents()}
        read = {path: catalogue.versions.pages(document.version) for path, document in documents.items()}
    for path, (pages, texts) in EXPECTED.items():
        assert len(read[path]) == documents[path].pages == pages, path
        told = "\n".join(page.text for page in read[path])
        for text in texts:
            assert text in told, (path, told)
    for path, kinds in STRUCTURE.items():
        assert kinds <= {block.kind for page in read[path] for block in page.blocks}, path
    assert [page.label for page in read["budget.xlsx"]] == ["Dépenses", "Recettes"]
    assert [page.number for page in read["slides.pptx"]] == [1, 2]
    assert {page.kind for page in read["slides.pptx"]} == {PageKind.SLIDE}
    assert [page.ocr_confidence is not None for page in read["mixte.pdf"]] == [False, False, True]
    assert set(files) <= set(states)
    assert {path for path, (state, _) in states.items() if state == "unpacked"} == {
        "a.zip",
        "b.tar.gz",
        "c.7z",
        "boite.mbox",
    }
    assert counts["files"] == len(states)
    assert counts["new"] + counts["unpacked"] == counts["files"], states
    assert documents["note.docx"].title == "Note moderne"
    assert documents["note.doc"].title == documents["note.rtf"].title == "Note ancienne"
    for path in ("texte.pdf", "note.docx", "note.doc"):
        assert documents[path].metadata["author"] == "Jeanne Martin"
    assert documents["courriel.eml"].date == "2024-03-04"

"""Small sound files of every format, to be cut, bent, renamed, or read beside the hostile ones."""

import gzip
import io
import re
import tarfile
import zipfile
from email.message import EmailMessage
from pathlib import Path
from unittest import mock

import docx
import pptx
import py7zr
import xlsxwriter
from odfdo import Document as OpenDocument
from odfdo import Header, Paragraph

from tests.poison.compound import outlook_message

DAY = (2024, 3, 4, 0, 0, 0)
SENTENCE = "Le comité approuve la convention."


def pdf(objects: list[bytes], *, trailer: bytes = b"") -> bytes:
    """A PDF of numbered objects, the first being the catalogue."""
    out = b"%PDF-1.7\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, start)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A PDF stream object."""
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(data), entries, data)


FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"


def page_content(text: str) -> bytes:
    """The operators that show one line."""
    return b"BT /F1 12 Tf 72 720 Td (%s) Tj ET" % text.encode("cp1252")


def pdf_pages(count: int) -> bytes:
    """A PDF of so many pages of one line each."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * page) for page in range(count))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids), FONT]
    for page in range(count):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R>>>>>>" % (5 + 2 * page)
        )
        objects.append(stream(page_content(SENTENCE)))
    return pdf(objects)


def message() -> EmailMessage:
    """A message with one attachment."""
    mail = EmailMessage()
    mail["Subject"], mail["From"] = "Convention", "c.martin@example.fr"
    mail.set_content(SENTENCE)
    mail.add_attachment(SENTENCE.encode(), maintype="application", subtype="octet-stream", filename="note.txt")
    mail.set_boundary("frontiere")
    return mail


def zipped(files: dict[str, bytes]) -> bytes:
    """A ZIP archive, always the same for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, DAY), data, zipfile.ZIP_DEFLATED, 1)
    return out.getvalue()


def stored(package: bytes) -> bytes:
    """The same ZIP package with its members uncompressed, dated the same day: what a byte changes is known.

    Dates, which libraries write in the properties, become that day too.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(out, "w") as target:
        for member in source.infolist():
            data = re.sub(rb"\b20\d\d-\d\d-\d\dT[\d:.]+", b"2024-03-04T00:00:00", source.read(member))
            target.writestr(zipfile.ZipInfo(member.filename, DAY), data)
    return out.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    """A compressed TAR archive, always the same for the same files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(out.getvalue(), 1, mtime=0)


def samples(folder: Path) -> dict[str, bytes]:
    """Extension to the bytes of a sound file that says :data:`SENTENCE`."""
    word = docx.Document()
    word.add_heading("Titre", 1)
    word.add_paragraph(SENTENCE)
    word.save(str(folder / "x.docx"))
    show = pptx.Presentation()
    show.slides.add_slide(show.slide_layouts[5]).shapes.title.text = SENTENCE
    show.save(str(folder / "x.pptx"))
    book = xlsxwriter.Workbook(str(folder / "x.xlsx"))
    book.add_worksheet().write_row(0, 0, [SENTENCE, "x"])
    book.close()
    text = OpenDocument("text")
    text.body.clear()
    text.body.append(Header(1, "Titre"))
    text.body.append(Paragraph(SENTENCE))
    text.save(str(folder / "x.odt"))
    with mock.patch("time.time", lambda: 1_709_510_400.0), py7zr.SevenZipFile(folder / "x.7z", "w") as archive:
        archive.writestr(SENTENCE.encode(), "note.txt")
    made = {name: stored((folder / f"x.{name}").read_bytes()) for name in ("docx", "pptx", "xlsx", "odt")}
    return made | {
        "7z": (folder / "x.7z").read_bytes(),
        "pdf": pdf_pages(2),
        "zip": zipped({"note.txt": SENTENCE.encode(), "autre.txt": b"autre " * 500}),
        "tar.gz": tarred({"note.txt": SENTENCE.encode(), "autre.txt": bytes(range(256)) * 20}),
        "eml": message().as_bytes(),
        "msg": outlook_message("Convention", SENTENCE, "c@example.fr", {"note.txt": SENTENCE.encode()}),
        "html": f"<html><body><h1>Titre</h1><p>{SENTENCE}</p><table><tr><td>1<td>2</table>".encode(),
        "md": f"# Titre\n\n{SENTENCE}\n".encode(),
        "csv": f"Texte;Montant\n{SENTENCE};3\n".encode(),
        "txt": f"{SENTENCE}\n".encode(),
    }

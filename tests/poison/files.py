"""The hostile files: what each is, and what must become of it."""

import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msoffcrypto  # type: ignore[import-untyped]
import py7zr
from pypdf import PdfReader, PdfWriter

from tests.poison.compound import outlook_message
from tests.poison.healthy import DAY, FONT, SENTENCE, page_content, pdf, pdf_pages, samples, stream, tarred, zipped

READ = "read"
QUARANTINED = "quarantined"
PASSWORD = "password_needed"
UNSUPPORTED = "unsupported"
_MIB = 1 << 20


@dataclass(frozen=True)
class Hostile:
    """One hostile file: what it is called, its bytes, and the one outcome that is right.

    What is still readable is read; what is recognised and cannot be opened is quarantined; what no longer says what
    it is, or that the house does not read, is unsupported.
    """

    name: str
    data: bytes
    outcome: str


def hostile_files(folder: Path) -> list[Hostile]:
    """Those that hurt any reader; ``folder`` is scratch."""
    sound = samples(folder)
    makers = (
        truncated(sound),
        bent(sound),
        misnamed(sound),
        empty_and_noise(),
        bombs(sound),
        circular(sound),
        archives_that_escape(),
        endless_messages(),
        strange_names(),
        protected(folder, sound),
        enormous(),
        nested(sound),
    )
    return [hostile for maker in makers for hostile in maker]


# From which twelfth of the file on something can be read; the last is the whole file less one byte.
_READABLE_FROM = {
    # A line of text is a text; a message begins with its subject.
    "txt": 1,
    "md": 1,
    "csv": 1,
    "eml": 1,
    # Opening tags alone say nothing.
    "html": 3,
    # Members follow each other: the first is whole.
    "tar.gz": 3,
    # pdfium finds the objects again without their table, and not without the trailer that names the first.
    "pdf": 12,
}
# Packages, 7z and compound files have their directory at their end, and a check of their length.


_SIGNATURE_BYTES = {"tar.gz": 2, "7z": 6, "msg": 8}


def truncated(sound: dict[str, bytes]) -> Iterator[Hostile]:
    """Cut at a dozen points, from the first bytes to the last one."""
    for extension, data in sound.items():
        for twelfth in range(1, 13):
            cut = data[:-1] if twelfth == 12 else data[: len(data) * twelfth // 12]
            outcome = READ if twelfth >= _READABLE_FROM.get(extension, 13) else QUARANTINED
            yield Hostile(f"coupé {twelfth}.{extension}", cut, outcome)


def bent(sound: dict[str, bytes]) -> Iterator[Hostile]:
    """A hundred bytes changed, always the same ones: sums and tables no longer agree."""
    chance = random.Random(20240304)
    for extension in ("docx", "pptx", "xlsx", "odt", "pdf", "zip", "7z", "tar.gz", "msg"):
        for attempt in range(6):
            data = bytearray(sound[extension])
            for _ in range(max(3, min(100, len(data) // 50))):
                data[chance.randrange(len(data))] = chance.randrange(256)
            # A PDF is known by its objects too.
            signed = extension == "pdf" or data.startswith(sound[extension][: _SIGNATURE_BYTES.get(extension, 4)])
            yield Hostile(f"tordu {attempt}.{extension}", bytes(data), QUARANTINED if signed else UNSUPPORTED)


def misnamed(sound: dict[str, bytes]) -> Iterator[Hostile]:
    """Sound files under another format's extension: read by their content."""
    for extension in ("docx", "pptx", "xlsx", "odt", "pdf", "zip", "7z", "tar.gz", "eml", "msg", "html"):
        for other in ("pdf", "txt", "xlsx", "exe"):
            yield Hostile(f"{extension} nommé.{other}", sound[extension], READ)


def empty_and_noise() -> Iterator[Hostile]:
    """Nothing, zeros, and noise behind every signature."""
    for extension in ("pdf", "docx", "odt", "txt", "html", "eml", "zip", "png", "xyz", "msg"):
        yield Hostile(f"vide.{extension}", b"", QUARANTINED)
    for extension in ("pdf", "docx", "txt", "csv", "7z"):
        yield Hostile(f"zéros.{extension}", bytes(70_000), UNSUPPORTED)
    chance = random.Random(1)
    signatures = {
        "pdf": b"%PDF-1.7\n",
        "zip": b"PK\x03\x04",
        "7z": b"7z\xbc\xaf\x27\x1c",
        "gz": b"\x1f\x8b",
        "bz2": b"BZh9",
        "xz": b"\xfd7zXZ\x00",
        "png": b"\x89PNG\r\n\x1a\n",
        "jpg": b"\xff\xd8\xff",
        "tiff": b"II*\x00",
        "gif": b"GIF89a",
    }
    for extension, signature in signatures.items():
        yield Hostile(f"bruit.{extension}", signature + chance.randbytes(5000), QUARANTINED)
    yield Hostile("bruit.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + chance.randbytes(5000), QUARANTINED)
    yield Hostile("bruit.bin", chance.randbytes(5000), UNSUPPORTED)
    yield Hostile("programme.pdf", b"MZ" + chance.randbytes(5000), UNSUPPORTED)
    yield Hostile("programme.docx", b"\x7fELF" + chance.randbytes(5000), UNSUPPORTED)


def bombs(sound: dict[str, bytes]) -> Iterator[Hostile]:
    """Small files that unpack into enormous ones."""
    zeros = bytes(40 * _MIB)
    yield Hostile("bombe.gz", gzip.compress(zeros, 1, mtime=0), QUARANTINED)
    yield Hostile("bombe.xz", lzma.compress(zeros, preset=0), QUARANTINED)
    yield Hostile("bombe.zip", zipped({"a": zeros}), QUARANTINED)
    yield Hostile("bombe.tar.gz", tarred({"a": zeros}), QUARANTINED)
    yield Hostile("chevauchée.zip", _overlapping(), QUARANTINED)
    yield Hostile("menteuse.zip", _lying(), READ)
    inner = zipped({"a.txt": b"x"})
    for _ in range(20):
        inner = zipped({"plus profond.zip": inner})
    yield Hostile("poupées.zip", inner, READ)
    yield Hostile("fourmilière.zip", zipped({f"{n}.txt": b"" for n in range(10_001)}), QUARANTINED)
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12)
    )
    external = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">'
    remote = b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd" ['
    parts = {
        "docx": "word/document.xml",
        "pptx": "ppt/presentation.xml",
        "xlsx": "xl/workbook.xml",
        "odt": "content.xml",
    }
    for extension, part in parts.items():
        for kind, declaration in (("entités", entities), ("fichier", external), ("distant", remote)):
            data = _with_part(sound[extension], part, lambda xml, d=declaration: _declared(xml, d + b"]>"))
            yield Hostile(f"{kind}.{extension}", data, QUARANTINED)
        swollen = _with_part(sound[extension], part, lambda xml: xml + b" " * len(zeros))
        yield Hostile(f"gonflé.{extension}", swollen, QUARANTINED)
    packed = zeros
    filters = b""
    for _ in range(3):
        packed = zlib.compress(packed, 1)
        filters += b"/FlateDecode"
    for rank, size in enumerate((64, 128)):
        data = zlib.compress(zlib.compress(bytes(size * _MIB), 1))
        entries = b"/Filter[/FlateDecode/FlateDecode]"
        yield Hostile(f"flate {rank}.pdf", _one_page(stream(data, entries)), READ)
    yield Hostile("flate triple.pdf", _one_page(stream(packed, b"/Filter[" + filters + b"]")), READ)


def circular(sound: dict[str, bytes]) -> Iterator[Hostile]:
    """References that come back to themselves."""
    catalogue = b"<</Type/Catalog/Pages 2 0 R>>"
    yield Hostile("pages en rond.pdf", pdf([catalogue, b"<</Type/Pages/Count 1/Kids[2 0 R]>>"]), QUARANTINED)
    yield Hostile(
        "parents en rond.pdf",
        pdf([catalogue, b"<</Type/Pages/Count 9/Parent 3 0 R/Kids[3 0 R]>>", b"<</Type/Pages/Count 9/Kids[2 0 R]>>"]),
        QUARANTINED,
    )
    outline = [
        b"<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R>>",
        b"<</Type/Pages/Count 1/Kids[4 0 R]>>",
        FONT,
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 7 0 R/Resources<</Font<</F1 3 0 R>>>>>>",
        b"<</Type/Outlines/First 6 0 R/Last 6 0 R/Count 1>>",
        b"<</Title(I)/Parent 5 0 R/First 6 0 R/Last 6 0 R/Next 6 0 R/Dest[4 0 R/Fit]>>",
        stream(page_content(SENTENCE)),
    ]
    yield Hostile("signets en rond.pdf", pdf(outline), READ)
    yield Hostile("contenu en rond.pdf", _one_page(b"6 0 R"), READ)
    yield Hostile("longueur en rond.pdf", _one_page(b"<</Length 5 0 R>>\nstream\n\nendstream"), READ)
    form = stream(b"/X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>")
    yield Hostile("formulaire en rond.pdf", _one_page(form), READ)
    whole = pdf_pages(1)
    start = whole.rindex(b"xref\n0")
    yield Hostile("tables en rond.pdf", whole.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev %d" % start), READ)
    styles = _with_part(
        sound["docx"],
        "word/styles.xml",
        lambda xml: xml.replace(b'<w:basedOn w:val="Normal"/>', b'<w:basedOn w:val="Heading1"/>'),
    )
    yield Hostile("styles en rond.docx", styles, READ)
    good = outlook_message("Convention", SENTENCE, "c@example.fr", {})
    for sector in (1, 2, 3):
        looped = bytearray(good)
        struct.pack_into("<I", looped, len(looped) - 512 + 4 * (sector - 1), sector - 1)
        yield Hostile(f"secteurs en rond {sector}.msg", bytes(looped), READ)


def archives_that_escape() -> Iterator[Hostile]:
    """Members that would be written elsewhere, or be something else than files."""
    for name in (
        "../../../../tmp/évadé",
        "/etc/cron.d/évadé",
        "..\\..\\évadé",
        "C:\\évadé",
        "a/" * 400 + "x",
        "nul\x01",
    ):
        yield Hostile(f"zip {len(name)}.zip", zipped({name: b"x"}), READ)
        yield Hostile(f"tar {len(name)}.tgz", tarred({name: b"x"}), READ)
    kinds = {
        "symbolique": tarfile.SYMTYPE,
        "dur": tarfile.LNKTYPE,
        "tube": tarfile.FIFOTYPE,
        "disque": tarfile.BLKTYPE,
        "console": tarfile.CHRTYPE,
    }
    for label, kind in kinds.items():
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            link = tarfile.TarInfo("porte")
            link.type, link.linkname = kind, "/etc"
            archive.addfile(link)
            through = tarfile.TarInfo("porte/passwd")
            through.size = 1
            archive.addfile(through, io.BytesIO(b"x"))
        yield Hostile(f"lien {label}.tar", out.getvalue(), READ)
    sparse = tarfile.TarInfo("creux")
    sparse.size = 1 << 40
    yield Hostile("creux.tar", sparse.tobuf() + bytes(1024), QUARANTINED)


def endless_messages() -> Iterator[Hostile]:
    """Messages inside messages, parts without end, headers without sense."""
    for depth in (100, 1_000, 5_000):
        opening = b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(depth)
        )
        yield Hostile(f"poupées {depth}.eml", b"From: a@b\nSubject: x\n" + opening + b"\nfond\n", QUARANTINED)
    inner = b"From: a@b\nSubject: fond\n\nfond\n"
    for _ in range(1_000):
        inner = b"From: a@b\nSubject: x\nContent-Type: message/rfc822\n\n" + inner
    yield Hostile("enveloppes 1000.eml", inner, QUARANTINED)
    parts = b"--b\nContent-Type: text/plain\n\nx\n" * 20_000
    many = b"From: a@b\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n" + parts
    yield Hostile("parties.eml", many, QUARANTINED)
    yield Hostile("en-têtes.eml", b"From: a@b\nSubject: " + b"x" * _MIB + b"\n\n" + SENTENCE.encode(), READ)
    yield Hostile("mots codés.eml", b"From: a@b\nSubject: " + b"=?utf-8?q?" * 5_000 + b"\n\nx", READ)
    yield Hostile("destinataires.eml", b"From: a@b\nTo: " + b'"a" <a@b>,' * 20_000 + b"\nSubject: x\n\nx", READ)
    for label, header in {
        "jeu": b"Content-Type: text/plain; charset=../../x",
        "base64": b"Content-Transfer-Encoding: base64",
        "date": b"Date: 99 Foo 99999 99:99:99 +9999",
        "borne": b"Content-Type: multipart/mixed",
        "type": b"Content-Type: ;;;===",
        "nom": b"Content-Disposition: attachment; filename*0*=utf-8''%%%; filename=\"\x00../x\"",
    }.items():
        yield Hostile(f"{label}.eml", b"From: a@b\nSubject: x\n" + header + b"\n\n" + b"@@@ x" * 10, READ)


def strange_names() -> Iterator[Hostile]:
    """Names are data: none is a path, a command or markup."""
    names = (
        "nul\x00.txt",
        "bidi\u202etxt.exe",
        "nfd e\u0301te\u0301.txt",
        "ligne\nsuivante.txt",
        "../../../../etc/passwd",
        "/etc/passwd",
        "-rf",
        "$(touch évadé).txt",
        "<script>alert(1)</script>.txt",
        "a" * 5_000 + ".txt",
        "\udcff\udcfe.txt",
        "\u200b",
        "",
        "CON",
    )
    for name in names:
        yield Hostile(name, SENTENCE.encode(), READ)


def protected(folder: Path, sound: dict[str, bytes]) -> Iterator[Hostile]:
    """Under passwords nobody gave."""
    for extension in ("docx", "xlsx", "pptx"):
        out = io.BytesIO()
        msoffcrypto.OfficeFile(io.BytesIO(sound[extension])).encrypt("inconnu", out)
        yield Hostile(f"protégé.{extension}", out.getvalue(), PASSWORD)
    for headers in (False, True):
        path = folder / f"protected {headers}.7z"
        with py7zr.SevenZipFile(path, "w", password="inconnu", header_encryption=headers) as archive:
            archive.writestr(SENTENCE.encode(), "note.txt")
        yield Hostile(f"protégé {headers}.7z", path.read_bytes(), PASSWORD)
    for algorithm in ("RC4-128", "AES-128", "AES-256"):
        writer = PdfWriter(clone_from=PdfReader(io.BytesIO(sound["pdf"])))
        writer.encrypt("inconnu", algorithm=algorithm)
        out = io.BytesIO()
        writer.write(out)
        yield Hostile(f"protégé {algorithm}.pdf", out.getvalue(), PASSWORD)
    manifest = _with_part(
        sound["odt"],
        "META-INF/manifest.xml",
        lambda xml: xml.replace(b"</manifest:manifest>", b"<manifest:encryption-data/></manifest:manifest>"),
    )
    yield Hostile("protégé.odt", manifest, PASSWORD)
    marked = bytearray(zipped({"note.txt": SENTENCE.encode() * 3}))
    marked[6] |= 1
    marked[marked.rindex(b"PK\x01\x02") + 8] |= 1
    yield Hostile("protégé.zip", bytes(marked), PASSWORD)


def enormous() -> Iterator[Hostile]:
    """Large, not small in disguise."""
    yield Hostile("dix mille pages.pdf", pdf_pages(10_000), READ)
    yield Hostile("trente mille points.png", _png(30_000), QUARANTINED)
    yield Hostile("ligne.txt", b"mot " * (5 * _MIB), READ)
    yield Hostile("sans blancs.html", b"<p>" + b"x" * (8 * _MIB), READ)
    yield Hostile("champ.csv", b'a;b\n"' + b"x;" * 500_000 + b'";1\n', READ)


def nested(sound: dict[str, bytes]) -> Iterator[Hostile]:
    """Structures deeper than any reader's stack."""
    yield Hostile("profond.html", b"<div>" * 5_000 + SENTENCE.encode(), READ)
    yield Hostile("tables.html", b"<table><tr><td>" * 500 + SENTENCE.encode(), READ)
    yield Hostile("citations.md", b"> " * 5_000 + SENTENCE.encode(), READ)
    yield Hostile("listes.md", b"".join(b" " * (2 * n) + b"- x\n" for n in range(500)), READ)
    yield Hostile("crochets.md", b"[" * 20_000 + SENTENCE.encode(), READ)
    for depth in (200, 5_000):
        opening, closing = b"<w:tbl><w:tr><w:tc>" * depth, b"<w:p/></w:tc></w:tr></w:tbl>" * depth
        data = _with_part(
            sound["docx"],
            "word/document.xml",
            lambda xml, o=opening, c=closing: xml.replace(b"<w:sectPr", o + c + b"<w:sectPr", 1),
        )
        yield Hostile(f"tables {depth}.docx", data, QUARANTINED)
        opening, closing = b"<text:section>" * depth, b"</text:section>" * depth
        data = _with_part(
            sound["odt"],
            "content.xml",
            lambda xml, o=opening, c=closing: xml.replace(b"</office:text>", o + c + b"</office:text>", 1),
        )
        yield Hostile(f"sections {depth}.odt", data, READ if depth == 200 else QUARANTINED)
    dictionaries = b"<</A" * 20_000 + b">>" * 20_000
    yield Hostile("dictionnaires.pdf", pdf([b"<</Type/Catalog/Pages 2 0 R>>", dictionaries]), READ)
    yield Hostile("tableaux.pdf", _one_page(stream(b"[" * 100_000)), READ)


def _one_page(content: bytes) -> bytes:
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[4 0 R]>>",
            FONT,
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R"
            b"/Resources<</Font<</F1 3 0 R>>/XObject<</X 5 0 R>>>>>>",
            content,
        ]
    )


def _with_part(package: bytes, name: str, change: object) -> bytes:
    assert callable(change)
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
    ):
        for member in source.infolist():
            data = source.read(member)
            kept = change(data) if member.filename == name else data
            target.writestr(zipfile.ZipInfo(member.filename, DAY), kept, zipfile.ZIP_DEFLATED, 1)
    return out.getvalue()


def _declared(xml: bytes, declaration: bytes) -> bytes:
    end = xml.index(b"?>") + 2 if xml.startswith(b"<?xml") else 0
    return xml[:end] + declaration + xml[end:]


def _overlapping() -> bytes:
    """A thousand directory entries for the bytes of one member."""
    one = zipped({"a": bytes(_MIB)})
    start = one.index(b"PK\x01\x02")
    entry = one[start : one.index(b"PK\x05\x06")]
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1000, 1000, len(entry) * 1000, start, 0)
    return one[:start] + entry * 1000 + end


def _lying() -> bytes:
    """A directory that announces ten bytes where there is a mebibyte: the member is damaged, no more."""
    data = bytearray(zipped({"a.txt": b"x" * _MIB, "b.txt": SENTENCE.encode()}))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 10)
    return bytes(data)


def _png(side: int) -> bytes:
    """A square picture of one bit a point."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = bytes(1 + side // 8)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    body = zlib.compress(row * side, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")

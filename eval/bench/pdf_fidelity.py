"""Words of a PDF against the same book as plain text, beside what raw pdfium gives; and three books to check on.

The layout was written and mended looking at the installation guide (:mod:`eval.bench.pdf_guide`) and at tables of the
Debian reference; the FAQ and the developer's reference were only measured.
"""

import gzip
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from corpus.document import BlockKind, Page
from corpus.extraction.pdf import extract_pdf
from eval.bench.pdf_measures import common_subsequence, overlap, words


@dataclass(frozen=True, slots=True)
class Book:
    """A Debian package that holds one text as PDF and as plain text.

    Attributes:
        pdf, text: paths in the package, from the root; compressed when they end in ``.gz``.
    """

    package: str
    pdf: str
    text: str


BOOKS = (
    Book(
        "debian-faq-fr",
        "usr/share/doc/debian/FAQ/debian-faq.fr.pdf.gz",
        "usr/share/doc/debian/FAQ/debian-faq.fr.txt.gz",
    ),
    Book(
        "debian-reference-fr",
        "usr/share/debian-reference/debian-reference.fr.pdf",
        "usr/share/debian-reference/debian-reference.fr.txt.gz",
    ),
    Book(
        "developers-reference-fr",
        "usr/share/developers-reference/fr/developers-reference.pdf",
        "usr/share/developers-reference/fr/developers-reference.txt.gz",
    ),
)


def find_package(package: str, file: str, folder: Path) -> Path | None:
    """The root that holds ``file`` of a package: the system's, or ``folder``, fetched with apt-get; else None."""
    for root in (Path("/"), folder):
        if (root / file).exists():
            return root
    fetch, unpack = shutil.which("apt-get"), shutil.which("dpkg")
    if fetch is None or unpack is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run([fetch, "download", package], cwd=folder, check=True, capture_output=True, timeout=300)  # noqa: S603
        found = next(folder.glob(f"{package}_*.deb"))
        subprocess.run([unpack, "-x", str(found), str(folder)], check=True, capture_output=True, timeout=120)  # noqa: S603
    except (OSError, subprocess.SubprocessError, StopIteration):
        return None
    return folder if (folder / file).exists() else None


def unpacked(path: Path) -> bytes:
    """The bytes of a file, decompressed when its name ends in ``.gz``."""
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def measure_books(folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """:func:`fidelity` of each book, None for one that this machine cannot have; and the texts of the others.

    Args:
        folder: keeps the books.
    """
    found: dict[str, Any] = {}
    texts: dict[str, str] = {}
    for book in BOOKS:
        root = find_package(book.package, book.pdf, folder)
        if root is None:
            found[book.package] = None
            continue
        pdf = folder / f"{book.package}.pdf"
        folder.mkdir(parents=True, exist_ok=True)
        pdf.write_bytes(unpacked(root / book.pdf))
        pages = extract_pdf(pdf).pages
        texts[book.package] = unpacked(root / book.text).decode("utf-8")
        found[book.package] = fidelity(pdf, pages, texts[book.package])
    return found, texts


def body(pages: Sequence[Page]) -> list[str]:
    """Words of what goes into passages: no running heads, feet or page numbers."""
    return _words(pages, furniture=False)


def _words(pages: Sequence[Page], *, furniture: bool) -> list[str]:
    blocks = [
        page.text[block.start : block.end]
        for page in pages
        for block in page.blocks
        if (block.kind is BlockKind.FURNITURE) is furniture
    ]
    return words("\n".join(blocks))


def fidelity(pdf: Path, pages: Sequence[Page], text: str) -> dict[str, Any]:
    """Words and order of a PDF as read, against its plain text.

    Returns:
        ``word_recall`` and ``word_precision`` of all that pages say, as for raw pdfium beside it; ``body_*`` of what
        goes into passages, beside ``raw_pdfium_body_*``: raw pdfium without the words of the same heads and feet.
        ``reading_order`` is the longest common subsequence over the words of the passages, ``raw_pdfium_reading_order``
        over those of raw pdfium, ``*_over_reference`` over those of the text.
    """
    document = pdfium.PdfDocument(pdf)
    try:
        raw = words("\n".join(page.get_textpage().get_text_range() for page in document))
    finally:
        document.close()
    reference, ours = words(text), body(pages)
    margins = Counter(_words(pages, furniture=True))
    raw_body = list((Counter(raw) - margins).elements())
    found: dict[str, Any] = {"pages": len(pages), "reference_words": len(reference)}
    everything = words("\n".join(page.text for page in pages))
    for name, read in (("", everything), ("raw_pdfium_", raw), ("body_", ours), ("raw_pdfium_body_", raw_body)):
        recall, precision = overlap(read, reference)
        found[f"{name}word_recall"] = round(recall, 4)
        found[f"{name}word_precision"] = round(precision, 4)
    for name, read in (("", ours), ("raw_pdfium_", raw)):
        in_order = common_subsequence(read, reference)
        found[f"{name}reading_order"] = round(in_order / max(len(read), 1), 4)
        found[f"{name}reading_order_over_reference"] = round(in_order / max(len(reference), 1), 4)
    return found

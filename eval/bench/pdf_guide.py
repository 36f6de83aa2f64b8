"""The installation guide of Debian, in French: one text as PDF (115 pages), plain text and HTML.

It is the one document this is measured on; the layout was written before the measure and two faults
it showed (hanging headings, lists of definitions) were put right afterwards, so the figures are a little
kind. What is left, seen by aligning both texts:

- the plain text repeats each chapter's own table of contents (1.7 % of its words), which the PDF has not:
  no reading of the PDF can find them;
- it puts footnotes at the end of their chapter, the PDF at the foot of the page, where they are left;
- it spells out the titles of the sections it refers to, the PDF only gives their numbers;
- the PDF's table of contents goes two levels deeper;
- headings: the HTML numbers the licence's sections differently, and has no heading for the title page,
  the lists of contents and of tables, nor for two bold lines of the licence.
"""

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from selectolax.lexbor import LexborHTMLParser

from corpus.document import BlockKind
from corpus.extraction.pdf import extract_pdf
from eval.bench.pdf_measures import common_subsequence, overlap, words

PACKAGE = "installation-guide-amd64"
INSTALLED = Path("/usr/share/doc") / PACKAGE / "fr"
_CHAPTER_CONTENTS = re.compile(r"^Table des matières\n\n(?:[ \w].*\n)+", re.MULTILINE)


def find_guide(folder: Path) -> Path | None:
    """Where the guide's French files are: installed, or fetched with apt-get into ``folder``; else None."""
    if (INSTALLED / "install.fr.pdf.gz").exists():
        return INSTALLED
    fetched = folder / INSTALLED.relative_to("/")
    if (fetched / "install.fr.pdf.gz").exists():
        return fetched
    fetch, unpack = shutil.which("apt-get"), shutil.which("dpkg")
    if fetch is None or unpack is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run([fetch, "download", PACKAGE], cwd=folder, check=True, capture_output=True, timeout=300)  # noqa: S603
        package = next(folder.glob(f"{PACKAGE}_*.deb"))
        subprocess.run([unpack, "-x", str(package), str(folder)], check=True, capture_output=True, timeout=120)  # noqa: S603
    except (OSError, subprocess.SubprocessError, StopIteration):
        return None
    return fetched


def measure_guide(pdf: Path, text: str, html: Path) -> dict[str, Any]:
    """Words, order and headings of ``pdf`` against the same book as text and as a folder of HTML pages.

    ``word_recall`` and ``word_precision`` are of all the page says, as for raw pdfium beside it;
    ``body_*`` of what goes into passages (no running heads). ``reading_order`` is the longest common
    subsequence over the words of the body.
    """
    document = pdfium.PdfDocument(pdf)
    try:
        raw = words("\n".join(page.get_textpage().get_text_range() for page in document))
    finally:
        document.close()
    pages = extract_pdf(pdf).pages
    everything = words("\n".join(page.text for page in pages))
    body = words(
        "\n".join(
            page.text[block.start : block.end]
            for page in pages
            for block in page.blocks
            if block.kind is not BlockKind.FURNITURE
        )
    )
    reference = words(text)
    first = _CHAPTER_CONTENTS.search(text)
    kept = first.end() if first else 0
    trimmed = words(text[:kept] + _CHAPTER_CONTENTS.sub("", text[kept:]))
    in_order = common_subsequence(body, reference)
    found: dict[str, Any] = {"pages": len(pages), "reference_words": len(reference)}
    for name, read in (("", everything), ("body_", body), ("raw_pdfium_", raw)):
        recall, precision = overlap(read, reference)
        found[f"{name}word_recall"] = round(recall, 4)
        found[f"{name}word_precision"] = round(precision, 4)
    recall, precision = overlap(body, trimmed)
    found["body_word_recall_without_chapter_contents"] = round(recall, 4)
    found["reading_order"] = round(in_order / len(body), 4)
    found["reading_order_over_reference"] = round(in_order / len(reference), 4)
    found["reading_order_over_reference_without_chapter_contents"] = round(
        common_subsequence(body, trimmed) / len(trimmed), 4
    )
    found["raw_pdfium_reading_order"] = round(common_subsequence(raw, reference) / len(raw), 4)
    ours = Counter(
        " ".join(words(page.text[block.start : block.end]))
        for page in pages
        for block in page.blocks
        if block.kind is BlockKind.HEADING
    )
    theirs = _html_headings(html)
    common = sum((ours & theirs).values())
    found["headings"] = theirs.total()
    found["heading_precision"] = round(common / max(ours.total(), 1), 4)
    found["heading_recall"] = round(common / max(theirs.total(), 1), 4)
    found["heading_f1"] = round(2 * common / max(ours.total() + theirs.total(), 1), 4)
    return found


def _html_headings(folder: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    selector = ", ".join(f"div.titlepage h{level}.title" for level in range(1, 7))
    for page in sorted(folder.glob("*.html")):
        for node in LexborHTMLParser(page.read_text(encoding="utf-8")).css(selector):
            found[" ".join(words(node.text()))] += 1
    return found

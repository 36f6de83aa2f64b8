"""The installation guide of Debian, in French: one text as PDF (115 pages), plain text and HTML.

The layout was written before the measure; faults that it showed (hanging headings, lists of definitions, compounds
cut at their hyphen) were put right afterwards, so the figures are a little kind. What is left is counted cause by
cause by :mod:`eval.bench.pdf_causes`. Headings: the HTML numbers the licence's sections differently, and has no
heading for the title page, the lists of contents and of tables, nor for two bold lines of the licence.
"""

from collections import Counter
from pathlib import Path
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from corpus.document import BlockKind
from corpus.extraction.pdf import extract_pdf
from eval.bench.pdf_causes import explain
from eval.bench.pdf_fidelity import body, fidelity, find_package
from eval.bench.pdf_measures import words

PACKAGE = "installation-guide-amd64"
_FRENCH = f"usr/share/doc/{PACKAGE}/fr"


def find_guide(folder: Path) -> Path | None:
    """Where the guide's French files are: installed, or fetched with apt-get into ``folder``; else None."""
    root = find_package(PACKAGE, f"{_FRENCH}/install.fr.pdf.gz", folder)
    return None if root is None else root / _FRENCH


def measure_guide(pdf: Path, text: str, html: Path) -> dict[str, Any]:
    """:func:`~eval.bench.pdf_fidelity.fidelity` of the guide, ``explained`` as :func:`~eval.bench.pdf_causes.explain`,
    and its headings against those of a folder of HTML pages."""
    pages = extract_pdf(pdf).pages
    found = fidelity(pdf, pages, text)
    found["explained"] = explain(text, body(pages))
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

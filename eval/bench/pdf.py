"""``reuni bench pdf``: speed beside pypdf in the same run, fidelity on a real book, OCR on known texts."""

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from corpus.demo.source import read_sources
from corpus.extraction.ocr_tesseract import find_tesseract
from corpus.extraction.pdf import extract_pdf
from eval.bench.pdf_fidelity import measure_books, unpacked
from eval.bench.pdf_guide import find_guide, measure_guide
from eval.bench.pdf_scans import chosen_pages, measure_scans, plain_text


def run(
    *,
    folder: Path | None = None,
    sample: Path | None = None,
    scan_pages: int = 2,
) -> dict[str, Any]:
    """Measure PDF extraction.

    Args:
        folder: keeps the Debian books from one run to the next; None fetches it to a temporary folder.
        sample: a Markdown text to print, spoil and read back, with those of the books and of the demo collection.
        scan_pages: how many pages of each text are read at each resolution and damage (12 readings each).

    Returns:
        ``pages_per_s`` and ``baseline_pages_per_s`` (pypdf alone), each for one and two workers, ``ratio``;
        ``guide`` as :func:`~eval.bench.pdf_guide.measure_guide`;
        ``books`` as :func:`~eval.bench.pdf_fidelity.measure_books`;
        ``scans`` as :func:`~eval.bench.pdf_scans.measure_scans`. What could not be measured on this machine is None.
    """
    with tempfile.TemporaryDirectory(prefix="reuni-bench-pdf-") as scratch:
        kept = folder or Path(scratch) / "guide"
        guide = find_guide(kept)
        if guide is None:
            return _scans({"pages_per_s": None, "guide": None, "books": None}, {}, sample, scan_pages)
        pdf = Path(scratch) / "install.fr.pdf"
        pdf.write_bytes(unpacked(guide / "install.fr.pdf.gz"))
        text = unpacked(guide / "install.fr.txt.gz").decode("utf-8")
        found = _throughput(pdf)
        found["guide"] = measure_guide(pdf, text, guide)
        found["books"], texts = measure_books(kept)
        return _scans(found, {"guide": text, **texts}, sample, scan_pages)


def _throughput(pdf: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    # Both by turns, the best of two each: what else the machine does weighs on neither alone.
    for _ in range(2):
        for name, read in (("pages_per_s", read_with_house), ("baseline_pages_per_s", read_with_pypdf)):
            for workers in (1, 2):
                key = name if workers == 1 else f"{name}_2_workers"
                found[key] = max(found.get(key, 0.0), round(_rate(read, pdf, workers), 1))
    found["baseline"] = "pypdf, extract_text"
    found["ratio"] = round(found["pages_per_s"] / found["baseline_pages_per_s"], 2)
    found["ratio_2_workers"] = round(found["pages_per_s_2_workers"] / found["baseline_pages_per_s_2_workers"], 2)
    return found


def _rate(read: Callable[[str], int], pdf: Path, workers: int) -> float:
    """Pages a second when each of ``workers`` processes reads the file once."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        # Imports are not part of the speed.
        list(pool.map(_warm, range(workers * 2)))
        start = time.perf_counter()
        pages = sum(pool.map(read, [str(pdf)] * workers))
        return pages / (time.perf_counter() - start)


def _warm(_: int) -> None:
    time.sleep(0.2)


def read_with_house(path: str) -> int:
    """Read a PDF as indexing does; gives its number of pages."""
    return len(extract_pdf(Path(path)).pages)


def read_with_pypdf(path: str) -> int:
    """Read the text of a PDF with pypdf alone; gives its number of pages."""
    pages = PdfReader(path).pages
    for page in pages:
        page.extract_text()
    return len(pages)


def _scans(found: dict[str, Any], texts: dict[str, str], sample: Path | None, scan_pages: int) -> dict[str, Any]:
    engine = find_tesseract()
    found["ocr"] = engine.identity if engine else None
    texts["demo"] = "\n".join(plain_text(source.body) for source in read_sources() if "|" not in source.body)
    if sample is not None:
        texts["sample"] = plain_text(sample.read_text(encoding="utf-8"))
    chosen = {name: chosen_pages(text, scan_pages) for name, text in texts.items()}
    found["scans"] = measure_scans(chosen, engine) if engine else None
    return found

"""A PDF of thousands of full pages, read closed in as every file is: is it within the limits of one file?"""

import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from corpus.extraction import wire
from corpus.extraction.extracted import ExtractionFailure
from corpus.extraction.limits import MIB, Limits
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.worker_process import WorkerLostError, WorkerProcess

_LINES = 48
_SENTENCE = (
    "le service instruit la demande {n} et rend son avis au comité, pièce {m}",
    "la convention {n} engage les parties et ses avenants {m} la complètent",
    "les crédits de la ligne {n} sont suivis par le bureau {m} chaque mois",
)


class _Watched(WorkerProcess):
    """A worker whose longest silence and largest memory are noted."""

    silence = 0.0
    resident = 0

    def _receive(self, seconds: float) -> wire.Reply:
        asked = time.monotonic()
        reply = super()._receive(seconds)
        self.silence = max(self.silence, time.monotonic() - asked)
        self.resident = max(self.resident, psutil.Process(self.pid).memory_info().rss)
        return reply


def write_full_pages(path: Path, pages: int) -> None:
    """Pages of 48 lines of some 70 characters, no two alike, under a running head and over a page number."""
    canvas = Canvas(str(path), pagesize=A4)
    for page in range(pages):
        text = canvas.beginText(56, 760)
        text.setFont("Times-Roman", 10.5)
        text.setLeading(14)
        for line in range(_LINES):
            text.textLine(_SENTENCE[line % 3].format(n=page * _LINES + line, m=(page * 7 + line * 13) % 9973))
        canvas.drawText(text)
        canvas.drawString(56, 800, "Registre des décisions")
        canvas.drawString(290, 40, str(page + 1))
        canvas.showPage()
    canvas.save()


def run(pages: int) -> dict[str, Any]:
    """Read one PDF of so many full pages in a worker with the limits of every file.

    Returns:
        ``state`` ("read", or why not), ``pages`` and ``characters`` read; ``seconds``, ``processor_seconds`` and
        ``longest_silence_s`` of the worker, ``peak_mib`` of it; ``limits`` of the last three.
    """
    limits = Limits()
    with tempfile.TemporaryDirectory(prefix="reuni-bench-long-") as folder:
        path = Path(folder) / "long.pdf"
        write_full_pages(path, pages)
        worker = _Watched(ExtractionOptions(limits=limits), "corpus.extraction.worker")
        found: dict[str, Any] = {"file_mib": round(path.stat().st_size / MIB, 1)}
        try:
            used = psutil.Process(worker.pid).cpu_times()
            started = time.monotonic()
            try:
                extracted = worker.read(path, "long.pdf")
                found |= {
                    "state": "read",
                    "pages": len(extracted.pages),
                    "characters": sum(len(page.text) for page in extracted.pages),
                }
            except ExtractionFailure as failure:
                found["state"] = failure.message
            except WorkerLostError as lost:
                return found | {"state": lost.failure.message, "seconds": round(time.monotonic() - started, 1)}
            found["seconds"] = round(time.monotonic() - started, 1)
            spent = psutil.Process(worker.pid).cpu_times()
            found["processor_seconds"] = round(spent.user + spent.system - used.user - used.system, 1)
        finally:
            worker.close()
            found |= {"longest_silence_s": round(worker.silence, 1), "peak_mib": worker.resident // MIB}
    found["limits"] = {
        "processor_seconds": limits.cpu_seconds,
        "longest_silence_s": limits.silence_seconds,
        "peak_mib": limits.memory_bytes // MIB,
    }
    return found

"""The process that reads the first sheet of hostile workbooks as a table: closed in like the one that reads documents.

Two cells far apart make the library take a cell of memory for all that stands between them (100 GiB in a file of one
KiB), and it does not survive what it is refused: it must not run where questions are answered.
"""

import csv
import io
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from corpus.document import Page, PageKind
from corpus.extraction import media_type as media
from corpus.extraction import wire
from corpus.extraction.extracted import Extracted, ExtractionFailure
from corpus.extraction.failures import damaged, too_much_text
from corpus.extraction.limits import MIB, Limits
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.packages import check_package
from corpus.extraction.pool import ExtractionPool
from corpus.extraction.worker_loop import Channel, Work, serve

SHEET_LIMITS = Limits(
    memory_bytes=256 * MIB,
    silence_seconds=20.0,
    cpu_seconds=20,
    output_chars=8_000_000,
    archive_members=1_000,
    archive_bytes=64 * MIB,
)
"""For one table that people typed, while somebody waits for it."""
_WHAT = "le classeur"


def read_sheet(path: Path) -> str:
    """The first sheet of an XLSX workbook as CSV, from its first row on, read in a process of its own.

    Formulas are not computed: a cell says what it was saved with.

    Raises:
        ExtractionFailure: it cannot be read within :data:`SHEET_LIMITS`.
    """
    with ExtractionPool(1, SHEET_LIMITS, module=__name__) as pool:
        ((_, outcome),) = pool.map([(None, path, "")])
    if isinstance(outcome, ExtractionFailure):
        raise outcome
    return outcome.pages[0].text


def answer(request: Work, options: ExtractionOptions, _channel: Channel) -> wire.Reply:
    """Read a workbook's first sheet."""
    if not isinstance(request, wire.Read):
        raise wire.WireError("ce lecteur ne lit que des tableaux")
    page = Page(number=1, text=_as_csv(request.path, options.limits), blocks=(), kind=PageKind.SHEET)
    return wire.Done(request.number, Extracted(media_type=media.XLSX, pages=(page,)))


def _as_csv(path: Path, limits: Limits) -> str:
    # Refuses bombs, DTDs and passwords before anything is unpacked.
    check_package(path, _WHAT, limits)
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    try:
        # The rows before the first that says something are given too, empty.
        for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows():
            writer.writerow([str(cell) for cell in row])
            if table.tell() > limits.output_chars:
                raise too_much_text()
    except (CalamineError, ValueError, IndexError) as error:
        raise damaged(_WHAT) from error
    return table.getvalue()


if __name__ == "__main__":
    serve(answer)

"""Pages drawn and their words found, for whoever shows documents: in a closed-in process that is kept waiting."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as WaitedTooLongError
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from corpus.document import Word
from corpus.errors import ReuniError
from corpus.extraction.lasting_worker import LastingWorker
from corpus.extraction.limits import MIB, Limits
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.worker_process import WorkerProcess

PAGE_LIMITS = Limits(memory_bytes=768 * MIB, silence_seconds=20.0, cpu_seconds=20, file_bytes=64 * MIB)
"""For one page, while somebody waits for it."""
LONGEST_WAIT_S = 30.0

Given = TypeVar("Given")


class PagesBusy(ReuniError):
    """Too many pages are waited for: this one may be asked again."""


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A page as pixels: ``height`` rows of ``width`` red, green and blue bytes."""

    width: int
    height: int
    pixels: bytes


class PageReader:
    """One closed-in process, started at the first page asked for and kept. Safe to call from several threads.

    Args:
        options: how files are opened (their passwords); the limits are those of one page.
        module: the Python module the process runs; tests give one that misbehaves.
    """

    def __init__(
        self, options: ExtractionOptions | None = None, *, module: str = "corpus.extraction.page_worker"
    ) -> None:
        options = options or ExtractionOptions(limits=PAGE_LIMITS)
        self._worker = LastingWorker(replace(options, unpack_dir=None, ocr_cache=None), module)
        self._lock = threading.Lock()
        self._thread: ThreadPoolExecutor | None = None

    def warm(self) -> None:
        """Start the process now, so that the first page asked for does not wait for it; returns at once."""
        self._submit(self._worker.ready)

    def draw(self, path: Path, page: int, width: int) -> DrawnPage:
        """One page, ``width`` pixels wide at most.

        Raises:
            ExtractionFailure: it cannot be drawn, whoever asks.
            PagesBusy: others are before it; it may be asked again.
        """
        return self._asked(lambda worker: DrawnPage(*worker.draw(path, page, width)))

    def locate(self, path: Path, page: int, text: str) -> tuple[Word, ...]:
        """The words of a page's text with their boxes; raises as :meth:`draw`."""
        return self._asked(lambda worker: worker.locate(path, page, text))

    def close(self) -> None:
        """End the process; what was asked is given up. A page asked for afterwards starts another."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is None:
            return
        last = thread.submit(self._worker.close)
        thread.shutdown(wait=False)
        while not last.done():
            # Whatever page is being drawn, or is waited for before this, is not worth waiting for.
            self._worker.kill()
            wait([last], timeout=0.1)

    def _submit(self, work: Callable[[], Given]) -> "Future[Given]":
        with self._lock:
            if self._thread is None:
                # The process dies with the thread that started it: that thread must be one of ours.
                self._thread = ThreadPoolExecutor(1, thread_name_prefix="reuni-pages")
            return self._thread.submit(work)

    def _asked(self, work: Callable[[WorkerProcess], Given]) -> Given:
        future = self._submit(lambda: self._worker.ask(work, given_up=lambda: self._thread is None))
        try:
            return future.result(LONGEST_WAIT_S)
        except WaitedTooLongError as error:
            future.cancel()
            raise PagesBusy(
                "trop de pages sont demandées à la fois", remedy="Rechargez la page dans un instant"
            ) from error

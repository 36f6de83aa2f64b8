"""A closed-in process that is kept from one request to the next, and replaced when it is worn or lost."""

from collections.abc import Callable
from typing import TypeVar

from corpus.extraction.failures import misbehaved
from corpus.extraction.isolation import Isolation
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.worker_process import WorkerLostError, WorkerProcess

Given = TypeVar("Given")


class LastingWorker:
    """One process at a time, started when it is needed. For one thread, except :meth:`kill`.

    Args:
        options: how it reads; its limits bound it.
        module: the Python module that it runs.
    """

    def __init__(self, options: ExtractionOptions, module: str) -> None:
        self._options = options
        self._module = module
        self._process: WorkerProcess | None = None
        self.isolation: Isolation | None = None

    def ready(self) -> WorkerProcess:
        """The process, fit for one more request.

        Raises:
            ExtractionFailure: QUARANTINED, it cannot be started.
        """
        if self._process is not None and self._process.worn:
            self.close()
        if self._process is None:
            try:
                self._process = WorkerProcess(self._options, self._module)
            except OSError as error:
                raise misbehaved(f"le lecteur ne peut pas démarrer ({error.strerror})") from error
            self.isolation = self._process.isolation
        return self._process

    def ask(self, work: Callable[[WorkerProcess], Given], *, given_up: Callable[[], bool]) -> Given:
        """What ``work`` gets from the process; asked again of a fresh one when another request may be to blame.

        Args:
            given_up: whether nobody waits for the answer any more.

        Raises:
            ExtractionFailure: what was asked cannot be had, or killed its process.
        """
        try:
            return work(self.ready())
        except WorkerLostError as lost:
            self.close()
            if not lost.suspect or given_up():
                raise lost.failure from lost
        # The process had done other things before: the blame is only certain in a fresh one.
        try:
            return work(self.ready())
        except WorkerLostError as lost:
            self.close()
            raise lost.failure from lost

    def kill(self) -> None:
        """Kill the process, if there is one; from any thread."""
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the process, if there is one; the next request starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.close()

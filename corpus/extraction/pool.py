"""Reads many files in closed-in processes; one file's death is nobody else's."""

import queue
import threading
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

from corpus.extraction.extracted import Extracted, ExtractionFailure
from corpus.extraction.isolation import Isolation
from corpus.extraction.lasting_worker import LastingWorker
from corpus.extraction.limits import Limits
from corpus.extraction.options import ExtractionOptions

K = TypeVar("K", bound=Hashable)
Outcome = Extracted | ExtractionFailure


@dataclass(slots=True)
class _Run(Generic[K]):
    """One call of map: where its results go, and whether anybody still waits for them."""

    results: "queue.SimpleQueue[tuple[K, Outcome]]" = field(default_factory=queue.SimpleQueue)
    abandoned: bool = False


@dataclass(frozen=True, slots=True)
class _Task(Generic[K]):
    run: _Run[K]
    key: K
    path: Path
    name: str


class ExtractionPool:
    """A fixed number of workers, each a process of its own, replaced when it misbehaves.

    ::

        with ExtractionPool(2, Limits(), ExtractionOptions(unpack_dir=folder)) as pool:
            for key, outcome in pool.map((path, path, path.name) for path in files):
                ...

    Args:
        workers: how many files are read at once.
        limits: bounds for each file (they take the place of the options' own).
        options: how files are read.
        module: the module that workers run; tests give one that misbehaves.
    """

    def __init__(
        self,
        workers: int,
        limits: Limits | None = None,
        options: ExtractionOptions | None = None,
        *,
        module: str = "corpus.extraction.worker",
    ) -> None:
        options = options or ExtractionOptions()
        self._options = replace(options, limits=limits or options.limits)
        self._module = module
        self._tasks: queue.SimpleQueue[_Task[Hashable] | None] = queue.SimpleQueue()
        self._keepers = [_Keeper(self._options, module, self._tasks) for _ in range(max(1, workers))]

    def __enter__(self) -> Self:
        for keeper in self._keepers:
            keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for keeper in self._keepers:
            keeper.stop()
        for _ in self._keepers:
            self._tasks.put(None)
        for keeper in self._keepers:
            keeper.join()

    @property
    def isolation(self) -> Isolation | None:
        """What closes the workers in; None before the first has started."""
        return next((keeper.isolation for keeper in self._keepers if keeper.isolation is not None), None)

    def map(self, items: Iterable[tuple[K, Path, str]]) -> Iterator[tuple[K, Outcome]]:
        """Read files; yields one outcome for each, as they come, which is not the order given.

        At most two files a worker are taken ahead from ``items``, in the caller's thread.

        Args:
            items: (key, where the bytes are, name the file came with).
        """
        run: _Run[K] = _Run()
        source = iter(items)
        waiting = 0
        exhausted = False
        try:
            while True:
                while not exhausted and waiting < 2 * len(self._keepers):
                    item = next(source, None)
                    if item is None:
                        exhausted = True
                    else:
                        waiting += 1
                        self._tasks.put(_Task(run, *item))  # type: ignore[arg-type]
                if not waiting:
                    return
                key, outcome = run.results.get()
                waiting -= 1
                yield key, outcome
        finally:
            run.abandoned = True


class _Keeper(threading.Thread):
    """The thread that owns one worker: the worker is killed by the system when this thread ends."""

    def __init__(
        self, options: ExtractionOptions, module: str, tasks: "queue.SimpleQueue[_Task[Hashable] | None]"
    ) -> None:
        super().__init__(name="reuni-extraction", daemon=True)
        self._worker = LastingWorker(options, module)
        self._tasks = tasks
        self._stopping = False

    @property
    def isolation(self) -> Isolation | None:
        """What closes its worker in; None before it has started."""
        return self._worker.isolation

    def stop(self) -> None:
        """End as soon as possible: the file being read is given up."""
        self._stopping = True
        self._worker.kill()

    def run(self) -> None:
        try:
            while (task := self._tasks.get()) is not None and not self._stopping:
                if not task.run.abandoned:
                    task.run.results.put((task.key, self._outcome(task.path, task.name)))
        finally:
            self._worker.close()

    def _outcome(self, path: Path, name: str) -> Outcome:
        try:
            return self._worker.ask(lambda worker: worker.read(path, name), given_up=lambda: self._stopping)
        except ExtractionFailure as failure:
            return failure

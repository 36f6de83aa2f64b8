"""Reading and encoding mapped over an executor: processes of this machine, or the workers of a Dask cluster.

What comes back is what this machine would have made: the same text, and the same vectors to the bit. A task whose
worker is lost is done by another; nothing is acknowledged before it is back.
"""

import itertools
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from corpus.errors import ReuniError
from corpus.extraction.extracted import Extracted, ExtractionFailure
from corpus.extraction.options import ExtractionOptions
from indexer.embedding_cache import CodedPassage
from indexer.encoder.protocol import EncoderIdentity
from indexer.errors import ClusterUnavailable
from indexer.remote import RemoteOutcome, code_texts, read_file

T = TypeVar("T")

# Tasks sent ahead for each worker: one at work, one waiting.
_AHEAD = 2
# Passages of a task: some 10 kB each come back, and a lost worker costs a second of encoding.
_TASK_PASSAGES = 64


@dataclass(frozen=True, slots=True)
class Cluster:
    """Work for an executor.

    Attributes:
        executor: of any kind; its workers have this Réuni.
        workers: tasks it does at a time.
        options: how files are read; what is unpacked comes back below ``unpack_dir``.
        model: folder of the prepared encoder, the same path on every worker.
        encoder: what that folder must hold.
        module: what the closed-in readers run; tests give one that misbehaves.
    """

    executor: Executor
    workers: int
    options: ExtractionOptions
    model: Path
    encoder: EncoderIdentity
    module: str = "corpus.extraction.worker"

    def read(self, items: Iterable[tuple[str, Path, str]]) -> Iterator[tuple[str, Extracted | ExtractionFailure]]:
        """Read files; see :data:`indexer.ingest.ReadFiles`. At most two files a worker are in memory.

        Raises:
            ClusterUnavailable: the workers were lost.
        """
        source = iter(items)
        waiting: dict[Future[RemoteOutcome], str] = {}
        options = replace(self.options, unpack_dir=None, ocr_cache=None)
        try:
            while True:
                for key, path, name in itertools.islice(source, _AHEAD * self.workers - len(waiting)):
                    waiting[self.executor.submit(read_file, path.read_bytes(), name, options, self.module)] = key
                if not waiting:
                    return
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    yield waiting.pop(future), self._unpacked(_result(future))
        finally:
            for future in waiting:
                future.cancel()

    def code(self, texts: Sequence[str]) -> Iterator[CodedPassage]:
        """Encode passages; see :data:`indexer.publish.Coding`.

        Raises:
            ClusterUnavailable: the workers were lost, or one has another encoder.
        """
        fingerprint = self.encoder.fingerprint
        source = iter([list(texts[at : at + _TASK_PASSAGES]) for at in range(0, len(texts), _TASK_PASSAGES)])
        waiting: list[Future[list[CodedPassage]]] = []
        try:
            while True:
                ahead = itertools.islice(source, _AHEAD * self.workers - len(waiting))
                waiting += [self.executor.submit(code_texts, self.model, fingerprint, chunk) for chunk in ahead]
                if not waiting:
                    return
                yield from _result(waiting.pop(0))
        finally:
            for future in waiting:
                future.cancel()

    def _unpacked(self, read: RemoteOutcome) -> Extracted | ExtractionFailure:
        """The outcome with the files inside it on this machine."""
        if isinstance(read.outcome, ExtractionFailure) or self.options.unpack_dir is None:
            return read.outcome
        attachments = []
        for attachment, content in zip(read.outcome.attachments, read.attachments, strict=True):
            with tempfile.NamedTemporaryFile(prefix="remote-", dir=self.options.unpack_dir, delete=False) as write:
                write.write(content)
            attachments.append(replace(attachment, path=Path(write.name)))
        return replace(read.outcome, attachments=tuple(attachments))


def _result(future: Future[T]) -> T:
    try:
        return future.result()
    except ReuniError:
        raise
    except Exception as error:
        # Each executor has its own ways to say that a worker died too often, or could not understand.
        raise ClusterUnavailable(
            f"les workers ont été perdus, ou n’ont pas le même Réuni ({type(error).__name__} : {error})",
            remedy="Relancez la même commande, avec ou sans --cluster : elle reprend où elle en était",
        ) from error


@contextmanager
def dask_cluster(address: str, timeout: float = 10.0) -> Iterator[tuple[Executor, int]]:
    """The executor of a Dask scheduler and how many tasks its workers do at a time.

    Args:
        timeout: seconds left to the scheduler to answer.

    Raises:
        ClusterUnavailable: its library is not installed, nobody answers, or no worker is there.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ClusterUnavailable(
            "la bibliothèque distributed n’est pas installée",
            remedy="Installez-la avec « pip install -c constraints.txt '.[cluster]' », ou enlevez --cluster",
        ) from error
    try:
        client: Any = Client(  # type: ignore[no-untyped-call]
            address, timeout=timeout, set_as_default=False
        )
    except (OSError, ValueError) as error:
        raise ClusterUnavailable(
            f"aucun ordonnanceur Dask ne répond à « {address} »",
            remedy="Vérifiez l’adresse (tcp://hôte:8786) et que « dask scheduler » tourne",
        ) from error
    try:
        threads = sum(client.nthreads().values())
        if not threads:
            raise ClusterUnavailable(
                f"aucun worker n’est relié à « {address} »", remedy="Lancez « dask worker » sur les machines qui liront"
            )
        yield client.get_executor(pure=False), threads
    finally:
        client.close()

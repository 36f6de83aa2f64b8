"""What the commands share: the settings, and the parts built from them when first needed."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from search_api import console
from search_api.settings import Settings

if TYPE_CHECKING:
    from eval.judging.desk import Assessing
    from indexer.embedded import Embedded
    from indexer.encoder.onnx_encoder import OnnxEncoder
    from indexer.indexing import Indexing
    from indexer.ingest import ReadFiles
    from indexer.milvus.store import MilvusStore
    from indexer.publish import Coding, Progress
    from search_api.engine.drops.deliveries import DeliveryStore
    from search_api.engine.drops.desk import DropDesk
    from search_api.engine.fusion import Weights
    from search_api.engine.jobs import JobStore
    from search_api.engine.readers import Readers
    from search_api.engine.search import Engine
    from search_api.engine.watch.list_run import ListDesk
    from search_api.engine.watch.mail import Mailer
    from search_api.engine.watch.store import WatchStore


class Workbench:
    """What the commands share: the settings, and the parts built from them when first needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._milvus: MilvusStore | None = None

    def model_folder(self) -> Path:
        """Folder of the model in use."""
        from indexer.encoder.prepare import default_name

        return self.settings.models / default_name(self.settings.model or None)

    def encoder(self) -> "OnnxEncoder":
        """The prepared encoder.

        Raises:
            EncoderMissing, EncoderDamaged: it must be prepared (again).
        """
        from indexer.encoder.onnx_encoder import OnnxEncoder

        return OnnxEncoder.open(self.model_folder(), self.settings.threads or None)

    def weights(self) -> "Weights":
        """The weights of the ranking, from the settings."""
        from search_api.engine.fusion import Weights

        settings = self.settings
        return Weights(settings.weight_lexical, settings.weight_dense, settings.weight_late)

    def engine(
        self,
        data: Path | None = None,
        encoder: "OnnxEncoder | None" = None,
        readers: "Readers | None" = None,
    ) -> "Engine":
        """An engine over a data directory, or over what ``readers`` gives, with the settings' weights."""
        from search_api.engine.glossary import Glossary
        from search_api.engine.search import Engine

        encoder = encoder or self.encoder()
        readers = readers or self.readers(data, encoder)
        return Engine(readers, encoder, self.weights(), glossary=Glossary(readers.data))

    def readers(self, data: Path | None, encoder: "OnnxEncoder") -> "Readers":
        """The generations of a data directory that an encoder made."""
        from search_api.engine.readers import Readers

        return Readers(data or self.settings.data, encoder.identity, self.store(data))

    def store(self, data: Path | None = None) -> "Embedded | MilvusStore":
        """Where generations are: what the settings say for their own data directory, on disk for any other."""
        if data is None and self.settings.milvus:
            from indexer.milvus.connection import MilvusAddress
            from indexer.milvus.store import MilvusStore

            if self._milvus is None:
                told = self.settings
                address = MilvusAddress(told.milvus, told.milvus_token, told.milvus_prefix, told.milvus_timeout)
                self._milvus = MilvusStore(address)
            return self._milvus
        from indexer.embedded import Embedded

        return Embedded()

    def watch_store(self) -> "WatchStore":
        """The saved searches of the data directory."""
        from search_api.engine.watch.store import WatchStore

        return WatchStore(self.settings.data)

    def mailer(self, host: str | None = None, port: int | None = None) -> "Mailer | None":
        """What sends alerts, or None when no mail server or no address is set; ``host`` and ``port`` are those
        listened on."""
        from search_api.engine.watch.mail import Mailer, Security

        settings = self.settings
        if not (settings.smtp_host and settings.mail_to):
            return None
        return Mailer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=Security(settings.smtp_security),
            user=settings.smtp_user,
            password=settings.smtp_password,
            sender=settings.mail_from,
            recipient=settings.mail_to,
            url=settings.url.rstrip("/") or f"http://{host or settings.host}:{port or settings.port}",
        )

    def job_store(self) -> "JobStore":
        """The long work of the data directory."""
        from search_api.engine.jobs import JobStore

        return JobStore(self.settings.data)

    def delivery_store(self) -> "DeliveryStore":
        """The files on their way into the data directory."""
        from search_api.engine.drops.deliveries import DeliveryStore

        mib = 1 << 20
        return DeliveryStore(
            self.settings.data,
            most_bytes=self.settings.drop_max_mib * mib,
            spare_bytes=self.settings.drop_spare_mib * mib,
        )

    def drop_desk(self) -> "DropDesk":
        """What managers do with drops; each job is done by a process of its own, which outlives this one."""
        from search_api.engine.drops.desk import DropDesk

        folders, store = self.settings.drop_folders, self.store()
        return DropDesk(self.settings.data, self.job_store(), self.delivery_store(), folders, self.launch, store)

    def list_desk(self) -> "ListDesk":
        """The watch-lists of the data directory; each run is done by a process of its own."""
        from search_api.engine.watch.list_run import ListDesk

        return ListDesk(self.settings.data, self.job_store(), self.launch)

    def launch(self, job_id: str) -> None:
        """Have a job done by another process, which outlives this one."""
        command = [sys.executable, "-m", "search_api", "--data", str(self.settings.data), "jobs", "run", job_id]
        process = subprocess.Popen(  # noqa: S603 - our own programme, on an id of ours
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )
        threading.Thread(target=process.wait, daemon=True).start()

    def judging(self) -> "Assessing":
        """The judging desk of the data directory."""
        from eval.judging.desk import Assessing

        return Assessing(self.settings.data / "desk" / "judging.sqlite")

    @contextmanager
    def indexing(
        self,
        compartment: str,
        *,
        data: Path | None = None,
        encoder: "OnnxEncoder | None" = None,
        tell: "Progress | None" = None,
        cluster: str = "",
    ) -> Iterator["Indexing"]:
        """What indexes drops into a compartment, with its extraction workers; its progress is told to ``tell``, or
        shown on the terminal.

        Args:
            cluster: address of a Dask scheduler whose workers read and encode instead of this machine.
        """
        from corpus.extraction.options import ExtractionOptions
        from corpus.extraction.owned_folders import OwnedFolder
        from corpus.extraction.pool import ExtractionPool
        from indexer.compartment import Compartment
        from indexer.indexing import Indexing

        writer = self.store(data)
        place = Compartment(data or self.settings.data, compartment)
        encoder = encoder or self.encoder()
        with ExitStack() as opened:
            unpack = opened.enter_context(OwnedFolder("reuni-unpacked-"))
            shown = opened.enter_context(console.progress())
            options = ExtractionOptions(unpack_dir=unpack, passwords=self.settings.passwords, ocr_cache=place.readings)
            read: ReadFiles
            code: Coding | None = None
            if cluster:
                from indexer.cluster import Cluster, dask_cluster

                executor, tasks = opened.enter_context(dask_cluster(cluster))
                work = Cluster(executor, tasks, options, self.model_folder(), encoder.identity)
                read, code = work.read, work.code
            else:
                read = opened.enter_context(ExtractionPool(self.settings.workers, options=options)).map
            yield Indexing(
                compartment=place,
                encoder=encoder,
                read=read,
                unpack_dir=unpack,
                progress=tell or shown,
                archive_depth=options.limits.archive_depth,
                writer=writer,
                code=code,
            )


def as_json(command: Callable[..., Any]) -> Callable[..., Any]:
    """The ``--json`` option."""
    return click.option("--json", "as_json", is_flag=True, help="Répondre par une ligne de JSON.")(command)

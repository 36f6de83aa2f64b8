"""A desk for tests: drops indexed in this process, at once, with an encoder that needs no model."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from indexer.encoder.protocol import Encoder
from indexer.indexing import Indexing
from indexer.publish import Progress
from search_api.engine.drops.deliveries import DeliveryStore
from search_api.engine.drops.desk import DropDesk, Launch, do_drop_job
from search_api.engine.jobs import JobStore
from tests.collection import indexing

MIB = 1 << 20


def drop_desk(
    data: Path,
    encoder: Encoder,
    *,
    folders: tuple[Path, ...] = (),
    launch: Launch | None = None,
    most_bytes: int = 10 * MIB,
    spare_bytes: int = 0,
) -> DropDesk:
    """Managers' drops over a data directory; jobs are done before they are answered, unless ``launch`` does them."""
    jobs = JobStore(data)
    deliveries = DeliveryStore(data, most_bytes=most_bytes, spare_bytes=spare_bytes)
    return DropDesk(data, jobs, deliveries, folders, launch or (lambda job_id: do(data, encoder, job_id)))


def do(data: Path, encoder: Encoder, job_id: str) -> None:
    """Do a job of a data directory in this process."""

    @contextmanager
    def indexing_of(compartment: str, progress: Progress) -> Iterator[Indexing]:
        yield replace(indexing(data, encoder, compartment), progress=progress)

    do_drop_job(JobStore(data), DeliveryStore(data, most_bytes=MIB, spare_bytes=0), job_id, indexing_of)

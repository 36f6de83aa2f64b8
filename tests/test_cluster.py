"""Reading and encoding on other machines give what this one would have given, also when a worker is killed."""

import os
import pickle
import signal
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from corpus.catalogue import Catalogue
from corpus.extraction.extracted import Extracted, ExtractionFailure, FailureState
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.pool import ExtractionPool
from corpus.states import FileState
from indexer.cluster import Cluster, dask_cluster
from indexer.compartment import Compartment
from indexer.encoder.onnx_encoder import OnnxEncoder
from indexer.errors import ClusterUnavailable
from indexer.generation import Generation
from indexer.indexing import Indexing
from tests.collection import indexing, write_files
from tests.encoders import FakeEncoder, prepared_model

if TYPE_CHECKING:
    from distributed import LocalCluster


@pytest.fixture(scope="module")
def scheduler() -> "Iterator[LocalCluster]":
    """A scheduler and two workers, each a process of its own that nobody starts again."""
    from distributed import LocalCluster

    made = LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    )
    with made:
        yield made


def drop(folder: Path) -> Path:
    files = {
        f"note-{n}.md": f"# Note {n}\n\nLe papier {n} traite du brevet {n % 5} et de la douane." for n in range(24)
    }
    write_files(folder, files)
    (folder / "cassé.pdf").write_bytes(b"%PDF-1.7 rien")
    with zipfile.ZipFile(folder / "archive.zip", "w") as archive:
        archive.writestr("dedans/un.txt", "Un membre de l’archive parle de photonique.")
        archive.writestr("dedans/deux.txt", "Un autre membre parle d’hydrogène.")
    return folder


def here(data: Path, encoder: OnnxEncoder, unpack: Path, pool: ExtractionPool) -> Indexing:
    return replace(indexing(data, encoder), read=pool.map, unpack_dir=unpack)


def said(data: Path) -> tuple[list[str], list[str]]:
    with Catalogue.open(Compartment(data, "general").catalogue, read_only=True) as catalogue:
        return (
            sorted(document.external_id for document in catalogue.documents()),
            sorted(passage.text for passage in catalogue.passages()),
        )


def vectors(data: Path) -> dict[str, bytes]:
    generation: Generation = Compartment(data, "general").open()
    rows = np.arange(len(generation.passages))
    found = generation.dense.vectors(rows).astype(np.float16)
    return {generation.passages.passage(row).text: found[row].tobytes() for row in rows.tolist()}


@pytest.mark.model
def test_a_worker_killed_mid_way_loses_nothing(
    tmp_path: Path, real_encoder: OnnxEncoder, scheduler: "LocalCluster"
) -> None:
    delivered, unpack = drop(tmp_path / "lot"), tmp_path / "unpack"
    unpack.mkdir()
    options = ExtractionOptions(unpack_dir=unpack)
    with ExtractionPool(1, options=options) as pool:
        alone = here(tmp_path / "alone", real_encoder, unpack, pool).drop(delivered)
    killed: list[int] = []

    def kill_at(stage: str, done: int, total: int) -> None:
        if stage == "Lecture des fichiers" and done >= 5 and not killed:
            from distributed import Client

            asking = Client(scheduler.scheduler_address, set_as_default=False)  # type: ignore[no-untyped-call]
            with asking as client:
                killed.extend(client.run(os.getpid).values())
            os.kill(killed[0], signal.SIGKILL)

    with dask_cluster(scheduler.scheduler_address) as (executor, workers):
        work = Cluster(executor, workers, options, prepared_model(), real_encoder.identity)
        data = tmp_path / "cluster"
        together = replace(
            indexing(data, real_encoder), read=work.read, unpack_dir=unpack, code=work.code, progress=kill_at
        ).drop(delivered)
        other = replace(work, encoder=replace(real_encoder.identity, fingerprint="0" * 64))
        with pytest.raises(ClusterUnavailable, match="un autre encodeur"):
            list(other.code(["Un texte."]))
    assert len(killed) == 2
    assert together.report.counts == alone.report.counts
    assert together.report.counts[FileState.QUARANTINED] == 1
    assert together.published.encoded == alone.published.encoded == together.published.passages
    assert said(data) == said(tmp_path / "alone")
    assert vectors(data) == vectors(tmp_path / "alone")
    assert list(unpack.iterdir()) == []


def test_a_file_that_kills_its_reader_kills_no_worker(
    tmp_path: Path, fake: FakeEncoder, scheduler: "LocalCluster"
) -> None:
    asked = []
    for number, order in enumerate(("ok", "deed:segfault", "ok")):
        path = tmp_path / f"{number}"
        path.write_text(f"{order}\n{number}")
        asked.append((order + str(number), path, "fichier.txt"))
    with dask_cluster(scheduler.scheduler_address) as (executor, workers):
        before = sorted(scheduler.scheduler_info["workers"])
        work = Cluster(executor, workers, ExtractionOptions(), tmp_path, fake.identity, module="tests.poison.worker")
        outcomes = dict(work.read(asked))
        assert sorted(scheduler.scheduler_info["workers"]) == before
    assert isinstance(outcomes["deed:segfault1"], ExtractionFailure)
    assert outcomes["deed:segfault1"].state is FailureState.QUARANTINED
    assert all(isinstance(outcomes[name], Extracted) for name in ("ok0", "ok2"))


def test_nobody_at_the_address_is_told() -> None:
    with pytest.raises(ClusterUnavailable, match="aucun ordonnanceur"), dask_cluster("tcp://127.0.0.1:9", timeout=0.5):
        pass


def test_an_error_travels_with_its_remedy() -> None:
    failure = ExtractionFailure(FailureState.QUARANTINED, "le fichier est vide", remedy="Redemandez-le")
    travelled = pickle.loads(pickle.dumps(failure))
    assert (str(travelled), travelled.state) == (str(failure), FailureState.QUARANTINED)

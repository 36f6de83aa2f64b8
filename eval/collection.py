"""Collections indexed to be measured, in a data directory of their own."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import InputError
from eval.qrels import Qrels
from eval.workbench import Workbench
from indexer.compartment import DEFAULT, Compartment
from indexer.encoder.protocol import Encoder
from indexer.indexing import Indexed
from search_api.engine.search import Engine

_MARK = "made-to-measure"


@dataclass(frozen=True, slots=True)
class IndexedCollection:
    """A data directory made for a measurement, and what indexing each drop did."""

    data: Path
    drops: tuple[Indexed, ...]


@contextmanager
def indexed(
    bench: Workbench, drops: Mapping[str, Path], encoder: Encoder, kept: Path | None = None
) -> Iterator[IndexedCollection]:
    """Index ``drops`` (by name, in order: folders or ``corpus.jsonl`` files) in a data directory, removed at the end.

    Args:
        kept: a data directory that stays. What it held is made again, but for what is found by its content and takes
            the time: embeddings, and readings of scans.

    Raises:
        InputError: ``kept`` holds something that was not made here, and would be lost.
    """
    with tempfile.TemporaryDirectory(prefix="reuni-eval-") as folder:
        data = kept or Path(folder)
        _claim(data)
        _leave_what_takes_time(Compartment(data, DEFAULT))
        with bench.indexing(DEFAULT, data=data, encoder=encoder) as indexing:
            done = tuple(indexing.drop(files, name=name) for name, files in drops.items())
        yield IndexedCollection(data, done)


def _claim(data: Path) -> None:
    """Mark a data directory as made for measurements, unless it is in use for something else."""
    mark = data / _MARK
    if not mark.exists() and data.is_dir() and any(data.iterdir()):
        raise InputError(
            f"{data} contient autre chose que des mesures, qui serait perdu",
            remedy="Donnez à --kept un dossier vide, ou qu’une mesure a créé",
        )
    data.mkdir(parents=True, exist_ok=True)
    mark.touch()


def _leave_what_takes_time(compartment: Compartment) -> None:
    for held in compartment.folder.iterdir() if compartment.folder.is_dir() else ():
        if held in (compartment.embeddings, compartment.readings):
            continue
        if held.is_dir():
            shutil.rmtree(held)
        else:
            held.unlink()


def held_by(engine: Engine, qrels: Qrels) -> dict[str, dict[str, int]]:
    """The judgments of documents that ``engine`` holds: nothing else can be asked of it."""
    names = {document.external_id for _, document in engine.all_documents()}
    return {
        topic: {document: grade for document, grade in grades.items() if document in names}
        for topic, grades in qrels.items()
    }

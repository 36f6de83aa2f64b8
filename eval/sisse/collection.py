"""What the SISSE topics are judged on: drops of the demo collection, indexed in a data directory of their own."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from eval.qrels import Qrels
from eval.workbench import ROOT, Workbench
from indexer.compartment import DEFAULT
from indexer.encoder.protocol import Encoder
from search_api.engine.search import Engine

DEMO = ROOT / "corpus" / "demo"
FILES = {"demo": DEMO / "files"}
DROPS = {**FILES, "numerisations": DEMO / "scans"}
"""Drops by name, in the order in which they are received; the scans want Tesseract and take a minute."""


@contextmanager
def indexed(bench: Workbench, drops: Mapping[str, Path], encoder: Encoder) -> Iterator[Path]:
    """A data directory that holds ``drops`` (folders or ``corpus.jsonl`` files), removed at the end."""
    with tempfile.TemporaryDirectory(prefix="reuni-eval-") as folder:
        data = Path(folder)
        with bench.indexing(DEFAULT, data=data, encoder=encoder) as indexing:
            for name, files in drops.items():
                indexing.drop(files, name=name)
        yield data


def held_by(engine: Engine, qrels: Qrels) -> dict[str, dict[str, int]]:
    """The judgments of documents that ``engine`` holds: nothing else can be asked of it."""
    names = {document.external_id for _, document in engine.all_documents()}
    return {
        topic: {document: grade for document, grade in grades.items() if document in names}
        for topic, grades in qrels.items()
    }

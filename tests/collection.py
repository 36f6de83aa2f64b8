"""Small collections for tests, indexed in process: no worker, no model."""

from collections.abc import Mapping
from pathlib import Path

from corpus.splitting import SplittingRules
from eval.bench.indexing_here import indexing_here
from indexer.compartment import DEFAULT, Compartment
from indexer.encoder.protocol import Encoder
from indexer.indexing import Indexed, Indexing
from search_api.engine.readers import Readers
from search_api.engine.search import Engine


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write text files below a folder, which is returned."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def indexing(data: Path, encoder: Encoder, compartment: str = DEFAULT, rules: SplittingRules | None = None) -> Indexing:
    """What indexes drops into a data directory."""
    return indexing_here(Compartment(data, compartment), encoder, rules)


def index(
    data: Path,
    encoder: Encoder,
    path: Path,
    *,
    compartment: str = DEFAULT,
    mode: str = "delta",
    name: str | None = None,
) -> Indexed:
    """Index one drop."""
    return indexing(data, encoder, compartment).drop(path, mode=mode, name=name)


def engine(data: Path, encoder: Encoder) -> Engine:
    """An engine over a data directory."""
    return Engine(Readers(data, encoder.identity), encoder)

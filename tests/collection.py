"""Small collections for tests, indexed in process: no worker, no model."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from corpus.extraction.dispatch import extract
from corpus.extraction.extracted import Extracted, ExtractionFailure
from corpus.extraction.options import ExtractionOptions
from corpus.splitting import SplittingRules
from indexer.compartment import DEFAULT, Compartment
from indexer.encoder.protocol import Encoder
from indexer.indexing import Indexed, Indexing
from search_api.engine.readers import Readers
from search_api.engine.search import Engine


def read_here(items: Iterable[tuple[str, Path, str]]) -> Iterator[tuple[str, Extracted | ExtractionFailure]]:
    """Read files in this process, as the pool does in others."""
    for key, path, name in items:
        try:
            yield key, extract(path, name, ExtractionOptions())
        except ExtractionFailure as failure:
            yield key, failure


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write text files below a folder, which is returned."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def indexing(data: Path, encoder: Encoder, compartment: str = DEFAULT, rules: SplittingRules | None = None) -> Indexing:
    """What indexes drops into a data directory."""
    return Indexing(
        compartment=Compartment(data, compartment),
        encoder=encoder,
        read=read_here,
        unpack_dir=None,
        progress=lambda stage, done, total: None,
        rules=rules or SplittingRules(),
    )


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

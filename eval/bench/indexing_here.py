"""Indexing small collections of text in this process, for benchmarks of everything but reading."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from corpus.extraction.dispatch import extract
from corpus.extraction.extracted import Extracted, ExtractionFailure
from corpus.extraction.options import ExtractionOptions
from indexer.compartment import Compartment
from indexer.encoder.protocol import Encoder
from indexer.indexing import Indexing


def indexing_here(compartment: Compartment, encoder: Encoder) -> Indexing:
    """What indexes drops without a worker and without a word."""
    return Indexing(
        compartment=compartment,
        encoder=encoder,
        read=_read_here,
        unpack_dir=None,
        progress=lambda stage, done, total: None,
    )


def _read_here(items: Iterable[tuple[str, Path, str]]) -> Iterator[tuple[str, Extracted | ExtractionFailure]]:
    for key, path, name in items:
        try:
            yield key, extract(path, name, ExtractionOptions())
        except ExtractionFailure as failure:
            yield key, failure

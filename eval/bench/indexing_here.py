"""Indexing small collections in this process, for what is not about reading files apart."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from corpus.extraction.dispatch import extract
from corpus.extraction.extracted import Extracted, ExtractionFailure
from corpus.extraction.options import ExtractionOptions
from corpus.splitting import SplittingRules
from indexer.compartment import Compartment
from indexer.encoder.protocol import Encoder
from indexer.indexing import Indexing


def indexing_here(compartment: Compartment, encoder: Encoder, rules: SplittingRules | None = None) -> Indexing:
    """What indexes drops without a worker and without a word; ``rules`` cut documents otherwise than by default."""
    return Indexing(
        compartment=compartment,
        encoder=encoder,
        read=read_here,
        unpack_dir=None,
        progress=lambda stage, done, total: None,
        rules=rules or SplittingRules(),
    )


def read_here(items: Iterable[tuple[str, Path, str]]) -> Iterator[tuple[str, Extracted | ExtractionFailure]]:
    """Read files in this process, as the pool does in others."""
    for key, path, name in items:
        try:
            yield key, extract(path, name, ExtractionOptions())
        except ExtractionFailure as failure:
            yield key, failure

"""``reuni bench reindex``: what a drop that changes one document in a hundred costs beside the full build."""

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eval.bench.collection import passage_text, real_sentences
from eval.bench.index import alone
from eval.bench.indexing_here import indexing_here
from indexer.compartment import DEFAULT, Compartment
from indexer.encoder.onnx_encoder import OnnxEncoder
from indexer.encoder.protocol import Encoder
from indexer.indexing import Indexed, Indexing

_CHANGED = 100


def run(encoder_folder: Path, documents: int = 1000) -> dict[str, Any]:
    """Index a collection, then a delivery of all of it in which one document in a hundred has other words.

    Args:
        encoder_folder: a prepared model; every passage goes through it.
        documents: of one passage each, 130 real words.

    Returns:
        ``documents``, ``full_s``, ``changed_s``, ``wall_share`` (bar 0.10), ``encoded_share`` (bar 0.03, passages
        encoded by the second over the first), ``replay_s`` (the same delivery again).

    Raises:
        EncoderMissing, EncoderDamaged: the folder cannot be opened.
    """
    found = alone(_measured, encoder_folder, documents)
    assert isinstance(found, dict)  # noqa: S101 - what is below
    return found


def _measured(encoder_folder: Path, documents: int) -> dict[str, Any]:
    return measured(OnnxEncoder.open(encoder_folder), documents)


def measured(encoder: Encoder, documents: int) -> dict[str, Any]:
    """As :func:`run`, in this process."""
    with tempfile.TemporaryDirectory(prefix="reuni-bench-") as root:
        indexing = indexing_here(Compartment(Path(root) / "data", DEFAULT), encoder)
        full, full_s = _timed(indexing, _corpus(Path(root) / "full.jsonl", documents, changed=False))
        changed = _corpus(Path(root) / "changed.jsonl", documents, changed=True)
        second, changed_s = _timed(indexing, changed)
        _, replay_s = _timed(indexing, changed)
    return {
        "documents": documents,
        "full_s": round(full_s, 2),
        "changed_s": round(changed_s, 2),
        "replay_s": round(replay_s, 2),
        "wall_share": round(changed_s / full_s, 4),
        "encoded_share": round(second.published.encoded / full.published.encoded, 4),
    }


def _timed(indexing: Indexing, corpus: Path) -> tuple[Indexed, float]:
    started = time.perf_counter()
    indexed = indexing.drop(corpus, mode="full")
    return indexed, time.perf_counter() - started


def _corpus(path: Path, documents: int, *, changed: bool) -> Path:
    path.write_text("".join(_lines(documents, changed=changed)), encoding="utf-8")
    return path


def _lines(documents: int, *, changed: bool) -> Iterator[str]:
    told = real_sentences()
    for number in range(documents):
        text = passage_text(told, seed=1 if changed and number % _CHANGED == 0 else 0, row=number)
        yield json.dumps({"_id": f"{number:07d}", "title": f"Note {number}", "text": text}) + "\n"

"""Tokens encoded a second, beside sentence-transformers in float32."""

import statistics
import time
from collections.abc import Sequence
from importlib.resources import files
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from indexer.cores import cores
from indexer.encoder import folder as layout
from indexer.encoder.onnx_encoder import OnnxEncoder
from indexer.encoder.prepare import load_source
from indexer.encoder.protocol import Floats

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BASELINE = "sentence-transformers float32"
_PASSAGES = 96
_SENTENCES = (4, 12)


def run(
    encoder_folder: Path, texts: Sequence[str] | None = None, *, rounds: int = 3, threads: int | None = None
) -> dict[str, object]:
    """Measure a prepared encoder and its source model on the same texts, with the same number of threads.

    Rounds alternate between the two, after one warm-up each; rates are medians. Tokens are those the model reads,
    prefix and special tokens included, without padding. Ours also makes the token vectors and their offsets.

    Args:
        encoder_folder: as ``reuni model prepare`` makes it.
        texts: passages; None for 96 passages of some 200 tokens made of the reference sentences.
        rounds: of each.
        threads: of each; None for every core.

    Returns:
        ``tokens_per_s``, ``baseline_tokens_per_s``, ``ratio``, ``mean_cosine``, ``min_cosine``, ``baseline``,
        ``texts``, ``tokens``, ``threads``, ``query_ms`` (median of one short query).

    Raises:
        EncoderMissing, EncoderDamaged: the folder cannot be opened.
    """
    import torch

    threads = threads or cores()
    passages = list(texts) if texts is not None else _passages()
    encoder = OnnxEncoder.open(encoder_folder, threads)
    source = load_source(encoder_folder)
    prefix = encoder.identity.passage_prefix
    tokens = sum(len(ids) for ids in _read(source, [prefix + text for text in passages], encoder.identity.max_length))
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        ours_s, theirs_s = [], []
        ours = _ours(encoder, passages[:8])
        theirs = _theirs(source, prefix, passages[:8])
        for _ in range(rounds):
            start = time.perf_counter()
            ours = _ours(encoder, passages)
            middle = time.perf_counter()
            theirs = _theirs(source, prefix, passages)
            ours_s.append(middle - start)
            theirs_s.append(time.perf_counter() - middle)
    finally:
        torch.set_num_threads(before)
    cosines = (ours * theirs).sum(axis=1)
    rate, baseline = tokens / statistics.median(ours_s), tokens / statistics.median(theirs_s)
    return {
        "tokens_per_s": round(rate),
        "baseline_tokens_per_s": round(baseline),
        "ratio": round(rate / baseline, 2),
        "mean_cosine": round(float(cosines.mean()), 5),
        "min_cosine": round(float(cosines.min()), 5),
        "baseline": BASELINE,
        "model": encoder.identity.name,
        "quantisation": layout.read_description(encoder_folder).quantisation,
        "texts": len(passages),
        "tokens": tokens,
        "threads": threads,
        "query_ms": round(_query_ms(encoder), 2),
    }


def _passages() -> list[str]:
    """Reference sentences put together, of varied lengths, some 200 tokens on average."""
    sentences = cycle(files("indexer.encoder").joinpath("reference_fr.txt").read_text(encoding="utf-8").splitlines())
    least, most = _SENTENCES
    return [" ".join(islice(sentences, least + row % (most - least + 1))) for row in range(_PASSAGES)]


def _read(source: "SentenceTransformer", texts: list[str], max_length: int) -> list[list[int]]:
    found: list[list[int]] = source.tokenizer(texts, truncation=True, max_length=max_length)["input_ids"]
    return found


def _ours(encoder: OnnxEncoder, texts: list[str]) -> Floats:
    return np.stack([encoded.dense for encoded in encoder.encode_passages(texts)])


def _theirs(source: "SentenceTransformer", prefix: str, texts: list[str]) -> Floats:
    found: Floats = source.encode(
        [prefix + text for text in texts], batch_size=32, normalize_embeddings=True, show_progress_bar=False
    )
    return found


def _query_ms(encoder: OnnxEncoder) -> float:
    took = []
    for _ in range(20):
        start = time.perf_counter()
        encoder.encode_query("contrôle des investissements étrangers dans les secteurs sensibles")
        took.append(1000 * (time.perf_counter() - start))
    return statistics.median(took)

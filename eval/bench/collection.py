"""A large collection for measurements: real French sentences shuffled together, real embeddings varied.

Scanning, scoring and reading cost what they cost whatever the vectors say; the shapes are real (lengths, tokens a
passage, dimensions), the words follow the demo collection's frequencies, and rare references are added.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus.demo.source import read_sources
from corpus.document import Document, Span, document_id
from corpus.french.sentences import sentences
from corpus.passage import Passage, passage_id
from indexer.compartment import DEFAULT, Compartment
from indexer.embedding_cache import CodedTokens, EmbeddingCache, joined
from indexer.encoder.protocol import Encoder
from indexer.generation import Collected
from indexer.publish import Progress, Published, write_generation
from indexer.token_codes import TokenCodes, encode_tokens
from indexer.token_spans import pack_spans

_A_DOCUMENT = 5
_WORDS = 130
_BASE = 192
_SEGMENT = 65_536
_NOISE = 0.35
_FLIPPED = 24


def real_sentences() -> list[str]:
    """The sentences of the demo collection's sources, once each, of 5 to 60 words."""
    found: dict[str, None] = {}
    for source in read_sources():
        for paragraph in source.body.splitlines():
            plain = re.sub(r"[#*_|>`]+", " ", paragraph).strip()
            for start, end in sentences(plain):
                if 5 <= len(plain[start:end].split()) <= 60:
                    found[" ".join(plain[start:end].split())] = None
    return list(found)


@dataclass(frozen=True, slots=True)
class SyntheticContent:
    """``passages`` passages, 5 a document; the same ones each time they are asked for."""

    passages_wanted: int
    seed: int = 0

    def documents(self) -> Iterator[Document]:
        """The documents, in order."""
        for number in range(-(-self.passages_wanted // _A_DOCUMENT)):
            name = f"lot/{number:07d}.pdf"
            yield Document(
                id=document_id(DEFAULT, name),
                external_id=name,
                version=f"{number:064x}",
                title=f"Note {number} du bureau {number % 97}",
                drop="mesure",
                media_type="application/pdf",
                pages=_A_DOCUMENT,
                kind="note",
                date=f"20{number % 25:02d}-0{number % 9 + 1}-11",
            )

    def passages(self) -> Iterator[Passage]:
        """The passages, in order of row."""
        told = real_sentences()
        for row in range(self.passages_wanted):
            number, ordinal = divmod(row, _A_DOCUMENT)
            document = document_id(DEFAULT, f"lot/{number:07d}.pdf")
            text = passage_text(told, self.seed, row)
            yield Passage(
                id=passage_id(document, (), text, 0),
                document_id=document,
                ordinal=ordinal,
                heading_path=(f"Partie {ordinal + 1}",),
                spans=(Span(ordinal + 1, 0, len(text)),),
                text=text,
            )


def passage_text(told: list[str], seed: int, row: int) -> str:
    """Some 130 words: sentences drawn at random, and a reference of its own."""
    chance = random.Random(seed * 1_000_003 + row)  # noqa: S311 - a fixed draw
    text: list[str] = [f"Réf. DGE-{row % 30 + 1995}-{row:07d}."]
    count = 0
    while count < _WORDS:
        sentence = told[int(len(told) * chance.random())]
        text.append(sentence)
        count += sentence.count(" ") + 1
    return " ".join(text)


def queries(count: int, seed: int = 0) -> list[str]:
    """Stretches of 3 to 9 words of real sentences."""
    told = real_sentences()
    chance = random.Random(seed)  # noqa: S311 - a fixed draw
    result: list[str] = []
    while len(result) < count:
        words = chance.choice(told).split()
        length = chance.randint(3, 9)
        start = chance.randrange(max(len(words) - length, 1))
        result.append(" ".join(words[start : start + length]).strip(" ,;:.()«»"))
    return result


def fill_cache(cache: EmbeddingCache, encoder: Encoder, count: int, seed: int = 0) -> list[bytes]:
    """Put ``count`` embeddings in a cache, but for those already there: some real ones, varied; returns their keys in
    order."""
    told = real_sentences()
    base = list(encoder.encode_passages([passage_text(told, seed + 1, row) for row in range(min(_BASE, count))]))
    dense = np.array([one.dense for one in base])
    tokens = [CodedTokens(encode_tokens(one.tokens), pack_spans(one.offsets)) for one in base]
    keys: list[bytes] = []
    for first in range(0, count, _SEGMENT):
        rows = np.arange(first, min(first + _SEGMENT, count))
        mine = [int(row).to_bytes(16, "big") for row in rows]
        keys += mine
        if all(key in cache for key in mine):
            continue
        dice = np.random.default_rng((seed, first))
        drawn = dice.integers(0, len(base), len(rows))
        noise = dice.standard_normal((len(rows), dense.shape[1]), dtype=np.float32)
        vectors = dense[drawn] + noise * (_NOISE / np.sqrt(dense.shape[1]))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        offsets, laid = joined([tokens[n] for n in drawn])
        cache.add(mine, vectors.astype(np.float16), offsets, _varied(laid, dice))
    return keys


def _varied(tokens: CodedTokens, dice: np.random.Generator) -> CodedTokens:
    """The same tokens, with a few bytes of one in four changed."""
    signs = tokens.codes.signs
    changed = dice.integers(0, len(signs), len(signs) // 4)
    for column in dice.integers(0, signs.shape[1], _FLIPPED // 8):
        signs[changed, column] = dice.integers(0, 256, len(changed), dtype=np.uint8)
    return CodedTokens(TokenCodes(signs, tokens.codes.scales), tokens.spans)


def write_collection(
    data: Path, encoder: Encoder, count: int, cache: EmbeddingCache, keys: list[bytes], progress: Progress
) -> Published:
    """Build and publish a generation of ``count`` passages from the embeddings in ``cache``."""
    return write_generation(
        Compartment(data, DEFAULT),
        SyntheticContent(count),
        cache,
        keys,
        encoder.identity,
        Collected(1, 0, 0, 0, ("mesure",)),
        progress,
    )

"""Encoders for tests: one that needs no model, and the real one prepared once."""

import hashlib
import re
import struct
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from indexer.encoder.protocol import Encoded, EncoderIdentity, Floats

_WORD = re.compile(r"\w+")


class FakeEncoder:
    """A deterministic encoder without a model: each folded word is a fixed random direction.

    Two texts are close when they share words. ``salt`` makes another model: another fingerprint and
    other vectors.
    """

    def __init__(self, salt: str = "", dimension: int = 64, max_length: int = 512) -> None:
        self.salt = salt
        self._identity = EncoderIdentity(
            name=f"fake{'-' + salt if salt else ''}",
            fingerprint=hashlib.sha256(f"fake\0{salt}\0{dimension}\0{max_length}".encode()).hexdigest(),
            dimension=dimension,
            max_length=max_length,
            query_prefix="query: ",
            passage_prefix="passage: ",
        )
        self.encoded_texts = 0
        """How many texts were encoded since it was made: what a cache should have spared."""

    @property
    def identity(self) -> EncoderIdentity:
        return self._identity

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in _WORD.finditer(text)]

    def encode_query(self, text: str) -> Encoded:
        return self._encode(text)

    def encode_passages(self, texts: Sequence[str]) -> Iterator[Encoded]:
        for text in texts:
            yield self._encode(text)

    def _encode(self, text: str) -> Encoded:
        self.encoded_texts += 1
        offsets = self.token_offsets(text)[: self._identity.max_length]
        tokens = np.zeros((len(offsets), self._identity.dimension), dtype=np.float32)
        for row, (start, end) in enumerate(offsets):
            tokens[row] = self._direction(_fold(text[start:end]))
        dense = tokens.sum(axis=0) if offsets else self._direction("")
        dense = (dense / np.linalg.norm(dense)).astype(np.float32)
        return Encoded(dense=dense, tokens=tokens, offsets=np.array(offsets, dtype=np.int32).reshape(-1, 2))

    def _direction(self, word: str) -> Floats:
        seed = hashlib.blake2b(f"{self.salt}\0{word}".encode(), digest_size=8).digest()
        vector = np.random.default_rng(int.from_bytes(seed)).standard_normal(self._identity.dimension)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def _fold(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def default_models_dir() -> Path:
    """Where `reuni model prepare` puts models when nothing else is said."""
    from search_api.settings import Settings

    return Settings().models


def prepared_model() -> Path:
    """The real encoder's folder, prepared if it is not."""
    from indexer.encoder.prepare import prepare

    return prepare(default_models_dir(), None, lambda step, share: None)


def write_tiny_packed(file: Path, *, hidden: int = 32, layers: int = 2, feed_forward: int = 64) -> None:
    """A packed model of the bundled one's layout, random and small, that knows every printable Latin letter."""
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", "query", "passage", "▁query", "▁passage", "▁la", "tion", "ment"]
    pieces += [chr(code) for code in [*range(0x21, 0x7F), *range(0xA1, 0x180)] if chr(code) not in "<>"]
    rng = np.random.default_rng(7)
    packed: list[tuple[str, bytes, int, int]] = []

    def matrix(name: str, rows: int, columns: int) -> None:
        blocks = np.zeros(rows * columns // 32, dtype=[("scale", "<f2"), ("nibbles", "u1", (16,))])
        blocks["scale"] = rng.uniform(0.02, 0.06, len(blocks))
        blocks["nibbles"] = rng.integers(0, 256, (len(blocks), 16))
        packed.append((name, blocks.tobytes(), 1, rows * columns))

    def vector(name: str, values: Floats) -> None:
        packed.append((name, values.astype("<f4").tobytes(), 0, values.size))

    def noise(size: int) -> Floats:
        return rng.normal(0, 0.1, size).astype(np.float32)

    vocabulary = len(pieces) + 3
    matrix("emb.word", vocabulary, hidden)
    vector("emb.pos", noise(512 * hidden))
    vector("emb.type", noise(2 * hidden))
    vector("emb.ln.w", 1 + noise(hidden))
    vector("emb.ln.b", noise(hidden))
    for layer in range(layers):
        shapes = {"q": (hidden, hidden), "k": (hidden, hidden), "v": (hidden, hidden), "ao": (hidden, hidden)}
        for name, (rows, columns) in {**shapes, "fi": (feed_forward, hidden), "fo": (hidden, feed_forward)}.items():
            matrix(f"l{layer}.{name}.w", rows, columns)
            vector(f"l{layer}.{name}.b", noise(rows))
        for name in ("aln", "oln"):
            vector(f"l{layer}.{name}.w", 1 + noise(hidden))
            vector(f"l{layer}.{name}.b", noise(hidden))
    text = [piece.encode() for piece in pieces]
    offsets = np.cumsum([0, *map(len, text)]).astype("<u4")
    scores = np.array([0.0] * 4 + [-2.0 - len(text) / 1000] * (len(text) - 4), dtype="<f4")
    head = b"E5S1" + struct.pack("<I7ifi", 1, hidden, layers, 4, feed_forward, vocabulary, 512, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, int(offsets[-1])) + offsets.tobytes() + scores.tobytes()
    head += b"".join(text) + struct.pack("<iI", 0, 0) + struct.pack("<i", len(packed))
    entry = struct.calcsize("<BIQQ")
    at = len(head) + sum(2 + len(name) + entry for name, *_ in packed)
    directory, body = b"", b""
    for name, content, kind, values in packed:
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, values, at + len(body), len(content))
        body += content
    file.write_bytes(head + directory + body)

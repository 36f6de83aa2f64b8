"""The embedding cache: each passage is encoded once, for ever; append-only segments named by their checksum.

A segment ``segment-<sha256>.safetensors`` holds, for ``n`` passages with ``t`` tokens in all:

=========  =====================  ==========================================================
tensor     shape, type            meaning
=========  =====================  ==========================================================
keys       (n, 16) uint8          digest of the embedded text
dense      (n, d) float16         the passage's unit vector
offsets    (n + 1,) int64         passage ``i`` has tokens ``offsets[i]:offsets[i + 1]``
signs      (t, d / 8) uint8       see :mod:`indexer.token_codes`
scales     (t,) float16           likewise
spans      (t, 2) uint16          see :mod:`indexer.token_spans`
=========  =====================  ==========================================================

The folder is named by the encoder's fingerprint and this format: vectors of two encoders never meet.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import save_file

from indexer.durable import replace_text, sha256_of, sync_file, sync_folder
from indexer.encoder.protocol import Encoded, EncoderIdentity, Floats
from indexer.errors import IndexDamaged
from indexer.tensor_file import StoredRows, TensorFile
from indexer.token_codes import TokenCodes, encode_tokens, laid_end_to_end
from indexer.token_spans import pack_spans

_TENSORS = {"keys", "dense", "offsets", "signs", "scales", "spans"}
_PREFIX, _SUFFIX = "segment-", ".safetensors"
_FORMAT = 2
_VERIFIED = "verified.json"
_UNFINISHED = "unfinished"
# A segment is sealed after this many passages: what a crash can cost, under a minute of encoding.
SEGMENT_PASSAGES = 4096
# Compaction merges segments when there are more than this many small ones, or when this share is dead.
_MOST_SMALL = 16
_DEAD_SHARE = 0.5
_LARGE_SEGMENT = 65_536


def text_key(text: str) -> bytes:
    """The key of an embedded text (16 bytes)."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class CodedTokens:
    """Tokens as they are kept: their codes, and where they stand in their text (packed, ``(n, 2)``)."""

    codes: TokenCodes
    spans: npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class CodedPassage:
    """A passage as it is kept: its vector, ``(dimension,)``, and its tokens."""

    dense: Floats
    tokens: CodedTokens


def coded(encoded: Iterable[Encoded]) -> Iterator[CodedPassage]:
    """Passages as the encoder gives them, as they are kept."""
    for one in encoded:
        yield CodedPassage(one.dense, CodedTokens(encode_tokens(one.tokens), pack_spans(one.offsets)))


def joined(tokens: Sequence[CodedTokens]) -> tuple[npt.NDArray[np.int64], CodedTokens]:
    """The tokens of several passages laid end to end, and their ``offsets`` as in the table above."""
    lengths = np.array([0, *(len(one.spans) for one in tokens)], np.int64)
    codes = laid_end_to_end([one.codes for one in tokens])
    return np.cumsum(lengths), CodedTokens(codes, np.concatenate([one.spans for one in tokens]))


@dataclass(frozen=True, slots=True)
class Segment:
    """One sealed segment: what is looked through is memory-mapped, what tokens have is read where it is asked for."""

    path: Path
    keys: npt.NDArray[np.uint8]
    dense: npt.NDArray[np.float16]
    offsets: npt.NDArray[np.int64]
    signs: StoredRows
    scales: StoredRows
    spans: StoredRows

    @classmethod
    def open(cls, path: Path) -> "Segment":
        """Map a segment whose checksum was verified.

        Raises:
            IndexDamaged: it is not a segment.
        """
        try:
            file = TensorFile(path)
            if file.names != _TENSORS:
                raise damaged(path, "tableaux inattendus")
            return cls(
                path=path,
                keys=file.mapped("keys"),
                dense=file.mapped("dense"),
                offsets=file.mapped("offsets"),
                signs=file.rows("signs"),
                scales=file.rows("scales"),
                spans=file.rows("spans"),
            )
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            raise damaged(path, str(error)) from error

    @property
    def checksum(self) -> str:
        """The SHA-256 that its bytes must have."""
        return checksum_of(self.path)

    def __len__(self) -> int:
        return len(self.keys)

    def bounds(self, place: int) -> tuple[int, int]:
        """Where the tokens of one passage begin and end among those of all."""
        start, end = self.offsets[place : place + 2].tolist()
        return start, end

    def tokens(self, place: int) -> CodedTokens:
        """The tokens of one passage."""
        start, end = self.bounds(place)
        codes = TokenCodes(self.signs.read(start, end), self.scales.read(start, end))
        return CodedTokens(codes, self.spans.read(start, end))


def damaged(path: Path, why: str) -> IndexDamaged:
    """The error for a file of the index that is not what was written."""
    return IndexDamaged(
        f"le fichier {path} est endommagé ({why})",
        remedy="Lancez « reuni check », puis « reuni index » sur le dernier lot, ou restaurez une sauvegarde",
    )


def is_segment(path: Path) -> bool:
    """Whether a name is a segment's."""
    return path.name.startswith(_PREFIX) and path.name.endswith(_SUFFIX)


def cache_folder(embeddings: Path, identity: EncoderIdentity) -> Path:
    """Where the embeddings of an encoder are kept, in the present format of segments."""
    return embeddings / f"{identity.fingerprint[:16]}-{_FORMAT}"


def is_unfinished(folder: Path) -> bool:
    """Whether the embeddings of a cache are being made for an encoder that no generation has yet."""
    return (folder / _UNFINISHED).exists()


def checksum_of(path: Path) -> str:
    """The SHA-256 that a segment's bytes must have, from its name."""
    return path.name[len(_PREFIX) : -len(_SUFFIX)]


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_ino, status.st_size, status.st_mtime_ns]


class EmbeddingCache:
    """Writer's view of the cache of one compartment and one encoder.

    A segment is hashed when it is first met; afterwards a look at its inode, size and time tells that it is
    the same file (``verified.json``), unless ``thorough`` is asked for.
    """

    def __init__(self, folder: Path, identity: EncoderIdentity, *, thorough: bool = False) -> None:
        self.folder = cache_folder(folder, identity)
        self._dimension = identity.dimension
        self.folder.mkdir(parents=True, exist_ok=True)
        for leftover in self.folder.glob(".*"):
            leftover.unlink()
        self.segments: list[Segment] = []
        self._where: dict[bytes, tuple[int, int]] = {}
        stamps = {} if thorough else self._stamps()
        for path in sorted(filter(is_segment, self.folder.iterdir())):
            if stamps.get(path.name) != _stamp(path) and sha256_of(path) != checksum_of(path):
                # A cache may always be computed again: what is damaged is removed, not trusted.
                path.unlink()
                continue
            self._adopt(Segment.open(path))
        self._write_stamps()

    def _stamps(self) -> dict[str, list[int]]:
        try:
            found = json.loads((self.folder / _VERIFIED).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write_stamps(self) -> None:
        stamps = {segment.path.name: _stamp(segment.path) for segment in self.segments}
        if stamps != self._stamps():
            replace_text(self.folder / _VERIFIED, json.dumps(stamps))

    def _adopt(self, segment: Segment) -> None:
        number = len(self.segments)
        self.segments.append(segment)
        for position, key in enumerate(segment.keys):
            self._where[key.tobytes()] = (number, position)

    @property
    def checksums(self) -> dict[str, str]:
        """SHA-256 of every segment by file name, verified or just written."""
        return {segment.path.name: segment.checksum for segment in self.segments}

    def __contains__(self, key: bytes) -> bool:
        return key in self._where

    def __len__(self) -> int:
        return len(self._where)

    def begin(self) -> None:
        """Say that these embeddings are not yet those of a generation: nothing removes them until :meth:`finish`."""
        (self.folder / _UNFINISHED).touch()

    def finish(self) -> None:
        """Say that a generation has them."""
        (self.folder / _UNFINISHED).unlink(missing_ok=True)

    def append(self, keys: Sequence[bytes], coded: Iterable[CodedPassage]) -> Iterator[int]:
        """Add passages; seals a segment every :data:`SEGMENT_PASSAGES`, and yields after each passage the
        number added so far.

        A passage is safe once its segment is sealed, at the latest when this is exhausted.
        """
        dense: list[Floats] = []
        tokens: list[CodedTokens] = []
        first = 0
        for count, one in enumerate(coded, start=1):
            dense.append(one.dense)
            tokens.append(one.tokens)
            if len(dense) == SEGMENT_PASSAGES:
                self._seal(keys[first:count], np.array(dense), tokens)
                dense, tokens, first = [], [], count
            yield count
        if dense:
            self._seal(keys[first:], np.array(dense), tokens)

    def _seal(self, keys: Sequence[bytes], dense: Floats, tokens: Sequence[CodedTokens]) -> None:
        self.add(keys, dense.astype(np.float16), *joined(tokens))

    def add(
        self,
        keys: Sequence[bytes],
        dense: npt.NDArray[np.float16],
        offsets: npt.NDArray[np.int64],
        tokens: CodedTokens,
    ) -> None:
        """Seal one segment of embeddings already coded; arrays as in the table above."""
        tensors: dict[str, npt.NDArray[Any]] = {
            "keys": np.frombuffer(b"".join(keys), np.uint8).reshape(len(keys), -1).copy(),
            "dense": dense,
            "offsets": offsets,
            "signs": tokens.codes.signs,
            "scales": tokens.codes.scales,
            "spans": tokens.spans,
        }
        beside = self.folder / f".writing-{os.getpid()}"
        save_file(tensors, beside)
        sync_file(beside)
        final = self.folder / f"{_PREFIX}{sha256_of(beside)}{_SUFFIX}"
        beside.replace(final)
        sync_folder(self.folder)
        self._adopt(Segment.open(final))

    def locate(self, keys: Sequence[bytes]) -> npt.NDArray[np.int64]:
        """``(len(keys), 2)``: number of the segment and place in it.

        Raises:
            KeyError: a key was never added.
        """
        return np.array([self._where[key] for key in keys], np.int64).reshape(-1, 2)

    def dense(self, places: npt.NDArray[np.int64]) -> Floats:
        """Vectors of some places, ``(len(places), dimension)`` float32."""
        result = np.empty((len(places), self._dimension), np.float32)
        for number, segment in enumerate(self.segments):
            wanted = places[:, 0] == number
            if wanted.any():
                result[wanted] = segment.dense[places[wanted, 1]]
        return result

    def compact(self, live: Iterable[bytes], *, everything: bool = False) -> None:
        """Rewrite small or mostly dead segments without what is dead, when that is worth it.

        ``everything`` rewrites any segment with something dead in it: what was withdrawn must not stay.
        """
        alive = set(live)
        shares = [
            sum(key.tobytes() in alive for key in segment.keys) / max(len(segment), 1) for segment in self.segments
        ]
        small = {n for n, segment in enumerate(self.segments) if len(segment) < _LARGE_SEGMENT}
        chosen = {n for n, share in enumerate(shares) if share < (1 if everything else _DEAD_SHARE)}
        if len(small) > _MOST_SMALL:
            chosen |= small
        if not chosen:
            return
        old = [self.segments[n] for n in sorted(chosen)]
        kept = [
            (key.tobytes(), segment, position)
            for segment in old
            for position, key in enumerate(segment.keys)
            if key.tobytes() in alive
        ]
        for first in range(0, len(kept), _LARGE_SEGMENT):
            group = kept[first : first + _LARGE_SEGMENT]
            tokens = [segment.tokens(position) for _, segment, position in group]
            dense = np.array([segment.dense[position] for _, segment, position in group], np.float32)
            self._seal([key for key, _, _ in group], dense, tokens)
        for segment in old:
            segment.path.unlink(missing_ok=True)
        sync_folder(self.folder)
        remaining = [segment for segment in self.segments if segment.path.exists()]
        self.segments, self._where = [], {}
        for segment in remaining:
            self._adopt(segment)

"""What a worker does for another machine: read one file, closed in, or encode some passages.

These functions are all that is sent to a worker, by name: it must have the same Réuni. Files come as bytes and go back
as values; a worker needs no folder in common with anybody.
"""

import atexit
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from corpus.extraction.extracted import Extracted, ExtractionFailure
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.owned_folders import OwnedFolder
from corpus.extraction.pool import ExtractionPool
from indexer.cores import cores
from indexer.embedding_cache import CodedPassage, coded
from indexer.encoder.onnx_encoder import OnnxEncoder
from indexer.errors import ClusterUnavailable


@dataclass(frozen=True, slots=True)
class RemoteOutcome:
    """What reading a file gave.

    Attributes:
        attachments: bytes of the files inside it, in the order of ``outcome.attachments``.
    """

    outcome: Extracted | ExtractionFailure
    attachments: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class _Reader:
    """The closed-in readers of this process; they and their folder go with it."""

    pool: ExtractionPool
    folder: Path


@lru_cache(maxsize=1)
def _reader(options: ExtractionOptions, module: str) -> _Reader:
    opened = ExitStack()
    folder = opened.enter_context(OwnedFolder("reuni-remote-"))
    inside = folder / "inside"
    inside.mkdir()
    pool = ExtractionPool(cores(), options=replace(options, unpack_dir=inside, ocr_cache=None), module=module)
    opened.enter_context(pool)
    atexit.register(opened.close)
    return _Reader(pool, folder)


def read_file(content: bytes, name: str, options: ExtractionOptions, module: str) -> RemoteOutcome:
    """Read one file as the machine that indexes would: in a process without network, with limits.

    Args:
        name: the file came with; never used as a path.
        options: ``unpack_dir`` and ``ocr_cache`` are this worker's own.
        module: what the closed-in readers run.
    """
    reader = _reader(options, module)
    with tempfile.TemporaryDirectory(prefix="file-", dir=reader.folder) as folder:
        path = Path(folder) / "content"
        path.write_bytes(content)
        ((_, outcome),) = reader.pool.map([(0, path, name)])
    if isinstance(outcome, ExtractionFailure):
        return RemoteOutcome(outcome)
    inside = []
    for attachment in outcome.attachments:
        inside.append(attachment.path.read_bytes())
        attachment.path.unlink()
    return RemoteOutcome(outcome, tuple(inside))


@lru_cache(maxsize=1)
def _encoder(folder: Path) -> OnnxEncoder:
    return OnnxEncoder.open(folder)


def code_texts(folder: Path, fingerprint: str, texts: Sequence[str]) -> list[CodedPassage]:
    """Encode texts with the model prepared in a folder of this worker.

    Raises:
        EncoderMissing, EncoderDamaged: it must be prepared on this worker.
        ClusterUnavailable: it is another model than that of the machine that indexes.
    """
    encoder = _encoder(folder)
    if encoder.identity.fingerprint != fingerprint:
        raise ClusterUnavailable(
            f"un worker a un autre encodeur ({encoder.identity.fingerprint[:12]}, {fingerprint[:12]} attendu)",
            remedy="Préparez le même modèle sur chaque worker avec « reuni model prepare »",
        )
    return list(coded(encoder.encode_passages(texts)))

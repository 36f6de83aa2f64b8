"""The folder of a prepared encoder: what is in it, and whether it is intact.

::

    model.onnx          the graph: input_ids (and attention_mask) -> dense, states
    model.data          its weights, mapped in memory, shared by the processes that serve
    tokenizer.json      for the library `tokenizers`
    kept_tokens.npy     one boolean a vocabulary entry: does the token say something?
    token_mean.npy      the mean token vector, float32
    encoder.json        the description, with the SHA-256 and size of the files above
    source/             the sentence-transformers folder it was made from, for the bundled model
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from indexer.encoder.protocol import EncoderIdentity
from indexer.errors import EncoderDamaged, EncoderMissing

FORMAT = 2
"""Raised whenever the same source would give other files: what was prepared before is then prepared anew."""
GRAPH = "model.onnx"
WEIGHTS = "model.data"
TOKENIZER = "tokenizer.json"
KEPT_TOKENS = "kept_tokens.npy"
TOKEN_MEAN = "token_mean.npy"  # noqa: S105
DESCRIPTION = "encoder.json"
SOURCE = "source"

HASHED = (GRAPH, WEIGHTS, TOKENIZER, KEPT_TOKENS, TOKEN_MEAN)
REMEDY = "Lancez : reuni model prepare"


@dataclass(frozen=True, slots=True)
class Description:
    """What ``encoder.json`` says.

    Attributes:
        source: hub name, absolute folder, or "" for the bundled model.
        source_stamp: changes when a source folder changes; "" when nothing can.
        pooling: for people, e.g. ``mean``.
        quantisation: for people, e.g. ``int8 dynamique``, ``aucune``.
        cosine: mean cosine of the graph's embeddings to the source's, on the reference text.
        kept_tokens: how many vocabulary entries give token vectors.
        files: name to SHA-256 and size in bytes.
    """

    identity: EncoderIdentity
    source: str
    source_stamp: str
    pooling: str
    quantisation: str
    cosine: float
    vocabulary: int
    kept_tokens: int
    files: dict[str, tuple[str, int]] = field(default_factory=dict)


def fingerprint(folder: Path) -> str:
    """SHA-256 over the graph, its weights and the tokenizer: what makes vectors comparable."""
    digests = "".join(sha256_file(folder / name) for name in (GRAPH, WEIGHTS, TOKENIZER))
    return hashlib.sha256(digests.encode()).hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's content, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_description(folder: Path, description: Description) -> None:
    """Write ``encoder.json``: to be the last file written of a folder."""
    content = {"format": FORMAT, **asdict(description)}
    (folder / DESCRIPTION).write_text(
        json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
    )


def read_description(folder: Path) -> Description:
    """Read ``encoder.json``.

    Raises:
        EncoderMissing: there is no prepared encoder there.
        EncoderDamaged: there is one, whose description cannot be read.
    """
    file = folder / DESCRIPTION
    if not file.is_file():
        raise EncoderMissing(f"Aucun modèle préparé dans {folder}", remedy=REMEDY)
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if content.pop("format") != FORMAT:
            raise ValueError("format")
        content["identity"] = EncoderIdentity(**content["identity"])
        content["files"] = {name: (str(sha), int(size)) for name, (sha, size) in content["files"].items()}
        if set(content["files"]) != set(HASHED):
            raise ValueError("files")
        return Description(**content)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise EncoderDamaged(f"La description du modèle est illisible ({file})", remedy=REMEDY) from error


def check(folder: Path, description: Description) -> None:
    """Compare every file with its SHA-256 (some 0.1 s for 120 MB).

    Raises:
        EncoderDamaged: a file is absent, cut or changed.
    """
    for name in _damaged(folder, description):
        raise EncoderDamaged(f"Un fichier du modèle est abîmé ({folder / name})", remedy=REMEDY)


def _damaged(folder: Path, description: Description) -> Iterator[str]:
    for name, (sha, size) in description.files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != size or sha256_file(path) != sha:
            yield name


def describe(folder: Path) -> dict[str, Any]:
    """What `reuni model info` shows: the description, the folder, whether it is intact, its size on disk.

    Raises:
        EncoderMissing, EncoderDamaged: as :func:`read_description`.
    """
    description = read_description(folder)
    content = asdict(description)
    content["folder"] = str(folder)
    content["intact"] = not any(_damaged(folder, description))
    content["bytes"] = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return content

"""What a run was made with, so that two runs are compared knowing what differs."""

import hashlib
import importlib.metadata
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

LABELS = {
    "collection": "collection",
    "generation": "génération",
    "encoder": "modèle",
    "encoder_fingerprint": "empreinte du modèle",
    "parameters": "paramètres",
    "topics": "sujets",
    "qrels": "jugements",
    "code": "version du code",
}


@dataclass(frozen=True, slots=True)
class Provenance:
    """Everything needed to make a run again.

    Attributes:
        collection: hash of what was searched; see :func:`collection_hash`.
        generation: of the index; several are joined by a comma.
        encoder, encoder_fingerprint: the encoder's identity, or "" for a system without one.
        parameters: of the search: channel, weights, depth…; JSON values.
        topics, qrels: SHA-256 of the files; see :func:`file_hash`.
        code: see :func:`code_version`.
    """

    collection: str
    generation: str
    code: str
    encoder: str = ""
    encoder_fingerprint: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    topics: str = ""
    qrels: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As the plain dictionary that a run carries."""
        return asdict(self)


def collection_hash(documents: Iterable[tuple[str, str]]) -> str:
    """SHA-256 (hexadecimal) over external ids and versions, whatever their order."""
    digest = hashlib.sha256()
    for external_id, version in sorted(documents):
        digest.update(f"{len(external_id)}:{external_id}{len(version)}:{version}".encode())
    return digest.hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 (hexadecimal) of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def code_version(root: Path) -> str:
    """The installed version, with the commit when ``root`` is a git work tree.

    ``0.1.0+80bd8cd12345`` for a clean tree, with ``.modified`` after it when tracked files differ.
    """
    try:
        version = importlib.metadata.version("reuni")
    except importlib.metadata.PackageNotFoundError:
        version = "0"
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return version

    def ask(*arguments: str) -> str:
        return subprocess.run(  # noqa: S603 — every argument is ours
            [git, "-C", str(root), *arguments], check=True, capture_output=True, text=True, timeout=30
        ).stdout.strip()

    try:
        commit = ask("rev-parse", "--short=12", "HEAD")
        modified = ask("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return version
    return f"{version}+{commit}{'.modified' if modified else ''}"


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[str, ...]:
    """French names of what differs between two runs' provenance, in the order of :data:`LABELS`."""
    return tuple(label for key, label in LABELS.items() if first.get(key) != second.get(key))

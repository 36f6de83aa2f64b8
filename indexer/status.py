"""What a data directory holds, and what takes its space."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.catalogue import Catalogue
from indexer.compartment import Compartment, compartments
from indexer.embedded import Embedded
from indexer.errors import IndexDamaged
from indexer.files_below import files_below, regular_files
from indexer.generation import MANIFEST, Manifest, read_manifest
from indexer.lock import is_held
from indexer.page_images import FOLDER as PAGE_IMAGES
from indexer.storage import GenerationReader


def status(data: Path, store: GenerationReader | None = None) -> list[dict[str, Any]]:
    """One dictionary a compartment: current generation, counts, drops, bytes by use; JSON values."""
    return [_compartment(Compartment(data, name), store or Embedded()) for name in compartments(data)]


@dataclass(frozen=True, slots=True)
class KeptGeneration:
    """A generation that is on the disk.

    Attributes:
        manifest: what it says it is; None when it cannot be read.
        size: bytes on disk, those shared with others included.
        own: bytes on disk that nothing else holds: what removing it gives back.
        current: it is the one that answers.
        read: some process has it open, which keeps it from being removed.
    """

    id: str
    manifest: Manifest | None
    size: int
    own: int
    current: bool
    read: bool


def kept_generations(compartment: Compartment, store: GenerationReader) -> list[KeptGeneration]:
    """The generations of a compartment that were written whole, the last first."""
    current = store.current_id(compartment)
    return [_kept(compartment, name, current=name == current) for name in reversed(store.sealed(compartment))]


def _kept(compartment: Compartment, name: str, *, current: bool) -> KeptGeneration:
    folders = [folder / name for folder in (compartment.generations, compartment.remote) if (folder / name).is_dir()]
    try:
        manifest = read_manifest(folders[-1]) if folders else None
    except IndexDamaged:
        manifest = None
    files = [status for folder in folders for _, status in files_below(folder)]
    return KeptGeneration(
        id=name,
        manifest=manifest,
        size=sum(one.st_blocks * 512 for one in files),
        own=sum(one.st_blocks * 512 for one in files if one.st_nlink == 1),
        current=current,
        read=any(is_held(folder / MANIFEST) for folder in folders),
    )


def _compartment(compartment: Compartment, store: GenerationReader) -> dict[str, Any]:
    current = store.current_id(compartment)
    result: dict[str, Any] = {"compartment": compartment.name, "generation": current}
    try:
        manifest = store.manifest(compartment)
    except IndexDamaged as fault:
        result["damaged"] = str(fault)
        manifest = None
    if manifest is not None:
        result |= {
            "documents": manifest.documents,
            "passages": manifest.passages,
            "created_at": manifest.created_at,
            "encoder": manifest.encoder.name,
            "encoder_fingerprint": manifest.encoder.fingerprint,
        }
    if compartment.catalogue.exists():
        with Catalogue.open(compartment.catalogue, read_only=True) as catalogue:
            counts = catalogue.counts()
            result |= {key: counts[key] for key in ("unreadable", "awaiting_ocr", "partial")}
            result["drops"] = catalogue.drops()
    result["writer_running"] = is_held(compartment.lock)
    result["bytes"] = _space(compartment, current)
    return result


def _space(compartment: Compartment, current: str | None) -> dict[str, int]:
    """Bytes on disk by use; a file shared by hard links counts once, where it is first met."""
    seen: set[tuple[int, int]] = set()
    uses = {
        "catalogue": [compartment.folder],
        "originals": [compartment.originals],
        "ocr": [compartment.folder / "ocr"],
        "page_images": [compartment.folder / PAGE_IMAGES],
        "embeddings": [compartment.embeddings],
        "generations": [compartment.generations / str(current), compartment.remote / str(current)],
        "former_generations": [compartment.generations, compartment.remote],
    }
    result = {}
    for use, folders in uses.items():
        total = 0
        for folder in folders:
            found = regular_files(folder.glob("catalogue.sqlite*")) if use == "catalogue" else files_below(folder)
            for _, status in found:
                if (status.st_dev, status.st_ino) not in seen:
                    seen.add((status.st_dev, status.st_ino))
                    total += status.st_blocks * 512
        result[use] = total
    return result

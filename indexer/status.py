"""What a data directory holds, and what takes its space."""

from pathlib import Path
from typing import Any

from corpus.catalogue import Catalogue
from indexer.compartment import Compartment, compartments
from indexer.embedded import Embedded
from indexer.errors import IndexDamaged
from indexer.lock import is_held
from indexer.page_images import FOLDER as PAGE_IMAGES
from indexer.storage import GenerationReader


def status(data: Path, store: GenerationReader | None = None) -> list[dict[str, Any]]:
    """One dictionary a compartment: current generation, counts, drops, bytes by use; JSON values."""
    return [_compartment(Compartment(data, name), store or Embedded()) for name in compartments(data)]


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
            found = folder.glob("catalogue.sqlite*") if use == "catalogue" else folder.rglob("*")
            for path in found:
                status = path.lstat()
                if path.is_file() and (status.st_dev, status.st_ino) not in seen:
                    seen.add((status.st_dev, status.st_ino))
                    total += status.st_blocks * 512
        result[use] = total
    return result

"""A compartment on disk: its catalogue, its embeddings, its generations, and the pointer to the current one."""

import re
import shutil
from pathlib import Path

from corpus.errors import InputError
from indexer.durable import replace_text
from indexer.embedding_cache import cache_folder, is_unfinished
from indexer.encoder.protocol import EncoderIdentity
from indexer.errors import IndexDamaged, IndexMissing, IndexOutdated
from indexer.generation import MANIFEST, Generation, Verified, read_manifest, remove

DEFAULT = "general"
_GENERATION = re.compile(r"\d{8}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Compartment:
    """Paths of one compartment below a data directory, and its generations."""

    def __init__(self, data: Path, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise InputError(
                f"« {name} » n’est pas un nom de compartiment",
                remedy="Employez des minuscules sans accent, des chiffres et des tirets, 40 caractères au plus",
            )
        self.name = name
        self.folder = data / "compartments" / name
        self.catalogue = self.folder / "catalogue.sqlite"
        self.originals = self.folder / "originals"
        self.readings = self.folder / "ocr"
        self.embeddings = self.folder / "embeddings"
        self.generations = self.folder / "generations"
        self.remote = self.folder / "milvus"
        """What stays on this machine of generations kept in another storage."""
        self.lock = self.folder / "writer.lock"
        self._pointer = self.folder / "current"

    def current_id(self) -> str | None:
        """Id of the published generation, or None; 0 when the pointer says nothing sensible."""
        try:
            content = self._pointer.read_text("utf-8", "replace").strip()
        except FileNotFoundError:
            return None
        return content if _GENERATION.fullmatch(content) else "0"

    def publish(self, generation_id: str) -> None:
        """Make a sealed generation the current one, in one atomic replace."""
        replace_text(self._pointer, generation_id + "\n")

    def sealed(self) -> list[str]:
        """Ids of the generations that have a manifest, oldest first."""
        return sealed(self.generations)

    def open(self, encoder: EncoderIdentity | None = None, verified: Verified | None = None) -> Generation:
        """Open the current generation; when it is damaged, the last good one before it.

        Raises:
            IndexMissing: nothing was ever published.
            IndexDamaged: no generation is whole.
            EncoderMismatch: it was made with another encoder.
        """
        current = self.current_id()
        if current is None:
            raise IndexMissing(
                f"le compartiment « {self.name} » n’a pas encore d’index",
                remedy="Indexez un lot avec « reuni index DOSSIER »",
            )
        while True:
            first_fault: IndexDamaged | None = None
            sealed = self.sealed()
            earlier = [name for name in reversed(sealed) if current not in sealed or name < current]
            for name in [current, *earlier]:
                try:
                    return Generation.open(self.generations / name, encoder, verified)
                except IndexDamaged as fault:
                    first_fault = first_fault or fault
            now = self.current_id()
            if now is None or now == current:
                assert first_fault is not None  # noqa: S101 - the loop ran at least once
                raise first_fault
            # Published, and the former ones removed, between reading the pointer and opening.
            current = now

    def next_id(self) -> str:
        """Id for the next generation: numbers grow, and are never used twice."""
        numbers = [int(p.name) for p in self.generations.glob("*") if p.name.isdigit()]
        return f"{max(numbers, default=0) + 1:08d}"

    def clean(self) -> None:
        """Remove what no reader needs: half-written generations, those before the previous one and those of another
        format, embeddings that no generation kept was made with, and files that an interrupted writer left.

        To be called by the writer only, after publishing. The previous generation is kept to fall back on.
        """
        current = self.current_id()
        sealed = self.sealed()
        kept = {current, *[name for name in sealed if current and name < current and not self._outdated(name)][-1:]}
        for folder in self.generations.glob("*") if self.generations.is_dir() else ():
            if folder.name not in kept:
                remove(folder)
        self.clean_leftovers()

    def clean_leftovers(self) -> None:
        """Remove embeddings that no generation kept was made with, and files that an interrupted writer left."""
        for leftover in (*self.folder.glob(".current.*"), *self.originals.glob(".incoming-*")):
            leftover.unlink(missing_ok=True)
        self._clean_embeddings()

    def keep_only_the_current(self) -> bool:
        """Remove every other generation, and the embeddings that none needs any more; False when one is being read."""
        current = self.current_id()
        read = [name for name in self.sealed() if name != current and not remove(self.generations / name)]
        self._clean_embeddings()
        return not read

    def withdraw(self) -> bool:
        """Remove every generation, the current one too, when another storage has taken over; False when one is being
        read."""
        self._pointer.unlink(missing_ok=True)
        read = [name for name in self.sealed() if not remove(self.generations / name)]
        self._clean_embeddings()
        return not read

    def _outdated(self, name: str) -> bool:
        try:
            read_manifest(self.generations / name)
        except IndexOutdated:
            return True
        except IndexDamaged:
            return False
        return False

    def _clean_embeddings(self) -> None:
        needed: set[str] = set()
        for manifest in (*self.generations.glob(f"*/{MANIFEST}"), *self.remote.glob(f"*/{MANIFEST}")):
            try:
                needed.add(cache_folder(self.embeddings, read_manifest(manifest.parent).encoder).name)
            except IndexDamaged:
                # What it needs is not known: everything is kept.
                return
        for folder in self.embeddings.glob("*") if self.embeddings.is_dir() else ():
            if folder.name not in needed and not is_unfinished(folder):
                shutil.rmtree(folder)


def sealed(generations: Path) -> list[str]:
    """Ids of the generations of a folder that have a manifest, oldest first."""
    names = (path.parent.name for path in generations.glob(f"*/{MANIFEST}"))
    return sorted(name for name in names if _GENERATION.fullmatch(name))


def compartments(data: Path) -> list[str]:
    """Names of the compartments of a data directory, sorted."""
    root = data / "compartments"
    return sorted(p.name for p in root.iterdir() if p.is_dir()) if root.is_dir() else []

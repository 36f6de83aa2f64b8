"""Indexing a drop from end to end: read, catalogue, encode, publish, under the writer's lock."""

import shutil
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from corpus.beir_corpus import read_beir_corpus
from corpus.catalogue import Catalogue
from corpus.drop import Incoming, display, original_path, read_folder
from corpus.errors import InputError
from corpus.extraction.limits import Limits
from corpus.manifest import split_manifest
from corpus.splitting import SplittingRules
from corpus.states import DropReport
from indexer.compartment import Compartment
from indexer.embedded import Embedded
from indexer.encoder.protocol import Encoder
from indexer.ingest import Ingest, ReadFiles
from indexer.lock import writer_lock
from indexer.publish import Coding, GenerationWriter, Progress, Published, publish

MODES = ("delta", "full")


@dataclass(frozen=True, slots=True)
class Indexed:
    """What indexing a drop did."""

    report: DropReport
    published: Published
    seconds: float


@dataclass(frozen=True, slots=True)
class Indexing:
    """How drops are indexed into one compartment.

    Attributes:
        read: reads files; see :data:`indexer.ingest.ReadFiles`.
        unpack_dir: where ``read`` unpacks members and attachments; emptied when a drop is done.
        archive_depth: how many archives and messages are opened one inside another.
        writer: where generations are written.
        code: encodes passages; the encoder does, in this process, by default.
    """

    compartment: Compartment
    encoder: Encoder
    read: ReadFiles
    unpack_dir: Path | None
    progress: Progress
    rules: SplittingRules = field(default_factory=SplittingRules)
    archive_depth: int = Limits().archive_depth
    writer: GenerationWriter = field(default_factory=Embedded)
    code: Coding | None = None

    def drop(self, path: Path, *, name: str | None = None, mode: str = "delta") -> Indexed:
        """Index a folder, an archive or any single file, or a ``corpus.jsonl``, as one drop.

        A manifest at the root of the folder or archive (:mod:`corpus.manifest`) describes the files and is not
        one of them.

        Raises:
            InputError: the path is not there, or a line of the corpus or of the manifest cannot be read.
            WriterBusy: another process is indexing into this compartment.
        """
        name = name or path.resolve().name or "lot"
        if not path.exists():
            raise InputError(f"« {path} » n’existe pas", remedy="Vérifiez le chemin, puis relancez")
        if path.is_dir():
            return self.files(list(read_folder(path)), name=name, mode=mode)
        if path.suffix.lower() == ".jsonl":
            with self._catalogue() as (catalogue, started):
                report = self._ingest(catalogue, mode).beir(name, read_beir_corpus(path))
                return self._published(catalogue, report, started)
        return self.alone(Incoming(display(path.name), path), name=name, mode=mode)

    def files(self, incoming: Sequence[Incoming], *, name: str, mode: str = "delta") -> Indexed:
        """Index files wherever their bytes are, as one drop; a manifest among them describes the others.

        Raises:
            InputError: a line of the manifest cannot be read.
            WriterBusy: another process is indexing into this compartment.
        """
        files, manifest = split_manifest(list(incoming), self.compartment.name)
        described = manifest.matched([item.path for item in files]) if manifest else {}
        with self._catalogue() as (catalogue, started):
            report = self._ingest(catalogue, mode).files(name, files, self.read, described)
            return self._published(catalogue, report, started)

    def alone(self, incoming: Incoming, *, name: str, mode: str = "delta") -> Indexed:
        """Index one file as a drop; when it is an archive, a manifest at its root describes its members.

        Raises:
            InputError: a line of the manifest cannot be read.
            WriterBusy: another process is indexing into this compartment.
        """
        with self._catalogue() as (catalogue, started):
            report = self._ingest(catalogue, mode).files(name, [incoming], self.read, alone=True)
            return self._published(catalogue, report, started)

    def withdraw(self, *, documents: Collection[str] = (), drop: str = "", name: str = "retrait") -> Indexed:
        """Take documents out: those of these ids, and those whose current version ``drop`` brought ("" for none).

        Raises:
            InputError: nothing in the compartment answers to that.
            WriterBusy: another process is indexing into this compartment.
        """
        with self._catalogue() as (catalogue, started):
            leaving = [one.id for one in catalogue.documents() if one.id in documents or (drop and one.drop == drop)]
            if not leaving:
                raise InputError(
                    "aucun document du compartiment ne correspond à ce retrait",
                    remedy="Voyez les lots et leurs documents : ils ont pu être retirés déjà",
                )
            report = self._ingest(catalogue, "delta").withdraw(name, leaving)
            return self._published(catalogue, report, started)

    def retry(self, *, name: str = "reprise") -> Indexed:
        """Read again, from the collection's own copies, the files that gave no text or only a part.

        Raises:
            WriterBusy: another process is indexing into this compartment.
        """
        with self._catalogue() as (catalogue, started):
            failures = [f for f in catalogue.failures() if f.sha256]
            incoming = [
                Incoming(f.path, original_path(self.compartment.originals, f.sha256), "", f.parent, f.depth)
                for f in failures
            ]
            report = self._ingest(catalogue, "delta", retry=True).files(name, incoming, self.read)
            return self._published(catalogue, report, started)

    def rebuild(self) -> Published:
        """Publish what the catalogue says, e.g. after a change of encoder or damage: what is there is read whole."""
        with self._catalogue() as (catalogue, _):
            return self._publish(catalogue, thorough=True)

    def _ingest(self, catalogue: Catalogue, mode: str, *, retry: bool = False) -> Ingest:
        return Ingest(
            catalogue=catalogue,
            compartment=self.compartment.name,
            originals=self.compartment.originals,
            token_offsets=self.encoder.token_offsets,
            rules=self.rules,
            mode=mode,
            retry=retry,
            progress=self.progress,
            archive_depth=self.archive_depth,
        )

    def _published(self, catalogue: Catalogue, report: DropReport, started: float) -> Indexed:
        published = self._publish(catalogue)
        return Indexed(report, published, time.monotonic() - started)

    def _publish(self, catalogue: Catalogue, *, thorough: bool = False) -> Published:
        return publish(
            self.compartment, catalogue, self.encoder, self.writer, self.progress, code=self.code, thorough=thorough
        )

    @contextmanager
    def _catalogue(self) -> Iterator[tuple[Catalogue, float]]:
        started = time.monotonic()
        with writer_lock(self.compartment.lock), Catalogue.open(self.compartment.catalogue) as catalogue:
            try:
                yield catalogue, started
            finally:
                if self.unpack_dir is not None:
                    for leftover in self.unpack_dir.iterdir():
                        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()

"""From a drop to the catalogue: every file that came in ends in exactly one state.

A file is settled in one transaction; cut at any point and run again, the drop goes on after the last file
settled. Files inside files (members, attachments) are read in further rounds, as documents of their own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from corpus.beir_corpus import MEDIA_TYPE as BEIR
from corpus.beir_corpus import BeirDocument
from corpus.catalogue import Catalogue
from corpus.drop import Incoming, display, original_path, store_original
from corpus.extraction.extracted import Extracted, ExtractionFailure, FailureState
from corpus.extraction.failures import too_deep
from corpus.families import Sketching
from corpus.manifest import NAMES, split_manifest
from corpus.signatures import bands, signature, similarity, titles_alike
from corpus.splitting import SplittingRules, TokenOffsets
from corpus.states import READABLE, DropReport, FileRecord, FileState
from indexer.publish import Progress
from indexer.settling import ARCHIVES, DropFile, Settling, is_archive, is_partial

ReadFiles = Callable[[Iterable[tuple[str, Path, str]]], Iterator[tuple[str, Extracted | ExtractionFailure]]]
"""Reads files ``(key, path, name)`` in any order, e.g. in worker processes; one outcome a key."""

EXTRACTOR = "3"
"""Changes when extraction gets better: contents read by another one are read again when they come in."""

WITHDRAWAL = "withdrawal"
"""Mode of a drop that brings nothing and takes documents out."""

_STAGE = "Lecture des fichiers"
_SKETCHING = Sketching(signature, bands, similarity, titles_alike)
_MOST_MISSING = 20


@dataclass(frozen=True, slots=True)
class Ingest:
    """How one drop enters one compartment.

    Attributes:
        mode: ``delta`` (what is not in the drop stays) or ``full`` (it is withdrawn).
        retry: read again what gave no text or only a part.
        archive_depth: how many archives and messages are opened one inside another.
    """

    catalogue: Catalogue
    compartment: str
    originals: Path
    token_offsets: TokenOffsets
    rules: SplittingRules
    mode: str
    retry: bool
    progress: Progress
    archive_depth: int

    def files(
        self,
        name: str,
        incoming: Iterable[Incoming],
        read: ReadFiles,
        described: Mapping[str, Mapping[str, str]] | None = None,
        *,
        alone: bool = False,
    ) -> DropReport:
        """Take in a folder or an archive.

        Args:
            described: what the drop's manifest says, by path (:mod:`corpus.manifest`).
            alone: the drop is one file; if it is an archive, a manifest at its root describes its members.
        Raises:
            InputError: the manifest inside the archive is wrong; nothing of the archive is indexed.
            OSError: the data directory cannot be written (a source that cannot be read is counted instead).
        """
        described = described or {}
        drop_id = self.catalogue.begin_drop(name, self.mode)
        self.catalogue.describe(described)
        todo = list(incoming)
        delivered = {item.path for item in todo}
        settling = self._settling(described)
        files = list(self._stored(drop_id, todo))
        while files:
            files = self._round(drop_id, files, delivered, read, settling)
            if alone:
                alone = False
                files, described = self._manifest_inside(files, todo[0].path)
                self.catalogue.describe(described)
                settling = self._settling(described)
            delivered.update(file.path for file in files)
        self.catalogue.warn(drop_id, _missing(described, delivered))
        return self._finished(drop_id, delivered)

    def beir(self, name: str, documents: Iterable[BeirDocument]) -> DropReport:
        """Take in the documents of a ``corpus.jsonl``."""
        drop_id = self.catalogue.begin_drop(name, self.mode)
        delivered: set[str] = set()
        done = self.catalogue.recorded(drop_id)
        settling = self._settling({})
        for document in documents:
            delivered.add(document.id)
            file = DropFile(document.id, document.sha256, len(document.text.encode("utf-8", "surrogatepass")))
            if (known := done.get(file.path)) and known.sha256 == file.sha256:
                continue
            with self.catalogue.transaction():
                unread = not self._is_read(file.sha256)
                if unread:
                    self.catalogue.versions.save(file.sha256, EXTRACTOR, document.extracted())
                self.catalogue.record(drop_id, settling.settle(drop_id, file, delivered, read_now=unread))
            self.progress(_STAGE, len(delivered), 0)
        return self._finished(drop_id, delivered)

    def withdraw(self, name: str, documents: Iterable[str]) -> DropReport:
        """Take documents out of the collection; they are counted as those that a full drop does not bring."""
        drop_id = self.catalogue.begin_drop(name, WITHDRAWAL)
        with self.catalogue.transaction():
            for document in documents:
                self.catalogue.withdraw(drop_id, document)
        return self._finished(drop_id, set())

    def _manifest_inside(
        self, files: list[DropFile], archive: str
    ) -> tuple[list[DropFile], Mapping[str, Mapping[str, str]]]:
        """Take the manifest out of the members of an archive; returns the others and what it says of them."""
        members = [Incoming(file.path.removeprefix(f"{archive}/"), self._original(file)) for file in files]
        _, manifest = split_manifest([member for member in members if member.path in NAMES], self.compartment)
        if manifest is None:
            return files, {}
        others = [file for file in files if file.path != f"{archive}/{manifest.name}"]
        return others, manifest.below(archive).matched([file.path for file in others])

    def _original(self, file: DropFile) -> Path:
        return original_path(self.originals, file.sha256)

    def _settling(self, described: Mapping[str, Mapping[str, str]]) -> Settling:
        return Settling(
            self.catalogue, self.compartment, self.token_offsets, self.rules, self.archive_depth, described.keys()
        )

    def _stored(self, drop_id: int, incoming: Sequence[Incoming]) -> Iterator[DropFile]:
        """Copy the bytes into the collection's own store; what cannot be copied is recorded at once."""
        for count, item in enumerate(incoming, start=1):
            problem = item.problem
            if item.source is not None and not problem:
                try:
                    sha256, size, _ = store_original(item.source, self.originals)
                    yield DropFile(item.path, sha256, size, item.parent, item.depth)
                except PermissionError:
                    problem = "le fichier ne peut pas être lu (droits insuffisants)"
                except FileNotFoundError:
                    problem = "le fichier a disparu pendant l’indexation"
            if problem:
                record = DropFile(item.path, "", 0, item.parent, item.depth).ended(
                    FileState.QUARANTINED,
                    None,
                    problem[0].upper() + problem[1:],
                    "Remettez le fichier lui-même dans le lot, lisible, puis relancez",
                )
                with self.catalogue.transaction():
                    self.catalogue.record(drop_id, record)
            self.progress("Copie des fichiers", count, len(incoming))

    def _round(
        self, drop_id: int, files: list[DropFile], delivered: set[str], read: ReadFiles, settling: Settling
    ) -> list[DropFile]:
        """Settle some files; returns the files found inside them."""
        done = self.catalogue.recorded(drop_id)
        inside: list[DropFile] = []
        waiting: dict[str, list[DropFile]] = {}
        reopened: set[str] = set()
        settled = 0

        def commit(file: DropFile, *, read_now: bool) -> None:
            with self.catalogue.transaction():
                self.catalogue.record(drop_id, settling.settle(drop_id, file, delivered, read_now=read_now))

        for file in files:
            known = done.get(file.path)
            read_before = self._is_read(file.sha256)
            if not read_before or (self._holds_files(file) and not self._inherited(drop_id, file, delivered)):
                if read_before and known is not None and known.sha256 == file.sha256:
                    # Settled before the drop was cut off: only what it holds is wanted.
                    reopened.add(file.path)
                waiting.setdefault(file.sha256, []).append(file)
                continue
            if known is None or known.sha256 != file.sha256:
                commit(file, read_now=False)
            settled += 1
        self.progress(_STAGE, settled, len(files))
        asked = [(sha256, original_path(self.originals, sha256), group[0].path) for sha256, group in waiting.items()]
        for sha256, outcome in read(asked):
            if isinstance(outcome, Extracted) and outcome.media_type in ARCHIVES:
                # The list of what it holds is the report's business.
                kept: Extracted | ExtractionFailure = replace(outcome, pages=())
            else:
                kept = outcome
            with self.catalogue.transaction():
                self.catalogue.versions.save(sha256, EXTRACTOR, kept)
            group = waiting.pop(sha256)
            for file in group:
                if file.path not in reopened:
                    commit(file, read_now=True)
                settled += 1
            if isinstance(outcome, Extracted):
                inside.extend(self._inside(drop_id, group, outcome))
            self.progress(_STAGE, settled, len(files))
        for group in waiting.values():
            failure = ExtractionFailure(
                FailureState.QUARANTINED,
                "Le lecteur n’a rien rendu pour ce fichier",
                remedy="Relancez avec « reuni index --retry » ; si cela se répète, signalez le fichier",
            )
            with self.catalogue.transaction():
                self.catalogue.versions.save(group[0].sha256, EXTRACTOR, failure)
            for file in group:
                commit(file, read_now=True)
        return inside

    def _inside(self, drop_id: int, group: list[DropFile], outcome: Extracted) -> Iterator[DropFile]:
        """The files inside a content, once for each place it was delivered at."""
        opened = [file for file in group if file.depth < self.archive_depth]
        closed = [file for file in group if file.depth >= self.archive_depth]
        names: set[str] = set()
        for number, attachment in enumerate(outcome.attachments, start=1):
            name = display(attachment.name) or f"{number}"
            # Two members may bear one name: each keeps a place of its own.
            while name in names:
                name = f"{name} ({number})"
            names.add(name)
            first = next(iter(opened), None)
            if first is not None:
                incoming = Incoming(f"{first.path}/{name}", attachment.path, "", first.path, first.depth + 1)
                for stored in self._stored(drop_id, [incoming]):
                    for file in opened:
                        yield replace(stored, path=f"{file.path}/{name}", parent=file.path, depth=file.depth + 1)
            if outcome.media_type not in ARCHIVES:
                for file in closed:
                    self._refuse(drop_id, file, name)
            attachment.path.unlink(missing_ok=True)

    def _refuse(self, drop_id: int, file: DropFile, name: str) -> None:
        """Count an attachment that stands too deep to be opened; the message that holds it is read."""
        failure = too_deep("les messages")
        refused = DropFile(f"{file.path}/{name}", "", 0, file.path, file.depth + 1)
        with self.catalogue.transaction():
            self.catalogue.record(drop_id, refused.ended(FileState.QUARANTINED, None, failure.message, failure.remedy))

    def _is_read(self, sha256: str) -> bool:
        """Whether what is known of a content stands: read by this extractor, and not to be tried again."""
        version = self.catalogue.versions.get(sha256)
        if version is None or version.extractor != EXTRACTOR:
            return False
        return not self.retry or (version.extracted is not None and not is_partial(version.extracted))

    def _holds_files(self, file: DropFile) -> bool:
        version = self.catalogue.versions.get(file.sha256)
        if version is None or (is_archive(version) and file.depth >= self.archive_depth):
            return False
        return version.children > 0

    def _inherited(self, drop_id: int, file: DropFile, delivered: set[str]) -> bool:
        """Record what stood inside an unchanged archive or message without opening it again.

        False when it is not known from a finished drop, or does not stand any more.
        """
        inside = self.catalogue.records_below(file.path, file.sha256)
        if not inside or self.retry or not all(map(self._stands, inside)):
            return False
        with self.catalogue.transaction():
            for record in inside:
                delivered.add(record.path)
                known = record.state in READABLE and record.state is not FileState.PARTIAL
                state, reason = (FileState.UNCHANGED, "") if known else (record.state, record.reason)
                self.catalogue.record(drop_id, replace(record, state=state, reason=reason))
        return True

    def _stands(self, record: FileRecord) -> bool:
        """Whether a line of an earlier drop still tells what the catalogue holds."""
        if record.sha256 and not self._is_read(record.sha256):
            return False
        if record.document_id is None:
            return True
        document = self.catalogue.document(record.document_id)
        return (
            document is not None
            and document.version == record.sha256
            and self.catalogue.document_at(record.path) == record.document_id
        )

    def _finished(self, drop_id: int, delivered: set[str]) -> DropReport:
        if self.mode == "full":
            with self.catalogue.transaction():
                self._withdraw_missing(drop_id, delivered)
        self._families()
        self.catalogue.finish_drop(drop_id)
        report = self.catalogue.report(self.compartment)
        assert report is not None  # noqa: S101 - just finished
        return report

    def _families(self) -> None:
        """Find the near-duplicates of what is new, and name every family; a BEIR collection is judged as it is."""
        families = self.catalogue.families
        unsigned = families.unsigned(leave_out=BEIR)
        for number, (document, sha256) in enumerate(unsigned, start=1):
            with self.catalogue.transaction():
                families.sign(document, sha256, _SKETCHING)
            self.progress("Recherche des versions", number, len(unsigned))
        with self.catalogue.transaction():
            if families.name():
                self.catalogue.touch()

    def _withdraw_missing(self, drop_id: int, delivered: set[str]) -> None:
        for document in list(self.catalogue.documents()):
            kept = [place for place in self.catalogue.places(document.id) if place in delivered]
            if not kept:
                self.catalogue.withdraw(drop_id, document.id)
                continue
            for place in self.catalogue.places(document.id):
                if place not in delivered:
                    self.catalogue.drop_place(place)
            if document.external_id not in kept:
                self.catalogue.move(drop_id, document.id, kept[0])


def _missing(described: Mapping[str, object], delivered: set[str]) -> list[str]:
    """What to say of the lines of a manifest that name no file of the drop."""
    missing = sorted(path for path in described if path not in delivered)
    said = [f"Le manifeste décrit « {path} », qui n’est pas dans le lot" for path in missing[:_MOST_MISSING]]
    if len(missing) > len(said):
        said.append(f"Le manifeste décrit {len(missing) - len(said)} autres fichiers qui ne sont pas dans le lot")
    return said

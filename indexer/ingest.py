"""From a drop to the catalogue: every file that came in ends in exactly one state.

A file is settled in one transaction; cut at any point and run again, the drop goes on after the last file
settled. Files inside files (members, attachments) are read in further rounds, as documents of their own.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from corpus.beir_corpus import BeirDocument
from corpus.catalogue import Catalogue
from corpus.document import BlockKind, Document, Page, document_id
from corpus.drop import Incoming, display, original_path, store_original
from corpus.extraction.extracted import Extracted, ExtractionFailure, FailureState
from corpus.french.folding import fold
from corpus.french.sentences import sentences
from corpus.splitting import SplittingRules, TokenOffsets, split
from corpus.states import READABLE, DropReport, FileRecord, FileState
from indexer.publish import Progress

ReadFiles = Callable[[Iterable[tuple[str, Path, str]]], Iterator[tuple[str, Extracted | ExtractionFailure]]]
"""Reads files ``(key, path, name)`` in any order, e.g. in worker processes; one outcome a key."""

EXTRACTOR = "1"
"""Changes when extraction gets better: contents read by another one are read again when they come in."""

_STAGE = "Lecture des fichiers"
_UNTITLED = frozenset({"", "untitled", "sans titre", "document", "document1", "diapositive 1", "presentation"})
_LONGEST_TITLE = 300
_LONGEST_LEAD = 240
_DOCUMENT_FIELDS = ("kind", "date")


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the drop whose bytes are stored."""

    path: str
    sha256: str
    size: int
    parent: str = ""
    """External id of the archive or message that holds it, or ""."""


@dataclass(frozen=True, slots=True)
class Ingest:
    """How one drop enters one compartment.

    Attributes:
        mode: ``delta`` (what is not in the drop stays) or ``full`` (it is withdrawn).
        retry: read again what gave no text or only a part.
    """

    catalogue: Catalogue
    compartment: str
    originals: Path
    token_offsets: TokenOffsets
    rules: SplittingRules
    mode: str
    retry: bool
    progress: Progress

    def files(self, name: str, incoming: Iterable[Incoming], read: ReadFiles) -> DropReport:
        """Take in a folder or an archive.

        Raises:
            OSError: the data directory cannot be written (a source that cannot be read is counted instead).
        """
        drop_id = self.catalogue.begin_drop(name, self.mode)
        todo = list(incoming)
        delivered = {item.path for item in todo}
        files = list(self._stored(drop_id, todo))
        while files:
            files = self._round(drop_id, files, delivered, read)
            delivered.update(file.path for file in files)
        return self._finished(drop_id, delivered)

    def beir(self, name: str, documents: Iterable[BeirDocument]) -> DropReport:
        """Take in the documents of a ``corpus.jsonl``."""
        drop_id = self.catalogue.begin_drop(name, self.mode)
        delivered: set[str] = set()
        done = self.catalogue.recorded(drop_id)
        for document in documents:
            delivered.add(document.id)
            file = _File(document.id, document.sha256, len(document.text.encode("utf-8", "surrogatepass")))
            if (known := done.get(file.path)) and known.sha256 == file.sha256:
                continue
            with self.catalogue.transaction():
                if not self._is_read(file):
                    self.catalogue.versions.save(file.sha256, EXTRACTOR, document.extracted())
                self.catalogue.record(drop_id, self._settle(drop_id, file, delivered))
            self.progress(_STAGE, len(delivered), 0)
        return self._finished(drop_id, delivered)

    def _stored(self, drop_id: int, incoming: Sequence[Incoming]) -> Iterator[_File]:
        """Copy the bytes into the collection's own store; what cannot be copied is recorded at once."""
        for count, item in enumerate(incoming, start=1):
            problem = item.problem
            if item.source is not None and not problem:
                try:
                    sha256, size, _ = store_original(item.source, self.originals)
                    yield _File(item.path, sha256, size)
                except PermissionError:
                    problem = "le fichier ne peut pas être lu (droits insuffisants)"
                except FileNotFoundError:
                    problem = "le fichier a disparu pendant l’indexation"
            if problem:
                record = FileRecord(
                    item.path,
                    "",
                    0,
                    FileState.QUARANTINED,
                    problem[0].upper() + problem[1:],
                    "Remettez le fichier lui-même dans le lot, lisible, puis relancez",
                )
                with self.catalogue.transaction():
                    self.catalogue.record(drop_id, record)
            self.progress("Copie des fichiers", count, len(incoming))

    def _round(self, drop_id: int, files: list[_File], delivered: set[str], read: ReadFiles) -> list[_File]:
        """Settle some files; returns the files found inside them."""
        done = self.catalogue.recorded(drop_id)
        inside: list[_File] = []
        waiting: dict[str, list[_File]] = {}
        settled = 0
        for file in files:
            known = done.get(file.path)
            if not self._is_read(file) or (self._holds_files(file) and not self._inherited(drop_id, file, delivered)):
                waiting.setdefault(file.sha256, []).append(file)
                continue
            if known is None or known.sha256 != file.sha256:
                self._commit(drop_id, file, delivered)
            settled += 1
        self.progress(_STAGE, settled, len(files))
        asked = [(sha256, original_path(self.originals, sha256), group[0].path) for sha256, group in waiting.items()]
        for sha256, outcome in read(asked):
            with self.catalogue.transaction():
                self.catalogue.versions.save(sha256, EXTRACTOR, outcome)
            for file in waiting.pop(sha256):
                self._commit(drop_id, file, delivered)
                if isinstance(outcome, Extracted):
                    inside.extend(self._inside(drop_id, file, outcome))
                settled += 1
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
                self._commit(drop_id, file, delivered)
        return inside

    def _inside(self, drop_id: int, file: _File, outcome: Extracted) -> Iterator[_File]:
        names: set[str] = set()
        for number, attachment in enumerate(outcome.attachments, start=1):
            name = display(attachment.name) or f"{number}"
            # Two members may bear one name: each keeps a place of its own.
            path = f"{file.path}/{name}" if name not in names else f"{file.path}/{name} ({number})"
            names.add(name)
            incoming = Incoming(path, attachment.path)
            for stored in self._stored(drop_id, [incoming]):
                attachment.path.unlink(missing_ok=True)
                yield replace(stored, parent=file.path)

    def _commit(self, drop_id: int, file: _File, delivered: set[str]) -> None:
        with self.catalogue.transaction():
            self.catalogue.record(drop_id, self._settle(drop_id, file, delivered))

    def _is_read(self, file: _File) -> bool:
        """Whether what is known of the content stands: read by this extractor, and not to be tried again."""
        version = self.catalogue.versions.get(file.sha256)
        if version is None or version.extractor != EXTRACTOR:
            return False
        return not self.retry or (version.extracted is not None and not _is_partial(version.extracted))

    def _holds_files(self, file: _File) -> bool:
        version = self.catalogue.versions.get(file.sha256)
        return version is not None and version.children > 0

    def _inherited(self, drop_id: int, file: _File, delivered: set[str]) -> bool:
        """Record what stood inside an unchanged archive or message without opening it again.

        False when it is not known from a finished drop.
        """
        inside = self.catalogue.records_below(file.path, file.sha256)
        if not inside or self.retry:
            return False
        with self.catalogue.transaction():
            for record in inside:
                delivered.add(record.path)
                known = record.state in READABLE and record.state is not FileState.PARTIAL
                state = FileState.UNCHANGED if known else record.state
                self.catalogue.record(drop_id, replace(record, state=state))
        return True

    def _settle(self, drop_id: int, file: _File, delivered: set[str]) -> FileRecord:
        """Decide the state of a file whose content has been read, and write what follows from it."""

        def ended(state: FileState, document: str | None = None, reason: str = "", remedy: str = "") -> FileRecord:
            return FileRecord(file.path, file.sha256, file.size, state, reason, remedy, document)

        version = self.catalogue.versions.get(file.sha256)
        assert version is not None  # noqa: S101 - saved just before
        if version.failure is not None:
            failure = version.failure
            return ended(FileState(failure.state.value), None, failure.message, failure.remedy)
        extracted = version.extracted
        assert extracted is not None  # noqa: S101 - a version has one or the other
        if version.pages == 0:
            return ended(FileState.UNPACKED)
        here = self.catalogue.document_at(file.path)
        current = self.catalogue.document(here) if here else None
        if current is not None and current.version == file.sha256 and not self.retry:
            self.catalogue.add_place(drop_id, file.path, current.id)
            if _is_partial(extracted):
                return ended(FileState.PARTIAL, current.id, *_partial_reason(extracted))
            return ended(FileState.UNCHANGED, current.id)
        same = self.catalogue.document_with(file.sha256)
        if same is not None and same != here:
            if current is not None:
                self.catalogue.withdraw(drop_id, current.id)
            places = self.catalogue.places(same)
            if any(place in delivered for place in places):
                self.catalogue.add_place(drop_id, file.path, same)
                return ended(FileState.DUPLICATE, same, f"Même contenu que {places[0]}")
            self.catalogue.move(drop_id, same, file.path)
            return ended(FileState.MOVED, same, f"Auparavant {places[0]}" if places else "")
        document = self._document(here or document_id(self.compartment, file.path), file, extracted)
        pages = self.catalogue.versions.pages(file.sha256)
        passages = split(document.id, pages, self.token_offsets, self.rules)
        partial = _is_partial(extracted)
        self.catalogue.save_document(drop_id, document, passages, partial=partial)
        if partial:
            return ended(FileState.PARTIAL, document.id, *_partial_reason(extracted))
        return ended(FileState.CHANGED if current is not None else FileState.NEW, document.id)

    def _document(self, identity: str, file: _File, extracted: Extracted) -> Document:
        pages = self.catalogue.versions.pages(file.sha256)
        heading = next(
            (
                page.text[block.start : block.end]
                for page in pages
                for block in page.blocks
                if block.kind is BlockKind.HEADING
            ),
            "",
        )
        name = file.path.rsplit("/", 1)[-1]
        titles = (extracted.title, heading, name.rsplit(".", 1)[0].replace("_", " "), name)
        title = next((t for t in map(_clean_title, titles) if fold(t) not in _UNTITLED), file.path)
        metadata = {k: v for k, v in extracted.metadata.items() if k not in _DOCUMENT_FIELDS and v}
        if file.parent:
            metadata["parent"] = file.parent
        if not (extracted.title.strip() or _opens_with_heading(pages)):
            metadata["lead"] = _lead(pages)
        return Document(
            id=identity,
            external_id=file.path,
            version=file.sha256,
            title=title,
            drop="",
            media_type=extracted.media_type,
            pages=len(pages),
            kind=extracted.metadata.get("kind", ""),
            date=extracted.metadata.get("date", ""),
            metadata=metadata,
        )

    def _finished(self, drop_id: int, delivered: set[str]) -> DropReport:
        if self.mode == "full":
            with self.catalogue.transaction():
                self._withdraw_missing(drop_id, delivered)
        self.catalogue.finish_drop(drop_id)
        report = self.catalogue.report(self.compartment)
        assert report is not None  # noqa: S101 - just finished
        return report

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


def _body(pages: Sequence[Page]) -> Iterator[tuple[BlockKind, str]]:
    for page in pages:
        for block in page.blocks:
            text = page.text[block.start : block.end].strip()
            if text and block.kind not in {BlockKind.FURNITURE, BlockKind.QUOTED}:
                yield block.kind, text


def _opens_with_heading(pages: Sequence[Page]) -> bool:
    """Whether the first thing a document says is a heading: its title, then."""
    return next(_body(pages), (None, ""))[0] is BlockKind.HEADING


def _lead(pages: Sequence[Page]) -> str:
    """The first sentence of a document without a title: what tells what it is about."""
    text = next((text for kind, text in _body(pages) if kind is not BlockKind.HEADING), "")
    start, end = next(sentences(text), (0, 0))
    return " ".join(text[start:end].split())[:_LONGEST_LEAD]


def _clean_title(title: str) -> str:
    return " ".join(title.split())[:_LONGEST_TITLE]


def _is_partial(extracted: Extracted) -> bool:
    return bool(extracted.unread_pages or extracted.awaiting_ocr)


def _partial_reason(extracted: Extracted) -> tuple[str, str]:
    reasons, remedies = [], []
    if extracted.unread_pages:
        reasons.append(f"pages illisibles : {_numbers(extracted.unread_pages)}")
        remedies.append("demandez une nouvelle copie du fichier")
    if extracted.awaiting_ocr:
        reasons.append(f"pages en attente de reconnaissance : {_numbers(extracted.awaiting_ocr)}")
        remedies.append("installez tesseract-ocr-fra, puis « reuni index --retry »")
    reason, remedy = " ; ".join(reasons), " ; ".join(remedies)
    return reason[0].upper() + reason[1:], remedy[0].upper() + remedy[1:]


def _numbers(pages: Sequence[int]) -> str:
    shown = ", ".join(map(str, pages[:10]))
    return shown if len(pages) <= 10 else f"{shown}… ({len(pages)} en tout)"

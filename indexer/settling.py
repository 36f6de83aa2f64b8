"""The state in which a file ends, and what follows from it in the catalogue.

One content is one document with all the places it was delivered at. A place whose content changes keeps the
document; the other places of the former content keep that content, as a document of their own.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from corpus.beir_corpus import MEDIA_TYPE as BEIR
from corpus.catalogue import Catalogue
from corpus.document import Document, Page, document_id
from corpus.extraction.extracted import Extracted
from corpus.extraction.failures import too_deep
from corpus.families import FIELD as FAMILY
from corpus.metadata.describe import Description, describe
from corpus.splitting import SplittingRules, TokenOffsets, split
from corpus.states import FileRecord, FileState
from corpus.versions import StoredVersion

ARCHIVES = frozenset(
    {
        "application/zip",
        "application/x-tar",
        "application/x-7z-compressed",
        "application/gzip",
        "application/x-bzip2",
        "application/x-xz",
        "application/mbox",
    }
)
"""What only holds other files: opened, counted, and no document of its own."""

_MOST_WARNINGS = 5
_MISSING_MEMBERS = "Déposez à part les fichiers qui manquent, ou donnez le mot de passe de l’archive"


@dataclass(frozen=True, slots=True)
class DropFile:
    """A file of a drop whose bytes are stored.

    Attributes:
        parent: path of the archive or message that holds it, or "".
        depth: how many of them stand around it.
    """

    path: str
    sha256: str
    size: int
    parent: str = ""
    depth: int = 0

    def ended(self, state: FileState, document: str | None = None, reason: str = "", remedy: str = "") -> FileRecord:
        """Its line of the report."""
        return FileRecord(self.path, self.sha256, self.size, state, reason, remedy, document, self.parent, self.depth)


@dataclass(frozen=True, slots=True)
class Settling:
    """Settles the files of one drop, each in the caller's transaction.

    Attributes:
        archive_depth: archives standing in this many others are not opened.
        named: paths that this drop's manifest describes.
    """

    catalogue: Catalogue
    compartment: str
    token_offsets: TokenOffsets
    rules: SplittingRules
    archive_depth: int
    named: AbstractSet[str]

    def settle(self, drop_id: int, file: DropFile, delivered: AbstractSet[str], *, read_now: bool) -> FileRecord:
        """Decide the state of a file whose content is known, and write what follows.

        Args:
            delivered: every path of the drop known so far.
            read_now: its content was read, or read again, for this drop.
        """
        version = self.catalogue.versions.get(file.sha256)
        assert version is not None  # noqa: S101 - saved before anything is settled
        if version.failure is not None:
            failure = version.failure
            return file.ended(FileState(failure.state.value), None, failure.message, failure.remedy)
        extracted = version.extracted
        assert extracted is not None  # noqa: S101 - a version has one or the other
        if is_archive(version):
            return self._archive(file, extracted)
        here = self.catalogue.document_at(file.path)
        current = self.catalogue.document(here) if here else None
        if current is not None and current.version == file.sha256:
            return self._known(drop_id, file, current, extracted, delivered, read_now=read_now)
        same = self.catalogue.document_with(file.sha256)
        if same is not None and same != here:
            record = self._elsewhere(drop_id, file, current, same, delivered)
            if record.state is FileState.MOVED and file.path in self.named:
                self._save(drop_id, same, file, extracted)
            return record
        identity = self._fresh_id(file.path) if current is None else self._taken_over(drop_id, file, current)
        self._save(drop_id, identity, file, extracted)
        return self._read(file, identity, extracted, FileState.NEW if current is None else FileState.CHANGED)

    def _archive(self, file: DropFile, extracted: Extracted) -> FileRecord:
        if file.depth >= self.archive_depth:
            failure = too_deep("les archives")
            return file.ended(FileState.QUARANTINED, None, failure.message, failure.remedy)
        if not extracted.warnings:
            return file.ended(FileState.UNPACKED)
        said = extracted.warnings[:_MOST_WARNINGS]
        if len(extracted.warnings) > len(said):
            said = (*said, f"et {len(extracted.warnings) - len(said)} autres")
        return file.ended(
            FileState.UNPACKED,
            None,
            " ; ".join(said),
            # What systems leave in archives is nobody's loss.
            "" if all(warning.endswith("fichier technique") for warning in extracted.warnings) else _MISSING_MEMBERS,
        )

    def _known(
        self,
        drop_id: int,
        file: DropFile,
        current: Document,
        extracted: Extracted,
        delivered: AbstractSet[str],
        *,
        read_now: bool,
    ) -> FileRecord:
        """The document that stands here already says this."""
        self.catalogue.add_place(drop_id, file.path, current.id)
        state, reason = FileState.UNCHANGED, ""
        if read_now:
            if self.catalogue.is_partial(current.id) and not is_partial(extracted):
                state, reason = FileState.CHANGED, "Lu désormais en entier"
            self._save(drop_id, current.id, replace(file, path=current.external_id), extracted)
        elif current.external_id == file.path and file.path in self.named:
            pages = self.catalogue.versions.pages(file.sha256)
            description = self._description(file, extracted, pages)
            if not _says(current, description):
                self._save(drop_id, current.id, file, extracted)
                state, reason = FileState.CHANGED, "Décrit autrement par le manifeste"
        if current.external_id != file.path and current.external_id in delivered:
            return file.ended(FileState.DUPLICATE, current.id, f"Même contenu que {current.external_id}")
        if is_partial(extracted):
            return file.ended(FileState.PARTIAL, current.id, *partial_reason(extracted))
        return file.ended(state, current.id, reason)

    def _elsewhere(
        self, drop_id: int, file: DropFile, current: Document | None, same: str, delivered: AbstractSet[str]
    ) -> FileRecord:
        """Another document says exactly this: one more place for it, or its new one."""
        if current is not None:
            others = [place for place in self.catalogue.places(current.id) if place != file.path]
            if not others:
                self.catalogue.withdraw(drop_id, current.id)
            elif current.external_id == file.path:
                self.catalogue.move(drop_id, current.id, others[0])
        places = self.catalogue.places(same)
        if any(place in delivered for place in places):
            self.catalogue.add_place(drop_id, file.path, same)
            return file.ended(FileState.DUPLICATE, same, f"Même contenu que {places[0]}")
        self.catalogue.move(drop_id, same, file.path)
        return file.ended(FileState.MOVED, same, f"Auparavant {places[0]}" if places else "")

    def _taken_over(self, drop_id: int, file: DropFile, current: Document) -> str:
        """The id under which a place's new content is kept, once its former content is safe elsewhere."""
        others = [place for place in self.catalogue.places(current.id) if place != file.path]
        if not others:
            return current.id
        if current.external_id != file.path:
            return self._fresh_id(file.path)
        version = self.catalogue.versions.get(current.version)
        assert version is not None and version.extracted is not None  # noqa: S101 - a live document's content
        parent, depth = self.catalogue.standing(others[0])
        kept = DropFile(others[0], current.version, 0, parent, depth)
        identity = self._fresh_id(kept.path)
        self._save(drop_id, identity, kept, version.extracted)
        for place in others:
            self.catalogue.add_place(drop_id, place, identity)
            line = self.catalogue.line(drop_id, place)
            if line is None:
                continue
            line = replace(line, document_id=identity)
            if line.state is FileState.DUPLICATE:
                moved = place == kept.path
                state = FileState.MOVED if moved else FileState.DUPLICATE
                reason = f"Auparavant {file.path}" if moved else f"Même contenu que {kept.path}"
                line = replace(line, state=state, reason=reason)
            self.catalogue.record(drop_id, line)
        return current.id

    def _fresh_id(self, path: str) -> str:
        """An id that no live document bears; that of the document withdrawn from this path if there was one."""
        identity = document_id(self.compartment, path)
        number = 1
        while self.catalogue.exists(identity):
            number += 1
            identity = document_id(self.compartment, f"{path}\0{number}")
        return identity

    def _read(self, file: DropFile, identity: str, extracted: Extracted, state: FileState) -> FileRecord:
        if is_partial(extracted):
            return file.ended(FileState.PARTIAL, identity, *partial_reason(extracted))
        return file.ended(state, identity)

    def _description(self, file: DropFile, extracted: Extracted, pages: tuple[Page, ...]) -> Description:
        manifest = self.catalogue.described(file.path)
        description = describe(file.path, extracted, pages, manifest, look=extracted.media_type != BEIR)
        if file.parent:
            description.metadata["parent"] = file.parent
        return description

    def _save(self, drop_id: int, identity: str, file: DropFile, extracted: Extracted) -> None:
        pages = self.catalogue.versions.pages(file.sha256)
        description = self._description(file, extracted, pages)
        document = Document(
            id=identity,
            external_id=file.path,
            version=file.sha256,
            title=description.title,
            drop="",
            media_type=extracted.media_type,
            pages=len(pages),
            kind=description.kind,
            date=description.date,
            metadata=description.metadata,
        )
        passages = split(identity, pages, self.token_offsets, self.rules)
        self.catalogue.save_document(
            drop_id, document, passages, partial=is_partial(extracted), origins=description.origins
        )


def is_archive(version: StoredVersion) -> bool:
    """Whether a content only holds other files."""
    return version.extracted is not None and version.extracted.media_type in ARCHIVES


def is_partial(extracted: Extracted) -> bool:
    """Whether some pages gave no text."""
    return bool(extracted.unread_pages or extracted.awaiting_ocr)


def partial_reason(extracted: Extracted) -> tuple[str, str]:
    """Why a document is partial and what to do, in French."""
    reasons, remedies = [], []
    if extracted.unread_pages:
        reasons.append(f"pages illisibles : {_numbers(extracted.unread_pages)}")
        remedies.append("demandez une nouvelle copie du fichier et redéposez-la")
    if extracted.awaiting_ocr:
        reasons.append(f"pages en attente de reconnaissance : {_numbers(extracted.awaiting_ocr)}")
        remedies.append(
            "installez Tesseract et sa langue française (paquets tesseract-ocr et tesseract-ocr-fra), puis lancez "
            "« reuni index --retry »"
        )
    reason, remedy = " ; ".join(reasons), " ; ".join(remedies)
    return reason[0].upper() + reason[1:], remedy[0].upper() + remedy[1:]


def _numbers(pages: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, pages[:10]))
    return shown if len(pages) <= 10 else f"{shown}… ({len(pages)} en tout)"


def _says(document: Document, description: Description) -> bool:
    """Whether a document is already described so."""
    metadata = {field: value for field, value in document.metadata.items() if field != FAMILY}
    return (document.title, document.kind, document.date, metadata) == (
        description.title,
        description.kind,
        description.date,
        description.metadata,
    )

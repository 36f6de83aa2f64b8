"""What extraction gives: the same shape for every format, or a failure with its state."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from corpus.document import Page
from corpus.errors import ReuniError


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a file: a message's or PDF's attachment, an archive's member.

    ``name`` is data for people, never used as a path; ``path`` is where its bytes were unpacked.
    """

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text and structure of one file.

    Attributes:
        media_type: what the content is, whatever the file's extension says.
        title: as the file states it (metadata, first heading), or "".
        metadata: author, date, service, reference, language… found in the file; each a string.
        origins: for each metadata field, where it was found, in French ("propriétés du fichier", "page 1").
        pages: in order; numbers start at 1.
        attachments: files inside the file, to be read as documents of their own.
        unread_pages: pages that gave nothing, by number (damaged).
        awaiting_ocr: pages that need OCR where it is not available, by number.
        warnings: French sentences for the drop report.
    """

    media_type: str
    pages: tuple[Page, ...]
    title: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    unread_pages: tuple[int, ...] = ()
    awaiting_ocr: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()


class FailureState(StrEnum):
    """Why a file gave no text at all."""

    AWAITING_OCR = "awaiting_ocr"
    PASSWORD_NEEDED = "password_needed"  # noqa: S105
    NEEDS_LIBREOFFICE = "needs_libreoffice"
    UNSUPPORTED = "unsupported"
    QUARANTINED = "quarantined"


class ExtractionFailure(ReuniError):
    """A file that cannot be read: ``state`` counts it, message and remedy go in the drop report."""

    def __init__(self, state: FailureState, message: str, *, remedy: str) -> None:
        super().__init__(message, remedy=remedy)
        self.state = state

"""The state in which each file of a drop ends: exactly one each, so the counts add up to the files."""

from dataclasses import dataclass
from enum import StrEnum


class FileState(StrEnum):
    """What became of a file that came in."""

    NEW = "new"
    CHANGED = "changed"
    MOVED = "moved"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    PARTIAL = "partial"
    UNPACKED = "unpacked"
    AWAITING_OCR = "awaiting_ocr"
    PASSWORD_NEEDED = "password_needed"  # noqa: S105
    NEEDS_LIBREOFFICE = "needs_libreoffice"
    UNSUPPORTED = "unsupported"
    QUARANTINED = "quarantined"


READABLE = frozenset({FileState.NEW, FileState.CHANGED, FileState.MOVED, FileState.UNCHANGED, FileState.PARTIAL})
"""States of files whose text can be searched as a document of its own."""

FAILED = frozenset(
    {
        FileState.AWAITING_OCR,
        FileState.PASSWORD_NEEDED,
        FileState.NEEDS_LIBREOFFICE,
        FileState.UNSUPPORTED,
        FileState.QUARANTINED,
    }
)
"""States of files that gave no text; `reuni index --retry` tries them again."""

LABELS = {
    FileState.NEW: "nouveaux",
    FileState.CHANGED: "modifiés",
    FileState.MOVED: "déplacés",
    FileState.UNCHANGED: "inchangés",
    FileState.DUPLICATE: "doublons exacts",
    FileState.PARTIAL: "lus en partie",
    FileState.UNPACKED: "archives ouvertes",
    FileState.AWAITING_OCR: "en attente de reconnaissance de caractères",
    FileState.PASSWORD_NEEDED: "mot de passe nécessaire",
    FileState.NEEDS_LIBREOFFICE: "LibreOffice nécessaire",
    FileState.UNSUPPORTED: "formats non pris en charge",
    FileState.QUARANTINED: "mis en quarantaine",
}
"""What people read for the files of each state."""

LABELS_OF_ONE = {
    **LABELS,
    FileState.NEW: "nouveau",
    FileState.CHANGED: "modifié",
    FileState.MOVED: "déplacé",
    FileState.UNCHANGED: "inchangé",
    FileState.DUPLICATE: "doublon exact",
    FileState.PARTIAL: "lu en partie",
    FileState.UNPACKED: "archive ouverte",
    FileState.UNSUPPORTED: "format non pris en charge",
}
"""The same for one file."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One line of a drop report.

    Attributes:
        path: of the file in the drop, ``/`` between folders; a member's follows its archive's.
        reason, remedy: French, "" when nothing is wrong.
        parent: path of the archive or message that holds it, or "".
        depth: how many archives and messages stand around it.
    """

    path: str
    sha256: str
    size: int
    state: FileState
    reason: str = ""
    remedy: str = ""
    document_id: str | None = None
    parent: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class DropReport:
    """What became of one drop.

    ``counts`` has one entry a state, zero included; their sum is ``files``. ``withdrawn`` documents did
    not come in and are counted apart. ``warnings`` are French sentences about the drop itself.
    """

    name: str
    mode: str
    compartment: str
    started_at: str
    finished_at: str
    files: int
    counts: dict[FileState, int]
    withdrawn: int
    records: tuple[FileRecord, ...]
    warnings: tuple[str, ...] = ()

"""What a PDF says about itself, read with pypdf: properties, outline, page labels, attachments.

Everything here is optional: a PDF whose structure pypdf cannot read still gives its text, so each part
that fails is left out and named in ``faults``.
"""

import logging
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from pypdf.generic import Destination

from corpus.extraction.extracted import Attachment

MAX_ATTACHMENTS = 500
MAX_ATTACHMENT_BYTES = 256 * 2**20
MAX_OUTLINE_ENTRIES = 20_000
MAX_OUTLINE_DEPTH = 12
MAX_PROPERTY_CHARS = 1_000

# Titles written by the program that made the file, not by its author.
_MACHINE_TITLE = re.compile(
    r"^(microsoft (word|powerpoint|excel)\b.*|(sans|no) titre.*|untitled.*|document\d*|présentation\d*|"
    r"(power)?point presentation|présentation powerpoint|"
    r".*\.(docx?|odt|rtf|xlsx?|pptx?|pdf|tmp|indd|qxd|tiff?|jpe?g))$",
    re.IGNORECASE,
)
_PLACEHOLDERS = frozenset({"anonymous", "anonyme", "unspecified", "unknown", "inconnu", "user", "utilisateur"})
_PDF_DATE = re.compile(r"^(?:D:)?((?:19|20)\d\d)(?:(0[1-9]|1[0-2])(?:(0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """One bookmark: its title, its depth (1 for the highest) and the page it opens (1 for the first)."""

    title: str
    level: int
    page: int


@dataclass(slots=True)
class PdfStructure:
    """What pypdf could read of a file; ``faults`` names in French the parts it could not."""

    title: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    outline: list[OutlineEntry] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the PDF libraries' complaints about bad files out of the logs and of standard error."""
    loggers = [logging.getLogger(name) for name in ("pypdf", "pypdfium2")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def read_structure(path: Path, *, password: str | None, page_count: int, attachments_dir: Path | None) -> PdfStructure:
    """Read what ``path`` says about itself; never fails.

    Args:
        password: the one that opened the file, if it needed one.
        page_count: as the text reader counts pages; labels and bookmarks beyond it are dropped.
        attachments_dir: existing folder that receives attached files, or None to leave them.
    """
    found = PdfStructure()
    with quiet(), path.open("rb") as stream:
        readers: list[PdfReader] = []

        def open_reader() -> None:
            reader = PdfReader(stream, strict=False)
            if reader.is_encrypted:
                reader.decrypt(password or "")
            readers.append(reader)

        if not _try(found, "structure du PDF", open_reader):
            return found
        reader = readers[0]
        _try(found, "propriétés du fichier", lambda: _read_properties(reader, found))
        _try(found, "numéros de page", lambda: _read_labels(reader, found, page_count))
        _try(found, "signets", lambda: _read_outline(reader, found, page_count))
        if attachments_dir is not None:
            _try(found, "pièces jointes", lambda: _read_attachments(reader, found, attachments_dir))
    return found


def _try(found: PdfStructure, part: str, read: Callable[[], None]) -> bool:
    try:
        read()
    except MemoryError:
        raise
    # pypdf lets nearly any exception through on damaged files (KeyError, TypeError, RecursionError…);
    # the part is reported, and the text does not depend on it.
    except Exception:
        found.faults.append(part)
        return False
    return True


def _clean(value: Any) -> str:
    text = unicodedata.normalize("NFC", str(value)).replace("\x00", "")
    return re.sub(r"\s+", " ", text).strip()[:MAX_PROPERTY_CHARS]


def _read_properties(reader: PdfReader, found: PdfStructure) -> None:
    catalogue = reader.root_object
    language = _clean(catalogue.get("/Lang", "")) if catalogue else ""
    if re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*", language):
        found.metadata["language"] = language.replace("_", "-")[:2].lower()
    information = reader.metadata
    if not information:
        return
    title = _clean(information.get("/Title", ""))
    if title and not _MACHINE_TITLE.match(title):
        found.title = title
    for name, key in (("author", "/Author"), ("keywords", "/Keywords"), ("subject", "/Subject")):
        value = _clean(information.get(key, ""))
        if value and value.casefold() not in _PLACEHOLDERS:
            found.metadata[name] = value
    for key in ("/CreationDate", "/ModDate"):
        match = _PDF_DATE.match(_clean(information.get(key, "")))
        if match:
            found.metadata["date"] = "-".join(part for part in match.groups() if part)
            break


def _read_labels(reader: PdfReader, found: PdfStructure, page_count: int) -> None:
    if "/PageLabels" in reader.root_object:
        found.labels = [_clean(label)[:40] for label in reader.page_labels[:page_count]]


def _read_outline(reader: PdfReader, found: PdfStructure, page_count: int) -> None:
    if "/Outlines" not in reader.root_object:
        return
    numbers = {
        page.indirect_reference.idnum: number
        for number, page in enumerate(reader.pages, 1)
        if page.indirect_reference is not None and number <= page_count
    }

    def walk(entries: Sequence[Any], level: int) -> None:
        for entry in entries:
            if len(found.outline) >= MAX_OUTLINE_ENTRIES or level > MAX_OUTLINE_DEPTH:
                return
            if isinstance(entry, list):
                walk(entry, level + 1)
            elif isinstance(entry, Destination):
                target = entry.page
                page = numbers.get(getattr(target, "idnum", -1), 0)
                title = _clean(entry.title)
                if page and title:
                    found.outline.append(OutlineEntry(title, level, page))

    walk(reader.outline, 1)


def _read_attachments(reader: PdfReader, found: PdfStructure, folder: Path) -> None:
    room = MAX_ATTACHMENT_BYTES
    for number, attached in enumerate(reader.attachment_list):
        if number >= MAX_ATTACHMENTS:
            found.faults.append("pièces jointes au-delà de la limite")
            return
        content = bytes(attached.content)
        room -= len(content)
        if room < 0:
            found.faults.append("pièces jointes au-delà de la limite")
            return
        place = folder / f"pdf-{number:04d}"
        place.write_bytes(content)
        found.attachments.append(Attachment(_clean(attached.name) or place.name, place))

"""Everything known about a document besides its text: the manifest wins over the file, the file over the text."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from corpus.document import Page
from corpus.extraction.extracted import Extracted
from corpus.french.folding import APOSTROPHES
from corpus.metadata.dates import find_dates, name_date, text_date
from corpus.metadata.found import Found, fold_line
from corpus.metadata.kinds import canonical_kind, document_kind
from corpus.metadata.numbers import companies, reference
from corpus.metadata.services import service
from corpus.metadata.titles import is_junk, lead, opens_with_heading, tidy, title

MANIFEST = "manifeste"
_EARLIEST_FILE = "1985"
_ISO = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?(?![\d-])")
_OWN = ("title", "kind", "date")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*")
_APOSTROPHES = str.maketrans(dict.fromkeys(APOSTROPHES, "’"))


@dataclass(frozen=True, slots=True)
class Description:
    """A document's title, kind, date and other fields.

    Attributes:
        kind: canonical (:func:`corpus.metadata.kinds.canonical_kind`), or "".
        date: ISO 8601, possibly only a year or a month, or "".
        origins: for each field, ``title``, ``kind`` and ``date`` among them, where it was found, in French.
    """

    title: str
    kind: str
    date: str
    metadata: dict[str, str]
    origins: dict[str, str]


def describe(
    path: str, extracted: Extracted, pages: Sequence[Page], manifest: Mapping[str, str], *, look: bool = True
) -> Description:
    """Describe one document.

    Args:
        path: its name in the collection.
        extracted: what its file states (its own pages are not looked at).
        manifest: what a manifest says of it, by field; see :mod:`corpus.manifest`.
        look: look for fields in the text; without it the title is the one stated, whatever wrote it.
    """
    found: dict[str, Found] = {}
    for field, value in manifest.items():
        if value:
            found[field] = Found(value, MANIFEST)
    scanned = bool(pages) and pages[0].ocr_confidence is not None
    for field, stated in extracted.metadata.items():
        origin = extracted.origins.get(field, "propriétés du fichier")
        value = stated.strip()
        if field == "date":
            value = "" if scanned or _made_up(extracted) else _day(stated)
        elif field == "kind":
            value = canonical_kind(stated)
        if value:
            found.setdefault(field, Found(value, origin))
    if "title" not in found:
        stated = tidy(extracted.title)
        found["title"] = (
            title(stated, pages, path, sheets=_is_sheets(extracted))
            if look or not stated
            else Found(stated, "titre du fichier")
        )
    if look:
        _from_text(found, path, extracted, pages)
    if "date" not in found and scanned and (day := _day(extracted.metadata.get("date", ""))):
        found["date"] = Found(day, "propriétés du fichier (numérisation)")
    stated = tidy(manifest.get("title", "") or extracted.title)
    if (is_junk(stated) if look else not stated) and not opens_with_heading(pages):
        found["lead"] = Found(lead(pages), "première phrase")
    return Description(
        title=found["title"].value,
        kind=found["kind"].value if "kind" in found else "",
        date=found["date"].value if "date" in found else "",
        metadata={field: _settled(field, value.value) for field, value in found.items() if field not in _OWN},
        origins={field: value.origin for field, value in found.items()},
    )


def _settled(field: str, value: str) -> str:
    """One form of what files write in several: ``fr-FR`` is ``fr``, and an apostrophe is the curly one."""
    if field == "language" and (tag := _LANGUAGE.fullmatch(value)):
        return tag[1].lower()
    if field == "service":
        return " ".join(value.translate(_APOSTROPHES).split())
    return value


def _from_text(found: dict[str, Found], path: str, extracted: Extracted, pages: Sequence[Page]) -> None:
    """What the text says, where neither the manifest nor the file does."""
    candidates: dict[str, Callable[[], Found | None]] = {
        "kind": lambda: document_kind(found["title"], pages, extracted.media_type, path),
        "date": lambda: text_date(pages) or name_date(path.rpartition("/")[2]),
        "reference": lambda: reference(pages),
        "service": lambda: service(pages),
    }
    for field, look in candidates.items():
        if field not in found and (value := look()) is not None:
            found[field] = value
    for field, value in companies(pages).items():
        found.setdefault(field, value)


def _is_sheets(extracted: Extracted) -> bool:
    return any(word in extracted.media_type for word in ("sheet", "excel", "csv"))


def _made_up(extracted: Extracted) -> bool:
    """Whether the reader of the format made up the properties that the file lacks, dated of the moment it read it."""
    return extracted.title in {"Word Document", "PowerPoint Presentation"}


def _day(stated: str) -> str:
    """A file's date as ISO 8601, "" when it cannot be its document's: older than office files, or to come."""
    found = _ISO.match(stated.strip())
    day = found[0] if found else next((date.iso for date in find_dates(fold_line(stated))), "")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    return day if _EARLIEST_FILE <= day <= tomorrow else ""

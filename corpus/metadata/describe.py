"""Everything known about a document besides its text: the manifest wins over the file, the file over the text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from corpus.document import Page
from corpus.extraction.extracted import Extracted
from corpus.metadata.dates import name_date, text_date
from corpus.metadata.found import Found
from corpus.metadata.kinds import canonical_kind, document_kind
from corpus.metadata.numbers import companies, reference
from corpus.metadata.services import service
from corpus.metadata.titles import is_junk, lead, opens_with_heading, tidy, title

MANIFEST = "manifeste"
_EARLIEST_FILE = "1985"
_OWN = ("title", "kind", "date")


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
    for field, value in extracted.metadata.items():
        origin = extracted.origins.get(field, "propriétés du fichier")
        if not value.strip() or (field == "date" and (scanned or not _plausible(value))):
            continue
        found.setdefault(field, Found(canonical_kind(value) if field == "kind" else value, origin))
    if "title" not in found:
        stated = tidy(extracted.title)
        found["title"] = (
            title(stated, pages, path, sheets=_is_sheets(extracted))
            if look or not stated
            else Found(stated, "titre du fichier")
        )
    if look:
        _from_text(found, path, extracted, pages)
    if "date" not in found and scanned and _plausible(stated := extracted.metadata.get("date", "")):
        found["date"] = Found(stated, "propriétés du fichier (numérisation)")
    stated = tidy(manifest.get("title", "") or extracted.title)
    if (is_junk(stated) if look else not stated) and not opens_with_heading(pages):
        found["lead"] = Found(lead(pages), "première phrase")
    return Description(
        title=found["title"].value,
        kind=found["kind"].value if "kind" in found else "",
        date=found["date"].value if "date" in found else "",
        metadata={field: value.value for field, value in found.items() if field not in _OWN},
        origins={field: value.origin for field, value in found.items()},
    )


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


def _plausible(stated: str) -> bool:
    """Whether a file's date can be its document's: not before office files, not in the future."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    return bool(stated) and _EARLIEST_FILE <= stated <= tomorrow

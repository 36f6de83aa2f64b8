"""What documents can be filtered, counted and sorted by: small columns, read once for a whole generation."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corpus.families import FIELD as FAMILY

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

FACETS = ("kind", "service", "year", "drop", "language", "format", "ocr")
"""Facets that are counted, in the order they are shown; ``format`` is the media type."""

FIELDS = (*FACETS, "author", "reference")
"""Everything a filter may name."""

SURE_OCR, WEAK_OCR = "OCR sûr", "OCR faible"
FAIR_OCR = "OCR moyen"
NO_OCR = "sans OCR"
_SURE, _FAIR = 0.95, 0.85
_LONGEST_DATE = 10


@dataclass(frozen=True, slots=True)
class Column:
    """One field of every document.

    Attributes:
        values: different values, sorted.
        codes: ``(documents,)`` int32, place in ``values`` of each document's, -1 for none.
    """

    values: tuple[str, ...]
    codes: npt.NDArray[np.int32]

    @classmethod
    def of(cls, said: Sequence[str]) -> "Column":
        """The column of these values, one a document, "" for none."""
        values = tuple(sorted(set(said) - {""}))
        place = {value: at for at, value in enumerate(values)} | {"": -1}
        return cls(values, np.fromiter((place[value] for value in said), np.int32, len(said)))

    def among(self, accepted: Iterable[str]) -> Mask:
        """``(documents,)``: which documents have one of these values."""
        kept = np.zeros(len(self.values) + 1, bool)
        kept[list(self.places(accepted))] = True
        return np.asarray(kept[self.codes], bool)

    def places(self, accepted: Iterable[str]) -> tuple[int, ...]:
        """The codes of those of these values that some document has."""
        wanted = set(accepted)
        return tuple(at for at, value in enumerate(self.values) if value in wanted)

    def counts(self, documents: Numbers, groups: Numbers) -> dict[str, int]:
        """How many of these documents have each value; values that none has are left out.

        Args:
            groups: ``(len(documents),)``, those with one number count once a value; -1 for a document by itself.
        """
        codes = self.codes[documents]
        said, together = codes >= 0, groups >= 0
        counted = np.bincount(codes[said & ~together], minlength=len(self.values))
        if together.any():
            pairs = np.unique(np.stack([codes, groups])[:, said & together], axis=1)
            counted += np.bincount(pairs[0], minlength=len(self.values))
        return {self.values[at]: int(counted[at]) for at in np.flatnonzero(counted)}


@dataclass(frozen=True, slots=True)
class DocumentFields:
    """The columns of a generation.

    Attributes:
        columns: by name, :data:`FIELDS`.
        dates: ``(documents,)``, ISO dates cut to the day, "" for none.
        families: ``(documents,)``, number of each one's family of versions, -1 for a document that is alone.
        weak_ocr: how many were read by a recognition that is not sure.
    """

    columns: Mapping[str, Column]
    dates: npt.NDArray[np.str_]
    families: npt.NDArray[np.int32]
    weak_ocr: int


def confidence_band(confidence: float) -> str:
    """How sure a reading is; ``nan`` for a text that was not read by OCR."""
    if np.isnan(confidence):
        return NO_OCR
    if confidence >= _SURE:
        return SURE_OCR
    return FAIR_OCR if confidence >= _FAIR else WEAK_OCR


def document_fields(bodies: Iterable[str], confidences: npt.NDArray[np.float32]) -> DocumentFields:
    """The columns of documents, given as they are stored (JSON) in order of number.

    Args:
        confidences: ``(documents,)``, mean OCR confidence of each, ``nan`` without OCR.
    """
    said: dict[str, list[str]] = {name: [] for name in FIELDS}
    dates: list[str] = []
    families: list[str] = []
    for body in bodies:
        document = json.loads(body)
        metadata, date = document["metadata"], str(document["date"])[:_LONGEST_DATE]
        dates.append(date)
        families.append(metadata.get(FAMILY, ""))
        said["kind"].append(document["kind"])
        said["drop"].append(document["drop"])
        said["format"].append(document["media_type"])
        said["year"].append(date[:4])
        for name in ("service", "language", "author", "reference"):
            said[name].append(metadata.get(name, ""))
    said["ocr"] = [confidence_band(float(confidence)) for confidence in confidences]
    return DocumentFields(
        {name: Column.of(values) for name, values in said.items()},
        np.array(dates, dtype=f"<U{_LONGEST_DATE}"),
        Column.of(families).codes,
        said["ocr"].count(WEAK_OCR),
    )

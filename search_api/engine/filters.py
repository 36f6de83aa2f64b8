"""Filters: which documents of a compartment may answer."""

from collections.abc import Mapping

import numpy as np

from indexer.document_fields import FIELDS, DocumentFields, Mask
from indexer.storage import Storage
from search_api.engine.answer import SearchRequest
from search_api.engine.conditions import met
from search_api.engine.reading import Reading

Masks = dict[str, Mask | None]
"""Compartment name to the documents that may answer, ``(documents,)``; None for all."""

_ALIASES = {"media_type": "format"}


def may_answer(generation: Storage, reading: Reading, request: SearchRequest) -> Mask | None:
    """``(documents,)``: which documents the request's filters accept and meet the query's conditions; None for all."""
    masks = []
    if request.among is not None:
        among = np.zeros(generation.passages.document_count, bool)
        among[generation.passages.numbers(request.among)] = True
        masks.append(among)
    if request.filters and (kept := accepted(generation.passages.fields, request.filters)) is not None:
        masks.append(kept)
    if reading.condition is not None:
        masks.append(met(generation, reading.condition))
    return np.asarray(np.stack(masks).all(axis=0), bool) if masks else None


def accepted(fields: DocumentFields, filters: Mapping[str, tuple[str, ...]]) -> Mask | None:
    """``(documents,)``: which documents every filter accepts; None when nothing is filtered.

    Values of one facet are alternatives. A facet that does not exist accepts no document: leaving it out would
    answer more than what was asked.
    """
    result: Mask | None = None
    for facet, values in filters.items():
        column = fields.columns.get(_ALIASES.get(facet, facet))
        kept = column.among(values) if column is not None else np.zeros(len(fields.dates), bool)
        result = kept if result is None else result & kept
    return result


def filter_messages(filters: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What to tell of filters that cannot be applied."""
    known = ", ".join(FIELDS)
    return tuple(
        f"Le filtre « {facet} » n'existe pas : aucun document ne lui répond. Filtres possibles : {known}."
        for facet in filters
        if _ALIASES.get(facet, facet) not in FIELDS
    )

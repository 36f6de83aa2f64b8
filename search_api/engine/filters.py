"""Filters: which documents of a compartment may answer."""

from collections.abc import Mapping

import numpy as np

from indexer.document_fields import FIELDS
from indexer.selection import Selection
from indexer.storage import Storage
from search_api.engine.answer import SearchRequest
from search_api.engine.conditions import met
from search_api.engine.reading import Reading

Selections = dict[str, Selection | None]
"""Compartment name to the documents that may answer; None for all."""

_ALIASES = {"media_type": "format"}


def may_answer(generation: Storage, reading: Reading, request: SearchRequest) -> Selection | None:
    """The documents that the request's filters accept and that meet the query's conditions; None for all."""
    kept = accepted(generation, request.filters) if request.filters else None
    masks = [] if kept is None else [kept.mask]
    if request.among is not None:
        among = np.zeros(generation.passages.document_count, bool)
        among[generation.passages.numbers(request.among)] = True
        masks.append(among)
    if reading.condition is not None:
        masks.append(met(generation, reading.condition))
    if not masks or (kept is not None and len(masks) == 1):
        return kept
    return Selection(np.asarray(np.stack(masks).all(axis=0), bool), generation.passages.document_of)


def accepted(generation: Storage, filters: Mapping[str, tuple[str, ...]]) -> Selection:
    """The documents that every filter accepts.

    Values of one facet are alternatives. A facet that does not exist accepts no document: leaving it out would
    answer more than what was asked.
    """
    texts = generation.passages
    mask = np.ones(texts.document_count, bool)
    columns: dict[str, tuple[int, ...]] = {}
    for facet, values in filters.items():
        name = _ALIASES.get(facet, facet)
        column = texts.fields.columns.get(name)
        if column is None:
            return Selection(np.zeros(texts.document_count, bool), texts.document_of)
        both = columns.get(name, range(len(column.values)))
        columns[name] = tuple(place for place in column.places(values) if place in both)
        mask &= column.among(values)
    return Selection(mask, texts.document_of, columns)


def filter_messages(filters: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What to tell of filters that cannot be applied."""
    known = ", ".join(FIELDS)
    return tuple(
        f"Le filtre « {facet} » n'existe pas : aucun document ne lui répond. Filtres possibles : {known}."
        for facet in filters
        if _ALIASES.get(facet, facet) not in FIELDS
    )

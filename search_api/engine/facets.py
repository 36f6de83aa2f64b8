"""Facets and orders over the documents that answer.

The documents that answer are, for a question with words, those a channel brought among its candidates; for filters
alone, every document they accept. Counts are exact over them; versions folded into one hit count once a value, as
they would be shown if that value were asked for.
"""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from indexer.document_fields import FACETS, DocumentFields, Numbers
from search_api.engine.answer import FacetCount, Sort
from search_api.engine.ranking import Ranked

MOST_VALUES = 100


Answering = tuple[DocumentFields, Numbers, Numbers]
"""Documents found in a compartment: their fields, their numbers, and the group of those folded together (-1 for the
others)."""


def facet_counts(found: Iterable[Answering]) -> dict[str, tuple[FacetCount, ...]]:
    """Counts by facet over the documents found in each compartment, the most frequent values first.

    Years come newest first. At most :data:`MOST_VALUES` values a facet; facets without any are left out.
    """
    counters: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for fields, documents, groups in found:
        for name, counter in counters.items():
            counter.update(fields.columns[name].counts(documents, groups))
    result: dict[str, tuple[FacetCount, ...]] = {}
    for name, counter in counters.items():
        if name == "year":
            values = sorted(counter, reverse=True)
        else:
            values = sorted(counter, key=lambda value, counter=counter: (-counter[value], value))  # type: ignore[misc]
        if values:
            result[name] = tuple(FacetCount(value, counter[value]) for value in values[:MOST_VALUES])
    return result


def ranked_documents(ranked: Iterable[Ranked]) -> list[Answering]:
    """The documents of a ranking by compartment, folded versions among them."""
    found: dict[int, tuple[DocumentFields, list[int], list[int]]] = {}
    for place, one in enumerate(ranked):
        generation = one.candidates.generation
        _, numbers, groups = found.setdefault(id(generation), (generation.passages.fields, [], []))
        numbers += [one.number, *one.versions]
        groups += [place if one.versions else -1] * (1 + len(one.versions))
    return [
        (fields, np.array(numbers, np.int64), np.array(groups, np.int64)) for fields, numbers, groups in found.values()
    ]


def by_date(ranked: list[Ranked], sort: Sort) -> list[Ranked]:
    """The ranking in order of date, documents without a date last, ties as they were ranked.

    Those that hold more of the exact things asked for still come first.
    """
    if sort is Sort.RELEVANCE:
        return ranked
    dates = [_date(one) for one in ranked]
    dated = [place for place, date in enumerate(dates) if date]
    order = sorted(dated, key=lambda place: dates[place], reverse=sort is Sort.NEWEST)
    order += [place for place, date in enumerate(dates) if not date]
    return sorted((ranked[place] for place in order), key=lambda one: (-one.exact, -one.near))


def _date(one: Ranked) -> str:
    return str(one.candidates.generation.passages.fields.dates[one.number])

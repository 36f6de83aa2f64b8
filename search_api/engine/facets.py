"""Facets and orders over the documents that answer.

The documents that answer are, for a question with words, those a channel brought among its candidates; for filters
alone, every document they accept. Counts are exact over them; versions folded into one hit count once a value, as
they would be shown if that value were asked for. Values beside those that a filter holds are counted without it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping

from indexer.document_fields import FACETS, DocumentFields, Numbers
from search_api.engine.answer import FacetCount, Sort
from search_api.engine.ranking import Ranked

MOST_VALUES = 100


Answering = tuple[DocumentFields, Numbers, Numbers]
"""Documents found in a compartment: their fields, their numbers, and the group of those folded together (-1 for the
others)."""


Facets = dict[str, tuple[FacetCount, ...]]


def facet_counts(found: Iterable[Answering]) -> Facets:
    """Counts by facet over the documents found in each compartment, the most frequent values first.

    Years come newest first. At most :data:`MOST_VALUES` values a facet; facets without any are left out.
    """
    counters: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for fields, documents, groups in found:
        for name, counter in counters.items():
            counter.update(fields.columns[name].counts(documents, groups))
    return {name: _in_order(name, counter) for name, counter in counters.items() if counter}


def with_siblings(
    facets: Facets, filters: Mapping[str, Collection[str]], found_without: Callable[[str], Iterable[Answering]]
) -> Facets:
    """The same counts with, in each facet that a filter holds, the values the filter leaves out.

    Those are counted over what answers without that filter, the others being kept: so one can change a value, or
    add one.

    Args:
        found_without: the documents that answer without the filter of that name.
    """
    result = dict(facets)
    for name, values in filters.items():
        if name not in FACETS:
            continue
        around = facet_counts(found_without(name)).get(name, ())
        counter = Counter({one.value: one.count for one in around})
        for value in values:
            counter[value] = next((one.count for one in facets.get(name, ()) if one.value == value), 0)
        counts = _in_order(name, +counter, values)
        if counts:
            result[name] = counts
    return result


def _in_order(facet: str, counter: Counter[str], held: Collection[str] = ()) -> tuple[FacetCount, ...]:
    if facet == "year":
        values = sorted(counter, reverse=True)
    else:
        values = sorted(counter, key=lambda value: (-counter[value], value))
    shown = (value for place, value in enumerate(values) if place < MOST_VALUES or value in held)
    return tuple(FacetCount(value, counter[value]) for value in shown)


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

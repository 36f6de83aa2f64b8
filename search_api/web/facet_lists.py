"""Facets as lists of links: one adds its value to the filters, or takes it away."""

from dataclasses import dataclass

from search_api.engine.answer import Answer, FacetCount
from search_api.http.french import facet_name, value_name
from search_api.web.address import SearchAddress

FIRST = 6
MOST = 20


@dataclass(frozen=True, slots=True)
class ValueView:
    """A value ready for its template; ``on`` when it is one of the filters."""

    text: str
    count: int
    url: str
    on: bool


@dataclass(frozen=True, slots=True)
class FacetView:
    """A facet ready for its template.

    Attributes:
        values: shown at once; ``more`` are shown on demand.
        left: values that are not listed.
    """

    name: str
    values: list[ValueView]
    more: list[ValueView]
    left: int


def facet_views(answer: Answer, address: SearchAddress) -> list[FacetView]:
    """The facets that can narrow the answer, or already do: one value that every document has tells nothing."""
    views = []
    for facet, counts in answer.facets.items():
        posed = [value for name, value in address.filters if name == facet]
        if not posed and len(counts) < 2 and all(one.count >= answer.total for one in counts):
            continue
        views.append(_view(facet, counts, posed, address))
    return views


def _view(facet: str, counts: tuple[FacetCount, ...], posed: list[str], address: SearchAddress) -> FacetView:
    found = {one.value: one.count for one in counts}
    order = [*posed, *(one.value for one in counts if one.value not in posed)]
    values = [
        ValueView(
            text=value_name(facet, value),
            count=found.get(value, 0),
            url=address.without(facet, value) if value in posed else address.filtered(facet, value),
            on=value in posed,
        )
        for value in order[: MOST + len(posed)]
    ]
    # A list that hides one or two values costs more than it spares.
    first = len(values) if len(values) <= FIRST + 2 else FIRST
    return FacetView(facet_name(facet), values[:first], values[first:], max(0, len(order) - len(values)))

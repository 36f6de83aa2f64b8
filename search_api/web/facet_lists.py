"""Facets as lists of links: one adds its value to the filters, or takes it away."""

from dataclasses import dataclass

from search_api.engine.answer import Answer, FacetCount
from search_api.http.french import facet_name, value_name
from search_api.web.address import SearchAddress

FIRST = 5
MOST = 200


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
        anchor: where the facet stands on the page.
        left: values that are not listed.
        unfold: the same page with all of them, or "".
    """

    name: str
    anchor: str
    values: list[ValueView]
    left: int
    unfold: str


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
    # A list that hides one or two values costs more than it spares.
    unfolded = facet == address.unfolded or len(order) <= FIRST + 2
    shown = order[: (MOST if unfolded else FIRST) + len(posed)]
    values = [
        ValueView(
            text=value_name(facet, value),
            count=found.get(value, 0),
            url=address.without(facet, value) if value in posed else address.filtered(facet, value),
            on=value in posed,
        )
        for value in shown
    ]
    anchor = f"facette-{facet}"
    unfold = "" if unfolded else f"{address.unfolding(facet)}#{anchor}"
    return FacetView(facet_name(facet), anchor, values, len(order) - len(shown), unfold)

"""Every state of the search page is a URL: reading one, and writing the next."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from search_api.engine.answer import Channel, SearchRequest, Sort
from search_api.http.models import MAX_DOCUMENTS
from search_api.http.wire import search_pairs

_MOST_FILTERS = 50
_LONGEST_VALUE = 300


@dataclass(frozen=True, slots=True)
class SearchAddress:
    """What the search page shows, as its URL says it.

    Unlike the API's, a page's URL is read with indulgence: what cannot be understood is left out, so that an
    old bookmark or a shortened link still gives a page.

    Attributes:
        query: as typed; None when the page was opened without a question.
        page: of results, 1 for the first.
        state: of the collection when the first page was read, or "".
    """

    query: str | None = None
    channel: Channel = Channel.HYBRID
    sort: Sort = Sort.RELEVANCE
    filters: tuple[tuple[str, str], ...] = ()
    compartments: tuple[str, ...] = ()
    page: int = 1
    state: str = ""

    @classmethod
    def read(cls, params: QueryParams, compartments: tuple[str, ...]) -> "SearchAddress":
        """The address in ``params``; only the caller's ``compartments`` are kept."""
        filters = []
        for text in params.getlist("filter")[:_MOST_FILTERS]:
            facet, colon, value = text[:_LONGEST_VALUE].partition(":")
            if facet and colon and value and (facet, value) not in filters:
                filters.append((facet, value))
        channel, sort = params.get("channel", ""), params.get("sort", "")
        page = params.get("page", "1")
        return cls(
            query=params.get("q"),
            channel=Channel(channel) if channel in set(Channel) else Channel.HYBRID,
            sort=Sort(sort) if sort in set(Sort) else Sort.RELEVANCE,
            filters=tuple(filters),
            compartments=tuple(dict.fromkeys(name for name in params.getlist("compartment") if name in compartments)),
            page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 6 and int(page) else 1,
            state=params.get("state", "")[:64],
        )

    def request(self, page_size: int) -> SearchRequest:
        """The engine's request for this page of results."""
        grouped: dict[str, tuple[str, ...]] = {}
        for facet, value in self.filters:
            grouped[facet] = (*grouped.get(facet, ()), value)
        last_page = MAX_DOCUMENTS // page_size
        return SearchRequest(
            query=self.query or "",
            k=page_size,
            offset=(min(self.page, last_page) - 1) * page_size,
            channel=self.channel,
            compartments=self.compartments or None,
            filters=grouped,
            sort=self.sort,
        )

    def pairs(self) -> list[tuple[str, str]]:
        """The URL parameters, without paging."""
        return search_pairs(self.request(1))

    @property
    def url(self) -> str:
        """This page's address."""
        pairs = self.pairs()
        if self.page > 1:
            pairs.append(("page", str(self.page)))
            if self.state:
                pairs.append(("state", self.state))
        return f"/?{urlencode(pairs)}"

    def at(self, page: int, state: str) -> str:
        """The address of another page of the same results."""
        return replace(self, page=page, state=state).url

    def asking(self, query: str) -> str:
        """The same search with another question."""
        return replace(self, query=query, page=1, state="").url

    def by(self, sort: Sort) -> str:
        """The same search in another order."""
        return replace(self, sort=sort, page=1).url

    def through(self, channel: Channel) -> str:
        """The same search on other evidence."""
        return replace(self, channel=channel, page=1).url

    def filtered(self, facet: str, value: str) -> str:
        """The same search with one more filter."""
        return replace(self, filters=(*self.filters, (facet, value)), page=1).url

    def without(self, facet: str, value: str) -> str:
        """The same search with one filter less."""
        return replace(self, filters=tuple(f for f in self.filters if f != (facet, value)), page=1).url

    def unfiltered(self) -> str:
        """The same search without filters."""
        return replace(self, filters=(), page=1).url

    def in_compartments(self, compartments: tuple[str, ...]) -> str:
        """The same search in other compartments."""
        return replace(self, compartments=compartments, page=1).url

    def hidden(self) -> list[tuple[str, str]]:
        """What the search form carries along besides the question."""
        return [(name, value) for name, value in self.pairs() if name != "q"]

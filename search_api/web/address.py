"""Every state of the search page is a URL: reading one, and writing the next."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from search_api.engine.answer import Channel, SearchRequest, Sort
from search_api.http.models import MAX_DOCUMENTS
from search_api.http.wire import search_pairs

_MOST_FILTERS = 50
_LONGEST_VALUE = 300
_MOST_LITERAL = 16
COMPACT = "compact"


def page_number(asked: str) -> int:
    """The page of a list that an address asks for; the first when it says nothing sensible."""
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1


@dataclass(frozen=True, slots=True)
class SearchAddress:
    """What the search page shows, as its URL says it.

    Unlike the API's, a page's URL is read with indulgence: what cannot be understood is left out, so that an
    old bookmark or a shortened link still gives a page.

    Attributes:
        query: as typed; None when the page was opened without a question.
        literal: words of the question taken as typed.
        compact: one sentence a result.
        explain: show why each result stands where it does.
        unfolded: the facet whose values are all shown, or "".
        page: of results, 1 for the first.
        state: of the collection when the first page was read, or "".
    """

    query: str | None = None
    channel: Channel = Channel.HYBRID
    sort: Sort = Sort.RELEVANCE
    filters: tuple[tuple[str, str], ...] = ()
    compartments: tuple[str, ...] = ()
    literal: tuple[str, ...] = ()
    compact: bool = False
    explain: bool = False
    unfolded: str = ""
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
        return cls(
            query=params.get("q"),
            channel=Channel(channel) if channel in set(Channel) else Channel.HYBRID,
            sort=Sort(sort) if sort in set(Sort) else Sort.RELEVANCE,
            filters=tuple(filters),
            compartments=tuple(dict.fromkeys(name for name in params.getlist("compartment") if name in compartments)),
            literal=tuple(
                dict.fromkeys(word[:_LONGEST_VALUE] for word in params.getlist("literal")[:_MOST_LITERAL] if word)
            ),
            compact=params.get("density") == COMPACT,
            explain=params.get("explain") in {"true", "1"},
            unfolded=params.get("facet", "")[:_LONGEST_VALUE],
            page=page_number(params.get("page", "")),
            state=params.get("state", "")[:64],
        )

    def request(self, page_size: int) -> SearchRequest:
        """The engine's request for this page of results."""
        grouped: dict[str, tuple[str, ...]] = {}
        for facet, value in self.filters:
            grouped[facet] = (*grouped.get(facet, ()), value)
        last_page = MAX_DOCUMENTS // page_size
        return SearchRequest(
            query="" if self.blank else self.query or "",
            k=page_size,
            offset=(min(self.page, last_page) - 1) * page_size,
            channel=self.channel,
            compartments=self.compartments or None,
            filters=grouped,
            sort=self.sort,
            literal=self.literal,
            explain=self.explain,
        )

    def pairs(self) -> list[tuple[str, str]]:
        """The URL parameters of the search, without paging and what only its page shows."""
        return search_pairs(self.request(1))

    def page_pairs(self) -> list[tuple[str, str]]:
        """The URL parameters of the page, without paging."""
        shown = [("density", COMPACT)] * self.compact + [("explain", "true")] * self.explain
        return [*self.pairs(), *shown]

    @property
    def blank(self) -> bool:
        """Whether there are no words."""
        return not (self.query or "").strip()

    @property
    def url(self) -> str:
        """This page's address; the first page's without words nor filters."""
        pairs = self.page_pairs()
        if self.blank:
            pairs = [pair for pair in pairs if pair[0] != "q"]
        if self.page > 1:
            pairs.append(("page", str(self.page)))
            if self.state:
                pairs.append(("state", self.state))
        if self.unfolded:
            pairs.append(("facet", self.unfolded))
        return f"/?{urlencode(pairs)}" if pairs else "/"

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

    def as_typed(self, word: str) -> str:
        """The same search with nothing looked for besides ``word``."""
        return replace(self, literal=(*self.literal, word), page=1).url

    def helped(self, word: str) -> str:
        """The same search with what is looked for besides ``word``."""
        return replace(self, literal=tuple(one for one in self.literal if one != word), page=1).url

    def shown(self, *, compact: bool | None = None, explain: bool | None = None) -> str:
        """The same results shown in another way."""
        return replace(
            self,
            compact=self.compact if compact is None else compact,
            explain=self.explain if explain is None else explain,
        ).url

    def unfolding(self, facet: str) -> str:
        """The same page with every value of a facet."""
        return replace(self, unfolded=facet).url

    def filtered(self, facet: str, value: str) -> str:
        """The same search with one more filter."""
        return replace(self, filters=(*self.filters, (facet, value)), page=1, unfolded="").url

    def without(self, facet: str, value: str) -> str:
        """The same search with one filter less."""
        return replace(self, filters=tuple(f for f in self.filters if f != (facet, value)), page=1, unfolded="").url

    def unfiltered(self) -> str:
        """The same search without filters."""
        return replace(self, filters=(), page=1).url

    def in_compartments(self, compartments: tuple[str, ...]) -> str:
        """The same search in other compartments."""
        return replace(self, compartments=compartments, page=1).url

    def hidden(self) -> list[tuple[str, str]]:
        """What the search form carries along besides the question."""
        return [(name, value) for name, value in self.page_pairs() if name != "q"]

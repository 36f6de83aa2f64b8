"""A saved search, and what it was told of; plain values."""

from dataclasses import dataclass
from enum import StrEnum

from corpus.document import Span
from search_api.engine.answer import SearchRequest

LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search that somebody wants to come back to.

    Attributes:
        id: 16 hexadecimal digits.
        owner: name of the user who saved it, and the only one who sees it.
        request: what is asked, its compartments named, without paging.
        created_at, opened_at: ISO 8601, UTC; ``opened_at`` is when its owner last looked at what was new.
        by_mail: whether its alerts are sent by e-mail too.
    """

    id: str
    owner: str
    name: str
    request: SearchRequest
    created_at: str
    opened_at: str
    by_mail: bool = False


class Change(StrEnum):
    """What became of a document that a search is told of."""

    NEW = "new"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Match:
    """A document that is new or changed and answers a saved search.

    It says where the passage stands, never what it says: a document that is withdrawn leaves no text here.

    Attributes:
        mark: what changes when the document does (:class:`search_api.engine.answer.Contents`).
        spans: where the passage that answers stands in this version.
    """

    compartment: str
    generation: str
    document_id: str
    mark: str
    change: Change
    version: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """What a saved search was told.

    Attributes:
        made_at: ISO 8601, UTC.
        unread: the search was not opened since.
    """

    id: int
    search: str
    made_at: str
    unread: bool
    match: Match


@dataclass(frozen=True, slots=True)
class Tally:
    """How much a saved search was told.

    Attributes:
        unread: alerts since it was last opened.
        alerts: those kept in all.
        more: True when a publication brought more matches than are kept: the search itself shows them.
    """

    unread: int = 0
    alerts: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What saved searches of an owner were told, all of it as of one moment.

    Attributes:
        searches: the searches by name, each with how much it was told.
        alerts: what they were told, latest first.
    """

    searches: tuple[tuple[SavedSearch, Tally], ...]
    alerts: tuple[Alert, ...]

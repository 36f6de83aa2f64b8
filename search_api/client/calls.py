"""What both clients share: how a call is written, how its answer is read, when it is tried again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from search_api.client.errors import RemoteError, of_response
from search_api.engine.answer import Channel, Sort
from search_api.http.document_models import RecordOut
from search_api.http.models import HealthOut, PageOut, ReadyOut, SearchOut, SuggestOut

Answered = TypeVar("Answered", bound=BaseModel)
LONGEST_PAUSE_S = 10.0
_BUSY = frozenset({429, 503})
Filters = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Call(Generic[Answered]):
    """One request and the model its answer is read with."""

    method: str
    path: str
    model: type[Answered]
    params: dict[str, str] = field(default_factory=dict)
    json: dict[str, Any] | None = None

    def read(self, response: httpx.Response) -> Answered:
        """The answer, or RemoteError."""
        if response.is_error:
            raise of_response(response)
        try:
            return self.model.model_validate_json(response.content)
        except ValidationError as error:
            raise RemoteError(
                "La réponse du serveur n’a pas la forme attendue",
                remedy="Vérifiez que le client et le serveur sont de la même version",
            ) from error


def pause_before_retry(response: httpx.Response) -> float | None:
    """Seconds to wait before asking a busy server again; None when asking again would not help."""
    if response.status_code not in _BUSY:
        return None
    given = response.headers.get("retry-after", "")
    # A stopping or broken server gives no delay: only a busy one is worth waiting for.
    return min(float(given), LONGEST_PAUSE_S) if given.isdigit() else None


def search(
    q: str,
    *,
    k: int,
    offset: int,
    channel: Channel,
    sort: Sort,
    filters: Filters | None,
    compartments: Sequence[str],
    explain: bool,
) -> Call[SearchOut]:
    """A search, sent as a body: a question has no place in a URL that proxies log."""
    body = {
        "q": q,
        "k": k,
        "offset": offset,
        "channel": channel.value,
        "sort": sort.value,
        "filters": {facet: list(values) for facet, values in (filters or {}).items()},
        "compartments": list(compartments),
        "explain": explain,
    }
    return Call("POST", "/api/v1/search", SearchOut, json=body)


def following(answer: SearchOut) -> Call[SearchOut] | None:
    """The page of results after ``answer``, or None at the end."""
    if answer.next is None:
        return None
    if not answer.next.startswith("/api/v1/search?"):
        raise RemoteError(
            "L’adresse de la page suivante n’est pas de ce serveur", remedy="Vérifiez l’adresse du serveur"
        )
    return Call("GET", answer.next, SearchOut)


def suggest(prefix: str) -> Call[SuggestOut]:
    """Completions of what is being typed."""
    return Call("GET", "/api/v1/suggest", SuggestOut, params={"q": prefix})


def document(document_id: str) -> Call[RecordOut]:
    """One document."""
    return Call("GET", f"/api/v1/documents/{quote(document_id, safe='')}", RecordOut)


def page(document_id: str, number: int) -> Call[PageOut]:
    """One page of a document."""
    return Call("GET", f"/api/v1/documents/{quote(document_id, safe='')}/pages/{number}", PageOut)


def ready() -> Call[ReadyOut]:
    """Whether questions can be answered, and what they would be looked for in."""
    return Call("GET", "/api/v1/ready", ReadyOut)


def health() -> Call[HealthOut]:
    """Whether the process is alive."""
    return Call("GET", "/api/v1/health", HealthOut)

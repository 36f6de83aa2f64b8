"""What both clients share: how a call is written, how its answer is read, when it is tried again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from search_api.client.errors import RemoteError, of_response
from search_api.engine.answer import Channel, Sort
from search_api.http.document_models import AnchorOut, BoxesOut, DifferencesOut, PassagesOut, RecordOut
from search_api.http.models import HealthOut, HitOut, PageOut, ReadyOut, SearchOut, SuggestOut
from search_api.http.wire import read_passage_url, spans_text

Answered = TypeVar("Answered")
LONGEST_PAUSE_S = 10.0
_BUSY = frozenset({429, 503})
Filters = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Call(Generic[Answered]):
    """One request and what reads its answer."""

    method: str
    path: str
    parse: Callable[[bytes], Answered]
    params: dict[str, str] = field(default_factory=dict)
    json: dict[str, Any] | None = None

    def read(self, response: httpx.Response) -> Answered:
        """The answer, or RemoteError."""
        if response.is_error:
            raise of_response(response)
        try:
            return self.parse(response.content)
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
    literal: Sequence[str],
    passages: int,
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
        "literal": list(literal),
        "passages": passages,
        "explain": explain,
    }
    return Call("POST", "/api/v1/search", SearchOut.model_validate_json, json=body)


def following(answer: SearchOut) -> Call[SearchOut] | None:
    """The page of results after ``answer``, or None at the end."""
    if answer.next is None:
        return None
    if not answer.next.startswith("/api/v1/search?"):
        raise RemoteError(
            "L’adresse de la page suivante n’est pas de ce serveur", remedy="Vérifiez l’adresse du serveur"
        )
    return Call("GET", answer.next, SearchOut.model_validate_json)


def suggest(prefix: str) -> Call[SuggestOut]:
    """Completions of what is being typed."""
    return Call("GET", "/api/v1/suggest", SuggestOut.model_validate_json, params={"q": prefix})


def _of(document_id: str, tail: str = "") -> str:
    return f"/api/v1/documents/{quote(document_id, safe='')}{tail}"


def _given(**params: str | int) -> dict[str, str]:
    """The parameters that say something."""
    return {name: str(value) for name, value in params.items() if value != ""}


def document(document_id: str) -> Call[RecordOut]:
    """One document and what stands around it."""
    return Call("GET", _of(document_id), RecordOut.model_validate_json)


def page(document_id: str, number: int, version: str) -> Call[PageOut]:
    """One page of a document."""
    return Call("GET", _of(document_id, f"/pages/{number}"), PageOut.model_validate_json, _given(version=version))


def page_image(document_id: str, number: int, width: int, version: str) -> Call[bytes]:
    """A page as an image."""
    return Call("GET", _of(document_id, f"/pages/{number}/image"), bytes, _given(width=width, version=version))


def boxes(document_id: str, number: int, spans: str, words: str, version: str) -> Call[BoxesOut]:
    """Where stretches of a page's text, or words, stand on it."""
    params = _given(spans=spans, words=words, version=version)
    return Call("GET", _of(document_id, f"/pages/{number}/boxes"), BoxesOut.model_validate_json, params)


def passages(document_id: str, k: int, offset: int) -> Call[PassagesOut]:
    """The passages of a document."""
    return Call("GET", _of(document_id, "/passages"), PassagesOut.model_validate_json, _given(k=k, offset=offset))


def similar(document_id: str, k: int) -> Call[list[HitOut]]:
    """Documents near one."""
    return Call("GET", _of(document_id, "/similar"), TypeAdapter(list[HitOut]).validate_json, _given(k=k))


def original(document_id: str, version: str) -> Call[bytes]:
    """The file a document was read from."""
    return Call("GET", _of(document_id, "/original"), bytes, _given(version=version))


def differences(document_id: str, old: str, new: str, other: str) -> Call[DifferencesOut]:
    """What changed between two versions, or between a document and a near-duplicate."""
    params = _given(old=old, new=new, **{"with": other})
    return Call("GET", _of(document_id, "/differences"), DifferencesOut.model_validate_json, params)


def anchor(link: str) -> Call[AnchorOut]:
    """Where the passage of a permalink stands now."""
    named = read_passage_url(link)
    if named is None:
        raise RemoteError(
            "Ce lien n’est pas celui d’un passage", remedy="Copiez le lien d’un résultat ou d’une citation"
        )
    params = _given(passage=spans_text(named.spans), version=named.version, texte=named.quote)
    return Call("GET", _of(named.document_id, "/anchor"), AnchorOut.model_validate_json, params)


def ready() -> Call[ReadyOut]:
    """Whether questions can be answered, and what they would be looked for in."""
    return Call("GET", "/api/v1/ready", ReadyOut.model_validate_json)


def health() -> Call[HealthOut]:
    """Whether the process is alive."""
    return Call("GET", "/api/v1/health", HealthOut.model_validate_json)

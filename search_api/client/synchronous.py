"""The synchronous client."""

import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import httpx

from search_api.client import calls
from search_api.client.calls import Answered, Call, Filters
from search_api.client.errors import unreachable
from search_api.engine.answer import Channel, Sort
from search_api.http.document_models import AnchorOut, BoxesOut, DifferencesOut, PassagesOut, RecordOut
from search_api.http.models import HealthOut, HitOut, PageOut, ReadyOut, SearchOut


class ReuniClient:
    """Asks one server; to be closed, or used in a ``with`` block.

    Args:
        server: its address, e.g. ``http://127.0.0.1:8000``.
        timeout: seconds to wait for an answer.
        retries: how many times a server that says it is busy is asked again, after the delay it gives.
        transport: for tests, or a proxy of your own.
    """

    def __init__(
        self,
        server: str,
        *,
        timeout: float = 30.0,
        retries: int = 2,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(base_url=server, timeout=timeout, transport=transport)
        self._retries = retries

    def __enter__(self) -> Self:
        """The client itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _send(self, call: Call[Answered]) -> Answered:
        for left in range(self._retries, -1, -1):
            try:
                response = self._http.request(call.method, call.path, params=call.params or None, json=call.json)
            except httpx.HTTPError as error:
                raise unreachable(self._http.base_url, error) from error
            pause = calls.pause_before_retry(response)
            if pause is None or not left:
                break
            time.sleep(pause)
        return call.read(response)

    def search(
        self,
        q: str,
        *,
        k: int = 10,
        offset: int = 0,
        channel: Channel = Channel.HYBRID,
        sort: Sort = Sort.RELEVANCE,
        filters: Filters | None = None,
        compartments: Sequence[str] = (),
        literal: Sequence[str] = (),
        passages: int = 1,
        explain: bool = False,
    ) -> SearchOut:
        """The documents that answer ``q``, ``k`` at most (100), each with its best passages (10 at most).

        Words of ``literal`` are taken as typed: neither acronym nor near word is looked for besides.
        """
        return self._send(
            calls.search(
                q,
                k=k,
                offset=offset,
                channel=channel,
                sort=sort,
                filters=filters,
                compartments=compartments,
                literal=literal,
                passages=passages,
                explain=explain,
            )
        )

    def hits(self, q: str, *, filters: Filters | None = None, compartments: Sequence[str] = ()) -> Iterator[HitOut]:
        """Every hit in order, page after page, all from one state of the collection.

        Raises RemoteError (409) if the collection changes on the way.
        """
        answer = self.search(q, k=100, filters=filters, compartments=compartments)
        while True:
            yield from answer.hits
            call = calls.following(answer)
            if call is None:
                return
            answer = self._send(call)

    def suggest(self, prefix: str) -> list[str]:
        """Completions of what is being typed, best first."""
        return self._send(calls.suggest(prefix)).suggestions

    def document(self, document_id: str) -> RecordOut:
        """One document: metadata with their origins, versions, near-duplicates, what holds it and what it holds."""
        return self._send(calls.document(document_id))

    def page(self, document_id: str, number: int, *, version: str = "") -> PageOut:
        """The text of one page of a document; ``version`` is first digits of a version's SHA-256."""
        return self._send(calls.page(document_id, number, version))

    def page_image(self, document_id: str, number: int, *, width: int = 1_000, version: str = "") -> bytes:
        """One page as an image, PNG or WebP."""
        return self._send(calls.page_image(document_id, number, width, version))

    def boxes(self, document_id: str, number: int, *, spans: str = "", words: str = "", version: str = "") -> BoxesOut:
        """Where stretches (``page:start-end``, by commas) of a page's text, or words, stand on it."""
        return self._send(calls.boxes(document_id, number, spans, words, version))

    def passages(self, document_id: str, *, k: int = 100, offset: int = 0) -> PassagesOut:
        """The passages of a document, in reading order."""
        return self._send(calls.passages(document_id, k, offset))

    def similar(self, document_id: str, *, k: int = 10) -> list[HitOut]:
        """Documents near one, best first."""
        return self._send(calls.similar(document_id, k))

    def original(self, document_id: str, *, version: str = "") -> bytes:
        """The file a document was read from."""
        return self._send(calls.original(document_id, version))

    def differences(self, document_id: str, *, old: str = "", new: str = "", other: str = "") -> DifferencesOut:
        """What changed from one version to another (the last two unless named), or from another document."""
        return self._send(calls.differences(document_id, old, new, other))

    def anchor(self, link: str) -> AnchorOut:
        """Where the passage of a permalink stands now, and what became of it."""
        return self._send(calls.anchor(link))

    def ready(self) -> ReadyOut:
        """What questions are looked for in; raises RemoteError (503) when they cannot be answered."""
        return self._send(calls.ready())

    def health(self) -> HealthOut:
        """Whether the process is alive."""
        return self._send(calls.health())

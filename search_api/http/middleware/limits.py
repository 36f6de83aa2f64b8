"""How much at once: bodies, requests under way, requests waiting, requests of one client."""

from collections import Counter
from contextlib import suppress

import anyio
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_api.http.metrics import Metrics
from search_api.http.problems import ProblemError, respond
from search_api.http.settings import EVENTS, HttpSettings

_FREE = ("/static/", "/api/v1/health", "/api/v1/ready", "/metrics", EVENTS)


class _TooLargeError(Exception):
    pass


class BodySize:
    """413 for a body past the limit, whether its length is announced or not."""

    def __init__(self, app: ASGIApp, settings: HttpSettings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Measure one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._settings.body_limit(scope["method"], scope["path"])
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > most:
            await self._refuse(scope, receive, send, most)
            return
        read = 0
        too_large = False

        async def counted() -> Message:
            nonlocal read, too_large
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                too_large = True
                raise _TooLargeError
            return message

        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            # What the application makes of the interrupted body is not what the caller is told.
            if not too_large:
                started = True
                await send(message)

        with suppress(_TooLargeError):
            await self._app(scope, counted, watched)
        if too_large and not started:
            await self._refuse(scope, receive, send, most)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        self._metrics.refused("body_too_large")
        refusal = ProblemError(
            413,
            "body-too-large",
            f"La demande dépasse {most // 1024} Kio.",
            remedy="Envoyez une demande plus courte.",
            headers={"connection": "close"},
        )
        await respond(Request(scope), refusal)(scope, receive, send)


class Places:
    """Bounded work: ``max_running`` at once, ``max_waiting`` behind them, then 503; 429 for one greedy client."""

    def __init__(self, app: ASGIApp, settings: HttpSettings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        self._places = anyio.Semaphore(settings.max_running)
        self._waiting = 0
        self._by_client: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Seat one request."""
        if scope["type"] != "http" or scope["path"].startswith(_FREE):
            await self._app(scope, receive, send)
            return
        client = (scope.get("client") or ("",))[0]
        if self._by_client[client] >= self._settings.max_per_client:
            await self._refuse(scope, receive, send, 429)
            return
        self._by_client[client] += 1
        try:
            if await self._sit():
                try:
                    with self._metrics.running.track_inprogress():
                        await self._app(scope, receive, send)
                finally:
                    self._places.release()
            else:
                await self._refuse(scope, receive, send, 503)
        finally:
            self._by_client[client] -= 1
            if not self._by_client[client]:
                del self._by_client[client]

    async def _sit(self) -> bool:
        """Take a place, waiting for one as long as allowed; False when there is none."""
        try:
            self._places.acquire_nowait()
        except anyio.WouldBlock:
            pass
        else:
            return True
        if self._waiting >= self._settings.max_waiting:
            return False
        self._waiting += 1
        self._metrics.waiting.inc()
        try:
            with anyio.fail_after(self._settings.max_wait_s):
                await self._places.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
            self._metrics.waiting.dec()
        return True

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, status: int) -> None:
        if status == 429:
            self._metrics.refused("client_too_busy")
            refusal = ProblemError(
                429,
                "too-many-requests",
                "Trop de demandes sont en cours depuis cette adresse.",
                remedy="Attendez la réponse aux demandes déjà envoyées.",
                headers={"retry-after": "1"},
            )
        else:
            self._metrics.refused("server_busy")
            refusal = ProblemError(
                503,
                "busy",
                "Le serveur a trop de demandes en attente.",
                remedy="Réessayez dans quelques secondes.",
                headers={"retry-after": "5"},
            )
        await respond(Request(scope), refusal)(scope, receive, send)

"""What browsers are told about every answer, and whose name a request may be addressed to."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_api.http.problems import ProblemError, respond

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
}
_STATIC_AGE = "public, max-age=31536000, immutable"


class SecurityHeaders:
    """Strict headers on everything; only versioned static files may be kept by the browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Strict headers for one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kept = scope["path"].startswith("/static/") and b"v=" in scope["query_string"]

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_ALWAYS)
                if kept and message["status"] == 200:
                    headers["cache-control"] = _STATIC_AGE
                else:
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, guarded)


def host_name(header: str) -> str:
    """The name in a Host header, without port or brackets, lower case."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()


class KnownHost:
    """Refuse requests addressed to another name: a hostile site can point its own name at 127.0.0.1."""

    def __init__(self, app: ASGIApp, allowed: tuple[str, ...]) -> None:
        self._app = app
        self._allowed = frozenset(name.lower() for name in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is addressed to a known name."""
        if scope["type"] == "http":
            given = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
            if host_name(given) not in self._allowed:
                refusal = ProblemError(
                    421,
                    "unknown-host",
                    "Ce serveur ne répond pas à ce nom.",
                    remedy="Adressez-vous à lui par 127.0.0.1 ou localhost.",
                )
                await respond(Request(scope), refusal)(scope, receive, send)
                return
        await self._app(scope, receive, send)


_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class SameSite:
    """Refuse changes asked by another site's page: a browser would send them in the name of whoever reads it.

    Browsers say where a request comes from (``Sec-Fetch-Site``, or ``Origin`` for older ones); programs say neither,
    and are not concerned.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what only reads, and what comes from our own pages or from a program."""
        if scope["type"] == "http" and scope["method"] not in _SAFE and not _ours(Headers(scope=scope)):
            refusal = ProblemError(
                403,
                "cross-site",
                "Cette demande vient de la page d’un autre site.",
                remedy="Refaites-la depuis une page de Réuni.",
            )
            await respond(Request(scope), refusal)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _ours(headers: Headers) -> bool:
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site in {"same-origin", "none"}
    return origin is None or urlsplit(origin).netloc == headers.get("host")

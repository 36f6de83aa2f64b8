"""A number for each request, one log line, one count, and an answer whatever happens inside."""

import json
import logging
import re
import time
import uuid

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_api.http.metrics import Metrics
from search_api.http.problems import respond, server_error

_log = logging.getLogger("reuni.http")
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, event, and the fields given with it."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line: dict[str, object] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"),
            "level": record.levelname.lower(),
            "process": record.process,
            "logger": record.name,
            "event": record.getMessage(),
        }
        fields = getattr(record, "fields", None)
        if isinstance(fields, dict):
            line.update(fields)
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def route_of(scope: Scope) -> str:
    """The template of the route that answered: a label whose values are few whatever is asked."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str):
        return path
    return "/static" if scope["path"].startswith("/static/") else "none"


class RecordRequests:
    """Gives ``x-request-id``, logs and counts, turns an unforeseen fault into a 500 problem.

    The path is logged, the query string never: it holds the question.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Record one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex[:16]
        scope["request_id"] = request_id
        started = time.perf_counter()
        status = 0

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        fault = False
        try:
            await self._app(scope, receive, numbered)
        except Exception:
            # The one place where anything may be caught: the caller is owed an answer, the log the fault.
            fault = True
            _log.exception("fault", extra={"fields": {"request_id": request_id, "route": route_of(scope)}})
            if status:
                raise
            await respond(Request(scope), server_error())(scope, receive, numbered)
        finally:
            seconds = time.perf_counter() - started
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            self._metrics.request(method, route_of(scope), status, seconds)
            _log.log(
                logging.ERROR if fault else logging.INFO,
                "request",
                extra={
                    "fields": {
                        "request_id": request_id,
                        "method": method,
                        "route": route_of(scope),
                        "status": status,
                        "ms": round(seconds * 1_000, 1),
                    }
                },
            )

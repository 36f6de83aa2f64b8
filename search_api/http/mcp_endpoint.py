"""The Model Context Protocol over HTTP, at ``/mcp``: assistants reach the tools of :mod:`.assistants` there.

Stateless, JSON answers only: each POST is one exchange, counted and limited like any other request.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar

import anyio.to_thread
from fastapi import FastAPI
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from corpus.errors import ReuniError
from search_api.http import assistants
from search_api.http.asking import check_query
from search_api.http.assistants import (
    INSTRUCTIONS,
    LONGEST_LINK,
    MOST_DROPS,
    MOST_HITS,
    Found,
    OpenedPage,
    OpenedPassage,
    TakenDrops,
)
from search_api.http.house import House, TheUser, User
from search_api.http.models import CoverageOut, FacetFilter
from search_api.http.problems import ProblemError, respond

if TYPE_CHECKING:
    from mcp.server import MCPServer

PATH = "/mcp"
_Given = TypeVar("_Given")
_caller: ContextVar[User] = ContextVar("caller")
"""Who asks: the protocol's package runs each exchange in a task of its own, which inherits it."""


class AssistantEndpoint:
    """The ASGI application at ``/mcp``; answers once :meth:`running` has started it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._inner: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One exchange, or the problem that prevents it."""
        if scope["method"] != "POST":
            refusal = ProblemError(
                405,
                "method-not-allowed",
                "Cette adresse parle le protocole MCP, par POST seulement.",
                remedy="Donnez-la à un assistant, comme serveur MCP « streamable HTTP ».",
                headers={"allow": "POST"},
            )
            await respond(Request(scope), refusal)(scope, receive, send)
        elif self._inner is None:
            refusal = ProblemError(
                503,
                "not-started",
                "Le serveur démarre.",
                remedy="Réessayez dans un instant.",
                headers={"retry-after": "1"},
            )
            await respond(Request(scope), refusal)(scope, receive, send)
        else:
            await self._inner(scope, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve the protocol until the end of the block."""
        # The protocol's package takes as long to load as all the rest: only a server that runs pays for it.
        from mcp.server import MCPServer  # noqa: PLC0415
        from mcp.server.transport_security import TransportSecuritySettings  # noqa: PLC0415

        hosts = [f"[{name}]" if ":" in name else name for name in self._house.settings.allowed_hosts]
        server: MCPServer[None] = MCPServer("reuni", title="Réuni", instructions=INSTRUCTIONS, log_level="WARNING")
        _add_tools(server, self._house)
        made = server.streamable_http_app(
            json_response=True,
            stateless_http=True,
            max_request_body_size=self._house.settings.max_body_bytes,
            transport_security=TransportSecuritySettings(
                allowed_hosts=[*hosts, *(f"{name}:*" for name in hosts)],
                allowed_origins=[f"http://{name}{port}" for name in hosts for port in ("", ":*")],
            ),
        )
        async with server.session_manager.run():
            self._inner = made
            try:
                yield
            finally:
                self._inner = None


async def _told(work: Callable[[], _Given]) -> _Given:
    """The work's outcome, off the event loop; what a person could be told, the assistant is told."""
    from mcp.server.mcpserver.exceptions import ToolError  # noqa: PLC0415

    try:
        return await anyio.to_thread.run_sync(work)
    except ReuniError as error:
        raise ToolError(str(error)) from error
    except ProblemError as error:
        raise ToolError(f"{error.detail} {error.remedy}") from error


def _add_tools(server: "MCPServer[None]", house: House) -> None:
    from mcp_types import ToolAnnotations  # noqa: PLC0415

    reads = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

    async def search(
        question: Annotated[str, Field(description="In French: a sentence, words, a name or a reference.")],
        most: Annotated[int, Field(ge=1, le=MOST_HITS, description="How many documents are wanted.")] = 5,
        filters: Annotated[
            list[FacetFilter], Field(max_length=20, description="facet:value, e.g. kind:note or service:SISSE.")
        ] = [],  # noqa: B006
    ) -> Found:
        """Find the passages of the collection that answer a question, each with its source to cite."""
        check = partial(check_query, question, house.settings.max_query_chars, filtered=bool(filters))
        await _told(check)
        return await _told(partial(assistants.search, house, _caller.get(), question, most, filters))

    async def open_page(
        document_id: Annotated[str, Field(max_length=200, description="As given by search.")],
        page: Annotated[int, Field(ge=1, description="1 for the first.")] = 1,
    ) -> OpenedPage:
        """Read one whole page of a document, to see what stands around a passage."""
        return await _told(partial(assistants.open_page, house, _caller.get(), document_id, page))

    async def open_passage(
        link: Annotated[str, Field(max_length=LONGEST_LINK, description="As given by search, or kept from before.")],
    ) -> OpenedPassage:
        """Read again a passage that was cited, as it stands now on its page, and say what became of it."""
        return await _told(partial(assistants.open_passage, house, _caller.get(), link))

    async def list_drops(
        most: Annotated[int, Field(ge=1, le=MOST_DROPS, description="How many drops are wanted.")] = 10,
    ) -> TakenDrops:
        """List the latest deliveries of files, and what became of the files of each."""
        return await _told(partial(assistants.list_drops, house, _caller.get(), most))

    async def describe_collection() -> CoverageOut:
        """Say what the collection holds, its last drop, and what of it could not be read."""
        return await _told(partial(assistants.describe, house, _caller.get()))

    for tool, title in (
        (search, "Chercher dans le fonds"),
        (open_passage, "Rouvrir un passage cité"),
        (open_page, "Lire une page"),
        (list_drops, "Lister les lots"),
        (describe_collection, "Décrire le fonds"),
    ):
        server.add_tool(tool, title=title, annotations=reads, structured_output=True)


class _Exchange(Response):
    """One exchange as the answer of a route, so that the caller is found as for any other."""

    def __init__(self, endpoint: AssistantEndpoint, user: User) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._user = user

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the protocol answer, for this caller."""
        token = _caller.set(self._user)
        try:
            await self._endpoint(scope, receive, send)
        finally:
            _caller.reset(token)


def install(app: FastAPI, endpoint: AssistantEndpoint) -> None:
    """Put the endpoint in ``app``."""

    async def exchange(user: TheUser) -> Response:
        return _Exchange(endpoint, user)

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    app.add_api_route(PATH, exchange, methods=methods, include_in_schema=False, response_model=None)

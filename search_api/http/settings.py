"""What an operator can set about serving."""

from dataclasses import dataclass

DELIVERIES = "/api/v1/drops/deliveries/"
EVENTS = "/api/v1/events/"
"""Streams, which last: they are counted apart from the requests that end."""
FILE_FORMS = ("/fonds/lots",)
LIST_FORMS = ("/api/v1/watch/lists", "/veille/listes")


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Limits and habits of the server.

    Attributes:
        max_query_chars: longest question taken, in characters; the API's description says 1,000.
        max_body_bytes: largest request body taken.
        max_piece_bytes: largest piece of a delivered file, in one request.
        max_form_bytes: largest form with files sent by a page without script.
        max_list_bytes: largest form with a watch-list.
        max_running: requests worked on at the same time; the others wait.
        max_waiting: requests that may wait; one more is refused (503).
        max_wait_s: longest wait, in seconds, before a refusal (503).
        max_streams: streams of events open at the same time (503 past that).
        max_per_client: requests one client address may have under way (429 past that).
        slow_query_ms: a search slower than this is logged as slow, with its stages.
        log_queries: write the words of slow searches in the log; off, because questions can be secret.
        allowed_hosts: names accepted in the Host header, which keeps other sites' pages from reaching a
            local server through a name of theirs.
        page_size: documents a page of results.
        examples: questions offered on the first page.
        assistants: serve the Model Context Protocol at /mcp (read-only tools).
    """

    max_query_chars: int = 1_000
    max_body_bytes: int = 64 * 1024
    max_piece_bytes: int = 8 * 1024 * 1024
    max_form_bytes: int = 1024 * 1024 * 1024
    max_list_bytes: int = 3 * 1024 * 1024
    max_running: int = 16
    max_waiting: int = 256
    max_wait_s: float = 10.0
    max_streams: int = 32
    max_per_client: int = 128
    slow_query_ms: float = 1_000.0
    log_queries: bool = False
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "::1")
    page_size: int = 10
    examples: tuple[str, ...] = (
        "contrôle des investissements étrangers en France",
        "qui signe l’avenant à la convention de délégation de gestion ?",
        "protéger un savoir-faire sensible",
        "dépendance à un fournisseur unique",
    )
    assistants: bool = True

    def body_limit(self, method: str, path: str) -> int:
        """Largest body of a request, in bytes."""
        if method == "PUT" and path.startswith(DELIVERIES):
            return self.max_piece_bytes
        if method == "POST" and path in FILE_FORMS:
            return self.max_form_bytes
        if method == "POST" and path in LIST_FORMS:
            return self.max_list_bytes
        return self.max_body_bytes

"""Running the application."""

import logging
import sys

import uvicorn
from fastapi import FastAPI

from search_api.http.bind import refuse_public_bind
from search_api.http.house import House
from search_api.http.middleware.record import JsonLines


class GracefulServer(uvicorn.Server):
    """Says it is stopping (readiness turns to 503) before it stops taking connections."""

    def __init__(self, config: uvicorn.Config, house: House) -> None:
        super().__init__(config)
        self._house = house

    async def shutdown(self, sockets: object = None) -> None:
        """Stop taking connections, finish what is under way."""
        self._house.draining = True
        await super().shutdown(sockets)  # type: ignore[arg-type]


def log_as_json_lines(level: int = logging.INFO) -> None:
    """Send the house's logs and uvicorn's to standard error, one JSON object a line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in ("reuni", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False


def server_of(app: FastAPI, *, host: str, port: int, finish_within_s: int = 30) -> GracefulServer:
    """A server for ``app``, not yet running; raises InputError when ``host`` is not this machine alone."""
    refuse_public_bind(host)
    config = uvicorn.Config(
        app,
        host=host.strip("[]"),
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=finish_within_s,
    )
    return GracefulServer(config, app.state.house)


def run(app: FastAPI, *, host: str, port: int, finish_within_s: int = 30) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests under way (``finish_within_s`` at most)."""
    server = server_of(app, host=host, port=port, finish_within_s=finish_within_s)
    log_as_json_lines()
    server.run()

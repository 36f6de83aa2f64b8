"""Running the application, in one process or several."""

import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from types import FrameType
from typing import NoReturn

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from corpus.errors import InputError, ReuniError
from corpus.extraction.owned_folders import OwnedFolder
from search_api.http import metrics
from search_api.http.bind import refuse_public_bind
from search_api.http.house import House
from search_api.http.middleware.record import JsonLines

MakeApp = Callable[[], FastAPI]
"""Makes the application of a process; sent to the others (pickled), it names only what they can import."""

# A worker that says nothing for so long is replaced; on a busy machine it imports for ten seconds before it can speak.
_SILENT_S = 30

_log = logging.getLogger("reuni.server")


def log_as_json_lines(level: int = logging.INFO) -> None:
    """Send the house's logs and uvicorn's to standard error, one JSON object a line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in ("reuni", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False


def run(make: MakeApp, *, host: str, port: int, workers: int = 1, finish_within_s: int = 30) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests under way (``finish_within_s`` at most).

    With several ``workers``, each is a process that makes its own application and takes requests from the one socket;
    one that dies is replaced. They share the files of the index, which are mapped, and what is kept in the data
    directory. Each has its own limits (:class:`search_api.http.settings.HttpSettings`).

    Raises:
        InputError: ``host`` is not this machine alone, or the port is taken.
        ReuniError: the application cannot be made; with several workers it is logged, and serving ends.
    """
    refuse_public_bind(host)
    with ExitStack() as opened:
        listening = opened.enter_context(_listening(host.strip("[]"), port))
        log_as_json_lines()
        shared: Path | None = None
        if workers > 1:
            shared = opened.enter_context(OwnedFolder("reuni-metrics-"))
            os.environ[metrics.SHARED_FOLDER] = str(shared)
        config = uvicorn.Config(
            partial(_application, make, shared),
            factory=True,
            workers=workers,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=finish_within_s,
            timeout_worker_healthcheck=_SILENT_S,
        )
        if workers > 1:
            _Workers(config, [listening]).run()
        else:
            uvicorn.Server(config).run([listening])


class _Workers(Multiprocess):
    """uvicorn's own, which stops listening when it stops: connections it still took would wait for nobody."""

    def terminate_all(self) -> None:
        """Tell every worker to finish what it began."""
        for listening in self.sockets:
            listening.close()
        super().terminate_all()


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise InputError(
            f"Le port {port} de {host} ne peut pas être écouté ({error.strerror})",
            remedy="Arrêtez ce qui l’occupe, ou donnez-en un autre avec --port",
        ) from error


def _application(make: MakeApp, shared: Path | None) -> FastAPI:
    """The application of this process, which says that it stops as soon as it is told to."""
    log_as_json_lines()
    if shared is not None:
        metrics.forget_the_dead(shared)
        threading.Thread(target=_stop_with_parent, name="parent", daemon=True).start()
    try:
        app = make()
    except ReuniError as error:
        if multiprocessing.parent_process() is None:
            raise
        # A worker that cannot start would be replaced for ever: this code tells the parent to give up.
        _log.error("start_failed", extra={"fields": {"error": error.message, "remedy": error.remedy}})
        _give_up()
    except Exception:
        if multiprocessing.parent_process() is None:
            raise
        _log.exception("start_failed")
        _give_up()
    _drain_when_told(app.state.house)
    return app


def _give_up() -> NoReturn:
    # The parent may be waiting for a sign of life, which another thread gives until the process ends: one that dies
    # before it, or that takes its time to end, has the parent wait for all of _SILENT_S.
    time.sleep(0.25)
    logging.shutdown()
    os._exit(STARTUP_FAILURE)


def _stop_with_parent() -> None:
    """Stop as on SIGTERM once the parent was killed: nobody else would tell this worker to."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def _drain_when_told(house: House) -> None:
    """Readiness turns to 503 before the server stops taking connections: its own handlers are called after this one."""
    for number in (signal.SIGTERM, signal.SIGINT):
        following = signal.getsignal(number)

        def stopping(told: int, frame: FrameType | None, following: object = following) -> None:
            house.draining = True
            if callable(following):
                following(told, frame)

        signal.signal(number, stopping)

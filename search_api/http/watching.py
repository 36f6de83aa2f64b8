"""Running saved searches while serving: beside the requests, within a second or two of a publication."""

import logging
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import anyio
import anyio.to_thread

from corpus.errors import ReuniError
from search_api.engine.service import SearchService
from search_api.engine.watch.mail import Mailer, MailError, mail_alerts
from search_api.engine.watch.rounds import Readable, Round, run_round
from search_api.engine.watch.store import WatchStore
from search_api.http.metrics import Metrics

_EVERY_S = 1.0
_AGAIN_S = 60.0
_log = logging.getLogger("reuni.watch")


class Watching:
    """What notices publications and has the saved searches run.

    Attributes:
        store: the saved searches and their alerts.
        mailer: sends alerts; None when no mail server is configured.
    """

    def __init__(
        self, store: WatchStore, service: SearchService, readable: Readable, mailer: Mailer | None = None
    ) -> None:
        self.store = store
        self.mailer = mailer
        self._service = service
        self._readable = readable
        self._done: dict[str, str] = {}
        self._not_before = 0.0
        self._mail_not_before = 0.0
        self._turn = threading.Lock()

    @asynccontextmanager
    async def running(self, metrics: Metrics, every_s: float = _EVERY_S) -> AsyncIterator[None]:
        """Look for publications every ``every_s`` seconds until the end of the block."""

        async def keep_looking() -> None:
            while True:
                await anyio.to_thread.run_sync(self.look, metrics)
                await anyio.sleep(every_s)

        async with anyio.create_task_group() as group:
            group.start_soon(keep_looking)
            try:
                yield
            finally:
                group.cancel_scope.cancel()

    def look(self, metrics: Metrics) -> None:
        """Do what is to be done now: nothing, mostly. Whatever goes wrong is logged and tried again later."""
        with self._turn, _logged():
            now = time.monotonic()
            if now >= self._not_before:
                self._not_before = now + _AGAIN_S
                if self._look(metrics):
                    self._not_before = 0.0
            if self.mailer is not None and now >= self._mail_not_before:
                self._mail(self.mailer, metrics, now)

    def _look(self, metrics: Metrics) -> bool:
        """Run the saved searches if something was published; False when some could not be run."""
        served = self._service.compartments()
        generations = self._service.coverage(served).generations if served else {}
        if generations == self._done:
            return True
        done = run_round(self.store, self._service, self._readable)
        if done.busy:
            return True
        metrics.watched(done.alerts, done.failed)
        _log.info("round", extra={"fields": _said(done)})
        if done.failed:
            return False
        self._done = generations
        return True

    def _mail(self, mailer: Mailer, metrics: Metrics, now: float) -> None:
        try:
            metrics.mailed(mail_alerts(self.store, mailer, self._readable))
        except MailError:
            self._mail_not_before = now + _AGAIN_S
            metrics.mail_failed()
            raise


def _said(done: Round) -> dict[str, object]:
    return {"publications": done.publications, "searches": done.searches, "alerts": done.alerts, "failed": done.failed}


@contextmanager
def _logged() -> Iterator[None]:
    try:
        yield
    except ReuniError as error:
        _log.warning("round_failed", extra={"fields": {"error": str(error)}})
    except Exception:
        # Nobody is there to be told; the next look must come.
        _log.exception("round_fault")

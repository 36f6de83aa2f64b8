"""``python -m tests.server_program DATA PORT WORKERS``: what ``reuni serve`` does, without a model."""

import sys
import time
from functools import partial
from pathlib import Path

from fastapi import FastAPI

from corpus.errors import InputError
from search_api.engine.answer import Answer, SearchRequest
from search_api.engine.readers import Readers
from search_api.engine.search import Engine
from search_api.engine.watch.store import WatchStore
from search_api.http.app import create_app
from search_api.http.server import run
from search_api.http.settings import HttpSettings
from search_api.http.watching import Watching
from tests.desk import drop_desk
from tests.encoders import FakeEncoder

SLOW = "lentement"


class SlowEngine(Engine):
    """Says in ``folder`` that it was asked a slow question, and answers it when the answer may be given."""

    folder = Path()

    def search(self, request: SearchRequest) -> Answer:
        if SLOW in request.query:
            (self.folder / "asked").touch()
            while not (self.folder / "answer").exists():
                time.sleep(0.01)
        return super().search(request)


def application(data: Path) -> FastAPI:
    """Over ``data``; refuses when a file there says so."""
    if (data / "refuse").exists():
        raise InputError("rien ne va", remedy="Réparez")
    fake = FakeEncoder()
    engine = SlowEngine(Readers(data, fake.identity), fake)
    engine.folder = data
    engine.follow()
    watching = Watching(WatchStore(data), engine, lambda owner: engine.compartments())
    return create_app(engine, HttpSettings(assistants=False), watching=watching, drops=drop_desk(data, fake))


def main(data: str, port: str, workers: str) -> None:
    """Serve until told to stop."""
    run(partial(application, Path(data)), host="127.0.0.1", port=int(port), workers=int(workers))


if __name__ == "__main__":
    main(*sys.argv[1:])

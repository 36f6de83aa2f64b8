"""A real Chromium against a real server, for the tests of the pages."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright

from eval.bench.page import ARGUMENTS, CHROMIUM


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, or a skip that says it is missing."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Served:
    """A running server: ``url`` without a final slash."""

    url: str
    server: uvicorn.Server


@contextmanager
def serve(app: FastAPI) -> Iterator[Served]:
    """``app`` on a free port of this machine, until the end of the block."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="on"))
    started = threading.Event()
    on_startup = server.startup

    async def startup(sockets: list[socket.socket] | None = None) -> None:
        await on_startup(sockets)
        started.set()

    server.startup = startup  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        assert started.wait(60)
        yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", server)
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def send_list(page: Page, name: str, rows: str) -> None:
    """Send a list to watch, as CSV, from the page of what is watched."""
    page.goto("/veille")
    page.get_by_label("Nom de la liste").fill(name)
    page.locator("#liste").set_input_files({"name": "l.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.get_by_role("button", name="Envoyer et chercher").click()

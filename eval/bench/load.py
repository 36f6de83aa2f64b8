"""``reuni bench load``: many clients at once on a real server of this machine, while generations are published."""

import asyncio
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import psutil

from eval.bench.collection import queries
from eval.bench.index import alone
from eval.bench.query import build
from indexer.compartment import DEFAULT, Compartment
from indexer.generation import MANIFEST, read_manifest, write_manifest

CLIENTS = 50
PUBLISH_EVERY_S = 30.0
_STARTING_S = 180.0
_QUESTIONS = 400
_WORKER = "spawn_main"
"""In the command line of the processes that answer, when there are several."""


@dataclass
class Tally:
    """What the clients saw."""

    milliseconds: list[float] = field(default_factory=list)
    by_kind: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    generations: set[str] = field(default_factory=set)

    def answered(self, kind: str, seconds: float, status: str) -> None:
        """Count one answer, or the reason why there is none."""
        self.statuses[status] += 1
        if status == "200":
            self.milliseconds.append(seconds * 1_000)
            self.by_kind.setdefault(kind, []).append(seconds * 1_000)


def run(
    encoder_folder: Path,
    passages: int = 100_000,
    *,
    clients: int = CLIENTS,
    seconds: float = 300.0,
    workers: int = 1,
    data: Path | None = None,
) -> dict[str, Any]:
    """Ask without a pause, each client one thing after another, and publish every 30 s.

    Questions to the API (both evidences, words only, with filters) and to the page, completions, and documents opened
    are mixed. What is published is the same generation under a new name: readers open it and let go of the former one
    as for any other, and the machine's cores are left to the server.

    Args:
        workers: processes that serve together.
        data: a directory built by this benchmark or another one, reused when it is there.

    Returns:
        ``passages``, ``clients``, ``workers``, ``memory`` (:func:`memory`, at the end), ``seconds``, ``requests``,
        ``errors`` (anything but 200), ``statuses``, ``p50_ms``,
        ``p99_ms``, ``ratio`` (p99 over p50, 3 wanted), ``by_kind`` (medians), ``published``, ``generations`` (seen in
        answers), ``load`` (the machine's, over the last minute).
    """
    with tempfile.TemporaryDirectory(prefix="reuni-bench-") as folder:
        place = data or Path(folder)
        compartment = Compartment(place, DEFAULT)
        if compartment.current_id() is None:
            alone(build, encoder_folder, place, passages)
        with served(place, workers) as (url, server):
            tally, published = asyncio.run(_load(url, compartment, clients, seconds))
            held = memory(server)
    kept = sorted(tally.milliseconds)
    p50, p99 = (_quantile(kept, share) for share in (0.5, 0.99))
    return {
        "passages": passages,
        "clients": clients,
        "workers": workers,
        "memory": held,
        "seconds": seconds,
        "requests": sum(tally.statuses.values()),
        "errors": sum(tally.statuses.values()) - tally.statuses["200"],
        "statuses": dict(tally.statuses),
        "p50_ms": round(p50, 1),
        "p99_ms": round(p99, 1),
        "ratio": round(p99 / p50, 2) if p50 else None,
        "by_kind": {kind: round(_quantile(sorted(times), 0.5), 1) for kind, times in tally.by_kind.items()},
        "published": published,
        "generations": len(tally.generations),
        "load": round(os.getloadavg()[0], 1),
    }


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def memory(server: psutil.Process) -> dict[str, Any]:
    """What a server and the processes it started hold, in MiB.

    Returns:
        ``rss``, what each has in memory, added up: what they share is counted for each. ``pss``, the same with what is
        shared divided among those who share it: what all take together. ``uss``, what none shares. ``each``, the same
        for each process that answers, without those that supervise or draw pages.
    """
    answering = [one for one in server.children() if _WORKER in " ".join(one.cmdline())] or [server]
    everything = (server, *server.children(recursive=True))
    return {**_held(*everything), "each": [_held(one) for one in answering]}


def _held(*processes: psutil.Process) -> dict[str, float]:
    held = [process.memory_full_info() for process in processes]
    return {kind: round(sum(getattr(one, kind) for one in held) / 2**20, 1) for kind in ("rss", "pss", "uss")}


@contextmanager
def serving(data: Path) -> Iterator[str]:
    """A server of its own on a free port of this machine, ready to answer."""
    with served(data, 1) as (url, _):
        yield url


@contextmanager
def served(data: Path, workers: int) -> Iterator[tuple[str, psutil.Process]]:
    """The same with its process, over so many workers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "search_api", "--data", str(data), "serve", "--port", str(port)]
    command += ["--workers", str(workers)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        _wait_until_ready(url, process)
        yield url, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(60)


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _STARTING_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/api/v1/ready", timeout=_STARTING_S).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise RuntimeError("the server did not start")


async def _load(url: str, compartment: Compartment, clients: int, seconds: float) -> tuple[Tally, int]:
    tally, published = Tally(), 0
    until = time.monotonic() + seconds
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as http:
        asking = [asyncio.create_task(_client(http, seed, until, tally)) for seed in range(clients)]
        while (left := until - time.monotonic()) > PUBLISH_EVERY_S:
            await asyncio.sleep(PUBLISH_EVERY_S)
            await asyncio.to_thread(publish_again, compartment)
            published += 1
        await asyncio.sleep(max(0.0, left))
        await asyncio.gather(*asking)
    return tally, published


def publish_again(compartment: Compartment) -> str:
    """Publish the current generation under the next name, its files shared by hard links; returns that name."""
    current, following = compartment.current_id(), compartment.next_id()
    folder = compartment.generations / str(current)
    copy = compartment.generations / following
    shutil.copytree(folder, copy, copy_function=os.link, ignore=shutil.ignore_patterns(MANIFEST, "*.lock"))
    write_manifest(copy, replace(read_manifest(folder), id=following))
    compartment.publish(following)
    compartment.clean()
    return following


async def _client(http: httpx.AsyncClient, seed: int, until: float, tally: Tally) -> None:
    dice = random.Random(seed)  # noqa: S311
    questions = queries(_QUESTIONS, seed)
    opened = ""
    while time.monotonic() < until:
        kind, request = _next(http, dice, dice.choice(questions), opened)
        started = time.perf_counter()
        try:
            response = await http.send(request)
        except httpx.HTTPError as error:
            tally.answered(kind, 0.0, type(error).__name__)
            continue
        tally.answered(kind, time.perf_counter() - started, str(response.status_code))
        if response.status_code == 200 and kind in {"hybrid", "lexical", "filtered"}:
            said = response.json()
            tally.generations.update(said["coverage"]["generations"].values())
            if said["hits"]:
                opened = said["hits"][0]["document"]["id"]


def _next(http: httpx.AsyncClient, dice: random.Random, question: str, opened: str) -> tuple[str, httpx.Request]:
    """What a client asks now, an analyst's morning in proportion: mostly questions, some documents."""
    share = dice.random()
    if share < 0.5:
        return "hybrid", http.build_request("POST", "/api/v1/search", json={"q": question, "k": 10})
    if share < 0.6:
        return "lexical", http.build_request("POST", "/api/v1/search", json={"q": question, "channel": "lexical"})
    if share < 0.7:
        body = {"q": question, "filters": {"year": ["2019", "2020", "2021"]}}
        return "filtered", http.build_request("POST", "/api/v1/search", json=body)
    if share < 0.8:
        return "page", http.build_request("GET", "/", params={"q": question}, headers={"accept": "text/html"})
    if share < 0.9 or not opened:
        return "suggest", http.build_request("GET", "/api/v1/suggest", params={"q": question[:4]})
    return "passages", http.build_request("GET", f"/api/v1/documents/{opened}/passages")

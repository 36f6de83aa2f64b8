"""A real server, of one process and of several: it stops without dropping anything, and its workers are one server."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from fastapi import FastAPI

from corpus.errors import InputError
from search_api.engine.answer import SearchRequest
from search_api.engine.watch.store import WatchStore
from search_api.http.server import run
from tests.collection import index
from tests.encoders import FakeEncoder
from tests.server_program import SLOW

ROOT = Path(__file__).parent.parent
WITHIN_S = 180


@contextmanager
def server(data: Path, workers: int) -> Iterator[tuple[str, psutil.Popen]]:
    """``reuni serve --workers N`` without a model, ready to answer."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.server_program", str(data), str(port), str(workers)]
    with (data / "server.log").open("w") as log, psutil.Popen(command, cwd=ROOT, stderr=log) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            eventually(lambda: answers(url) or process.poll() is not None)
            yield url, process
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(WITHIN_S)


def eventually(true: Callable[[], bool]) -> None:
    until = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def get(address: str, **fields: str) -> httpx.Response:
    """On a connection of its own: any of the workers may take it."""
    # There are no certificates to check, and reading those of the authorities takes ten times as long as what is asked.
    return httpx.get(address, params=fields, timeout=WITHIN_S, verify=False)


def answers(url: str) -> bool:
    try:
        return get(f"{url}/api/v1/ready").status_code == 200
    except httpx.TransportError:
        return False


def serving(process: psutil.Popen) -> list[int]:
    """The workers of a server of several."""
    return [one.pid for one in process.children() if "spawn_main" in command_of(one)]


def command_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it has just ended
        return ""


def titles(url: str, query: str) -> list[str]:
    hits = get(f"{url}/api/v1/search", q=query, channel="lexical").json()["hits"]
    return sorted(hit["document"]["title"] for hit in hits)


def drop(folder: Path, texts: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    place = tmp_path / "data"
    index(place, FakeEncoder(), drop(tmp_path / "one", {"a.md": "# Brevet\n\nLe brevet est cédé.\n"}), name="un")
    return place


def test_a_server_told_to_stop_finishes_what_it_began(data: Path) -> None:
    with server(data, 1) as (url, process):
        assert_stops_when_answered(url, process, data)


def assert_stops_when_answered(url: str, process: psutil.Popen, data: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(get, f"{url}/api/v1/search", q=f"brevet {SLOW}")
        eventually((data / "asked").exists)
        process.send_signal(signal.SIGTERM)
        eventually(lambda: not answers(url))
        assert process.poll() is None
        (data / "answer").touch()
        assert asked.result().json()["hits"]
        assert process.wait(WITHIN_S) in {0, -signal.SIGTERM}


def test_two_workers_are_one_server(data: Path, tmp_path: Path) -> None:
    store = WatchStore(data)

    def alerts() -> list[str]:
        return [alert.match.document_id for alert in store.told("local", ("general",)).alerts]

    with server(data, 2) as (url, process):
        workers = serving(process)
        assert len(workers) == 2
        request = SearchRequest("photonique", compartments=("general",))
        store.save("local", "Photonique", request)

        # Each takes up what is published, and only one of them tells.
        for last in (2, 3):
            texts = {f"{n}.md": f"# Photonique {n}\n\nLa photonique avance, point {n}.\n" for n in range(last + 1)}
            index(data, FakeEncoder(), drop(tmp_path / f"drop-{last}", texts), name=f"lot {last}")
            expected = [f"Photonique {n}" for n in range(last + 1)]
            eventually(lambda: all(titles(url, "photonique") == expected for _ in range(12)))  # noqa: B023
            eventually(lambda: len(alerts()) == last + 1)  # noqa: B023
        assert len(set(alerts())) == len(alerts()) == 4

        # Whichever is asked counts for all.
        asked = metric(url, 'reuni_search_answers_total{outcome="clear"}')
        for _ in range(10):
            titles(url, "brevet")
        assert [metric(url, 'reuni_search_answers_total{outcome="clear"}') for _ in range(4)] == [asked + 10] * 4
        assert metric(url, "reuni_documents") == 5

        # One that dies is replaced, its requests are no more, and the other answers meanwhile.
        with ThreadPoolExecutor(1) as pool:
            lost = pool.submit(titles, url, SLOW)
            eventually(lambda: metric(url, "reuni_http_running") == 1)
            for worker in workers:
                os.kill(worker, signal.SIGKILL)
            assert isinstance(lost.exception(), httpx.TransportError)
        eventually(lambda: len(after := serving(process)) == 2 and not {*after} & {*workers})
        eventually(lambda: answers(url) and metric(url, "reuni_http_running") == 0)
        assert metric(url, 'reuni_search_answers_total{outcome="clear"}') == asked + 10
        assert all(titles(url, "brevet") == ["Brevet"] for _ in range(6))

        (data / "asked").unlink()
        assert_stops_when_answered(url, process, data)


def metric(url: str, name: str) -> float:
    lines = get(f"{url}/metrics").text.splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")), 0.0)


def test_what_is_sent_in_pieces_to_either_comes_whole_and_its_job_is_followed_on_either(data: Path) -> None:
    content = b"# Photonique\n\nLa photonique avance.\n"
    with server(data, 2) as (url, process):
        opened = httpx.post(f"{url}/api/v1/drops/deliveries", json={"name": "2026-s48"}).json()
        delivery = f"{url}{opened['url']}"
        number = httpx.post(f"{delivery}/files", json={"path": "p.md", "size": len(content)}).json()["number"]
        for offset in range(0, len(content), 4):
            sent = httpx.put(f"{delivery}/files/{number}?offset={offset}", content=content[offset : offset + 4])
            assert sent.status_code == 200, sent.text
        job = httpx.post(f"{delivery}/index", timeout=WITHIN_S).json()
        followed = [get(f"{url}{job['events_url']}").text for _ in range(6)]
        assert all("event: end" in told and '"state":"done"' in told for told in followed)
        eventually(lambda: all(titles(url, "photonique") == ["Photonique"] for _ in range(6)))

        # Workers stop when the one that started them is killed.
        workers = [psutil.Process(worker) for worker in serving(process)]
        process.kill()
        assert psutil.wait_procs(workers, timeout=WITHIN_S)[1] == []


def test_workers_that_cannot_start_end_the_server_with_the_reason(data: Path) -> None:
    (data / "refuse").touch()
    with server(data, 2) as (_, process):
        process.wait(WITHIN_S)
        said = (data / "server.log").read_text("utf-8")
        assert "rien ne va" in said and "Réparez" in said


def not_made() -> FastAPI:
    raise AssertionError("nothing is made for a server that cannot listen")


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"Le port {port} de 127.0.0.1 ne peut pas être écouté") as refusal:
            run(not_made, host="127.0.0.1", port=port, workers=2)
    assert "--port" in refusal.value.remedy


def test_a_public_address_is_refused_before_anything_listens() -> None:
    with pytest.raises(InputError, match="sans comptes"):
        run(not_made, host="0.0.0.0", port=0)

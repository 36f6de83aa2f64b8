"""A short campaign; ``reuni bench moments`` runs the long one."""

from pathlib import Path

import httpx

from eval.bench.moments import Drops, Reader, Told, campaign
from tests.collection import index
from tests.encoders import FakeEncoder
from tests.test_server_processes import server

LEAST = 8


def published(data: Path, root: Path) -> Drops:
    drops = Drops(root, lambda folder, name, mode: index(data, FakeEncoder(), folder, name=name, mode=mode))
    drops.publish()
    return drops


def test_nothing_that_readers_are_told_contradicts_itself_while_drops_are_published(data: Path, tmp_path: Path) -> None:
    drops = published(data, tmp_path)
    with server(data, workers=2) as (url, _):
        told = campaign(url, drops, seconds=1, clients=2, least=LEAST)
    assert told.contradictions == []
    assert drops.published > LEAST
    assert set(told.held) == {"hit", "page", "place", "passage", "document", "watch"}


def test_what_is_not_what_the_file_says_is_found(data: Path, tmp_path: Path) -> None:
    drops = published(data, tmp_path)
    told = Told()
    other = dict.fromkeys(drops.says, "m0v9z")
    with server(data, workers=1) as (url, _), httpx.Client(base_url=url, timeout=60) as http:
        Reader(http, other, told, seed=0).read()
    assert {line.partition(":")[0] for line in told.contradictions} == {"hit", "page", "passage", "document"}

"""A new model is put to work beside the one that serves: taken up where it stopped, in place once complete."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from indexer.check import check
from indexer.compartment import Compartment
from indexer.encoder.protocol import Encoded
from search_api.engine.answer import Channel, SearchRequest
from search_api.engine.readers import Readers
from search_api.engine.search import Engine
from tests.collection import engine, index, indexing, write_files
from tests.encoders import FakeEncoder

TEXTS = {f"note-{n}.txt": f"Note {n}\n\nLe dossier {n} traite de la norme {n % 3}." for n in range(12)}


class Stopping(FakeEncoder):
    """Another model, whose encoding stops after some passages."""

    def __init__(self, after: int) -> None:
        super().__init__(salt="nouveau")
        self.after = after

    def encode_passages(self, texts: Sequence[str]) -> Iterator[Encoded]:
        for count, one in enumerate(super().encode_passages(texts)):
            if count == self.after:
                raise KeyboardInterrupt
            yield one


@pytest.fixture(autouse=True)
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.embedding_cache.SEGMENT_PASSAGES", 3)


@pytest.fixture
def half_way(data: Path, fake: FakeEncoder, tmp_path: Path) -> Path:
    """Served by one model, and being encoded by another that was cut off after 7 of 12 passages."""
    index(data, fake, write_files(tmp_path / "lot", TEXTS))
    with pytest.raises(KeyboardInterrupt):
        indexing(data, Stopping(after=7)).rebuild()
    return data


def first(asked: Engine) -> str:
    return asked.search(SearchRequest(query="norme 2", channel=Channel.DENSE)).hits[0].document.external_id


def test_meanwhile_the_former_model_serves(half_way: Path, fake: FakeEncoder) -> None:
    assert Compartment(half_way, "general").current_id() == "00000001"
    assert first(engine(half_way, fake))


def test_it_takes_up_where_it_stopped_and_serves_once_complete(half_way: Path) -> None:
    new = FakeEncoder(salt="nouveau")
    indexing(half_way, new).rebuild()
    assert new.encoded_texts == len(TEXTS) - 6
    assert first(engine(half_way, new))
    assert not check(half_way, new).faults


def test_a_drop_indexed_meanwhile_costs_nothing_of_what_was_made(
    half_way: Path, fake: FakeEncoder, tmp_path: Path
) -> None:
    index(half_way, fake, write_files(tmp_path / "suite", {"avis.txt": "Un avis nouveau."}))
    new = FakeEncoder(salt="nouveau")
    indexing(half_way, new).rebuild()
    assert new.encoded_texts == len(TEXTS) + 1 - 6


def test_a_running_server_keeps_to_its_model(half_way: Path, fake: FakeEncoder) -> None:
    readers = Readers(half_way, fake.identity)
    asked = Engine(readers, fake)
    answer = first(asked)
    readers.follow(every=0.02)
    new = FakeEncoder(salt="nouveau")
    for _ in range(3):
        indexing(half_way, new).rebuild()
    assert first(asked) == answer
    assert asked.coverage().generations == {"general": "00000001"}


def test_the_embeddings_of_the_former_model_leave_with_its_last_generation(half_way: Path, tmp_path: Path) -> None:
    new = FakeEncoder(salt="nouveau")
    indexing(half_way, new).rebuild()
    folders = Compartment(half_way, "general").embeddings
    assert len(list(folders.iterdir())) == 2
    index(half_way, new, write_files(tmp_path / "suite", {"avis.txt": "Un avis nouveau."}))
    assert [path.name[:16] for path in folders.iterdir()] == [new.identity.fingerprint[:16]]

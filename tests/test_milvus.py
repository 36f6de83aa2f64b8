"""A generation in Milvus is a collection behind an alias, swapped in one step; nothing of another owner is touched."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from corpus.errors import InputError
from indexer.check import check
from indexer.compartment import Compartment
from indexer.errors import IndexDamaged, IndexMissing, StorageUnavailable
from indexer.indexing import Indexing
from indexer.milvus.connection import MilvusAddress, connect
from indexer.milvus.store import MilvusStore
from indexer.status import status
from search_api.cli import command_line
from search_api.engine.answer import SearchRequest
from search_api.engine.readers import Readers
from search_api.engine.search import Engine
from tests.collection import indexing, write_files
from tests.encoders import FakeEncoder

if TYPE_CHECKING:
    from pymilvus import MilvusClient


@pytest.fixture
def store(lite: str, request: pytest.FixtureRequest) -> MilvusStore:
    return MilvusStore(MilvusAddress(lite, prefix=f"t{abs(hash(request.node.name))}"))


@pytest.fixture
def client(lite: str) -> "MilvusClient":
    return connect(MilvusAddress(lite))


def writing(data: Path, encoder: FakeEncoder, store: MilvusStore) -> Indexing:
    return replace(indexing(data, encoder), writer=store)


def collections(client: "MilvusClient", store: MilvusStore) -> list[str]:
    return sorted(name[-8:] for name in client.list_collections() if name.startswith(f"{store.prefix}_"))


def found(engine: Engine, query: str) -> list[str]:
    return [hit.document.external_id for hit in engine.search(SearchRequest(query=query)).hits]


@pytest.fixture
def drops(tmp_path: Path) -> tuple[Path, Path]:
    one = write_files(tmp_path / "un", {"a.md": "# A\n\nLa photonique à Nantes.", "b.md": "# B\n\nLa douane à Lille."})
    two = write_files(tmp_path / "deux", {"a.md": "# A\n\nLa photonique à Nantes.", "c.md": "# C\n\nUn brevet."})
    return one, two


def test_an_alias_is_altered_and_a_search_under_way_keeps_its_collection(
    data: Path, tmp_path: Path, fake: FakeEncoder, store: MilvusStore, client: "MilvusClient", drops: tuple[Path, Path]
) -> None:
    place, one, two = Compartment(data, "general"), *drops
    assert store.current_id(place) is None
    with pytest.raises(IndexMissing):
        store.open(place)
    writing(data, fake, store).drop(one)
    engine = Engine(Readers(data, fake.identity, store), fake)
    assert sorted(found(engine, "photonique douane")) == ["a.md", "b.md"]
    with closing(store.open(place, fake.identity)) as held:
        published = writing(data, fake, store).drop(two).published
        assert store.current_id(place) == published.generation == "00000002"
        assert published.encoded == 1
        assert found(engine, "brevet")[0] == "c.md"
        assert sorted(held.dense.search(fake.encode_query("douane").dense, 5)[0].tolist()) == [0, 1]
    # One more publication, and the first generation is nobody's.
    writing(data, fake, store).drop(write_files(tmp_path / "trois", {"d.md": "# D\n\nUn avis."}))
    assert collections(client, store) == ["00000002", "00000003"]
    assert sorted(path.name for path in place.remote.iterdir()) == ["00000002", "00000003"]
    assert check(data, fake, store).faults == []
    (told,) = status(data, store)
    assert (told["generation"], told["documents"]) == ("00000003", 4)


def test_what_is_withdrawn_leaves_every_collection_and_the_index_on_disk(
    data: Path, fake: FakeEncoder, store: MilvusStore, client: "MilvusClient", drops: tuple[Path, Path]
) -> None:
    indexing(data, fake).drop(drops[0])
    writing(data, fake, store).rebuild()
    writing(data, fake, store).drop(drops[1], mode="full")
    assert "b.md" not in found(Engine(Readers(data, fake.identity, store), fake), "douane Lille")
    place = Compartment(data, "general")
    assert collections(client, store) == [path.name for path in place.remote.iterdir()] == ["00000002"]
    assert place.current_id() is None
    assert list(place.generations.iterdir()) == []


def test_what_is_already_published_is_not_written_again(
    data: Path, fake: FakeEncoder, store: MilvusStore, drops: tuple[Path, Path]
) -> None:
    first = writing(data, fake, store).drop(drops[0]).published
    again = writing(data, fake, store).drop(drops[0]).published
    assert (first.built, again.built, again.generation) == (True, False, first.generation)


def test_a_publication_cut_before_the_alias_leaves_the_former_generation(
    data: Path, fake: FakeEncoder, store: MilvusStore, drops: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    writing(data, fake, store).drop(drops[0])
    engine = Engine(Readers(data, fake.identity, store), fake)
    with monkeypatch.context() as cut:
        cut.setattr("pymilvus.MilvusClient.alter_alias", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            writing(data, fake, store).drop(drops[1])
    assert sorted(found(engine, "photonique douane")) == ["a.md", "b.md"]
    published = writing(data, fake, store).drop(drops[1]).published
    assert published.generation == "00000003"
    assert sorted(found(engine, "photonique brevet")) == ["a.md", "b.md", "c.md"]


def test_a_damaged_collection_is_refused_and_the_one_before_serves(
    data: Path, fake: FakeEncoder, store: MilvusStore, client: "MilvusClient", drops: tuple[Path, Path]
) -> None:
    place = Compartment(data, "general")
    writing(data, fake, store).drop(drops[0])
    writing(data, fake, store).drop(drops[1])
    current = client.describe_alias(f"{store.prefix}_general")["collection_name"]
    client.delete(current, ids=[0])
    with closing(store.open(place, fake.identity)) as served:
        assert served.manifest.id == "00000001"
    with pytest.raises(IndexDamaged, match="n’a pas le compte"):
        store.opened(place, "00000002")
    assert any("00000002" in fault.message for fault in check(data, fake, store).faults)
    assert writing(data, fake, store).rebuild().generation == "00000003"
    with closing(store.open(place, fake.identity)) as served:
        assert (served.manifest.id, len(served.passages)) == ("00000003", 3)


def test_the_index_of_another_data_directory_is_never_touched(
    data: Path, tmp_path: Path, fake: FakeEncoder, store: MilvusStore, drops: tuple[Path, Path]
) -> None:
    writing(data, fake, store).drop(drops[0])
    with pytest.raises(InputError, match="REUNI_MILVUS_PREFIX"):
        writing(tmp_path / "other", fake, store).drop(drops[1])
    assert found(Engine(Readers(data, fake.identity, store), fake), "douane")[0] == "b.md"


def test_names_of_compartments_never_meet(
    data: Path, fake: FakeEncoder, store: MilvusStore, drops: tuple[Path, Path]
) -> None:
    for name, drop in (("a", drops[0]), ("a-b", drops[1])):
        replace(writing(data, fake, store), compartment=Compartment(data, name)).drop(drop)
    replace(writing(data, fake, store), compartment=Compartment(data, "a")).drop(drops[1])
    readers = Readers(data, fake.identity, store)
    assert readers.names() == ("a", "a-b")
    assert [g.manifest.id for g in readers.snapshot(["a", "a-b"]).values()] == ["00000002", "00000001"]


def test_a_cluster_that_does_not_answer_is_told() -> None:
    store = MilvusStore(MilvusAddress("http://127.0.0.1:9", timeout=1.0))
    with pytest.raises(StorageUnavailable, match="REUNI_MILVUS"):
        store.current_id(Compartment(Path("data"), "general"))


def test_without_its_library_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pymilvus", None)
    with pytest.raises(StorageUnavailable, match="milvus"):
        MilvusStore(MilvusAddress("http://127.0.0.1:9")).current_id(Compartment(Path("data"), "general"))


def test_a_setting_is_enough(data: Path, lite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REUNI_DATA", str(data))
    monkeypatch.setenv("REUNI_MILVUS", lite)
    monkeypatch.setenv("REUNI_MILVUS_PREFIX", "cli")
    told = CliRunner().invoke(command_line(), ["status", "--json"])
    assert json.loads(told.output)["compartments"] == []

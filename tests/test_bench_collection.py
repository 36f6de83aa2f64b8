"""The benchmarks' large collection is a real index, and both sides of the query benchmark answer from it."""

from pathlib import Path

import numpy as np
import pytest

from eval.bench import index as bench_index
from eval.bench import query as bench_query
from eval.bench import reindex as bench_reindex
from eval.bench.baseline import FlatAndBm25
from eval.bench.collection import SyntheticContent, fill_cache, queries, write_collection
from indexer.compartment import DEFAULT, Compartment
from indexer.embedding_cache import EmbeddingCache
from search_api.engine.answer import SearchRequest
from tests.collection import engine
from tests.encoders import FakeEncoder, prepared_model

COUNT = 300


@pytest.fixture
def built(data: Path, fake: FakeEncoder) -> Path:
    cache = EmbeddingCache(Compartment(data, DEFAULT).embeddings, fake.identity)
    keys = fill_cache(cache, fake, COUNT)
    write_collection(data, fake, COUNT, cache, keys, lambda stage, done, total: None)
    return data


def test_it_is_served_by_the_engine(built: Path, fake: FakeEncoder) -> None:
    asked = engine(built, fake)
    assert (asked.coverage().passages, asked.coverage().documents) == (COUNT, COUNT // 5)
    assert all(asked.search(SearchRequest(query=query)).hits for query in queries(10))


def test_it_is_the_same_each_time() -> None:
    content = SyntheticContent(20)
    assert list(content.passages()) == list(content.passages())
    assert len({passage.text for passage in content.passages()}) == 20


def test_the_baseline_finds_a_passage_by_its_words_and_by_its_vector(built: Path, fake: FakeEncoder) -> None:
    texts = [passage.text for passage in SyntheticContent(COUNT).passages()]
    vectors = np.array([one.dense for one in fake.encode_passages(texts)])
    made = FlatAndBm25(texts, vectors)
    for row in (0, 17, COUNT - 1):
        assert made.search(texts[row], fake)[0] == row
    assert bench_index.stored_vectors(built, COUNT).shape == (COUNT, fake.identity.dimension)


@pytest.mark.model
def test_the_benchmarks_say_what_scripts_rely_on(data: Path) -> None:
    folder = prepared_model()
    written = bench_index.run(folder, 64, data)
    assert written["passages"] == 64 and written["passages_per_s"] > 0 and written["baseline_passages_per_s"] > 0
    asked = bench_query.run(folder, 64, asked=5, data=data)
    keys = {"passages", "p50_ms", "p95_ms", "rss_mib", "baseline_p50_ms"}
    assert keys <= asked.keys() and asked["p50_ms"] <= asked["p95_ms"]


def test_a_drop_that_changes_one_document_in_a_hundred_encodes_only_that(fake: FakeEncoder) -> None:
    found = bench_reindex.measured(fake, 200)
    assert found["encoded_share"] == 0.01
    assert found["wall_share"] > 0 and found["replay_s"] <= found["full_s"]

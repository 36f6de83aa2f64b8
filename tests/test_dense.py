"""The dense scan: what it finds is what a scan of the float vectors finds."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from indexer.dense import FILE, DenseIndex, write_dense
from indexer.encoder.protocol import Floats
from indexer.selection import Selection


@dataclass(frozen=True)
class Held:
    vectors: Floats

    def dense(self, rows: npt.NDArray[np.int64]) -> Floats:
        return self.vectors[rows].astype(np.float16).astype(np.float32)


def cone(count: int, dimension: int, seed: int, *, topics_from: int | None = None, apart: float = 0.7) -> Floats:
    """Unit vectors in a cone, as sentence encoders give them: cosines of two of them from 0.6 to 0.9.

    Args:
        topics_from: seed of the 40 topics they are about; None for topics of their own.
        apart: how far those of one topic are from each other.
    """
    dice = np.random.default_rng(seed)
    axis = 1.5 * np.random.default_rng(0).standard_normal(dimension)
    topics = (dice if topics_from is None else np.random.default_rng(topics_from)).standard_normal((40, dimension))
    vectors = axis + 0.7 * topics[dice.integers(0, 40, count)] + apart * dice.standard_normal((count, dimension))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def only(rows: npt.NDArray[np.int64], count: int) -> Selection:
    """These rows of ``count``, each a document of its own."""
    return Selection(np.isin(np.arange(count), rows), np.arange(count))


def opened(folder: Path, vectors: Floats) -> DenseIndex:
    write_dense(folder / FILE, vectors)
    return DenseIndex.open(folder / FILE, Held(vectors))


@pytest.mark.parametrize("dimension", [20, 64, 384])
def test_recall_at_100_against_the_float_vectors(tmp_path: Path, dimension: int) -> None:
    vectors = cone(6000, dimension, 1)
    index = opened(tmp_path, vectors)
    recalls = []
    for query in cone(30, dimension, 2):
        truth = np.argsort(-(vectors @ query))[:100]
        recalls.append(len(np.intersect1d(index.search(query, 100)[0], truth)) / 100)
    assert np.mean(recalls) >= 0.98


def test_scores_are_inner_products_best_first(tmp_path: Path) -> None:
    vectors = cone(3000, 64, 1)
    index, query = opened(tmp_path, vectors), cone(1, 64, 3)[0]
    rows, scores = index.search(query, 50)
    assert scores == pytest.approx(vectors[rows] @ query, abs=2e-3)
    assert np.all(np.diff(scores) <= 0) and len(set(rows.tolist())) == 50
    assert np.array_equal(index.scores(query, rows), scores)


def test_many_rows_are_in_lists_of_which_the_nearest_are_looked_at(tmp_path: Path) -> None:
    vectors = cone(20_000, 64, 1, topics_from=3, apart=0.3)
    every = opened(tmp_path, vectors)
    write_dense(tmp_path / "lists", vectors, lists_from=20_000)
    lists = DenseIndex.open(tmp_path / "lists", Held(vectors))
    assert len(lists) == len(every) == 20_000
    recalls = []
    for query in cone(30, 64, 5, topics_from=3, apart=0.3):
        (rows, scores), (truth, exact) = lists.search(query, 20), every.search(query, 20)
        assert scores == pytest.approx(vectors[rows] @ query, abs=2e-3)
        assert np.all(scores <= exact)
        recalls.append(len(np.intersect1d(rows, truth)) / 20)
    assert np.mean(recalls) >= 0.98


@pytest.mark.parametrize("lists_from", [1, 10**9])
def test_two_threads_find_what_one_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lists_from: int) -> None:
    vectors = cone(30_001, 64, 1)
    monkeypatch.setattr("indexer.dense._LOOKED_AT", 1)
    write_dense(tmp_path / "shared", vectors, lists_from)
    shared = DenseIndex.open(tmp_path / "shared", Held(vectors))
    queries = cone(20, 64, 5)
    found = [shared.search(query, 200) for query in queries]
    monkeypatch.setattr("indexer.dense._HALVES_FROM", 10**9)
    alone = opened(tmp_path, vectors)
    for query, (rows, scores) in zip(queries, found, strict=True):
        expected, exact = alone.search(query, 200)
        assert np.array_equal(rows, expected) and np.array_equal(scores, exact)


def test_lists_far_from_the_question_are_not_looked_at(tmp_path: Path) -> None:
    vectors = cone(20_000, 64, 1)
    write_dense(tmp_path / "lists", vectors, lists_from=1)
    found, _ = DenseIndex.open(tmp_path / "lists", Held(vectors)).search(cone(1, 64, 5)[0], 20_000)
    assert 1_000 < len(found) < 10_000


def test_among_chosen_rows_every_list_is_looked_at(tmp_path: Path) -> None:
    vectors = cone(20_000, 64, 1)
    every = opened(tmp_path, vectors)
    write_dense(tmp_path / "lists", vectors, lists_from=1)
    lists = DenseIndex.open(tmp_path / "lists", Held(vectors))
    chosen = only(np.arange(0, 20_000, 3), 20_000)
    for query in cone(10, 64, 5):
        assert np.array_equal(lists.search(query, 20, chosen)[0], every.search(query, 20, chosen)[0])


def test_ties_go_by_row(tmp_path: Path) -> None:
    vectors = np.repeat(cone(3, 64, 1), 4, axis=0)
    rows, _ = opened(tmp_path, vectors).search(vectors[4], 4)
    assert rows.tolist() == [4, 5, 6, 7]


@pytest.mark.parametrize("allowed", [30, 4000])
def test_only_the_rows_allowed_are_found(tmp_path: Path, allowed: int) -> None:
    vectors = cone(6000, 64, 1)
    index, query = opened(tmp_path, vectors), cone(1, 64, 3)[0]
    rows = np.sort(np.random.default_rng(0).permutation(6000)[:allowed])
    found, _ = index.search(query, 20, only(rows, 6000))
    assert len(np.intersect1d(found, rows[np.argsort(-(vectors[rows] @ query))[:20]])) >= 19


def test_more_than_there_is_gives_what_there_is(tmp_path: Path) -> None:
    vectors = cone(3, 64, 1)
    index = opened(tmp_path, vectors)
    assert sorted(index.search(vectors[0], 10)[0].tolist()) == [0, 1, 2]
    assert len(index.search(vectors[0], 10, only(np.empty(0, np.int64), 3))[0]) == 0
    (tmp_path / "empty").mkdir()
    assert len(opened(tmp_path / "empty", vectors[:0]).search(vectors[0], 10)[0]) == 0


def test_the_same_vectors_make_the_same_file(tmp_path: Path) -> None:
    vectors = cone(500, 64, 1)
    for name in ("one", "two"):
        write_dense(tmp_path / name, vectors.copy())
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()

"""Token vectors kept in several ways are compared on the same topics, through the engine that serves."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import InputError
from eval.codes import HYBRID, LATE, Size, TopicSet, compare_ways
from eval.other_tokens import OtherReaders, OtherTokens
from eval.systems import SYSTEMS
from eval.token_vectors import (
    TokenVectors,
    by_likeness,
    by_two,
    by_word,
    grouped,
    rarest_half,
    token_vectors,
    without_stop_words,
)
from eval.token_ways import IN_USE, REFERENCE, WAYS, Way
from eval.topics import Topic
from indexer.compartment import DEFAULT
from indexer.encoder.protocol import Encoded, Floats
from indexer.storage import Storage
from search_api.engine.answer import SearchRequest
from search_api.engine.readers import Readers
from search_api.engine.retrieval import Depth
from search_api.engine.search import Engine
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder

IN_USE_BYTES = 64 // 8 + 2 + 4
SUBJECTS = ("douane", "brevet", "photonique", "semences", "hydrogène", "soudage", "quantique", "cantine", "budget")


def unit(rng: np.random.Generator, count: int, dimension: int) -> Floats:
    vectors = rng.standard_normal((count, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def fake() -> FakeEncoder:
    return FakeEncoder(dimension=64)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, fake: FakeEncoder) -> Path:
    root = tmp_path_factory.mktemp("codes")
    files = {
        f"{subject}.txt": f"La note traite de {subject} et de {SUBJECTS[at - 1]}, puis de {subject}."
        for at, subject in enumerate(SUBJECTS)
    }
    index(root / "data", fake, write_files(root / "lot", files))
    return root / "data"


@pytest.fixture(scope="module")
def readers(data: Path, fake: FakeEncoder) -> Readers:
    return Readers(data, fake.identity)


@pytest.fixture(scope="module")
def storage(readers: Readers) -> Storage:
    return readers.snapshot(None)[DEFAULT]


@pytest.fixture(scope="module")
def full(storage: Storage, fake: FakeEncoder, tmp_path_factory: pytest.TempPathFactory) -> TokenVectors:
    return token_vectors(storage, fake, tmp_path_factory.mktemp("vectors"))


@pytest.fixture(scope="module")
def ask(
    readers: Readers, storage: Storage, full: TokenVectors, fake: FakeEncoder
) -> Callable[[Way], tuple[Engine, Size]]:
    def asked(way: Way) -> tuple[Engine, Size]:
        kept, starts = way.kept(full)
        other = OtherReaders(readers, DEFAULT, storage, OtherTokens(storage.tokens, kept, starts))
        return Engine(other, fake), Size(kept.bytes_each + 4, int(starts[-1]) / full.read)

    return asked


def scores(engine: Engine, query: str) -> list[tuple[str, float]]:
    return [(hit.document.external_id, hit.score) for hit in engine.search(SearchRequest(query)).hits]


def test_the_way_in_use_answers_as_the_index_does(
    data: Path, fake: FakeEncoder, ask: Callable[[Way], tuple[Engine, Size]]
) -> None:
    for query in ("note sur la douane", "hydrogène", "photonique et soudage"):
        assert scores(ask(IN_USE)[0], query) == scores(engine(data, fake), query) != []


def topic_set(name: str, *subjects: str) -> TopicSet:
    topics = [Topic(subject, f"note sur {subject}") for subject in (*subjects, "inconnu")]
    return TopicSet(name, topics, {subject: {f"{subject}.txt": 1} for subject in subjects})


def test_ways_are_compared_on_each_set_and_their_runs_kept(
    ask: Callable[[Way], tuple[Engine, Size]], tmp_path: Path
) -> None:
    half = Way("un sur deux", IN_USE.coded, by_two)
    asked: list[str] = []

    def counted(way: Way) -> tuple[Engine, Size]:
        asked.append(way.name)
        return ask(way)

    ways, sets = (REFERENCE, IN_USE, half), [topic_set("pairs", *SUBJECTS[::2]), topic_set("tous", *SUBJECTS)]
    first, second = compare_ways(ways, counted, sets, tmp_path)
    assert [one.way for one in second.kept] == list(ways)
    assert [one.way.name for one in first.kept] == asked
    assert [found.kept[0].evaluations[LATE].summary["topics"] for found in (first, second)] == [5, 9]
    assert second.kept[0].evaluations[HYBRID].summary["ndcg@10"] == 1.0
    told = second.as_dict()[LATE]
    assert told[half.name]["bytes"] == IN_USE_BYTES
    assert told[half.name]["passage_bytes"] == pytest.approx(told[IN_USE.name]["passage_bytes"] / 2, rel=0.1)
    assert "to_full ndcg@10" not in told[REFERENCE.name]
    assert "to_present ndcg@10" not in told[IN_USE.name]
    assert told[IN_USE.name]["to_full ndcg@10"]["difference"] == pytest.approx(0, abs=0.2)
    rows = [line for line in second.lines() if line.startswith("| flottants de 32 bits")]
    assert len(rows) == 2
    assert f"| {4 * 64 + 4} | *{200 * (4 * 64 + 4) / 1024:.1f}*".replace(".", ",") in rows[0]
    again = compare_ways(ways, counted, sets, tmp_path)
    assert [one.as_dict() for one in again] == [first.as_dict(), second.as_dict()]
    assert asked == [way.name for way in ways]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_late_interaction_alone_reads_what_the_fusion_finds(data: Path, fake: FakeEncoder, subject: str) -> None:
    late = engine(data, fake).changed(weights=SYSTEMS["late"].weights, depth=Depth(late=2))
    assert scores(late, f"puis de {subject}")[0][0] == f"{subject}.txt"


def test_full_vectors_are_those_of_the_encoder_and_are_encoded_once(
    storage: Storage, fake: FakeEncoder, tmp_path: Path
) -> None:
    first = token_vectors(storage, fake, tmp_path)
    before = fake.encoded_texts
    again = token_vectors(storage, fake, tmp_path)
    assert fake.encoded_texts == before
    assert np.array_equal(first.vectors, again.vectors)
    (alone,) = fake.encode_passages([storage.passages.passage(2).embedded_text("")])
    assert np.array_equal(first.vectors[first.of(2)][-len(alone.tokens) :], alone.tokens)


def test_what_was_encoded_before_an_interruption_is_not_encoded_again(
    storage: Storage, fake: FakeEncoder, tmp_path: Path
) -> None:
    class Stopped(FakeEncoder):
        def encode_passages(self, texts: Sequence[str]) -> Iterator[Encoded]:
            yield from islice(super().encode_passages(texts), 4)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        token_vectors(storage, Stopped(dimension=64), tmp_path)
    before = fake.encoded_texts
    found = token_vectors(storage, fake, tmp_path)
    assert fake.encoded_texts - before == len(storage.passages) - 4
    assert np.allclose(np.linalg.norm(found.vectors, axis=1), 1)


def test_vectors_of_another_model_are_refused(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="n’ont pas les codes"):
        token_vectors(storage, FakeEncoder("autre", dimension=64), tmp_path)
    assert not list(tmp_path.glob("*.npy"))


def test_words_and_their_rareness_are_those_of_the_text(full: TokenVectors, storage: Storage) -> None:
    text = storage.passages.passage(0).text
    said = [text[start:end] for start, end in storage.tokens.offsets(0).tolist()]
    rareness = dict(zip(said, full.rareness[full.of(0)].tolist(), strict=True))
    assert rareness["de"] == 0 < rareness["traite"] < rareness["photonique" if "photonique" in text else said[-1]]
    assert np.array_equal(full.word[full.of(0)], np.arange(len(said)))


def test_vectors_are_grouped_inside_their_passage() -> None:
    vectors = unit(np.random.default_rng(1), 7, 16)
    word = np.array([0, 0, 1, 2, 2, -1, 3])
    rareness = np.array([3, 3, 0, 2, 2, 4, 0], np.float32)
    tokens = TokenVectors(vectors, np.array([0, 3, 3, 7]), word, rareness, 9)
    two = grouped(tokens, by_two)
    assert two.starts.tolist() == [0, 2, 2, 4]
    middle = vectors[3] + vectors[4]
    assert np.allclose(two.vectors[2], middle / np.linalg.norm(middle))
    assert np.allclose(two.vectors[1], vectors[2])
    assert grouped(tokens, by_word).starts.tolist() == [0, 2, 2, 5]
    assert np.allclose(grouped(tokens, without_stop_words).vectors, vectors[[0, 1, 3, 4, 5]])
    assert np.allclose(grouped(tokens, rarest_half).vectors, vectors[[0, 1, 3, 5]])
    alike = by_likeness(np.eye(4, 8, dtype=np.float32)[[0, 1, 0, 1]], word, rareness)
    assert alike[0] == alike[2] != alike[1] == alike[3]
    silent = TokenVectors(vectors, np.array([0, 7]), word, np.zeros(7, np.float32), 9)
    assert len(grouped(silent, without_stop_words).vectors) == 7


@pytest.mark.parametrize("way", WAYS, ids=lambda way: str(way.name))
def test_every_way_estimates_inner_products(way: Way) -> None:
    rng = np.random.default_rng(5)
    # A codec learns from fewer vectors here than it is given elsewhere: one a centre.
    kinds = np.repeat(unit(rng, 40, 64), 1 + max(way.least // 39, 400) // 40, axis=0)
    vectors = unit(rng, len(kinds), 64) * 0.5 + kinds
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    count = len(vectors)
    tokens = TokenVectors(vectors, np.array([0, count]), np.arange(count), np.ones(count, np.float32), count)
    kept, starts = way.kept(tokens)
    query = vectors[[3, count // 2]]
    places = np.array([3, 1, count // 2]) if way.grouping is None else np.arange(int(starts[-1]))
    found = kept.similarities(query, places)
    assert found.shape == (len(places), 2)
    if way.grouping is None:
        assert np.allclose(found, vectors[places] @ query.T, atol=1e-5 if way is REFERENCE else 0.35)
        assert abs(found[0, 0] - 1) < 0.1
    assert kept.bytes_each <= 4 * 64

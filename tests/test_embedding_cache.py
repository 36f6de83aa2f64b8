"""The embedding cache: nothing sealed is lost, nothing damaged is trusted, nothing dead is kept."""

from pathlib import Path

import numpy as np
import pytest

from indexer.durable import sha256_of
from indexer.embedding_cache import EmbeddingCache, coded, text_key
from indexer.token_spans import unpack_spans
from tests.encoders import FakeEncoder

TEXTS = [f"Le dossier {n} traite de la norme {n % 7}." for n in range(40)]
KEYS = [text_key(text) for text in TEXTS]


def filled(folder: Path, fake: FakeEncoder, texts: list[str] = TEXTS) -> EmbeddingCache:
    cache = EmbeddingCache(folder, fake.identity)
    for _ in cache.append([text_key(text) for text in texts], coded(fake.encode_passages(texts))):
        pass
    return cache


def opened(folder: Path, fake: FakeEncoder, *, thorough: bool = False) -> EmbeddingCache:
    return EmbeddingCache(folder, fake.identity, thorough=thorough)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files hashed from now on."""
    seen: list[Path] = []

    def counted(path: Path) -> str:
        seen.append(path)
        return sha256_of(path)

    monkeypatch.setattr("indexer.embedding_cache.sha256_of", counted)
    return seen


def test_what_was_added_is_found_again(tmp_path: Path, fake: FakeEncoder) -> None:
    filled(tmp_path, fake)
    cache = opened(tmp_path, fake)
    vectors = cache.dense(cache.locate(KEYS))
    expected = np.array([one.dense for one in fake.encode_passages(TEXTS)])
    assert np.allclose(vectors, expected, atol=1e-3)


def test_tokens_are_kept_with_their_places(tmp_path: Path, fake: FakeEncoder) -> None:
    cache = filled(tmp_path, fake)
    segment, place = cache.locate(KEYS[7:8])[0].tolist()
    spans = unpack_spans(cache.segments[segment].tokens(place).spans)
    assert [TEXTS[7][start:end] for start, end in spans] == TEXTS[7].rstrip(".").split()


def test_two_encoders_never_share_vectors(tmp_path: Path, fake: FakeEncoder) -> None:
    filled(tmp_path, fake)
    assert KEYS[0] not in opened(tmp_path, FakeEncoder(salt="autre"))


def test_segments_are_hashed_once_then_known_by_their_inode(
    tmp_path: Path, fake: FakeEncoder, hashed: list[Path]
) -> None:
    filled(tmp_path, fake)
    opened(tmp_path, fake)
    hashed.clear()
    assert len(opened(tmp_path, fake)) == len(TEXTS)
    assert hashed == []
    assert len(opened(tmp_path, fake, thorough=True)) == len(TEXTS)
    assert len(hashed) == 1


def flip_in_a_new_file(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.unlink()
    path.write_bytes(content)


def cut(path: Path) -> None:
    with path.open("r+b") as write:
        write.truncate(path.stat().st_size - 1)


def flip_in_place(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    with path.open("r+b") as write:
        write.write(content)


@pytest.mark.parametrize("damage", [flip_in_a_new_file, cut, flip_in_place])
@pytest.mark.parametrize("known", [False, True])
def test_a_damaged_segment_is_never_trusted(tmp_path: Path, fake: FakeEncoder, damage: object, known: bool) -> None:
    filled(tmp_path, fake, TEXTS[:20])
    filled(tmp_path, fake, TEXTS[20:])
    if known:
        opened(tmp_path, fake)
    path = sorted(tmp_path.glob("*/segment-*"))[0]
    damage(path)  # type: ignore[operator]
    cache = opened(tmp_path, fake)
    assert len(cache) == 20
    assert not path.exists()


@pytest.mark.parametrize("content", ["", "[]", "{", '{"segment-x.safetensors": 3}'])
def test_a_damaged_list_of_known_segments_only_costs_time(tmp_path: Path, fake: FakeEncoder, content: str) -> None:
    filled(tmp_path, fake)
    opened(tmp_path, fake)
    (known,) = tmp_path.glob("*/verified.json")
    known.write_text(content, encoding="utf-8")
    assert len(opened(tmp_path, fake)) == len(TEXTS)


def test_half_written_files_are_cleaned(tmp_path: Path, fake: FakeEncoder) -> None:
    cache = filled(tmp_path, fake)
    (cache.folder / ".writing-123").write_bytes(b"half")
    assert len(opened(tmp_path, fake)) == len(TEXTS)
    assert not list(cache.folder.glob(".writing*"))


def test_compaction_keeps_what_is_alive_and_drops_what_is_not(tmp_path: Path, fake: FakeEncoder) -> None:
    cache = filled(tmp_path, fake)
    alive = KEYS[:10]
    before = cache.dense(cache.locate(alive))
    cache.compact(alive)
    assert len(cache) == 10
    assert np.array_equal(cache.dense(cache.locate(alive)), before)
    again = opened(tmp_path, fake)
    assert len(again) == 10 and KEYS[11] not in again


def test_a_few_dead_embeddings_are_not_worth_a_rewrite(tmp_path: Path, fake: FakeEncoder) -> None:
    cache = filled(tmp_path, fake)
    cache.compact(KEYS[:-1])
    assert len(cache) == len(TEXTS)


def test_many_small_segments_become_one(tmp_path: Path, fake: FakeEncoder) -> None:
    for first in range(0, 40, 2):
        cache = filled(tmp_path, fake, TEXTS[first : first + 2])
    cache.compact(KEYS)
    assert len(cache.segments) == 1 and len(cache) == 40

"""Rare words of a question count more than common ones in late interaction."""

import numpy as np
import pytest

from indexer.encoder.protocol import Encoded
from search_api.engine.readers import Readers
from search_api.engine.reading import read_query
from search_api.engine.token_weights import Rareness, token_shares
from tests.collection import index, write_files
from tests.encoders import FakeEncoder


@pytest.fixture(scope="module")
def fake() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory, fake: FakeEncoder) -> Readers:
    root = tmp_path_factory.mktemp("rarete")
    common = {f"{n}.txt": f"L'entreprise demande une aide numéro {n}." for n in range(12)}
    index(root / "data", fake, write_files(root / "lot", common | {"rare.txt": "Le germanium de l'entreprise."}))
    closed = {f"{n}.txt": f"Note {n} sur le germanium." for n in range(12)}
    index(root / "data", fake, write_files(root / "reserve", closed), compartment="reserve")
    return Readers(root / "data", fake.identity)


def counts(readers: Readers, query: Encoded, text: str, *compartments: str) -> dict[str, float]:
    found = token_shares(query, read_query(text), Rareness(readers.snapshot(compartments)))
    return dict(zip(text.split(), found.tolist(), strict=True))


def test_the_rarer_a_word_the_more_it_counts(readers: Readers, fake: FakeEncoder) -> None:
    text = "le germanium des entreprises"
    found = counts(readers, fake.encode_query(text), text, "general")
    assert found["germanium"] > found["le"] == pytest.approx(found["des"])
    assert found["germanium"] > 3 * found["entreprises"]
    assert sum(found.values()) == pytest.approx(1)


def test_a_word_that_nobody_wrote_counts_as_the_others_do(readers: Readers, fake: FakeEncoder) -> None:
    text = "germaniom aide germanium"
    found = counts(readers, fake.encode_query(text), text, "general")
    assert found["aide"] < found["germaniom"] < found["germanium"]


def test_words_are_counted_where_the_caller_may_read(readers: Readers, fake: FakeEncoder) -> None:
    text = "germanium aide"
    query = fake.encode_query(text)
    alone, both = (counts(readers, query, text, *names) for names in (("general",), ("general", "reserve")))
    assert alone["germanium"] > alone["aide"]
    assert both["germanium"] == pytest.approx(both["aide"], rel=0.2)


@pytest.mark.parametrize("text", ["", "que faire", "the quick fox"])
def test_a_question_without_known_words_keeps_its_weights_equal(readers: Readers, fake: FakeEncoder, text: str) -> None:
    found = list(counts(readers, fake.encode_query(text), text, "general").values())
    assert np.allclose(found, 1 / max(len(found), 1))

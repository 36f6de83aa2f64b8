import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_api.engine.fusion import Weights, brought, fuse

scores = st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=30).map(lambda v: np.array(v, np.float32))


@pytest.mark.parametrize("name", ["lexical", "lexical_document", "dense", "late_document"])
@given(scores)
def test_bringing_scores_to_one_scale_keeps_their_order_and_the_best_at_one(name: str, values: np.ndarray) -> None:
    values = np.abs(values) + np.float32(0.5)
    scaled = brought(name, values)
    assert scaled.max() == pytest.approx(1)
    assert (np.diff(scaled[np.argsort(values, kind="stable")]) >= 0).all()


def test_words_that_nobody_has_tell_nothing_apart() -> None:
    assert brought("lexical", np.zeros(4, np.float32)).tolist() == [0, 0, 0, 0]
    assert brought("dense", np.empty(0, np.float32)).tolist() == []


def test_small_differences_of_meaning_stay_small() -> None:
    alike, apart = np.array([0.85, 0.84], np.float32), np.array([0.85, 0.80], np.float32)
    assert np.diff(brought("dense", alike)) > np.diff(brought("dense", apart))


@given(
    st.integers(1, 8).flatmap(
        lambda n: st.dictionaries(
            st.sampled_from(["lexical", "dense", "late", "lexical_document", "dense_document"]),
            st.lists(st.floats(0, 1, width=32), min_size=n, max_size=n),
            min_size=1,
        )
    ),
    st.randoms(),
)
def test_the_order_of_channels_changes_no_bit(evidence: dict[str, list[float]], chance: object) -> None:
    arrays = {name: np.array(values, np.float32) for name, values in evidence.items()}
    names = list(arrays)
    chance.shuffle(names)  # type: ignore[attr-defined]
    shuffled = {name: arrays[name] for name in names}
    assert np.array_equal(fuse(arrays, Weights().shares()), fuse(shuffled, Weights().shares()))


@given(st.floats(0, 1), st.lists(st.floats(0, 1, width=32), min_size=1, max_size=9))
def test_a_document_of_one_passage_scores_the_same_however_the_shares_are_split(
    whole: float, values: list[float]
) -> None:
    one = np.array(values, np.float32)
    evidence = {name + suffix: one for name in ("lexical", "dense", "late") for suffix in ("", "_document")}
    assert np.allclose(fuse(evidence, Weights(whole=whole, late_whole=1 - whole).shares()), one, atol=1e-5)

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search_api.engine.fusion import Weights, fuse, min_max

scores = st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=30).map(lambda v: np.array(v, np.float32))


@given(scores)
def test_min_max_keeps_the_order_between_nought_and_one(values: np.ndarray) -> None:
    brought = min_max(values)
    assert ((brought >= 0) & (brought <= 1)).all()
    order = np.argsort(values, kind="stable")
    assert (np.diff(brought[order]) >= 0).all()


def test_equal_scores_tell_nothing_apart() -> None:
    assert min_max(np.full(4, 3.0, np.float32)).tolist() == [1, 1, 1, 1]
    assert min_max(np.zeros(4, np.float32)).tolist() == [0, 0, 0, 0]
    assert min_max(np.empty(0, np.float32)).tolist() == []


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
    assert np.allclose(fuse(evidence, Weights(whole=whole).shares()), one, atol=1e-5)

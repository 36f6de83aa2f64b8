"""Places of tokens on four bytes: what was given is given back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.token_spans import pack_spans, unpack_spans


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 300)), max_size=40))
def test_places_come_back_as_they_were(steps: list[tuple[int, int]]) -> None:
    starts = np.cumsum([step for step, _ in steps], dtype=np.int32)
    offsets = np.array([(start, start + length) for start, (_, length) in zip(starts, steps, strict=True)], np.int32)
    offsets = offsets.reshape(-1, 2)
    assert np.array_equal(unpack_spans(pack_spans(offsets)), offsets)


@pytest.mark.parametrize("length", [65_535, 65_536, 1 << 20])
def test_a_token_longer_than_two_bytes_can_say_is_cut(length: int) -> None:
    offsets = np.array([[3, 3 + length]], np.int32)
    assert unpack_spans(pack_spans(offsets)).tolist() == [[3, 3 + min(length, 65_535)]]

"""Halves opened to floats: every finite one, to the bit."""

import numpy as np

from indexer.half_floats import opened


def test_every_finite_half_is_the_same_number() -> None:
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)].reshape(-1, 32)
    assert opened(finite).tobytes() == finite.astype(np.float32).tobytes()


def test_columns_and_empty_arrays_too() -> None:
    halves = np.random.default_rng(0).standard_normal((7, 9)).astype(np.float16)
    assert np.array_equal(opened(halves[:, ::2]), halves[:, ::2].astype(np.float32))
    assert opened(halves[:0]).shape == (0, 9)

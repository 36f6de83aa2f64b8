"""Approximate indexes are compared with the exact nearest, and stop at the first setting that finds enough of them."""

import numpy as np

from eval.bench.approximate import WANTED, candidates, measured


def test_indexes_are_compared_with_what_is_nearest() -> None:
    dice = np.random.default_rng(0)
    centres = dice.standard_normal((20, 384), dtype=np.float32)
    vectors = centres[np.arange(1_500) % 20] + 0.4 * dice.standard_normal((1_500, 384), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = measured(vectors, vectors[::150])["indexes"]
    settings = {one.name: one.settings for one in candidates(1_500)}
    assert [one["name"] for one in found] == list(settings)
    assert found[0]["recall@100"] > 0.9
    for one in found:
        assert one["setting"] in settings[one["name"]]
        assert one["recall@100"] >= WANTED or one["setting"] == settings[one["name"]][-1]

"""Significance is that of the published methods: the same seed gives the same answer, chance is not called a win."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.significance import FLIPS, bootstrap, effect, holm, permutation

GAPS = [0.1, -0.02, 0.3, 0.0, 0.05, -0.1, 0.2, 0.12, 0.07, -0.01]
gaps = st.lists(st.floats(-1, 1).map(lambda value: round(value, 3)), min_size=1, max_size=12)


def oracle(differences: list[float], resamples: float) -> float:
    from scipy import stats  # type: ignore[import-untyped]

    result = stats.permutation_test(
        (np.array(differences), np.zeros(len(differences))),
        lambda first, second, axis: np.mean(first - second, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=resamples,
        rng=np.random.default_rng(0),
    )
    return float(result.pvalue)


def test_few_topics_are_permuted_exactly_as_scipy_does() -> None:
    assert permutation(GAPS) == pytest.approx(oracle(GAPS, np.inf))


def test_many_topics_are_permuted_at_random_and_agree_with_scipy() -> None:
    many = list(np.random.default_rng(3).normal(0.02, 0.1, 80))
    assert permutation(many) == pytest.approx(oracle(many, 20_000), abs=0.01)
    assert permutation(many) == permutation(many)
    assert permutation([0.5] * 80) == pytest.approx(1 / (FLIPS + 1))


@settings(deadline=None, max_examples=50)
@given(gaps)
def test_swapping_the_systems_changes_nothing_but_the_sign(differences: list[float]) -> None:
    swapped = [-value for value in differences]
    assert permutation(differences) == permutation(swapped)
    assert effect(differences).superiority == pytest.approx(1 - effect(swapped).superiority)
    assert effect(differences).standardised == -effect(swapped).standardised


@settings(deadline=None, max_examples=50)
@given(gaps)
def test_an_interval_stands_within_the_values(differences: list[float]) -> None:
    interval = bootstrap(differences, resamples=300)
    assert min(differences) - 1e-9 <= interval.low <= interval.high <= max(differences) + 1e-9


def test_no_difference_is_never_significant() -> None:
    assert permutation([0.0] * 30) == 1.0
    assert effect([0.0] * 30) == effect([0.0])
    assert (bootstrap([0.0] * 30).low, bootstrap([0.0] * 30).high) == (0.0, 0.0)


def test_an_interval_is_that_of_scipy() -> None:
    from scipy import stats

    sample = list(np.random.default_rng(5).normal(0.1, 0.3, 60))
    theirs = stats.bootstrap(
        (np.array(sample),), np.mean, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    ours = bootstrap(sample)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.005)


def test_holm_is_that_of_the_article() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}) == pytest.approx(
        {"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02}
    )
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), min_size=1))
def test_a_correction_never_makes_anything_surer(p_values: dict[str, float]) -> None:
    corrected = holm(p_values)
    assert list(corrected) == list(p_values)
    assert all(p_values[name] <= corrected[name] <= 1 for name in p_values)


def test_a_gain_that_is_the_same_everywhere_has_an_infinite_effect() -> None:
    assert effect([0.25, 0.25, 0.25]).standardised == math.inf
    assert effect([0.1, 0.3]).standardised == pytest.approx(0.2 / np.std([0.1, 0.3], ddof=1))
    assert effect([1, 0, 0, -1]).superiority == 0.5


@pytest.mark.parametrize("values", [[], [math.nan], [math.inf]])
def test_nothing_or_nonsense_has_no_significance(values: list[float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        permutation(values)

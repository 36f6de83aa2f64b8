"""Whether a difference between two systems could be chance: paired tests over topics.

Bootstrap: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993; paired over topics as in
Sakai, "Evaluating evaluation metrics based on the bootstrap", SIGIR 2006. Permutation test: Smucker,
Allan and Carterette, "A comparison of statistical significance tests for information retrieval
evaluation", CIKM 2007. Correction: Holm, "A simple sequentially rejective multiple test procedure", 1979.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SEED = 1968
RESAMPLES = 10_000
FLIPS = 200_000
"""Sign flips drawn for a p-value: near 0.05 the draw alone moves it by 0.0005 (a standard deviation)."""
CHUNK = 1_000
"""Resamples drawn at once: bounds memory to ``CHUNK`` × topics × 8 bytes."""

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval, both ends included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Effect:
    """How large a difference is, whatever its significance.

    Attributes:
        standardised: mean difference over its standard deviation (Cohen's d for paired values); 0.0 when
            nothing differs, infinite when every topic differs by the same amount.
        superiority: share of topics won, ties counting half.
    """

    standardised: float
    superiority: float


def bootstrap(
    values: Sequence[float], *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = SEED
) -> Interval:
    """Percentile interval of the mean of ``values``, resampled with replacement.

    Give differences by topic for a paired comparison. The same seed gives the same interval.
    """
    sample = _array(values)
    generator = np.random.default_rng(seed)
    means = np.concatenate(
        [sample[generator.integers(0, len(sample), (size, len(sample)))].mean(axis=1) for size in _chunks(resamples)]
    )
    return _middle(means, level)


def ratio_bootstrap(
    over: Sequence[float],
    under: Sequence[float],
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval:
    """Percentile interval of the mean of ``over`` divided by that of ``under``, resampled together.

    Args:
        under: of the same topics in the same order; a resample in which they are all 0 counts as 0.
    """
    pairs = np.stack([_array(over), _array(under)])
    generator = np.random.default_rng(seed)
    sums = np.concatenate(
        [
            pairs[:, generator.integers(0, pairs.shape[1], (size, pairs.shape[1]))].sum(axis=2)
            for size in _chunks(resamples)
        ],
        axis=1,
    )
    ratios = np.divide(sums[0], sums[1], out=np.zeros(resamples), where=sums[1] > 0)
    return _middle(ratios, level)


def _middle(drawn: Values, level: float) -> Interval:
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Interval(float(low), float(high))


def permutation(differences: Sequence[float], *, resamples: int = FLIPS, seed: int = SEED) -> float:
    """Two-sided p-value of the mean of ``differences`` under random exchange of the two systems.

    All sign flips are counted when there are no more than ``resamples`` of them; otherwise that many are
    drawn, and the observed one is added so that p is never zero.
    """
    sample = _array(differences)
    observed = abs(sample.sum())
    # Sums of the same terms in another order differ by rounding: they are as extreme as the observed one.
    threshold = observed - 1e-12 * max(1.0, np.abs(sample).sum())
    if len(sample) < 60 and 2 ** len(sample) <= resamples:
        flips = (np.arange(2 ** len(sample))[:, None] >> np.arange(len(sample))) & 1
        return float(np.mean(np.abs((1.0 - 2.0 * flips) @ sample) >= threshold))
    generator = np.random.default_rng(seed)
    extreme = 0
    for size in _chunks(resamples):
        signs = generator.integers(0, 2, (size, len(sample))) * 2.0 - 1.0
        extreme += int(np.count_nonzero(np.abs(signs @ sample) >= threshold))
    return (extreme + 1) / (resamples + 1)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """p-values corrected for being several, in the order given; never above 1."""
    corrected: dict[str, float] = {}
    highest = 0.0
    for position, name in enumerate(sorted(p_values, key=lambda name: (p_values[name], name))):
        highest = max(highest, min(1.0, p_values[name] * (len(p_values) - position)))
        corrected[name] = highest
    return {name: corrected[name] for name in p_values}


def effect(differences: Sequence[float]) -> Effect:
    """The size of a difference by topic."""
    sample = _array(differences)
    mean = float(sample.mean())
    spread = float(sample.std(ddof=1)) if len(sample) > 1 else 0.0
    standardised = 0.0 if mean == 0 else mean / spread if spread > 0 else float(np.copysign(np.inf, mean))
    return Effect(standardised, float(np.mean((sample > 0) + 0.5 * (sample == 0))))


def _array(values: Sequence[float]) -> Values:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or not len(sample) or not np.isfinite(sample).all():
        raise ValueError("a non-empty sequence of finite numbers is needed")
    return sample


def _chunks(total: int) -> list[int]:
    return [CHUNK] * (total // CHUNK) + ([total % CHUNK] if total % CHUNK else [])

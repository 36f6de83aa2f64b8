"""Fusion: several scores of the same candidates into one.

Convex fusion of min-max normalised scores (Bruch, Gai & Ingber, TOIS 2023), over candidates whose scores are all
known: nothing is assumed for a candidate that a channel did not bring. A sum, so the order of
channels cannot matter.
"""

from dataclasses import dataclass

import numpy as np

from indexer.encoder.protocol import Floats


@dataclass(frozen=True, slots=True)
class Weights:
    """Shares of the kinds of evidence; they need not sum to one.

    Attributes:
        lexical, dense, late: of words, of meaning, and of meaning word by word.
        whole: how much of each goes to the document as a whole, 0 to 1; the rest goes to its best passage. It
            changes nothing for documents of one passage, whose two kinds of evidence agree.
    """

    lexical: float = 0.25
    dense: float = 0.3
    late: float = 0.45
    whole: float = 0.5

    def shares(self) -> dict[str, float]:
        """The share of each kind of evidence by name."""
        return {
            name + suffix: weight * part
            for name, weight in (("lexical", self.lexical), ("dense", self.dense), ("late", self.late))
            for suffix, part in (("", 1 - self.whole), ("_document", self.whole))
        }


def min_max(scores: Floats) -> Floats:
    """Scores brought to 0..1; equal scores are told apart from nothing: all ones, or all zeros when there is no
    evidence at all."""
    if len(scores) == 0:
        return scores
    low, high = scores.min(), scores.max()
    if high <= low:
        return np.full_like(scores, 1 if high > 0 else 0)
    return np.asarray((scores - low) / (high - low), dtype=np.float32)


def fuse(normalised: dict[str, Floats], weights: dict[str, float]) -> Floats:
    """Weighted sum of normalised scores, each ``(n,)``; channels without a weight count for nothing.

    Summed in order of name: the result is the same to the last bit whatever the order of the channels.
    """
    total = sum(weights[name] for name in sorted(normalised) if weights.get(name))
    length = len(next(iter(normalised.values())))
    if not total:
        return np.zeros(length, np.float32)
    result = np.zeros(length, np.float64)
    for name in sorted(normalised):
        result += weights.get(name, 0.0) / total * normalised[name]
    return result.astype(np.float32)

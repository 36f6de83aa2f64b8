"""Fusion: several scores of the same candidates into one.

Convex fusion of scores on fixed scales (Bruch, Gai & Ingber, TOIS 2023), over candidates whose scores are all
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
        whole: how much of words' and of meaning's share goes to the document as a whole, 0 to 1; the rest goes to its
            best passage. It changes nothing for documents of one passage, whose two kinds of evidence agree.
        late_whole: the same for meaning word by word. What a question asks for is often said in two passages: against
            one half, nDCG@10 +0.6 on SISSE dev, which chose it (95% interval 0.1 to 1.2), +0.0, +0.0 and +0.1 on three
            sets of guidance.
    """

    lexical: float = 0.25
    dense: float = 0.3
    late: float = 0.45
    whole: float = 0.5
    late_whole: float = 0.75

    def shares(self) -> dict[str, float]:
        """The share of each kind of evidence by name."""
        wholes = {"lexical": self.whole, "dense": self.whole, "late": self.late_whole}
        return {
            name + suffix: weight * part
            for name, weight in self.of_passages().items()
            for suffix, part in (("", 1 - wholes[name]), ("_document", wholes[name]))
        }

    def of_passages(self) -> dict[str, float]:
        """The share of each kind of evidence where the passages of one document are compared."""
        return {"lexical": self.lexical, "dense": self.dense, "late": self.late}


_SPREAD = {"dense": 0.1, "late": 0.3}


def brought(name: str, scores: Floats) -> Floats:
    """Scores of one kind of evidence on a common scale: 1 for the best, less for the others.

    Words by their share of the best (BM25's least score is known: nothing), vectors by how far below the best they
    are, in a fixed unit: :data:`_SPREAD`, about what separates the first candidate from the last. A fixed unit leaves
    small differences small, where min-max made as much of candidates that are all alike as of those that are not.
    Order is kept; what is far below is below 0.
    """
    if len(scores) == 0:
        return scores
    best = float(scores.max())
    spread = _SPREAD.get(name.removesuffix("_document"))
    if spread is not None:
        return np.asarray(1 - (best - scores) / spread, np.float32)
    return np.asarray(scores / best if best > 0 else np.zeros_like(scores), np.float32)


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

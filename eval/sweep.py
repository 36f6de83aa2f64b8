"""Which parameters are best, and whether the choice holds on topics it was not made on."""

import hashlib
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from corpus.errors import InputError
from eval.measures import per_topic, standard
from eval.qrels import Qrels
from eval.runs import Run

Setting = Mapping[str, Any]
"""Parameter name to value, JSON values."""

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting and its mean over all topics."""

    setting: Setting
    mean: float


@dataclass(frozen=True, slots=True)
class Sweep:
    """A whole sweep.

    Attributes:
        trials: best mean first; equal means in the grid's order.
        cross_validated: mean over topics of the value got with the setting chosen on the other folds.
            What ``trials[0].mean`` claims beyond it is chance.
        chosen: for each fold, the index in ``trials`` of the setting chosen on the others.
    """

    measure: str
    trials: tuple[Trial, ...]
    cross_validated: float
    chosen: tuple[int, ...]

    @property
    def best(self) -> Setting:
        """The setting to adopt: the best over all topics."""
        return self.trials[0].setting

    @property
    def stability(self) -> float:
        """Share of folds that chose the most chosen setting; 1.0 when they all agree."""
        return max(Counter(self.chosen).values()) / len(self.chosen)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self) | {"best": dict(self.best), "stability": self.stability}


def grid(axes: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Every combination of the values of ``axes``; the last axis varies fastest."""
    for values in product(*axes.values()):
        yield dict(zip(axes, values, strict=True))


def fold_of(topic: str, folds: int = FOLDS) -> int:
    """The fold of a topic: by its id alone, so that adding topics moves none."""
    return int.from_bytes(hashlib.sha256(f"fold\0{topic}".encode()).digest()[:8]) % folds


def sweep(
    answer: Callable[[Setting], Run],
    settings: Sequence[Setting],
    topics: Sequence[str],
    qrels: Qrels,
    *,
    measure: str = "ndcg@10",
    folds: int = FOLDS,
    from_grade: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Measure every setting once, then cross-validate the choice by topic.

    Args:
        answer: gives the run of a setting over all ``topics``.
        topics: ids, each with a relevant document; those of the development split.

    Raises:
        InputError: no setting, an unknown measure, or topics that fill fewer than two folds.
    """
    named = tuple(known for known in standard(from_grade) if known.name == measure)
    ids = tuple(dict.fromkeys(topics))
    filled = sorted({fold_of(topic, folds) for topic in ids})
    if not settings or not named or len(filled) < 2:
        problem = "aucun réglage" if not settings else "mesure inconnue" if not named else "trop peu de sujets"
        raise InputError(
            f"Balayage impossible : {problem}",
            remedy="Donnez au moins un réglage, une mesure de la liste et une dizaine de sujets",
        )
    values: list[Mapping[str, float]] = []
    for done, setting in enumerate(settings, start=1):
        values.append(per_topic(answer(setting), qrels, ids, named)[measure])
        if progress:
            progress(done, len(settings))

    def best(among: Sequence[str]) -> int:
        return max(range(len(values)), key=lambda s: (statistics.fmean(values[s][t] for t in among), -s))

    picks: list[int] = []
    held_out: list[float] = []
    for fold in filled:
        pick = best([topic for topic in ids if fold_of(topic, folds) != fold])
        picks.append(pick)
        held_out += [values[pick][topic] for topic in ids if fold_of(topic, folds) == fold]
    overall = [statistics.fmean(value.values()) for value in values]
    order = sorted(range(len(settings)), key=lambda s: (-overall[s], s))
    return Sweep(
        measure=measure,
        trials=tuple(Trial(dict(settings[s]), overall[s]) for s in order),
        cross_validated=statistics.fmean(held_out),
        chosen=tuple(order.index(pick) for pick in picks),
    )

"""Whether two assessors judge alike, and what is done where they do not."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from corpus.errors import InputError

Judgments = Mapping[tuple[str, str], int | None]
"""(topic id, external id) to a grade, or None for a document the assessor could not judge."""


class Weights(StrEnum):
    """How much a disagreement weighs: its distance in grades, or the square of it."""

    LINEAR = "linear"
    QUADRATIC = "quadratic"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two assessors compared on what both graded.

    Attributes:
        both: documents graded by both.
        equal: share of them with the same grade.
        kappa: weighted kappa; None when it is not defined (nothing in common, or one and the same grade
            throughout).
        table: ``table[i][j]``: how many the first graded ``grades[i]`` and the second ``grades[j]``.
    """

    both: int
    equal: float
    kappa: float | None
    grades: tuple[int, ...]
    table: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A document that a third person must decide; None stands for "not judgeable"."""

    topic: str
    document: str
    first: int | None
    second: int | None

    @property
    def gap(self) -> float:
        """Distance in grades; infinite when one of the two could not judge."""
        return math.inf if self.first is None or self.second is None else abs(self.first - self.second)


def agreement(
    first: Judgments,
    second: Judgments,
    *,
    weights: Weights = Weights.QUADRATIC,
    grades: Sequence[int] = (0, 1, 2, 3),
) -> Agreement:
    """Compare two assessors.

    Weighted kappa: Cohen, "Weighted kappa: nominal scale agreement with provision for scaled
    disagreement or partial credit", Psychological Bulletin, 1968.

    Raises:
        InputError: a grade outside ``grades``.
    """
    place = {grade: position for position, grade in enumerate(grades)}
    counts = np.zeros((len(grades), len(grades)))
    for key in first.keys() & second.keys():
        one, two = first[key], second[key]
        if one is None or two is None:
            continue
        if one not in place or two not in place:
            raise InputError(
                f"Note {one if one not in place else two} inattendue pour « {key[1]} », sujet {key[0]}",
                remedy=f"Les notes vont de {min(grades)} à {max(grades)}",
            )
        counts[place[one], place[two]] += 1
    both = int(counts.sum())
    return Agreement(
        both=both,
        equal=float(np.trace(counts)) / both if both else 0.0,
        kappa=_kappa(counts, np.asarray(grades, dtype=np.float64), weights),
        grades=tuple(grades),
        table=tuple(tuple(int(count) for count in row) for row in counts),
    )


def _kappa(counts: npt.NDArray[np.float64], grades: npt.NDArray[np.float64], weights: Weights) -> float | None:
    distance = np.abs(grades[:, None] - grades[None, :])
    penalty = distance if weights is Weights.LINEAR else distance**2
    total = counts.sum()
    if not total:
        return None
    by_chance = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / total
    expected = float((penalty * by_chance).sum())
    return None if expected == 0 else 1 - float((penalty * counts).sum()) / expected


def adjudication_queue(first: Judgments, second: Judgments) -> tuple[Disagreement, ...]:
    """What both judged and judged differently, largest gap first, then by topic and document."""
    found = [
        Disagreement(*key, first[key], second[key]) for key in first.keys() & second.keys() if first[key] != second[key]
    ]
    return tuple(sorted(found, key=lambda item: (-item.gap, item.topic, item.document)))


def adjudicated(first: Judgments, second: Judgments, decisions: Judgments) -> dict[str, dict[str, int]]:
    """The judgments to publish: what both agree on, and the decision where they do not.

    A document that both found not judgeable, or that the decision declares so, is left out: it stays
    unjudged rather than counting as irrelevant.

    Raises:
        InputError: a document judged by one assessor only, or a disagreement without decision.
    """
    alone = first.keys() ^ second.keys()
    pending = [item for item in adjudication_queue(first, second) if (item.topic, item.document) not in decisions]
    if alone or pending:
        raise InputError(
            f"Jugements incomplets : {len(alone)} documents jugés une seule fois, {len(pending)} désaccords à trancher",
            remedy="Terminez la seconde lecture et la file d'arbitrage avant d'exporter",
        )
    qrels: dict[str, dict[str, int]] = {}
    for topic, document in sorted(first):
        key = (topic, document)
        grade = first[key] if first[key] == second[key] else decisions[key]
        if grade is not None:
            qrels.setdefault(topic, {})[document] = grade
    return qrels

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
    """A document that another person must decide: its different grades, None standing for "not judgeable"."""

    topic: str
    document: str
    grades: tuple[int | None, ...]

    @property
    def gap(self) -> float:
        """Distance between the furthest grades; infinite when someone could not judge."""
        known = [grade for grade in self.grades if grade is not None]
        return math.inf if len(known) < len(self.grades) else max(known) - min(known)


@dataclass(frozen=True, slots=True)
class Settled:
    """What several assessors leave once their work is put together.

    Attributes:
        qrels: what all agree on, and the decision where they do not. A document found not judgeable is left out:
            it stays unjudged rather than counting as irrelevant.
        alone: judged by one assessor only.
        undecided: judged differently, largest gap first, then by topic and document.
    """

    qrels: dict[str, dict[str, int]]
    alone: tuple[tuple[str, str], ...]
    undecided: tuple[Disagreement, ...]


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


def settle(readings: Sequence[Judgments], decisions: Judgments) -> Settled:
    """Put together what several assessors gave, and what was decided where they differ."""
    given: dict[tuple[str, str], list[int | None]] = {}
    for reading in readings:
        for key, grade in reading.items():
            given.setdefault(key, []).append(grade)
    qrels: dict[str, dict[str, int]] = {}
    alone: list[tuple[str, str]] = []
    undecided: list[Disagreement] = []
    for (topic, document), grades in sorted(given.items()):
        key = (topic, document)
        if len(grades) < 2:
            alone.append(key)
        elif len(set(grades)) > 1 and key not in decisions:
            undecided.append(Disagreement(topic, document, tuple(grades)))
        else:
            final = grades[0] if len(set(grades)) == 1 else decisions[key]
            if final is not None:
                qrels.setdefault(topic, {})[document] = final
    undecided.sort(key=lambda item: (-item.gap, item.topic, item.document))
    return Settled(qrels, tuple(alone), tuple(undecided))


def adjudicated(readings: Sequence[Judgments], decisions: Judgments) -> dict[str, dict[str, int]]:
    """The judgments to publish.

    Raises:
        InputError: a document judged by one assessor only, or a disagreement without decision.
    """
    found = settle(readings, decisions)
    if found.alone or found.undecided:
        raise InputError(
            f"Jugements incomplets : {len(found.alone)} documents jugés une seule fois, "
            f"{len(found.undecided)} désaccords à trancher",
            remedy="Terminez la seconde lecture et la file d’arbitrage avant d’exporter",
        )
    return found.qrels

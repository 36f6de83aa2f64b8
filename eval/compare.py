"""Two systems side by side: who wins, by how much, how surely, and on which topics."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from corpus.errors import InputError
from eval.evaluation import Evaluation
from eval.provenance import LABELS, differences
from eval.qrels import Qrels
from eval.significance import SEED, Effect, Interval, bootstrap, effect, holm, permutation
from eval.topics import Topic

PRIMARY = "ndcg@10"
FAMILY = ("ndcg@10", "mrr@10", "recall@100", "success@1", "success@5", "ap")
"""Measures compared together, and so corrected together."""

MEASURE_LABELS = {
    "ndcg@10": "nDCG@10",
    "mrr@10": "MRR@10",
    "recall@100": "rappel à 100",
    "success@1": "succès à 1",
    "success@5": "succès à 5",
    "ap": "précision moyenne",
}
LEVEL = 0.95
EQUIVALENT = 0.01
"""Two systems are said equivalent when the whole interval stands within this much of zero."""

# What may differ between two systems that are being compared; anything else is worth a warning.
EXPECTED_TO_DIFFER = frozenset(
    LABELS[key] for key in ("generation", "encoder", "encoder_fingerprint", "parameters", "code")
)


@dataclass(frozen=True, slots=True)
class MeasureComparison:
    """One measure, the second system against the first.

    Attributes:
        difference: second minus first, in the measure's own unit.
        p, p_holm: of the paired permutation test, raw and corrected over the family.
    """

    measure: str
    first: float
    second: float
    difference: float
    interval: Interval
    p: float
    p_holm: float
    effect: Effect
    wins: int
    losses: int
    ties: int


@dataclass(frozen=True, slots=True)
class RankedDocument:
    """A line of a ranking shown beside another; ``grade`` is None for a document nobody judged."""

    document: str
    grade: int | None


@dataclass(frozen=True, slots=True)
class TopicComparison:
    """One topic: the primary measure and the first documents of both systems."""

    topic: str
    title: str
    category: str
    first: float
    second: float
    first_documents: tuple[RankedDocument, ...]
    second_documents: tuple[RankedDocument, ...]

    @property
    def difference(self) -> float:
        """Second minus first."""
        return self.second - self.first


@dataclass(frozen=True, slots=True)
class Comparison:
    """Second system against first.

    Attributes:
        topics: largest gain first, largest loss last.
        verdict: one French sentence.
        warnings: French sentences: what makes the comparison worth less.
    """

    first: str
    second: str
    measures: tuple[MeasureComparison, ...]
    topics: tuple[TopicComparison, ...]
    verdict: str
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; the effect of a constant difference is null."""
        found = asdict(self)
        for line in found["measures"]:
            if not np.isfinite(line["effect"]["standardised"]):
                line["effect"]["standardised"] = None
        for line, topic in zip(found["topics"], self.topics, strict=True):
            line["difference"] = topic.difference
        return found


def compare(
    first: Evaluation,
    second: Evaluation,
    topics: Sequence[Topic],
    qrels: Qrels,
    *,
    depth: int = 10,
    seed: int = SEED,
) -> Comparison:
    """Compare two evaluations of the same topics; p-values are corrected over :data:`FAMILY`.

    Raises:
        InputError: they were not measured on the same topics.
    """
    return compare_all(first, [second], topics, qrels, depth=depth, seed=seed)[0]


def compare_all(
    first: Evaluation,
    others: Sequence[Evaluation],
    topics: Sequence[Topic],
    qrels: Qrels,
    *,
    depth: int = 10,
    seed: int = SEED,
) -> tuple[Comparison, ...]:
    """Compare several systems with one; p-values are corrected over all systems and measures together.

    Raises:
        InputError: they were not all measured on the same topics.
    """
    ids = sorted(first.scores[PRIMARY])
    if any(sorted(other.scores[PRIMARY]) != ids for other in others):
        raise InputError(
            "Les runs n'ont pas été mesurés sur les mêmes sujets",
            remedy="Mesurez-les avec les mêmes sujets et les mêmes jugements",
        )
    gaps = [
        {name: [other.scores[name][topic] - first.scores[name][topic] for topic in ids] for name in FAMILY}
        for other in others
    ]
    p_values = {
        f"{place} {name}": permutation(gap, seed=seed)
        for place, by_measure in enumerate(gaps)
        for name, gap in by_measure.items()
    }
    corrected = holm(p_values)
    comparisons: list[Comparison] = []
    for place, other in enumerate(others):
        measures = tuple(
            MeasureComparison(
                measure=name,
                first=first.summary[name],
                second=other.summary[name],
                difference=other.summary[name] - first.summary[name],
                interval=bootstrap(gap, level=LEVEL, seed=seed),
                p=p_values[f"{place} {name}"],
                p_holm=corrected[f"{place} {name}"],
                effect=effect(gap),
                wins=sum(value > 0 for value in gap),
                losses=sum(value < 0 for value in gap),
                ties=sum(value == 0 for value in gap),
            )
            for name, gap in gaps[place].items()
        )
        comparisons.append(
            Comparison(
                first=first.run.name,
                second=other.run.name,
                measures=measures,
                topics=_side_by_side(first, other, topics, qrels, depth),
                verdict=_verdict(first.run.name, other.run.name, measures[0], len(ids)),
                warnings=_warnings(first, other),
            )
        )
    return tuple(comparisons)


def declared_family(comparisons: Sequence[Comparison]) -> tuple[MeasureComparison, ...]:
    """The primary measure of some comparisons, its p-values corrected over these alone.

    For a family that was named before anything was measured; any other is corrected over all that was looked at.
    """
    lines = [next(line for line in one.measures if line.measure == PRIMARY) for one in comparisons]
    corrected = holm({str(place): line.p for place, line in enumerate(lines)})
    return tuple(replace(line, p_holm=corrected[str(place)]) for place, line in enumerate(lines))


def _side_by_side(
    first: Evaluation, second: Evaluation, topics: Sequence[Topic], qrels: Qrels, depth: int
) -> tuple[TopicComparison, ...]:
    def documents(evaluation: Evaluation, topic: str) -> tuple[RankedDocument, ...]:
        found = evaluation.run.documents(topic, depth)
        return tuple(RankedDocument(document, qrels[topic].get(document)) for document in found)

    lines = [
        TopicComparison(
            topic=topic.id,
            title=topic.title,
            category=topic.category,
            first=first.scores[PRIMARY][topic.id],
            second=second.scores[PRIMARY][topic.id],
            first_documents=documents(first, topic.id),
            second_documents=documents(second, topic.id),
        )
        for topic in topics
        if topic.id in first.scores[PRIMARY]
    ]
    return tuple(sorted(lines, key=lambda line: (-line.difference, line.topic)))


def number(value: float, digits: int = 1) -> str:
    """A number as French writes it: decimal comma, true minus sign."""
    return f"{value:.{digits}f}".replace(".", ",").replace("-", "\N{MINUS SIGN}")


def _points(value: float) -> str:
    return number(round(100 * value, 1) + 0.0)


def chance(p: float) -> str:
    """A p-value as it is told."""
    return "< 0,001" if p < 0.001 else number(p, 3)


def with_unit(value: float) -> str:
    """A share as points with their unit, plural from 2."""
    points = _points(value)
    return f"{points} point" if abs(round(100 * value, 1)) < 2 else f"{points} points"


def _verdict(first: str, second: str, line: MeasureComparison, topics: int) -> str:
    label = MEASURE_LABELS[line.measure]
    interval = f"{_points(line.interval.low)} à {_points(line.interval.high)}"
    counts = f"{line.wins} sujets gagnés, {line.losses} perdus, {line.ties} égaux sur {topics}"
    figures = f"(intervalle à 95 % : {interval} ; p corrigée {chance(line.p_holm)} ; {counts})"
    gap = with_unit(abs(line.difference))
    if line.p_holm < 1 - LEVEL and line.difference != 0:
        better, word = ("meilleur", "plus") if line.difference > 0 else ("moins bon", "moins")
        return f"« {second} » est {better} que « {first} » : {gap} de {label} en {word} {figures}."
    if max(abs(line.interval.low), abs(line.interval.high)) <= EQUIVALENT:
        return f"« {second} » et « {first} » se valent à {with_unit(EQUIVALENT)} de {label} près {figures}."
    return (
        f"Rien ne permet de départager « {second} » et « {first} » : "
        f"{gap} de {label} {'en plus' if line.difference > 0 else 'en moins'} {figures}."
    )


def _warnings(first: Evaluation, second: Evaluation) -> tuple[str, ...]:
    warnings: list[str] = []
    unexpected = [
        label for label in differences(first.run.provenance, second.run.provenance) if label not in EXPECTED_TO_DIFFER
    ]
    if unexpected:
        warnings.append(f"Les deux runs n'ont pas les mêmes {', '.join(unexpected)} : l'écart peut venir de là.")
    for evaluation in (first, second):
        if evaluation.summary["judged@10"] < 0.95:
            holes = number(100 * (1 - evaluation.summary["judged@10"]))
            warnings.append(
                f"{holes} % des dix premiers documents de « {evaluation.run.name} » ne sont pas jugés : "
                "sa note est un minimum."
            )
    return tuple(warnings)

"""How good a run is: every measure goes through ir_measures, and every topic counts.

A topic that was not answered has zero for every measure. A topic without a relevant document cannot
be scored by any of them: it is kept apart (see :mod:`eval.evaluation`).
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import ir_measures
from ir_measures.measures.base import Measure

from corpus.errors import InputError
from eval.qrels import Qrels, only, relevant
from eval.runs import Run


@dataclass(frozen=True, slots=True)
class NamedMeasure:
    """A measure and the name it has in JSON and reports."""

    name: str
    measure: Measure


def standard(from_grade: int = 1) -> tuple[NamedMeasure, ...]:
    """The measures of the house.

    nDCG uses the grades themselves as gains and log2 discounts, as trec_eval. Measures that know only
    relevant or not take ``from_grade`` and above as relevant.
    """
    ir, rel = ir_measures, from_grade
    return (
        NamedMeasure("ndcg@10", ir.nDCG @ 10),
        NamedMeasure("mrr@10", ir.RR(rel=rel) @ 10),
        NamedMeasure("recall@100", ir.R(rel=rel) @ 100),
        NamedMeasure("success@1", ir.Success(rel=rel) @ 1),
        NamedMeasure("success@5", ir.Success(rel=rel) @ 5),
        NamedMeasure("ap", ir.AP(rel=rel)),
        NamedMeasure("bpref", ir.Bpref(rel=rel)),
        NamedMeasure("judged@10", ir.Judged @ 10),
    )


def condensed(from_grade: int = 1) -> tuple[NamedMeasure, ...]:
    """The same on condensed lists: unjudged documents are taken out before measuring.

    With holes in the judgments, a plain measure takes every unjudged document as not relevant and a
    condensed one as never returned; the truth stands between the two. (Sakai, "Alternatives to Bpref",
    SIGIR 2007.)
    """
    ir, rel = ir_measures, from_grade
    return (
        NamedMeasure("condensed ndcg@10", ir.nDCG(judged_only=True) @ 10),
        NamedMeasure("condensed ap", ir.AP(rel=rel, judged_only=True)),
        NamedMeasure("condensed success@1", ir.Success(rel=rel, judged_only=True) @ 1),
        NamedMeasure("condensed success@5", ir.Success(rel=rel, judged_only=True) @ 5),
    )


Scores = Mapping[str, Mapping[str, float]]
"""Measure name to topic id to value."""


def per_topic(
    run: Run, qrels: Qrels, topics: Iterable[str], measures: Sequence[NamedMeasure]
) -> dict[str, dict[str, float]]:
    """The value of each measure for each of ``topics``, zero for a topic that was not answered.

    Raises:
        InputError: a topic has no relevant document.
    """
    wanted = tuple(dict.fromkeys(topics))
    hopeless = [topic for topic in wanted if not relevant(qrels, topic)]
    if hopeless:
        raise InputError(
            f"Aucun document pertinent n'est connu pour le sujet {hopeless[0]}",
            remedy="Complétez les jugements, ou retirez ce sujet de la mesure",
        )
    names = {named.measure: named.name for named in measures}
    values: dict[str, dict[str, float]] = {named.name: dict.fromkeys(wanted, 0.0) for named in measures}
    found = {topic: dict(run.rankings[topic]) for topic in wanted if run.rankings.get(topic)}
    if not found:
        return values
    for metric in ir_measures.iter_calc(list(names), only(qrels, wanted), found):
        values[names[metric.measure]][metric.query_id] = float(metric.value)
    return values


def means(scores: Scores) -> dict[str, float]:
    """The mean of each measure over its topics, zero when there is none."""
    return {name: statistics.fmean(values.values()) if values else 0.0 for name, values in scores.items()}


def by_category(scores: Scores, categories: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """The means of each category; ``categories`` gives each topic's. Sorted by name."""
    groups: dict[str, list[str]] = {}
    for topic, category in categories.items():
        groups.setdefault(category, []).append(topic)
    table: dict[str, dict[str, float]] = {}
    for category in sorted(groups):
        table[category] = means(
            {
                name: {topic: values[topic] for topic in groups[category] if topic in values}
                for name, values in scores.items()
            }
        )
    return table

"""The figures that the discussion may cite, by name: parts and systems are named as on the page.

==================================  =======================================================================
name                                figure
==================================  =======================================================================
``test.sujets``                     topics with an answer
``test.mots.ndcg@10``               a mean, in points; any measure of :mod:`eval.measures`, any system
``test.mots.aire``                  AUROC of the best score
``test.S.mots``                     nDCG@10 of the topics whose number begins with S, in points
``test.hybride-mots.écart``         difference of nDCG@10 in points; also ``bas``, ``haut`` (95 %), ``p`` (Holm), and
                                    for the last system ``p-objectif`` (Holm over its comparisons in nDCG@10 alone)
``test.S.nets``, ``…faux-nets``     share of topics said to be clearly answered, with and without an answer; ``…aire``
``sujet.S025.mots``                 nDCG@10 of one topic, in points
``paires.Sigles.mots.avant``        mean nDCG@10 of original forms; ``après``: of variants (blanks are dashes)
``échecs``, ``réponses``            topics whose first five documents answer nothing, of all that have an answer
``échec.S025``                      1 or 0
``devant.<document>``               times the hybrid puts it among the first three with grade 0, all topics counted
``fiches.known-item.mots.mrr@10``   a mean on the fiches, in points
``fiches.known-item.sujets``        questions
==================================  =======================================================================
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from eval.compare import PRIMARY, compare_all
from eval.evaluation import Evaluation
from eval.fiches import MeasuredSet
from eval.qrels import Qrels
from eval.sisse.discussion import Figure
from eval.sisse.part import Part


def figures(
    parts: Sequence[Part],
    pairs: Mapping[str, Mapping[str, tuple[float, float]]],
    sets: Sequence[MeasuredSet],
    qrels: Qrels,
) -> dict[str, Figure]:
    """Every figure there is, by name; ``pairs`` are means before and after, by category, then system."""
    found: dict[str, Figure] = {}
    for part in parts:
        found.update(_of_part(part, qrels))
    for category, systems in pairs.items():
        for system, (before, after) in systems.items():
            name = f"paires.{category.replace(' ', '-')}.{system}"
            found |= {f"{name}.avant": Figure(100 * before), f"{name}.après": Figure(100 * after)}
    successes = {t: value for part in parts for t, value in part.systems[-1].scores["success@5"].items()}
    found |= {f"échec.{topic}": Figure(1 - value, 0) for topic, value in successes.items()}
    in_front = Counter(
        document
        for part in parts
        for topic in part.topics
        for document in part.systems[-1].run.documents(topic.id, 3)
        if not qrels.get(topic.id, {}).get(document)
    )
    found |= {f"devant.{document}": Figure(times, 0) for document, times in in_front.items()}
    found["échecs"] = Figure(sum(value == 0 for value in successes.values()), 0)
    found["réponses"] = Figure(len(successes), 0)
    for measured in sets:
        name = f"fiches.{measured.name}"
        found[f"{name}.sujets"] = Figure(len(measured.collection.topics), 0)
        for evaluation in measured.systems:
            found.update(_means(f"{name}.{evaluation.run.name}", evaluation))
    return found


def _of_part(part: Part, qrels: Qrels) -> Iterator[tuple[str, Figure]]:
    name = part.split.value
    yield f"{name}.sujets", Figure(part.systems[0].summary["topics"], 0)
    for system in part.systems:
        yield from _means(f"{name}.{system.run.name}", system)
        yield from ((f"sujet.{t}.{system.run.name}", Figure(100 * v)) for t, v in system.scores[PRIMARY].items())
        if system.no_answer.separation is not None:
            yield f"{name}.{system.run.name}.aire", Figure(system.no_answer.separation, 2)
        for letter in part.clear:
            values = [value for topic, value in system.scores[PRIMARY].items() if topic.startswith(letter)]
            if values:
                yield f"{name}.{letter}.{system.run.name}", Figure(100 * sum(values) / len(values))
    for letter, clear in part.clear.items():
        yield f"{name}.{letter}.nets", Figure(100 * clear.answered_clear / max(clear.answered, 1), 0)
        yield f"{name}.{letter}.faux-nets", Figure(100 * clear.unanswerable_clear / max(clear.unanswerable, 1), 0)
        yield f"{name}.{letter}.aire", Figure(clear.separation, 2)
    for place, first in enumerate(part.systems[:-1]):
        for comparison in compare_all(first, part.systems[place + 1 :], part.topics, qrels):
            line = next(line for line in comparison.measures if line.measure == PRIMARY)
            pair = f"{name}.{comparison.second}-{comparison.first}"
            yield f"{pair}.écart", Figure(100 * line.difference)
            yield f"{pair}.bas", Figure(100 * line.interval.low)
            yield f"{pair}.haut", Figure(100 * line.interval.high)
            yield f"{pair}.p", Figure(line.p_holm, 3)

    for other, line in part.declared(qrels):
        yield f"{name}.{part.systems[-1].run.name}-{other}.p-objectif", Figure(line.p_holm, 3)


def _means(name: str, system: Evaluation) -> Iterator[tuple[str, Figure]]:
    for measure in system.scores:
        yield f"{name}.{measure}", Figure(100 * system.summary[measure])

"""The judging desk: what the store holds, as each assessor is to see it."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from corpus.errors import InputError
from eval.agreement import Judgments, agreement, settle
from eval.judging.store import JudgingStore
from eval.pool import to_judge
from eval.qrels import Qrels, beir_qrels, trec_qrels
from eval.topics import Topic
from search_api.engine.judging import (
    Dispute,
    Exported,
    JudgedTopic,
    PairAgreement,
    Pooled,
    Progress,
    QrelsForm,
    Task,
    Verdict,
)

SEED = 1968
"""Of the orders in which assessors read: fixed, so that work resumes where it stopped."""


class Assessing(JudgingStore):
    """A :class:`search_api.engine.judging.JudgingDesk`: the store, and what is worked out from it."""

    def assessors(self) -> tuple[str, ...]:
        """Everyone who judged something, by name."""
        return tuple(self.verdicts())

    def topic(self, topic_id: str) -> JudgedTopic | None:
        """A topic, or None."""
        return next((_judged(topic) for topic in self.topics() if topic.id == topic_id), None)

    def progress(self, assessor: str, compartments: Sequence[str]) -> tuple[Progress, ...]:
        """The topics to judge, in the assessor's own order."""
        topics = {topic.id: topic for topic in self.topics()}
        verdicts = self.verdicts().get(assessor, {})
        lines: list[Progress] = []
        for topic, items in _shuffled(self.items(compartments), assessor).items():
            given = [verdicts[item.id] for item in items if item.id in verdicts]
            done = sum(verdict.final for verdict in given)
            lines.append(Progress(_judged(topics[topic]), len(items), done, len(given) - done))
        return tuple(lines)

    def tasks(self, topic_id: str, assessor: str, compartments: Sequence[str]) -> tuple[Task, ...]:
        """The documents of a topic, shuffled for this assessor."""
        verdicts = self.verdicts().get(assessor, {})
        items = _shuffled(self.items(compartments, topic_id), assessor).get(topic_id, [])
        return tuple(Task(item, verdicts.get(item.id)) for item in items)

    def agreements(self, compartments: Sequence[str]) -> tuple[PairAgreement, ...]:
        """Every pair of assessors who graded something in common."""
        readings = self._readings({item.id: item for item in self.items(compartments)})
        pairs: list[PairAgreement] = []
        for (first, one), (second, two) in combinations(readings.items(), 2):
            found = agreement(one, two)
            if found.both:
                pairs.append(PairAgreement(first, second, found.both, found.equal, found.kappa))
        return tuple(pairs)

    def disputes(self, compartments: Sequence[str]) -> tuple[Dispute, ...]:
        """What waits for a decision, widest disagreement first."""
        items = {item.id: item for item in self.items(compartments)}
        undecided = settle(list(self._readings(items).values()), self._decisions(items)).undecided
        return tuple(Dispute(items[int(one.document)], tuple(map(_verdict, _sorted(one.grades)))) for one in undecided)

    def export(self, form: QrelsForm, compartments: Sequence[str]) -> Exported:
        """The judgments as they stand."""
        items = {item.id: item for item in self.items(compartments)}
        found = settle(list(self._readings(items).values()), self._decisions(items))
        text = _written(found.qrels, items, form)
        judged = sum(len(grades) for grades in found.qrels.values())
        return Exported(text, judged, len(found.alone), len(found.undecided))

    def reading(self, assessor: str, form: QrelsForm, compartments: Sequence[str]) -> str:
        """One assessor's own grades, as a file of judgments."""
        items = {item.id: item for item in self.items(compartments)}
        grades: dict[str, dict[str, int]] = {}
        for (topic, number), grade in self._readings(items).get(assessor, {}).items():
            if grade is not None:
                grades.setdefault(topic, {})[number] = grade
        return _written(grades, items, form)

    def _readings(self, items: Mapping[int, Pooled]) -> dict[str, Judgments]:
        """Each assessor's verdicts on ``items``, as judgments of numbers; what was put off is not a judgment."""
        return {
            assessor: {
                _key(items[item]): verdict.grade
                for item, verdict in verdicts.items()
                if item in items and verdict.final
            }
            for assessor, verdicts in self.verdicts().items()
        }

    def _decisions(self, items: Mapping[int, Pooled]) -> Judgments:
        return {_key(items[item]): made.grade for item, made in self.decisions().items() if item in items}


def _shuffled(items: Sequence[Pooled], assessor: str) -> dict[str, list[Pooled]]:
    """Topic to its items, both in the assessor's own order."""
    pooled: dict[str, set[str]] = {}
    for item in items:
        pooled.setdefault(item.topic, set()).add(str(item.id))
    numbered = {item.id: item for item in items}
    order: dict[str, list[Pooled]] = {}
    for one in to_judge({topic: frozenset(found) for topic, found in pooled.items()}, assessor, seed=SEED):
        order.setdefault(one.topic, []).append(numbered[int(one.document)])
    return order


def _written(grades: Qrels, items: Mapping[int, Pooled], form: QrelsForm) -> str:
    """Grades of numbers, written as grades of external ids."""
    qrels: dict[str, dict[str, int]] = {}
    for topic, numbers in grades.items():
        qrels[topic] = {items[int(number)].place.external_id: grade for number, grade in numbers.items()}
        if len(qrels[topic]) < len(numbers):
            raise InputError(
                f"un même nom désigne deux documents jugés pour le sujet {topic}, dans deux compartiments",
                remedy="Exportez un compartiment à la fois",
            )
    return trec_qrels(qrels) if form is QrelsForm.TREC else beir_qrels(qrels)


def _key(item: Pooled) -> tuple[str, str]:
    return item.topic, str(item.id)


def _judged(topic: Topic) -> JudgedTopic:
    return JudgedTopic(topic.id, topic.title, topic.description, topic.narrative)


def _verdict(grade: int | None) -> Verdict:
    return Verdict.UNJUDGEABLE if grade is None else Verdict(str(grade))


def _sorted(grades: Sequence[int | None]) -> list[int | None]:
    return sorted(grades, key=lambda grade: -1 if grade is None else grade)

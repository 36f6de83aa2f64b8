"""A split of the SISSE topics, asked to every system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.compare import MeasureComparison, compare, declared_family
from eval.evaluation import Evaluation, measure
from eval.qrels import Qrels
from eval.systems import REPORTED, searcher
from eval.topics import Split, Topic, in_split
from eval.workbench import SISSE, Workbench, counting, provenance
from indexer.encoder.protocol import Encoder
from search_api.engine.answer import SearchRequest
from search_api.engine.search import Engine


@dataclass(frozen=True, slots=True)
class Clear:
    """How the engine tells that nothing answers.

    Attributes:
        answered, unanswerable: how many topics have an answer, and how many have none.
        answered_clear, unanswerable_clear: how many of each the engine says are answered clearly.
        separation: probability that the best late interaction score of the first five documents is higher with an
            answer than without (AUROC).
    """

    answered: int
    answered_clear: int
    unanswerable: int
    unanswerable_clear: int
    separation: float


@dataclass(frozen=True, slots=True)
class Part:
    """One split, measured.

    Attributes:
        systems: evaluations in the order of :data:`eval.systems.REPORTED`.
        clear: by origin of the topics: the letter their numbers begin with.
        awaiting_ocr: files of the collection that could not be read for want of OCR.
    """

    split: Split
    topics: tuple[Topic, ...]
    systems: tuple[Evaluation, ...]
    clear: Mapping[str, Clear]
    awaiting_ocr: int

    def declared(self, qrels: Qrels) -> list[tuple[str, MeasureComparison]]:
        """The comparisons of the bar: the last system, which users see, with each of the others, by their names."""
        *others, shown = self.systems
        lines = declared_family([compare(other, shown, self.topics, qrels) for other in others])
        return [(other.run.name, line) for other, line in zip(others, lines, strict=True)]


def measured(bench: Workbench, data: Path, encoder: Encoder, topics: Sequence[Topic], qrels: Qrels) -> tuple[Part, ...]:
    """Ask every topic of both splits to every system, over the index in ``data``."""
    parts: list[Part] = []
    told = bench.engine(data, encoder)
    for split in (Split.TEST, Split.DEV):
        chosen = in_split(topics, split)
        systems: list[Evaluation] = []
        for system in REPORTED:
            engine = told.changed(weights=system.weights)
            made_with = provenance(engine, system.channel, SISSE / "topics.txt", SISSE / "qrels.tsv").as_dict()
            search, progress = searcher(engine, system.channel), counting(f"{split.value}, {system.name}")
            systems.append(measure(search, chosen, qrels, name=system.name, provenance=made_with, progress=progress))
        clear = {letter: _clear(told, [topic for topic in chosen if topic.id.startswith(letter)]) for letter in "SK"}
        parts.append(Part(split, chosen, tuple(systems), clear, told.coverage().awaiting_ocr))
    return tuple(parts)


def _clear(engine: Engine, topics: Sequence[Topic]) -> Clear:
    """Asked apart from what is timed: explanations take time."""
    clear: dict[bool, list[bool]] = {True: [], False: []}
    best: dict[bool, list[float]] = {True: [], False: []}
    for topic in topics:
        answer = engine.search(SearchRequest(query=topic.title, k=5, explain=True))
        late = [hit.explanation.scores.get("late", -1.0) for hit in answer.hits if hit.explanation]
        clear[topic.answerable].append(answer.clear)
        best[topic.answerable].append(max(late, default=-1.0))
    higher = [(a > b) + 0.5 * (a == b) for a in best[True] for b in best[False]]
    separation = sum(higher) / len(higher) if higher else 0.5
    return Clear(len(clear[True]), sum(clear[True]), len(clear[False]), sum(clear[False]), separation)

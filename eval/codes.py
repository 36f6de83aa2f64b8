"""What late interaction loses by how token vectors are kept: each way against full vectors, on the same topics."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from eval.compare import PRIMARY, Comparison, MeasureComparison, compare_all, number
from eval.evaluation import Evaluation, evaluate, measure
from eval.qrels import Qrels, relevant
from eval.runs import Searcher, read_run, trec_run
from eval.systems import SYSTEMS, once, searcher
from eval.token_ways import IN_USE, REFERENCE, Way
from eval.topics import Topic
from eval.workbench import counting
from search_api.engine.search import Engine

HYBRID, LATE = "classement hybride", "interaction tardive seule, sur les candidats que la fusion lui donne"
_RANKINGS = {HYBRID: SYSTEMS["hybrid"], LATE: SYSTEMS["late"]}
# No measure that is told looks further.
_DEPTH = 10
PASSAGE_TOKENS = 200
MOST_BYTES = 10 * 1024
"""What a passage of that many tokens may take."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a way of keeping token vectors takes.

    Attributes:
        bytes_each: a vector and its place in the text.
        share: vectors kept a token read.
    """

    bytes_each: int
    share: float

    @property
    def passage(self) -> float:
        """Bytes of a passage of :data:`PASSAGE_TOKENS` tokens."""
        return self.bytes_each * self.share * PASSAGE_TOKENS


@dataclass(frozen=True, slots=True)
class MeasuredWay:
    """One way, measured on a set of topics.

    Attributes:
        evaluations: by ranking, :data:`HYBRID` and :data:`LATE`.
    """

    way: Way
    size: Size
    evaluations: Mapping[str, Evaluation]


@dataclass(frozen=True, slots=True)
class ComparedWays:
    """Every way on one set of topics.

    Attributes:
        kept: :data:`eval.token_ways.REFERENCE` first.
        to_full, to_present: by ranking, each of the others with the full vectors, and with the codes in use; p-values
            corrected over all of them.
    """

    name: str
    kept: tuple[MeasuredWay, ...]
    to_full: Mapping[str, tuple[Comparison, ...]]
    to_present: Mapping[str, tuple[Comparison, ...]]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values: ranking to way to its size, measures and comparisons of :data:`PRIMARY` and MRR@10."""
        return {ranking: {one.way.name: self._told(ranking, one) for one in self.kept} for ranking in _RANKINGS}

    def _told(self, ranking: str, one: MeasuredWay) -> dict[str, Any]:
        told: dict[str, Any] = {"bytes": one.size.bytes_each, "passage_bytes": round(one.size.passage)}
        told |= {name: one.evaluations[ranking].summary[name] for name in (PRIMARY, "mrr@10", "topics")}
        for key, comparisons in (("to_full", self.to_full), ("to_present", self.to_present)):
            for name in (PRIMARY, "mrr@10"):
                if (line := _line(comparisons[ranking], one.way, name)) is not None:
                    told[f"{key} {name}"] = {
                        "difference": line.difference,
                        "low": line.interval.low,
                        "high": line.interval.high,
                        "p_holm": line.p_holm,
                        "wins": line.wins,
                        "losses": line.losses,
                    }
        return told

    def lines(self) -> list[str]:
        """Two Markdown tables, in points; the sizes that pass :data:`MOST_BYTES` are in italics."""
        first = self.kept[0].evaluations
        rows = [f"## {self.name} ({int(first[HYBRID].summary['topics'])} sujets)"]
        for ranking in first:
            rows += [
                "",
                f"**{ranking[0].upper()}{ranking[1:]}**, nDCG@10 et MRR@10 en points :",
                "",
                "| vecteurs gardés | octets | Kio les 200 jetons | nDCG@10 | écart aux flottants (95 %) "
                "| sujets gagnés, perdus | MRR@10 | écart aux flottants (95 %) | nDCG@10, écart à un bit (95 %) "
                "| p corrigée |",
                "| --- | ---: | ---: | ---: | --- | --- | ---: | --- | --- | ---: |",
            ]
            rows += [self._row(ranking, one) for one in self.kept]
        return rows

    def _row(self, ranking: str, one: MeasuredWay) -> str:
        summary = one.evaluations[ranking].summary
        full, reciprocal, present = (
            _line(comparisons[ranking], one.way, name)
            for comparisons, name in (
                (self.to_full, PRIMARY),
                (self.to_full, "mrr@10"),
                (self.to_present, PRIMARY),
            )
        )
        size = number(one.size.passage / 1024)
        cells = [
            one.way.name,
            str(one.size.bytes_each),
            f"*{size}*" if one.size.passage > MOST_BYTES else size,
            number(100 * summary[PRIMARY]),
            _gap(full),
            f"{full.wins}, {full.losses}" if full else "",
            number(100 * summary["mrr@10"]),
            _gap(reciprocal),
            _gap(present),
            number(present.p_holm, 3) if present else "",
        ]
        return f"| {' | '.join(cells)} |"


def _line(comparisons: Sequence[Comparison], way: Way, measure: str) -> MeasureComparison | None:
    """One measure of the comparison of a way; None where it would be compared with itself."""
    mine = (comparison for comparison in comparisons if comparison.second == way.name)
    return next((line for comparison in mine for line in comparison.measures if line.measure == measure), None)


def _gap(line: MeasureComparison | None) -> str:
    if line is None:
        return ""
    difference, low, high = (_signed(100 * value) for value in (line.difference, line.interval.low, line.interval.high))
    return f"{difference} ({low} à {high})"


def _signed(points: float) -> str:
    return ("+" if round(points, 1) > 0 else "") + number(round(points, 1) + 0.0)


Asked = Callable[[Way], tuple[Engine, Size]]
"""An engine whose token vectors are kept in a way, and what they take."""


@dataclass(frozen=True, slots=True)
class TopicSet:
    """Topics asked of one index.

    Attributes:
        made_with: what their runs are made with, the way to keep vectors apart.
    """

    name: str
    topics: Sequence[Topic]
    qrels: Qrels
    made_with: Mapping[str, Any] = field(default_factory=dict)

    @property
    def answered(self) -> list[Topic]:
        """Those that have an answer."""
        return [topic for topic in self.topics if topic.answerable and relevant(self.qrels, topic.id)]


def compare_ways(
    ways: Sequence[Way], ask: Asked, sets: Sequence[TopicSet], runs: Path | None = None
) -> tuple[ComparedWays, ...]:
    """Measure every way on the same topics; a question that several sets ask is asked once.

    Args:
        ways: the full vectors and the codes in use among them.
        runs: a folder where runs are kept: those made with the same are not made again.
    """
    measured: dict[str, list[MeasuredWay]] = {one.name: [] for one in sets}
    for way in ways:
        searchers = cache(partial(_asked, ask, way))
        for one in sets:
            measured[one.name].append(MeasuredWay(way, *_found(way, searchers, one, runs)))
    return tuple(
        ComparedWays(
            one.name,
            tuple(measured[one.name]),
            *(
                {ranking: _against(way, measured[one.name], ranking, one) for ranking in _RANKINGS}
                for way in (REFERENCE, IN_USE)
            ),
        )
        for one in sets
    )


def _asked(ask: Asked, way: Way) -> tuple[Size, dict[str, Searcher]]:
    engine, size = ask(way)
    return size, {
        ranking: once(searcher(engine.changed(weights=system.weights), system.channel))
        for ranking, system in _RANKINGS.items()
    }


def _against(way: Way, measured: Sequence[MeasuredWay], ranking: str, one: TopicSet) -> tuple[Comparison, ...]:
    first = next(each for each in measured if each.way is way)
    others = [each.evaluations[ranking] for each in measured if each is not first]
    return compare_all(first.evaluations[ranking], others, one.topics, one.qrels)


def _found(
    way: Way, searchers: Callable[[], tuple[Size, dict[str, Searcher]]], one: TopicSet, runs: Path | None
) -> tuple[Size, dict[str, Evaluation]]:
    """What a way is worth in both rankings, by its runs when they are there."""
    told = {**one.made_with, "set": one.name, "kept": way.name}
    paths = {} if runs is None else {ranking: _path(runs, told, ranking) for ranking in _RANKINGS}
    if paths and all(path.exists() for path in paths.values()):
        found = {ranking: replace(read_run(path), name=way.name) for ranking, path in paths.items()}
        size = Size(**found[HYBRID].provenance["size"])
        return size, {ranking: evaluate(run, one.answered, one.qrels) for ranking, run in found.items()}
    size, asked = searchers()
    told["size"] = asdict(size)
    measured = {}
    for ranking, search in asked.items():
        progress = counting(f"{one.name}, {way.name}, {ranking}")
        measured[ranking] = measure(
            search, one.answered, one.qrels, _DEPTH, name=way.name, provenance=told, progress=progress
        )
        if paths:
            paths[ranking].parent.mkdir(parents=True, exist_ok=True)
            paths[ranking].write_text(trec_run(measured[ranking].run), encoding="utf-8")
    return size, measured


def _path(runs: Path, told: Mapping[str, Any], ranking: str) -> Path:
    made = json.dumps([told, ranking], sort_keys=True, ensure_ascii=False)
    return runs / f"{hashlib.sha256(made.encode()).hexdigest()[:24]}.run"

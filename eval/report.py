"""A report on several systems: one HTML page that stands alone, the same in Markdown, and its figures in JSON."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from corpus.errors import InputError
from eval import plots
from eval.compare import FAMILY, LEVEL, MEASURE_LABELS, PRIMARY, Comparison, compare_all, number
from eval.evaluation import Evaluation
from eval.provenance import LABELS
from eval.qrels import Qrels, relevant
from eval.significance import SEED, Interval, bootstrap
from eval.topics import Topic

SHOWN = ("ndcg@10", "judged@10", "condensed ndcg@10", "mrr@10", "recall@100", "success@1", "success@5", "ap", "bpref")
"""Columns of the table of systems; ``judged@10`` stands beside every nDCG."""

COLUMN_LABELS = MEASURE_LABELS | {
    "judged@10": "jugés à 10",
    "condensed ndcg@10": "nDCG@10 condensé",
    "bpref": "bpref",
}
SIDE_BY_SIDE = 5
"""Topics whose rankings are shown, at each end of the comparison."""

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Report:
    """The three forms of one report."""

    html: str
    markdown: str
    data: dict[str, Any]

    def write(self, directory: Path, name: str = "report") -> tuple[Path, Path, Path]:
        """Write ``name.html``, ``name.md`` and ``name.json`` in ``directory``, made if needed."""
        directory.mkdir(parents=True, exist_ok=True)
        paths = (directory / f"{name}.html", directory / f"{name}.md", directory / f"{name}.json")
        paths[0].write_text(self.html, encoding="utf-8")
        paths[1].write_text(self.markdown, encoding="utf-8")
        paths[2].write_text(
            json.dumps(self.data, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8"
        )
        return paths


@dataclass(frozen=True, slots=True)
class Failure:
    """A topic whose first five documents hold no answer, with what came first and what was expected."""

    topic: str
    title: str
    found: tuple[str, ...]
    expected: tuple[str, ...]


def make_report(
    title: str,
    systems: Sequence[Evaluation],
    topics: Sequence[Topic],
    qrels: Qrels,
    *,
    notes: Sequence[str] = (),
    seed: int = SEED,
) -> Report:
    """Report on ``systems``, measured on the same topics: the first is the reference, the last the proposal.

    The same evaluations give the same bytes.

    Args:
        notes: paragraphs of plain text put under the title.

    Raises:
        InputError: no system, two of the same name, or different topics.
    """
    names = [system.run.name for system in systems]
    if not systems or len(set(names)) != len(names):
        raise InputError(
            "Un rapport compare des systèmes de noms différents", remedy="Donnez un nom distinct à chaque run"
        )
    compared = compare_all(systems[0], systems[1:], topics, qrels, seed=seed)
    lines = [_line(system, seed) for system in systems]
    context: dict[str, Any] = {
        "title": title,
        "notes": tuple(notes),
        "names": names,
        "columns": [COLUMN_LABELS[name] for name in SHOWN],
        "systems": lines,
        "topics": int(systems[0].summary["topics"]),
        "comparisons": compared,
        "warnings": tuple(dict.fromkeys(text for comparison in compared for text in comparison.warnings)),
        "measure_labels": MEASURE_LABELS,
        "families": len(FAMILY) * len(compared),
        "categories": _categories(systems),
        "category_counts": _category_counts(systems[0], topics),
        "last": compared[-1] if compared else None,
        "extremes": _extremes(compared[-1]) if compared else (),
        "failures": _failures(systems[-1], topics, qrels),
        "no_answer": [(system.run.name, system.no_answer) for system in systems],
        "provenance": [(system.run.name, _provenance(system)) for system in systems],
    }
    data = {
        "title": title,
        "systems": {system.run.name: system.as_dict() for system in systems},
        "intervals": {line["name"]: [line["low"], line["high"]] for line in lines},
        "per_topic": {
            system.run.name: {name: dict(values) for name, values in system.scores.items()} for system in systems
        },
        "comparisons": [comparison.as_dict() for comparison in compared],
    }
    return Report(_render("report.html", context, systems), _render("report.md", context, systems), data)


def interval_of(system: Evaluation, seed: int = SEED) -> Interval:
    """The interval of the primary measure's mean."""
    return bootstrap(list(system.scores[PRIMARY].values()), level=LEVEL, seed=seed)


def _line(system: Evaluation, seed: int) -> dict[str, Any]:
    interval = interval_of(system, seed)
    return {
        "name": system.run.name,
        "values": [number(100 * system.summary[name]) for name in SHOWN],
        "mean": system.summary[PRIMARY],
        "low": interval.low,
        "high": interval.high,
        "p50": system.summary["p50_ms"],
        "p95": system.summary["p95_ms"],
    }


def _categories(systems: Sequence[Evaluation]) -> dict[str, dict[str, float]]:
    return {
        category: {system.run.name: system.categories[category][PRIMARY] for system in systems}
        for category in systems[0].categories
    }


def _category_counts(system: Evaluation, topics: Sequence[Topic]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for topic in topics:
        if topic.id in system.scores[PRIMARY]:
            counts[topic.category] = counts.get(topic.category, 0) + 1
    return counts


def _extremes(comparison: Comparison) -> tuple[Any, ...]:
    gained = [topic for topic in comparison.topics[:SIDE_BY_SIDE] if topic.difference > 0]
    lost = [topic for topic in comparison.topics[-SIDE_BY_SIDE:] if topic.difference < 0]
    return (*gained, *lost)


def _failures(system: Evaluation, topics: Sequence[Topic], qrels: Qrels) -> tuple[Failure, ...]:
    return tuple(
        Failure(
            topic.id,
            topic.title,
            system.run.documents(topic.id, 3),
            tuple(sorted(relevant(qrels, topic.id), key=lambda d: (-qrels[topic.id][d], d))[:3]),
        )
        for topic in topics
        if system.scores["success@5"].get(topic.id) == 0
    )


def _provenance(system: Evaluation) -> list[tuple[str, str]]:
    found = system.run.provenance
    return [
        (label, found[key] if isinstance(found[key], str) else json.dumps(found[key], ensure_ascii=False))
        for key, label in LABELS.items()
        if found.get(key)
    ]


def _render(template: str, context: Mapping[str, Any], systems: Sequence[Evaluation]) -> str:
    html = template.endswith(".html")
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        # Markdown escapes each value itself, with the filter "md".
        autoescape=html,  # noqa: S701
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["points"] = lambda value: number(round(100 * value, 1) + 0.0)
    environment.filters["number"] = number
    environment.filters["p"] = lambda value: "< 0,001" if value < 0.001 else number(value, 3)
    environment.filters["md"] = markdown_text
    figures: dict[str, Callable[[], str]] = {}
    if html:
        lines = context["systems"]
        figures["intervals"] = lambda: plots.intervals(
            context["names"], [x["mean"] for x in lines], [x["low"] for x in lines], [x["high"] for x in lines]
        )
        if context["last"]:
            figures["gains"] = lambda: plots.gains([topic.difference for topic in context["last"].topics])
        if context["categories"]:
            figures["categories"] = lambda: plots.categories(context["categories"])
    # The figures are drawn here from numbers and labels that matplotlib has escaped.
    drawn = {name: Markup(draw()) for name, draw in figures.items()}  # noqa: S704
    return environment.get_template(template).render(context, figures=drawn)


def markdown_text(text: object) -> str:
    """``text`` as Markdown that shows exactly that, on one line, also inside a table."""
    line = " ".join(str(text).split())
    return re.sub(r"([\\`*_{}\[\]<>#|~&!])", r"\\\1", line)

"""The official guidance for firms, measured: known items and question sheets, titles removed from their texts."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.recipes import fiches
from eval.beir import BeirCollection, read_beir
from eval.collection import indexed
from eval.compare import compare, compare_all, number
from eval.evaluation import Evaluation, measure
from eval.report import interval_of
from eval.runs import Searcher
from eval.systems import REPORTED, System, once, searcher
from eval.workbench import Workbench, counting, provenance
from indexer.encoder.protocol import Encoder
from search_api.engine.search import Engine

SETS = {
    "known-item": "Documents connus : le titre de chaque fiche est la question, et n’est plus dans les textes",
    "questions": "Fiches « Question-réponse » : seuls les titres qui sont des questions, parmi toutes les fiches",
}
"""Folder of a set, and what it asks."""


@dataclass(frozen=True, slots=True)
class MeasuredSet:
    """One set: its topics and what each system is worth on them."""

    name: str
    collection: BeirCollection
    systems: tuple[Evaluation, ...]


def measured_fiches(
    bench: Workbench, encoder: Encoder, built: Path | None = None, kept: Path | None = None
) -> tuple[MeasuredSet, ...]:
    """Ask every topic of both sets to every system; the sheets are built first when ``built`` is None.

    Both sets have the same corpus, which is indexed once (in ``kept``, see :func:`eval.collection.indexed`), and a
    question of both is asked once.

    Raises:
        UnreachableError: the npm registry is needed and does not answer.
        InputError: ``built`` holds something else.
    """
    with tempfile.TemporaryDirectory(prefix="reuni-fiches-") as scratch:
        folder = built or Path(scratch) / "fiches"
        if built is None:
            fiches.build(folder, lambda label, done, total: counting(label)(done, total))
        fiches.check_digests(folder)
        collections = {name: read_beir(folder / name) for name in SETS}
        with indexed(bench, {"fiches": collections["known-item"].corpus}, encoder, kept) as made:
            engine = bench.engine(made.data, encoder)
            ways = [(system, engine.changed(weights=system.weights)) for system in REPORTED]
            asked = [(system, way, once(searcher(way, system.channel))) for system, way in ways]
            return tuple(
                MeasuredSet(
                    name,
                    collection,
                    tuple(
                        _measured(system, engine, search, folder / name, collection) for system, engine, search in asked
                    ),
                )
                for name, collection in collections.items()
            )


def _measured(system: System, engine: Engine, search: Searcher, folder: Path, collection: BeirCollection) -> Evaluation:
    made_with = provenance(engine, system.channel, folder / "queries.jsonl", folder / "qrels" / "test.tsv")
    return measure(
        search,
        collection.topics,
        collection.qrels,
        name=system.name,
        provenance=made_with.as_dict(),
        progress=counting(f"{folder.name}, {system.name}"),
    )


def fiches_section(sets: Sequence[MeasuredSet]) -> str:
    """The part of the page about the sheets, in Markdown."""
    package = fiches.PACKAGE
    lines = [
        "## Fiches pratiques pour les entreprises",
        "",
        f"Paquet npm `{package.name}` {package.version} ({package.size} octets, {package.integrity[:20]}…),",
        "construit par `python -m corpus.recipes.fiches`. Une fiche répond à chaque titre, ou deux quand elles le",
        "partagent : « jugés à 10 » n’y dépasse donc guère 10. La collection n’a pas de catégories.",
        "`docs/measurements.md` (« Known items in the fiches ») dit quels choix ont été faits en regardant une moitié",
        "des titres.",
    ]
    for measured in sets:
        topics = len(measured.collection.topics)
        lines += [
            "",
            f"### {SETS[measured.name]}",
            "",
            f"{topics} questions, {measured.collection.documents} documents "
            f"(corpus {measured.collection.sha256[:16]}…).",
            "",
            "| système | nDCG@10 | intervalle à 95 % | jugés à 10 | MRR@10 | premier document bon | bon parmi cinq | "
            "rappel à 100 |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]
        for system in measured.systems:
            interval = interval_of(system)
            figures = [number(100 * system.summary["ndcg@10"]), f"{_points(interval.low)} à {_points(interval.high)}"]
            names = ("judged@10", "mrr@10", "success@1", "success@5", "recall@100")
            figures += [_points(system.summary[name]) for name in names]
            lines.append(f"| {system.run.name} | {' | '.join(figures)} |")
        lines.append("")
        compared = compare_all(
            measured.systems[0], measured.systems[1:], measured.collection.topics, measured.collection.qrels
        )
        fusion, hybrid = measured.systems[-2:]
        added = compare(fusion, hybrid, measured.collection.topics, measured.collection.qrels)
        lines += [f"- {comparison.verdict}" for comparison in (*compared, added)]
    return "\n".join(lines)


def _points(value: float) -> str:
    return number(100 * value)

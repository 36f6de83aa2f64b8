"""``reuni eval pool``: what assessors are given to judge."""

from pathlib import Path
from typing import Any

import click

from eval.judging.pooling import fill, first_documents
from eval.pool import DEPTH
from eval.runs import read_run
from eval.systems import SYSTEMS, searcher
from eval.workbench import Workbench, chosen_topics, counting, json_option, show, split_option, topics_option


@click.command()
@topics_option
@split_option
@click.option(
    "--system",
    "systems",
    type=click.Choice(list(SYSTEMS)),
    multiple=True,
    help="Système à interroger (répétable) ; par défaut, tous.",
)
@click.option(
    "--run",
    "runs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Run d’un autre système, au format TREC (répétable).",
)
@click.option("--depth", type=click.IntRange(1, 1000), default=DEPTH, show_default=True, help="Profondeur.")
@click.option("--compartment", "compartments", multiple=True, help="Compartiments à ouvrir (répétable).")
@json_option
@click.pass_obj
def pool(
    bench: Workbench,
    topics_path: Path,
    split: str | None,
    systems: tuple[str, ...],
    runs: tuple[Path, ...],
    depth: int,
    compartments: tuple[str, ...],
    as_json: bool,
) -> None:
    """Donner à juger les premiers documents de plusieurs systèmes, mêlés et anonymes, à la page /jugement."""
    topics = chosen_topics(topics_path, split)
    engine = bench.engine()
    opened = compartments or tuple(sorted(engine.coverage().generations))
    brought = [read_run(path) for path in runs]
    for key in systems or (() if runs else tuple(SYSTEMS)):
        system = SYSTEMS[key]
        search = searcher(engine.changed(weights=system.weights), system.channel, opened)
        brought.append(first_documents(system.name, search, topics, depth, counting(system.name)))
    filled = fill(engine, topics, brought, opened, depth, counting("Passages à montrer"))
    found = {topic for topic, _ in filled.found}
    added = bench.judging().add_pool(
        [topic for topic in topics if topic.id in found], filled.found, [run.name for run in brought], depth
    )
    summary: dict[str, Any] = {
        "topics": len(found),
        "documents": len(filled.found),
        "added": added,
        "missing": len(filled.missing),
        "systems": {line.run: {"documents": line.documents, "alone": line.alone} for line in filled.contributions},
    }
    show(summary, as_json)
    if not as_json:
        for line in filled.contributions:
            click.echo(f"{line.run:>24}  {line.documents} documents, dont {line.alone} qu’il est seul à apporter")
        click.echo("Les assesseurs les trouvent à la page /jugement de « reuni serve ».")

"""``reuni eval``: measuring, from the command line.

The command line gives these commands the workbench (``context.obj``), so that this room builds nothing itself.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from eval.alerts_command import alerts
from eval.beir import read_beir
from eval.codes_command import codes
from eval.collection import indexed
from eval.compare import compare
from eval.evaluation import evaluate, measure
from eval.exact_command import exact
from eval.forms_command import forms
from eval.judging.commands import pool
from eval.qrels import read_qrels
from eval.runs import Run, read_run, trec_run
from eval.sisse.commands import gate, relevance
from eval.sweep_command import sweep_weights
from eval.systems import searcher
from eval.tuning_commands import ablation, learn_weights
from eval.workbench import (
    Workbench,
    channel_option,
    chosen_topics,
    counting,
    json_option,
    kept_option,
    provenance,
    qrels_option,
    show,
    split_option,
    topics_option,
)
from search_api.engine.answer import Channel


@click.group("eval")
def evaluation() -> None:
    """Mesurer la pertinence."""


for command in (pool, gate, relevance, sweep_weights, learn_weights, ablation, codes, exact, forms, alerts):
    evaluation.add_command(command)


@evaluation.command("run")
@topics_option
@qrels_option
@split_option
@channel_option
@click.option("--name", help="Nom du système dans le run ; par défaut, le canal.")
@click.option("--out", type=click.Path(path_type=Path), help="Écrire le run au format TREC.")
@json_option
@click.pass_obj
def run(
    bench: Workbench,
    topics_path: Path,
    qrels_path: Path,
    split: str | None,
    channel: str,
    name: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Mesurer l’index courant."""
    topics, qrels = chosen_topics(topics_path, split), read_qrels(qrels_path)
    engine = bench.engine()
    made_with = provenance(engine, Channel(channel), topics_path, qrels_path)
    result = measure(
        searcher(engine, Channel(channel)),
        topics,
        qrels,
        name=name or channel,
        provenance=made_with.as_dict(),
        progress=counting("Sujets"),
    )
    if out is not None:
        out.write_text(trec_run(result.run), encoding="utf-8")
    show({"channel": channel, **result.as_dict()}, as_json)


@evaluation.command("compare")
@click.argument("run_a", type=click.Path(path_type=Path))
@click.argument("run_b", type=click.Path(path_type=Path))
@topics_option
@qrels_option
@split_option
@json_option
def compare_runs(
    run_a: Path, run_b: Path, topics_path: Path, qrels_path: Path, split: str | None, as_json: bool
) -> None:
    """Comparer deux runs : gains et pertes par sujet, intervalles, valeurs p corrigées, verdict."""
    topics, qrels = chosen_topics(topics_path, split), read_qrels(qrels_path)
    first, second = (evaluate(_named(path), topics, qrels) for path in (run_a, run_b))
    found = compare(first, second, topics, qrels)
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False))
        return
    for line in found.measures:
        click.echo(
            f"{line.measure:>12}  {line.first:.4f} → {line.second:.4f}  ({line.difference:+.4f}, "
            f"[{line.interval.low:+.4f} ; {line.interval.high:+.4f}], p = {line.p_holm:.4f}, "
            f"{line.wins} gains, {line.losses} pertes, {line.ties} égalités)"
        )
    for topic in (*found.topics[:5], *found.topics[-5:]):
        click.echo(f"{topic.difference:+.4f}  {topic.topic}  {topic.title}")
    for warning in found.warnings:
        click.echo(warning)
    click.echo(found.verdict)


def _named(path: Path) -> Run:
    """A run named by its file, so that two runs of one system have two names."""
    return replace(read_run(path), name=path.stem)


@evaluation.command("report")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@topics_option
@qrels_option
@split_option
@click.option("--title", default="Pertinence", show_default=True, help="Titre du rapport.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Dossier du rapport.")
@json_option
def report(
    runs: tuple[Path, ...],
    topics_path: Path,
    qrels_path: Path,
    split: str | None,
    title: str,
    out: Path,
    as_json: bool,
) -> None:
    """Écrire un rapport (HTML, Markdown, JSON) ; le premier run est la référence, le dernier la proposition."""
    from eval.report import make_report

    topics, qrels = chosen_topics(topics_path, split), read_qrels(qrels_path)
    systems = [evaluate(_named(path), topics, qrels) for path in runs]
    written = make_report(title, systems, topics, qrels).write(out)
    if as_json:
        click.echo(json.dumps({"written": [str(path) for path in written]}, ensure_ascii=False))
    else:
        click.echo("\n".join(map(str, written)))


@evaluation.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--split", default="test", show_default=True, help="Partie des jugements (qrels/PARTIE.tsv).")
@kept_option
@channel_option
@click.option("--out", type=click.Path(path_type=Path), help="Écrire le run au format TREC.")
@json_option
@click.pass_obj
def beir(
    bench: Workbench, folder: Path, split: str, kept: Path | None, channel: str, out: Path | None, as_json: bool
) -> None:
    """Indexer et mesurer un dossier au format BEIR, dans un dossier de données temporaire."""
    collection = read_beir(folder, split)
    encoder = bench.encoder()
    with indexed(bench, {folder.name or "beir": collection.corpus}, encoder, kept) as made:
        search = searcher(bench.engine(made.data, encoder), Channel(channel))
        result = measure(
            search, collection.topics, collection.qrels, name=f"{folder.name}-{channel}", progress=counting("Requêtes")
        )
    if out is not None:
        out.write_text(trec_run(result.run), encoding="utf-8")
    summary: dict[str, Any] = {
        "channel": channel,
        **result.as_dict(),
        "documents": collection.documents,
        "passages": made.drops[-1].published.passages,
        "index_s": round(made.drops[-1].seconds, 3),
        "missing": len(collection.missing),
    }
    show(summary, as_json)

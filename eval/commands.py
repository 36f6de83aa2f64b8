"""``reuni eval``: measuring, from the command line.

The command line gives these commands the workbench (``context.obj``), so that this room builds nothing itself.
"""

import json
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import click

from eval.beir import read_beir
from eval.compare import compare
from eval.evaluation import evaluate, measure
from eval.provenance import Provenance, code_version, collection_hash, file_hash
from eval.qrels import read_qrels
from eval.runs import Run, Scored, Searcher, read_run, trec_run
from eval.topics import Split, Topic, in_split, read_topics
from indexer.encoder.protocol import Encoder
from indexer.indexing import Indexing
from search_api.engine.answer import Channel, SearchRequest
from search_api.engine.search import Engine

_CHANNEL = click.option(
    "--channel",
    type=click.Choice([channel.value for channel in Channel]),
    default=Channel.HYBRID.value,
    show_default=True,
    help="Ce qui classe : les mots, le sens, ou les deux.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Répondre par une ligne de JSON.")


class Workbench(Protocol):
    """The parts a measurement needs."""

    def encoder(self) -> Encoder:
        """The prepared encoder."""
        ...

    def engine(self, data: Path | None = None, encoder: Any = None) -> Engine:
        """An engine over a data directory."""
        ...

    def indexing(
        self, compartment: str, *, data: Path | None = None, encoder: Any = None
    ) -> AbstractContextManager[Indexing]:
        """What indexes drops."""
        ...


def searcher(engine: Engine, channel: Channel) -> Searcher:
    """An engine's channel as a system to measure: external ids and scores.

    Versions are not folded: each document has its judgment.
    """

    def search(query: str, k: int, /) -> Sequence[Scored]:
        answer = engine.search(SearchRequest(query=query, k=k, channel=channel, marks=False, fold=False))
        return [(hit.document.external_id, hit.score) for hit in answer.hits]

    return search


@click.group("eval")
def evaluation() -> None:
    """Mesurer la pertinence."""


SISSE = Path(__file__).parent / "sisse"
_TOPICS = click.option(
    "--topics",
    "topics_path",
    type=click.Path(path_type=Path),
    default=SISSE / "topics.txt",
    help="Sujets, au format TREC ou BEIR ; par défaut, ceux du SISSE.",
)
_QRELS = click.option(
    "--qrels",
    "qrels_path",
    type=click.Path(path_type=Path),
    default=SISSE / "qrels.tsv",
    help="Jugements, au format TREC ou BEIR ; par défaut, ceux du SISSE.",
)
_SPLIT = click.option("--split", type=click.Choice(["dev", "test"]), help="Ne mesurer que cette partie des sujets.")


@evaluation.command("run")
@_TOPICS
@_QRELS
@_SPLIT
@_CHANNEL
@click.option("--name", help="Nom du système dans le run ; par défaut, le canal.")
@click.option("--out", type=click.Path(path_type=Path), help="Écrire le run au format TREC.")
@_JSON
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
    topics, qrels = _topics(topics_path, split), read_qrels(qrels_path)
    engine = bench.engine()
    provenance = _provenance(engine, channel, topics_path, qrels_path)
    result = measure(
        searcher(engine, Channel(channel)), topics, qrels, name=name or channel, provenance=provenance.as_dict()
    )
    if out is not None:
        out.write_text(trec_run(result.run), encoding="utf-8")
    _show({"channel": channel, **result.as_dict()}, as_json)


def _topics(path: Path, split: str | None) -> Sequence[Topic]:
    return in_split(read_topics(path), Split(split) if split else None)


def _provenance(engine: Engine, channel: str, topics: Path, qrels: Path) -> Provenance:
    coverage = engine.coverage()
    return Provenance(
        collection=collection_hash(engine.contents()),
        generation=", ".join(f"{name} {generation}" for name, generation in sorted(coverage.generations.items())),
        code=code_version(Path(__file__).parent.parent),
        encoder=engine.encoder.name,
        encoder_fingerprint=engine.encoder.fingerprint,
        parameters={"channel": channel, **engine.parameters()},
        topics=file_hash(topics),
        qrels=file_hash(qrels),
    )


@evaluation.command("compare")
@click.argument("run_a", type=click.Path(path_type=Path))
@click.argument("run_b", type=click.Path(path_type=Path))
@_TOPICS
@_QRELS
@_SPLIT
@_JSON
def compare_runs(
    run_a: Path, run_b: Path, topics_path: Path, qrels_path: Path, split: str | None, as_json: bool
) -> None:
    """Comparer deux runs : gains et pertes par sujet, intervalles, valeurs p corrigées, verdict."""
    topics, qrels = _topics(topics_path, split), read_qrels(qrels_path)
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
@_TOPICS
@_QRELS
@_SPLIT
@click.option("--title", default="Pertinence", show_default=True, help="Titre du rapport.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Dossier du rapport.")
@_JSON
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

    topics, qrels = _topics(topics_path, split), read_qrels(qrels_path)
    systems = [evaluate(_named(path), topics, qrels) for path in runs]
    written = make_report(title, systems, topics, qrels).write(out)
    if as_json:
        click.echo(json.dumps({"written": [str(path) for path in written]}, ensure_ascii=False))
    else:
        click.echo("\n".join(map(str, written)))


@evaluation.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--split", default="test", show_default=True, help="Partie des jugements (qrels/PARTIE.tsv).")
@_CHANNEL
@click.option("--out", type=click.Path(path_type=Path), help="Écrire le run au format TREC.")
@_JSON
@click.pass_obj
def beir(bench: Workbench, folder: Path, split: str, channel: str, out: Path | None, as_json: bool) -> None:
    """Indexer et mesurer un dossier au format BEIR, dans un dossier de données temporaire."""
    collection = read_beir(folder, split)
    encoder = bench.encoder()
    with tempfile.TemporaryDirectory(prefix="reuni-beir-") as temporary:
        data = Path(temporary)
        with bench.indexing("general", data=data, encoder=encoder) as indexing:
            indexed = indexing.drop(collection.corpus, name=folder.name or "beir")
        engine = bench.engine(data, encoder)
        result = measure(
            searcher(engine, Channel(channel)), collection.topics, collection.qrels, name=f"{folder.name}-{channel}"
        )
    if out is not None:
        out.write_text(trec_run(result.run), encoding="utf-8")
    summary: dict[str, Any] = {
        "channel": channel,
        **result.as_dict(),
        "documents": collection.documents,
        "passages": indexed.published.passages,
        "index_s": round(indexed.seconds, 3),
        "missing": len(collection.missing),
    }
    _show(summary, as_json)


def _show(summary: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
        return
    for key, value in summary.items():
        if not isinstance(value, dict):
            click.echo(f"{key:>24}  {value:.4f}" if isinstance(value, float) else f"{key:>24}  {value}")

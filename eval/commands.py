"""``reuni eval``: measuring, from the command line.

The command line gives these commands the workbench (``context.obj``), so that this room builds nothing itself.
"""

import json
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import click

from eval.runs import Scored, Searcher
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
    """An engine's channel as a system to measure: external ids and scores."""

    def search(query: str, k: int, /) -> Sequence[Scored]:
        answer = engine.search(SearchRequest(query=query, k=k, channel=channel))
        return [(hit.document.external_id, hit.score) for hit in answer.hits]

    return search


@click.group("eval")
def evaluation() -> None:
    """Mesurer la pertinence."""


@evaluation.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--split", default="test", show_default=True, help="Partie des jugements (qrels/PARTIE.tsv).")
@_CHANNEL
@_JSON
@click.pass_obj
def beir(bench: Workbench, folder: Path, split: str, channel: str, as_json: bool) -> None:
    """Indexer et mesurer un dossier au format BEIR."""
    from eval.beir import read_beir
    from eval.evaluation import measure

    collection = read_beir(folder, split)
    encoder = bench.encoder()
    with tempfile.TemporaryDirectory(prefix="reuni-beir-") as temporary:
        data = Path(temporary)
        with bench.indexing("general", data=data, encoder=encoder) as indexing:
            indexed = indexing.drop(collection.corpus, name=folder.name or "beir")
        engine = bench.engine(data, encoder)
        result = measure(searcher(engine, Channel(channel)), collection.topics, collection.qrels)
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

"""``reuni eval exact``: the exact guarantee, measured on generated papers."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from eval.exact import AROUND, CASES, NOISE, Case, missed, papers, write_papers
from eval.workbench import Workbench, json_option, show
from indexer.compartment import DEFAULT
from indexer.encoder.protocol import Encoder
from search_api.engine.answer import Channel
from search_api.engine.search import Engine


@click.command("exact")
@json_option
@click.pass_obj
def exact(bench: Workbench, as_json: bool) -> None:
    """Chercher 200 identifiants et expressions entre guillemets dans des documents faits exprès.

    Affiche la part des cas dont le document vient en tête : dans chaque canal, parmi d’autres mots, puis avec 2 % de
    caractères mal reconnus dans les documents.
    """
    encoder = bench.encoder()
    summary: dict[str, float | int] = {"cases": CASES}
    with tempfile.TemporaryDirectory(prefix="reuni-exact-") as folder:
        engine, cases = _indexed(bench, encoder, Path(folder) / "clean", 0.0)
        for channel in Channel:
            summary[f"success@1 {channel.value}"] = _share(engine, cases, channel)
        summary["success@1 among words"] = _share(engine, cases, Channel.HYBRID, AROUND)
        engine, cases = _indexed(bench, encoder, Path(folder) / "noisy", NOISE)
        summary["success@1 noisy"] = _share(engine, cases, Channel.HYBRID)
    show(summary, as_json)


def _indexed(bench: Workbench, encoder: Encoder, folder: Path, noise: float) -> tuple[Engine, tuple[Case, ...]]:
    texts, cases = papers(noise)
    files, data = write_papers(folder / "papers", texts), folder / "data"
    with bench.indexing(DEFAULT, data=data, encoder=encoder) as indexing:
        indexing.drop(files, name="exact")
    return bench.engine(data, encoder), cases


def _share(engine: Engine, cases: Sequence[Case], channel: Channel, around: str = "") -> float:
    return 1 - len(list(missed(engine, cases, channel, around))) / len(cases)

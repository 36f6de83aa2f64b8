"""``reuni eval sweep``: which weights are best on the current index, and whether that holds on other topics."""

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click

from corpus.errors import InputError
from eval.compare import MEASURE_LABELS, number
from eval.measures import standard
from eval.qrels import read_qrels, relevant
from eval.runs import Run, make_run
from eval.sweep import FOLDS, Setting, Sweep, grid, sweep
from eval.systems import searcher
from eval.topics import Split
from eval.workbench import (
    Workbench,
    channel_option,
    chosen_topics,
    counting,
    json_option,
    qrels_option,
    show,
    topics_option,
)
from search_api.engine.answer import Channel
from search_api.engine.fusion import Weights

PARAMETERS = tuple(field.name for field in fields(Weights))
IN_USE: Setting = {}
"""The weights in use, which are tried with the others."""
MOST = 200
"""Settings of one sweep: each asks every topic."""


def read_axes(texts: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """``name=value,value…`` texts as axes of a grid.

    Raises:
        InputError: an unknown parameter, one named twice, no value, or a value that is not a number from 0.
    """
    axes: dict[str, tuple[float, ...]] = {}
    for text in texts:
        name, _, given = text.partition("=")
        if name not in PARAMETERS or name in axes:
            raise InputError(
                f"« {text} » ne nomme pas un paramètre, ou le nomme une seconde fois",
                remedy=f"Paramètres : {', '.join(PARAMETERS)}",
            )
        try:
            values = tuple(float(value) for value in given.split(","))
        except ValueError:
            values = ()
        # Not a number fails both comparisons.
        if not values or not all(0 <= value <= 1e6 for value in values):
            raise InputError(
                f"« {text} » ne donne pas des nombres à partir de 0", remedy="Écrivez par exemple late=0.3,0.45,0.6"
            )
        axes[name] = values
    return axes


@click.command("sweep")
@topics_option
@qrels_option
@click.option(
    "--split",
    type=click.Choice([*(split.value for split in Split), "all"]),
    default=Split.DEV.value,
    show_default=True,
    help="Partie des sujets ; « test » ne sert pas à régler.",
)
@channel_option
@click.option(
    "--axis",
    "axes",
    multiple=True,
    required=True,
    help=f"Paramètre et valeurs à essayer, par exemple late=0.3,0.45 (répétable) : {', '.join(PARAMETERS)}.",
)
@click.option(
    "--measure",
    type=click.Choice([named.name for named in standard()]),
    default="ndcg@10",
    show_default=True,
    help="Ce qui départage les réglages.",
)
@click.option("--folds", type=click.IntRange(2, 50), default=FOLDS, show_default=True, help="Plis de la validation.")
@json_option
@click.pass_obj
def sweep_weights(
    bench: Workbench,
    topics_path: Path,
    qrels_path: Path,
    split: str,
    channel: str,
    axes: tuple[str, ...],
    measure: str,
    folds: int,
    as_json: bool,
) -> None:
    """Essayer des réglages sur l’index courant, avec validation croisée par sujet."""
    settings: list[Setting] = [IN_USE, *grid(read_axes(axes))]
    if len(settings) > MOST:
        raise InputError(f"{len(settings)} réglages, {MOST} au plus", remedy="Donnez moins de valeurs à chaque axe")
    qrels = read_qrels(qrels_path)
    topics = [
        topic
        for topic in chosen_topics(topics_path, None if split == "all" else split)
        if topic.answerable and relevant(qrels, topic.id)
    ]
    engine = bench.engine()

    def answer(setting: Setting) -> Run:
        search = searcher(engine.changed(weights=replace(engine.weights, **setting)), Channel(channel))
        return make_run("réglage", {topic.id: search(topic.title, 100) for topic in topics})

    ids = [topic.id for topic in topics]
    found = sweep(answer, settings, ids, qrels, measure=measure, folds=folds, progress=counting("Réglages"))
    if as_json:
        show(found.as_dict(), as_json)
    else:
        _tell(found)


def _tell(found: Sweep) -> None:
    in_use = next(trial for trial in found.trials if trial.setting == IN_USE)
    shown = found.trials[:20]
    for trial in shown if in_use in shown else (*shown, in_use):
        click.echo(f"{number(100 * trial.mean, 2)}  {_said(trial.setting)}")
    best, elsewhere, present = (number(100 * v, 2) for v in (found.trials[0].mean, found.cross_validated, in_use.mean))
    click.echo(
        f"Le meilleur réglage vaut {best} points de {MEASURE_LABELS.get(found.measure, found.measure)} sur les sujets "
        f"qui l’ont désigné, et {elsewhere} en validation croisée : l’écart est de la chance. Les poids en service "
        f"valent {present}."
    )
    click.echo(f"{number(100 * found.stability, 0)} % des plis désignent le même réglage.")


def _said(setting: Setting) -> str:
    values: dict[str, Any] = dict(setting)
    return ", ".join(f"{name} = {value:g}" for name, value in values.items()) or "poids en service"

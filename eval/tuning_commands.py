"""``reuni eval learn`` and ``reuni eval ablation``: choosing the ranking's weights, and what each step is worth."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from eval.ablation import ablate
from eval.beir import read_beir
from eval.collection import indexed
from eval.learning import gather, learn, settings
from eval.qrels import Qrels, read_qrels
from eval.topics import Split, Topic, in_split, read_topics
from eval.workbench import (
    SISSE,
    Workbench,
    folders_argument,
    json_option,
    kept_option,
    page_option,
    show_tables,
    sisse_option,
    splits_option,
)
from search_api.engine.search import Engine

_PAGE = """# Ce que vaut chaque étape du classement

Page écrite par `reuni eval ablation --out docs/ablation.md` ; ne la modifiez pas à la main. Chaque ligne est le
classement sans une étape, ou une étape seule, comparé au classement entier sur les mêmes sujets ; un écart négatif est
ce que l’étape apporte.

Deux familles de tests, à ne pas confondre. Dans un tableau, « p corrigée » l’est (Holm) sur toutes ses lignes et les
six mesures que l’on compare : c’est celle de qui cherche, parmi tout, ce qui compte. Sous le tableau, elle l’est sur
trois comparaisons seulement, en nDCG@10 : le classement entier contre les mots seuls, le sens seul et la fusion simple.
Il n’y en a que trois parce que l’objectif fixé au classement en nomme trois, sur la partie test du SISSE ; l’objectif
est antérieur aux mesures, mais cette famille n’a été écrite ici que le 28 novembre 2026, les p du tableau étant
connues. Ailleurs que sur la partie test, elle n’est donnée que pour comparer.
"""

Asked = tuple[str, Engine, tuple[Topic, ...], Qrels]


@contextmanager
def _collection(bench: Workbench, folder: Path, kept: Path | None) -> Iterator[Asked]:
    """A BEIR folder, indexed in a temporary data directory or in ``kept``."""
    found = read_beir(folder)
    encoder = bench.encoder()
    with indexed(bench, {folder.name or "beir": found.corpus}, encoder, kept) as made:
        yield folder.name, bench.engine(made.data, encoder), found.topics, found.qrels


def _asked(
    bench: Workbench, folders: tuple[Path, ...], splits: tuple[str, ...], kept: Path | None = None, *, sisse: bool
) -> Iterator[Asked]:
    for split in splits if sisse else ():
        topics = tuple(in_split(read_topics(SISSE / "topics.txt"), Split(split)))
        yield f"sisse, partie {split}", bench.engine(), topics, read_qrels(SISSE / "qrels.tsv")
    for folder in folders:
        with _collection(bench, folder, kept) as found:
            yield found


@click.command("learn")
@folders_argument
@sisse_option
@json_option
@click.pass_obj
def learn_weights(bench: Workbench, folders: tuple[Path, ...], sisse: bool, as_json: bool) -> None:
    """Choisir les poids du classement sur des sujets de réglage : la partie dev du SISSE et des DOSSIERS BEIR.

    Ne donnez pas de dossier dont les chiffres sont ensuite publiés.
    """
    found, present = [], None
    for name, engine, topics, qrels in _asked(bench, folders, ("dev",), sisse=sisse):
        found.append(gather(name, engine, topics, qrels))
        present = present or engine.weights
    if present is None:
        raise click.UsageError("Donnez un dossier BEIR, ou laissez les sujets du SISSE")
    learned = learn(found, settings(), present)
    if as_json:
        click.echo(json.dumps(learned.as_dict(), ensure_ascii=False))
        return
    chosen = learned.weights
    click.echo(
        f"Poids choisis : mots {chosen.lexical:g}, passage {chosen.dense:g}, mot à mot {chosen.late:g}, "
        f"document entier {chosen.whole:g}, et {chosen.late_whole:g} du mot à mot."
    )
    click.echo(
        f"nDCG@10 : {100 * learned.present:.1f} aujourd’hui, {100 * learned.sweep.trials[0].mean:.1f} avec ces poids, "
        f"{100 * learned.sweep.cross_validated:.1f} en validation croisée."
    )
    for gain in learned.gains:
        low, high = 100 * gain.interval.low, 100 * gain.interval.high
        click.echo(
            f"{gain.collection} ({gain.topics} sujets) : {100 * gain.before:.1f} → {100 * gain.after:.1f} "
            f"({low:+.1f} à {high:+.1f})"
        )


@click.command("ablation")
@folders_argument
@sisse_option
@splits_option(Split.TEST)
@kept_option
@page_option
@json_option
@click.pass_obj
def ablation(
    bench: Workbench,
    folders: tuple[Path, ...],
    sisse: bool,
    splits: tuple[str, ...],
    kept: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Mesurer le classement entier, puis sans chacune de ses étapes : l’index courant et des DOSSIERS BEIR."""
    tables = [ablate(*asked) for asked in _asked(bench, folders, splits, kept, sisse=sisse)]
    values = {table.name: {name: system.summary for name, system in table.systems.items()} for table in tables}
    show_tables(_PAGE, [table.lines() for table in tables], values, out, as_json=as_json)

"""``reuni eval gate`` and ``reuni eval relevance``: what is measured on collections that are made for it."""

import time
from pathlib import Path

import click

from eval.collection import held_by, indexed
from eval.evaluation import measure
from eval.fiches import measured_fiches
from eval.gate import TOLERANCE, agree, check
from eval.qrels import read_qrels
from eval.sisse.part import measured
from eval.sisse.relevance import page
from eval.systems import SYSTEMS, searcher
from eval.topics import Split, in_split, read_topics
from eval.workbench import ROOT, SISSE, Workbench, counting, json_option, kept_option, provenance, show

TOPICS, QRELS, FIGURES = SISSE / "topics.txt", SISSE / "qrels.tsv", SISSE / "gate.json"

DEMO = ROOT / "corpus" / "demo"
FILES = {"demo": DEMO / "files"}
DROPS = {**FILES, "numerisations": DEMO / "scans"}
"""The drops the topics are judged on, by name, in the order in which they are received; the scans want Tesseract and
take a minute."""


@click.command()
@click.option("--agree", "agreeing", is_flag=True, help="Convenir des chiffres mesurés, au lieu de les contrôler.")
@click.option(
    "--figures",
    type=click.Path(path_type=Path),
    default=FIGURES,
    help="Chiffres convenus ; par défaut, ceux du dépôt.",
)
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 1),
    default=TOLERANCE,
    show_default=True,
    help="Perte admise, de 0 à 1 : 0.01 est un point.",
)
@json_option
@click.pass_obj
def gate(bench: Workbench, agreeing: bool, figures: Path, tolerance: float, as_json: bool) -> None:
    """Vérifier que la recherche n’a rien perdu sur la partie dev du SISSE.

    La collection de démonstration est indexée à neuf.
    """
    encoder, system = bench.encoder(), SYSTEMS["hybrid"]
    topics = in_split(read_topics(TOPICS), Split.DEV)
    with indexed(bench, FILES, encoder) as made:
        engine = bench.engine(made.data, encoder)
        made_with = provenance(engine, system.channel, TOPICS, QRELS).as_dict()
        qrels = held_by(engine, read_qrels(QRELS))
        found = measure(searcher(engine, system.channel), topics, qrels, name=system.name, progress=counting("Sujets"))
    if agreeing:
        agree(found.summary, made_with, figures)
        click.echo(f"Chiffres convenus écrits dans {figures}.")
        return
    result = check(found.summary, made_with, figures, tolerance)
    if as_json:
        show({"passed": result.passed, "sentences": list(result.sentences), **found.summary}, as_json)
    else:
        for sentence in result.sentences:
            click.echo(sentence)
        click.echo("Rien n’est perdu." if result.passed else "La recherche a perdu : le changement ne passe pas.")
    if not result.passed:
        click.get_current_context().exit(1)


@click.command()
@click.option(
    "--fiches",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Collection des fiches déjà construite (python -m corpus.recipes.fiches DOSSIER) ; sinon, elle l’est par npm.",
)
@kept_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=ROOT / "docs" / "relevance.md",
    help="Page à écrire ; par défaut, celle du dépôt.",
)
@click.pass_obj
def relevance(bench: Workbench, fiches: Path | None, kept: Path | None, out: Path) -> None:
    """Mesurer la pertinence sur les sujets du SISSE et sur les fiches, et écrire la page."""
    started = time.monotonic()
    source = (SISSE / "discussion.md").read_text(encoding="utf-8")
    encoder, topics, qrels = bench.encoder(), read_topics(TOPICS), read_qrels(QRELS)
    sets = measured_fiches(bench, encoder, fiches, kept and kept / "fiches")
    with indexed(bench, DROPS, encoder, kept and kept / "sisse") as made:
        parts = measured(bench, made.data, encoder, topics, qrels)
    text, outdated = page(parts, qrels, source, sets, time.monotonic() - started)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    for told in outdated:
        click.echo(f"La discussion (eval/sisse/discussion.md) est à revoir : {told}", err=True)
    click.echo(out)

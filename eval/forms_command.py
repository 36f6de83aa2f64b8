"""``reuni eval forms``: what an acronym or English costs, against the same need in plain French."""

import json
from pathlib import Path

import click

from eval.beir import read_beir
from eval.collection import indexed
from eval.forms import FormCost, acronym_pairs, english_pairs, form_cost, form_lines, read_forms, title_pairs
from eval.qrels import read_qrels
from eval.systems import searcher
from eval.topics import Split, in_split, read_topics
from eval.workbench import SISSE, Workbench, folders_argument, json_option, kept_option, sisse_option
from search_api.engine.answer import Channel


@click.command("forms")
@folders_argument
@sisse_option
@kept_option
@json_option
@click.pass_obj
def forms(bench: Workbench, folders: tuple[Path, ...], sisse: bool, kept: Path | None, as_json: bool) -> None:
    """Mesurer ce que coûtent un sigle, puis l’anglais, sur les mêmes besoins dits en toutes lettres et en français.

    Les sujets du SISSE ont leurs autres formes dans `eval/sisse/forms.tsv` ; des DOSSIERS BEIR, on prend les questions
    qui disent un sigle avec ce qu’il abrège.
    """
    costs: list[FormCost] = []
    if sisse:
        search, qrels = searcher(bench.engine(), Channel.HYBRID), read_qrels(SISSE / "qrels.tsv")
        given = read_forms(SISSE / "forms.tsv")
        for split in Split:
            topics = in_split(read_topics(SISSE / "topics.txt"), split)
            for kind, pairs in (("sigles", acronym_pairs(topics, given)), ("anglais", english_pairs(topics, given))):
                costs.append(form_cost(f"sisse, partie {split.value} : {kind}", search, pairs, qrels))
    for folder in folders:
        found = read_beir(folder)
        encoder = bench.encoder()
        with indexed(bench, {folder.name or "beir": found.corpus}, encoder, kept) as made:
            search = searcher(bench.engine(made.data, encoder), Channel.HYBRID)
            costs.append(form_cost(f"{folder.name} : sigles", search, tuple(title_pairs(found.topics)), found.qrels))
    if not costs:
        raise click.UsageError("Donnez un dossier BEIR, ou laissez les sujets du SISSE")
    if as_json:
        click.echo(json.dumps([one.as_dict() for one in costs], ensure_ascii=False))
    else:
        click.echo("\n".join(form_lines(costs)))

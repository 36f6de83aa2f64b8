"""``reuni eval forms``: what an acronym, another language or misspelt words cost, against the same need in French."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from eval.beir import read_beir
from eval.collection import indexed
from eval.forms import (
    LANGUAGES,
    FormCost,
    Pair,
    acronym_pairs,
    foreign_pairs,
    form_cost,
    form_lines,
    known_pairs,
    read_forms,
    title_pairs,
)
from eval.misspelling import misspelt_pairs
from eval.qrels import read_qrels
from eval.systems import searcher
from eval.topics import Split, Topic, in_split, read_topics
from eval.workbench import SISSE, Workbench, folders_argument, json_option, kept_option, sisse_option
from search_api.engine.answer import Channel
from search_api.engine.search import Engine

_EVERY = 100_000
"""More than the acronyms of any collection."""


@click.command("forms")
@folders_argument
@sisse_option
@kept_option
@json_option
@click.pass_obj
def forms(bench: Workbench, folders: tuple[Path, ...], sisse: bool, kept: Path | None, as_json: bool) -> None:
    """Mesurer ce que coûtent un sigle, une autre langue et des fautes de frappe, sur les mêmes besoins dits simplement.

    Les sujets du SISSE ont leurs autres formes dans `eval/sisse/forms.tsv` ; des DOSSIERS BEIR, on prend les questions
    qui disent un sigle avec ce qu’il abrège, puis celles qui disent ce dont le fonds donne un sigle. Les fautes, une ou
    deux par question, sont faites par la commande.
    """
    costs: list[FormCost] = []
    if sisse:
        engine, qrels = bench.engine(), read_qrels(SISSE / "qrels.tsv")
        search = searcher(engine, Channel.HYBRID)
        given = read_forms(SISSE / "forms.tsv")
        for split in Split:
            topics = in_split(read_topics(SISSE / "topics.txt"), split)
            languages = {language: foreign_pairs(topics, given, language) for language in LANGUAGES}
            kinds = {"sigles": acronym_pairs(topics, given), **languages, **_slips(topics)}
            costs += [form_cost(f"sisse, partie {split.value} : {kind}", search, kinds[kind], qrels) for kind in kinds]
    for folder in folders:
        found = read_beir(folder)
        encoder = bench.encoder()
        with indexed(bench, {folder.name or "beir": found.corpus}, encoder, kept) as made:
            engine = bench.engine(made.data, encoder)
            search = searcher(engine, Channel.HYBRID)
            known = tuple(known_pairs(found.topics, _acronyms(engine)))
            kinds = {"sigles": tuple(title_pairs(found.topics)), "sigles du fonds": known, **_slips(found.topics)}
            # A set may have no title that says an acronym.
            costs += [
                form_cost(f"{folder.name} : {kind}", search, pairs, found.qrels)
                for kind, pairs in kinds.items()
                if pairs
            ]
    if not costs:
        raise click.UsageError("Donnez un dossier BEIR, ou laissez les sujets du SISSE")
    if as_json:
        click.echo(json.dumps([one.as_dict() for one in costs], ensure_ascii=False))
    else:
        click.echo("\n".join(form_lines(costs)))


def _slips(topics: Sequence[Topic]) -> dict[str, tuple[Pair, ...]]:
    return {"une faute": tuple(misspelt_pairs(topics, 1)), "deux fautes": tuple(misspelt_pairs(topics, 2))}


def _acronyms(engine: Engine) -> dict[str, str]:
    """Long form to acronym, of those of one meaning that two passages at least define."""
    known = [one for name in engine.compartments() for one in engine.acronyms(name, k=_EVERY).entries]
    alone = {short for short, times in Counter(one.short for one in known).items() if times == 1}
    return {one.long: one.short for one in known if one.short in alone and one.passages > 1}

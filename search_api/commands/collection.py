"""``reuni index``, ``status``, ``report``: what comes in, and what became of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corpus.errors import InputError
from search_api import console
from search_api.commands.workbench import Workbench, as_json

if TYPE_CHECKING:
    from indexer.indexing import Indexed


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--drop", "name", help="Nom du lot ; par défaut, celui du dossier.")
@click.option("--compartment", default="general", show_default=True, help="Compartiment d’accès.")
@click.option(
    "--mode",
    type=click.Choice(["delta", "full"]),
    default="delta",
    show_default=True,
    help="delta : ce qui n’est pas dans le lot reste ; full : il est retiré.",
)
@click.option("--retry", is_flag=True, help="Relire les fichiers en échec ou lus en partie.")
@click.option("--rebuild", is_flag=True, help="Reconstruire l’index sans nouveau lot.")
@click.option("--cluster", default="", help="Ordonnanceur Dask (tcp://hôte:8786) dont les workers lisent et encodent.")
@as_json
@click.pass_obj
def index(
    bench: Workbench,
    paths: tuple[Path, ...],
    name: str | None,
    compartment: str,
    mode: str,
    retry: bool,
    rebuild: bool,
    cluster: str,
    as_json: bool,
) -> None:
    """Indexer un lot : un dossier, une archive ou un corpus.jsonl."""
    if not (paths or retry or rebuild):
        raise InputError("aucun lot n’est nommé", remedy="Donnez un dossier, une archive ou un corpus.jsonl")
    if mode == "full" and len(paths) > 1:
        raise InputError(
            "un lot complet (--mode full) est un seul dossier", remedy="Réunissez les fichiers dans un dossier"
        )
    with bench.indexing(compartment, cluster=cluster) as indexing:
        done = [indexing.drop(path, name=name, mode=mode) for path in paths]
        if retry:
            done.append(indexing.retry())
        published = indexing.rebuild() if rebuild else done[-1].published
    if as_json:
        console.emit(_indexed_json(done, published.generation, compartment))
        return
    for indexed in done:
        console.drop_report(indexed.report, failures_only=True)
    console.say(
        f"Génération {published.generation} : {published.documents} documents, {published.passages} passages"
        + ("" if published.built else " (inchangée)")
        + "."
    )


def _indexed_json(done: "list[Indexed]", generation: str, compartment: str) -> dict[str, Any]:
    """One count a state, summed over the drops, and ``files`` for what came in."""
    from corpus.states import FileState

    result: dict[str, Any] = {
        "drops": [indexed.report.name for indexed in done],
        "compartment": compartment,
        "generation": generation,
        "files": sum(indexed.report.files for indexed in done),
    }
    result |= {state.value: sum(indexed.report.counts[state] for indexed in done) for state in FileState}
    result["withdrawn"] = sum(indexed.report.withdrawn for indexed in done)
    if done:
        last = done[-1].published
        result |= {"documents": last.documents, "passages": last.passages}
    result["encoded"] = sum(indexed.published.encoded for indexed in done)
    result["seconds"] = round(sum(indexed.seconds for indexed in done), 3)
    return result


@click.command()
@click.option("--server", help="Adresse d’un serveur Réuni à interroger, au lieu du fonds de cette machine.")
@as_json
@click.pass_obj
def status(bench: Workbench, server: str | None, as_json: bool) -> None:
    """Dire ce que contient le fonds et ce qui occupe le disque."""
    if server:
        _status_there(server, as_json=as_json)
        return
    from indexer.status import status as read_status

    found = read_status(bench.settings.data, bench.store())
    if as_json:
        console.emit({"data": str(bench.settings.data), "compartments": found})
    else:
        console.status(found)


def _status_there(server: str, *, as_json: bool) -> None:
    from search_api.client import ReuniClient

    with ReuniClient(server) as reuni:
        coverage = reuni.ready().coverage
    if as_json:
        console.emit({"server": server, "coverage": coverage.model_dump()})
    else:
        console.coverage(server, coverage.model_dump())


@click.command()
@click.argument("drop", required=False)
@click.option("--compartment", default="general", show_default=True, help="Compartiment d’accès.")
@click.option("--html", "page", type=click.Path(dir_okay=False, path_type=Path), help="Écrire une page HTML autonome.")
@as_json
@click.pass_obj
def report(bench: Workbench, drop: str | None, compartment: str, page: Path | None, as_json: bool) -> None:
    """Montrer le compte rendu d’un lot (le dernier par défaut)."""
    from corpus.catalogue import Catalogue
    from indexer.compartment import Compartment

    with Catalogue.open(Compartment(bench.settings.data, compartment).catalogue, read_only=True) as catalogue:
        found = catalogue.report(compartment, drop)
    if found is None:
        raise InputError(f"aucun lot ne s’appelle « {drop} »", remedy="Voyez les lots avec « reuni status »")
    if page is not None:
        from corpus.report_html import report_page

        try:
            page.write_text(report_page(found), encoding="utf-8")
        except OSError as error:
            raise InputError(
                f"la page {page} ne peut pas être écrite ({error.strerror})", remedy="Choisissez un autre emplacement"
            ) from error
    if as_json:
        console.emit(console.report_json(found))
    elif page is not None:
        console.say(f"Compte rendu écrit dans {page}")
    else:
        console.drop_report(found, failures_only=False)

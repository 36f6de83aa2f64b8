"""``reuni model``: preparing and describing the encoder."""

import click

from search_api import console
from search_api.commands.workbench import Workbench, as_json


@click.group()
def model() -> None:
    """Préparer et décrire l’encodeur."""


@model.command("prepare")
@click.option("--model", "name", help="Nom sur un dépôt de modèles, ou dossier ; par défaut, le modèle fourni.")
@as_json
@click.pass_obj
def model_prepare(bench: Workbench, name: str | None, as_json: bool) -> None:
    """Construire l’encodeur, une fois pour toutes."""
    from indexer.encoder.folder import describe
    from indexer.encoder.prepare import prepare

    with console.progress() as progress:
        folder = prepare(
            bench.settings.models,
            name or bench.settings.model or None,
            lambda stage, share: progress(stage, round(share * 100), 100),
        )
    if as_json:
        console.emit(describe(folder))
    else:
        console.say(f"Modèle prêt : {folder}")


@model.command("info")
@as_json
@click.pass_obj
def model_info(bench: Workbench, as_json: bool) -> None:
    """Décrire l’encodeur en service."""
    from indexer.encoder.folder import describe

    found = describe(bench.model_folder())
    if as_json:
        console.emit(found)
    else:
        console.table("Encodeur", {key: str(value) for key, value in found.items()})

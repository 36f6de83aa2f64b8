"""``reuni check``, ``backup``, ``restore``: that nothing is lost."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from search_api import console
from search_api.commands.workbench import Workbench, as_json

if TYPE_CHECKING:
    from indexer.backup import Listed


@click.command()
@as_json
@click.pass_obj
def check(bench: Workbench, as_json: bool) -> None:
    """Vérifier que tout ce qui est sur le disque est entier et s’accorde."""
    from indexer.check import check as look

    found = look(bench.settings.data, bench.encoder(), bench.store())
    if as_json:
        console.emit(asdict(found) | {"ok": not found.faults})
    else:
        console.checked(found)
    if found.faults:
        click.get_current_context().exit(1)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@as_json
@click.pass_obj
def backup(bench: Workbench, file: Path, as_json: bool) -> None:
    """Sauvegarder tout le fonds dans un fichier, sans arrêter le service."""
    from indexer.backup import backup as write

    _copied("Sauvegardé", write(bench.settings.data, file), file, as_json)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Remplacer le fonds présent.")
@as_json
@click.pass_obj
def restore(bench: Workbench, file: Path, force: bool, as_json: bool) -> None:
    """Remettre en place une sauvegarde, une fois tout vérifié ; un service en marche la prend dans la seconde."""
    from indexer.backup import restore as put_back

    _copied("Restauré", put_back(file, bench.settings.data, force=force), file, as_json)


def _copied(what: str, listed: "Listed", file: Path, as_json: bool) -> None:
    total = sum(entry.size for entry in listed.files.values())
    if as_json:
        console.emit(
            {
                "file": str(file),
                "created_at": listed.created_at,
                "generations": listed.generations,
                "files": len(listed.files),
                "bytes": total,
            }
        )
    else:
        console.say(f"{what} : {len(listed.files)} fichiers, {total / 1e6:.1f} Mo ({file}).")

"""The ``reuni`` command line: the composition root that builds every room from the settings.

Commands (``search_api/commands/``) are thin: they read options, call one function of a room, and print. With ``--json``
the last line of standard output is one JSON object. Rooms are imported inside the commands: ``reuni --help`` answers
at once.
"""

import json
import sys
from pathlib import Path

import click

from corpus.errors import ReuniError
from search_api import console
from search_api.commands import asking, collection, jobs, keeping, model, watching
from search_api.commands.workbench import Workbench
from search_api.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data", type=click.Path(path_type=Path), help="Dossier des données (ou REUNI_DATA).")
@click.version_option(package_name="reuni", prog_name="reuni", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context, data: Path | None) -> None:
    """Réuni : moteur de recherche sémantique sur un fonds documentaire."""
    settings = Settings()
    context.obj = Workbench(settings if data is None else settings.model_copy(update={"data": data}))


def command_line() -> click.Group:
    """The whole command: that of every subject, and the evaluation's."""
    from eval.bench.commands import bench
    from eval.commands import evaluation

    for command in (
        *(collection.index, collection.status, collection.report),
        *(asking.search, asking.serve),
        *(keeping.check, keeping.backup, keeping.restore),
        *(model.model, watching.watch, jobs.jobs, evaluation, bench),
    ):
        main.add_command(command)
    return main


def run(arguments: list[str] | None = None) -> int:
    """Run a command; returns its exit code. Errors are one line on standard error, with the remedy."""
    wants_json = "--json" in (sys.argv[1:] if arguments is None else arguments)
    try:
        code = command_line().main(arguments, prog_name="reuni", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except ReuniError as error:
        return _failed(str(error), error.exit_code, wants_json)
    except click.UsageError as error:
        return _failed(console.usage_message(error), 2, wants_json)
    except click.ClickException as error:
        return _failed(error.format_message(), error.exit_code, wants_json)
    except (click.Abort, KeyboardInterrupt):
        return _failed("Interrompu ; relancez la même commande pour reprendre.", 130, wants_json)


def _failed(message: str, code: int, wants_json: bool) -> int:
    sentence = message[:1].upper() + message[1:]
    click.echo(f"Erreur : {sentence}", err=True)
    if wants_json:
        click.echo(json.dumps({"error": sentence, "exit_code": code}, ensure_ascii=False))
    return code

"""The ``reuni`` command line: the composition root that builds every room from the settings.

Commands are thin: they read options, call one function of a room, and print. With ``--json`` the last line of standard
output is one JSON object. Rooms are imported inside the commands: ``reuni --help`` answers at once.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corpus.errors import InputError, ReuniError
from search_api import console
from search_api.settings import Settings

if TYPE_CHECKING:
    from indexer.backup import Listed
    from indexer.encoder.onnx_encoder import OnnxEncoder
    from indexer.indexing import Indexed, Indexing
    from search_api.engine.search import Engine


class Workbench:
    """What the commands share: the settings, and the parts built from them when first needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def model_folder(self) -> Path:
        """Folder of the model in use."""
        from indexer.encoder.prepare import default_name

        return self.settings.models / default_name(self.settings.model or None)

    def encoder(self) -> "OnnxEncoder":
        """The prepared encoder.

        Raises:
            EncoderMissing, EncoderDamaged: it must be prepared (again).
        """
        from indexer.encoder.onnx_encoder import OnnxEncoder

        return OnnxEncoder.open(self.model_folder(), self.settings.threads or None)

    def engine(self, data: Path | None = None, encoder: "OnnxEncoder | None" = None) -> "Engine":
        """An engine over a data directory (the settings' one by default)."""
        from search_api.engine.fusion import Weights
        from search_api.engine.readers import Readers
        from search_api.engine.search import Engine

        encoder = encoder or self.encoder()
        weights = Weights(self.settings.weight_lexical, self.settings.weight_dense, self.settings.weight_late)
        return Engine(Readers(data or self.settings.data, encoder.identity), encoder, weights)

    @contextmanager
    def indexing(
        self, compartment: str, *, data: Path | None = None, encoder: "OnnxEncoder | None" = None
    ) -> Iterator["Indexing"]:
        """What indexes drops into a compartment, with its extraction workers."""
        from corpus.extraction.options import ExtractionOptions
        from corpus.extraction.pool import ExtractionPool
        from indexer.compartment import Compartment
        from indexer.indexing import Indexing

        data = data or self.settings.data
        place = Compartment(data, compartment)
        with tempfile.TemporaryDirectory(prefix="reuni-") as unpack, console.progress() as progress:
            options = ExtractionOptions(
                unpack_dir=Path(unpack), passwords=self.settings.passwords, ocr_cache=place.folder / "ocr"
            )
            with ExtractionPool(self.settings.workers, options=options) as pool:
                yield Indexing(
                    compartment=place,
                    encoder=encoder or self.encoder(),
                    read=pool.map,
                    unpack_dir=Path(unpack),
                    progress=progress,
                    archive_depth=options.limits.archive_depth,
                )


def as_json(command: Callable[..., Any]) -> Callable[..., Any]:
    """The ``--json`` option."""
    return click.option("--json", "as_json", is_flag=True, help="Répondre par une ligne de JSON.")(command)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data", type=click.Path(path_type=Path), help="Dossier des données (ou REUNI_DATA).")
@click.version_option(package_name="reuni", prog_name="reuni", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context, data: Path | None) -> None:
    """Réuni : moteur de recherche sémantique sur un fonds documentaire."""
    settings = Settings()
    context.obj = Workbench(settings if data is None else settings.model_copy(update={"data": data}))


@main.command()
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
    as_json: bool,
) -> None:
    """Indexer un lot : un dossier, une archive ou un corpus.jsonl."""
    if not (paths or retry or rebuild):
        raise InputError("aucun lot n’est nommé", remedy="Donnez un dossier, une archive ou un corpus.jsonl")
    if mode == "full" and len(paths) > 1:
        raise InputError(
            "un lot complet (--mode full) est un seul dossier", remedy="Réunissez les fichiers dans un dossier"
        )
    with bench.indexing(compartment) as indexing:
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


@main.command()
@click.argument("query")
@click.option("-k", "k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Nombre de documents.")
@click.option(
    "--channel",
    type=click.Choice(["hybrid", "lexical", "dense"]),
    default="hybrid",
    show_default=True,
    help="Ce qui classe : les mots, le sens, ou les deux.",
)
@click.option("--compartment", "compartments", multiple=True, help="Compartiments à ouvrir (répétable).")
@click.option("--explain", is_flag=True, help="Donner les scores par canal.")
@as_json
@click.pass_obj
def search(
    bench: Workbench,
    query: str,
    k: int,
    channel: str,
    compartments: tuple[str, ...],
    explain: bool,
    as_json: bool,
) -> None:
    """Chercher dans le fonds."""
    from search_api.engine.answer import Channel, SearchRequest

    request = SearchRequest(
        query=query, k=k, channel=Channel(channel), compartments=compartments or None, explain=explain
    )
    answer = bench.engine().search(request)
    if as_json:
        console.emit(console.answer_json(answer))
    else:
        console.answer(answer)


@main.command()
@click.option("--host", help="Adresse d’écoute, locale seulement.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port d’écoute.")
@click.pass_obj
def serve(bench: Workbench, host: str | None, port: int | None) -> None:
    """Servir les pages et l’API."""
    from search_api.http.app import create_app
    from search_api.http.bind import refuse_public_bind
    from search_api.http.server import run as run_server
    from search_api.http.settings import HttpSettings

    host, port = host or bench.settings.host, port or bench.settings.port
    refuse_public_bind(host)
    app = create_app(bench.engine(), HttpSettings())
    console.say(f"Réuni répond sur http://{host}:{port} (Ctrl-C pour arrêter).")
    run_server(app, host=host, port=port)


@main.command()
@as_json
@click.pass_obj
def status(bench: Workbench, as_json: bool) -> None:
    """Dire ce que contient le fonds et ce qui occupe le disque."""
    from indexer.status import status as read_status

    found = read_status(bench.settings.data)
    if as_json:
        console.emit({"data": str(bench.settings.data), "compartments": found})
    else:
        console.status(found)


@main.command()
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


@main.command()
@as_json
@click.pass_obj
def check(bench: Workbench, as_json: bool) -> None:
    """Vérifier que tout ce qui est sur le disque est entier et s’accorde."""
    from indexer.check import check as look

    found = look(bench.settings.data, bench.encoder())
    if as_json:
        console.emit(asdict(found) | {"ok": not found.faults})
    else:
        console.checked(found)
    if found.faults:
        click.get_current_context().exit(1)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@as_json
@click.pass_obj
def backup(bench: Workbench, file: Path, as_json: bool) -> None:
    """Sauvegarder tout le fonds dans un fichier, sans arrêter le service."""
    from indexer.backup import backup as write

    _copied("Sauvegardé", write(bench.settings.data, file), file, as_json)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Remplacer le fonds présent.")
@as_json
@click.pass_obj
def restore(bench: Workbench, file: Path, force: bool, as_json: bool) -> None:
    """Remettre en place une sauvegarde, une fois tout vérifié ; relancez ensuite le service."""
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


@main.group()
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


def command_line() -> click.Group:
    """The whole command: this room's and the evaluation's."""
    from eval.bench.commands import bench
    from eval.commands import evaluation

    main.add_command(evaluation)
    main.add_command(bench)
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

"""``reuni search`` and ``reuni serve``: asking from a terminal, and from everywhere else."""

from functools import partial
from typing import TYPE_CHECKING

import click

from search_api import console
from search_api.commands.workbench import Workbench, as_json
from search_api.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from search_api.engine.answer import Answer, SearchRequest

MOST_AT_ONCE = 100


@click.command()
@click.argument("query")
@click.option("-k", "k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Nombre de documents.")
@click.option(
    "--passages", type=click.IntRange(1, 10), default=1, show_default=True, help="Passages montrés par document."
)
@click.option(
    "--channel",
    type=click.Choice(["hybrid", "lexical", "dense"]),
    default="hybrid",
    show_default=True,
    help="Ce qui classe : les mots, le sens, ou les deux.",
)
@click.option("--compartment", "compartments", multiple=True, help="Compartiments à ouvrir (répétable).")
@click.option("--explain", is_flag=True, help="Donner les scores par canal.")
@click.option("--server", help="Adresse d’un serveur Réuni à interroger, au lieu du fonds de cette machine.")
@as_json
@click.pass_obj
def search(
    bench: Workbench,
    query: str,
    k: int,
    passages: int,
    channel: str,
    compartments: tuple[str, ...],
    explain: bool,
    server: str | None,
    as_json: bool,
) -> None:
    """Chercher dans le fonds."""
    from search_api.engine.answer import Channel, SearchRequest

    request = SearchRequest(
        query=query,
        k=k,
        channel=Channel(channel),
        compartments=compartments or None,
        passages=passages,
        explain=explain,
    )
    answer = _asked_there(server, request) if server else bench.engine().search(request)
    if as_json:
        console.emit(console.answer_json(answer))
    else:
        console.answer(answer)


def _asked_there(server: str, request: "SearchRequest") -> "Answer":
    from corpus.errors import InputError
    from search_api.client import ReuniClient
    from search_api.client.answers import answer_of

    if request.k > MOST_AT_ONCE:
        raise InputError(
            f"un serveur donne {MOST_AT_ONCE} documents au plus à la fois", remedy="Demandez-en moins avec -k"
        )
    with ReuniClient(server) as reuni:
        said = reuni.search(
            request.query,
            k=request.k,
            channel=request.channel,
            compartments=request.compartments or (),
            literal=request.literal,
            passages=request.passages,
            explain=request.explain,
        )
    return answer_of(said, request)


@click.command()
@click.option("--host", help="Adresse d’écoute, locale seulement.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port d’écoute.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processus qui servent ensemble.")
@click.pass_obj
def serve(bench: Workbench, host: str | None, port: int | None, workers: int | None) -> None:
    """Servir les pages et l’API."""
    from indexer.cores import cores
    from indexer.encoder.folder import read_description
    from search_api.http.bind import refuse_public_bind
    from search_api.http.server import run

    settings = bench.settings
    host, port, workers = host or settings.host, port or settings.port, workers or settings.serve_workers
    refuse_public_bind(host)
    # Each process opens the model for itself: what is missing is said once, before.
    read_description(bench.model_folder())
    if workers > 1 and not settings.threads:
        settings = settings.model_copy(update={"threads": max(1, cores() // workers)})
    console.say(f"Réuni répond sur http://{host}:{port} (Ctrl-C pour arrêter).")
    run(partial(application, settings, host, port), host=host, port=port, workers=workers)


def application(settings: Settings, host: str, port: int) -> "FastAPI":
    """The API and the pages over the data directory, listened to at ``host`` and ``port``.

    Raises:
        ReuniError: the model is not there, or the index was made with another.
    """
    from search_api.http.app import create_app
    from search_api.http.settings import HttpSettings
    from search_api.http.watching import Watching

    bench = Workbench(settings)
    engine = bench.engine()
    engine.follow()
    # Until accounts exist, whoever saved a search reads every compartment, as :func:`current_user` says.
    watching = Watching(bench.watch_store(), engine, lambda owner: engine.compartments(), bench.mailer(host, port))
    return create_app(
        engine,
        HttpSettings(),
        watching=watching,
        drops=bench.drop_desk(),
        lists=bench.list_desk(),
        judging=bench.judging(),
    )

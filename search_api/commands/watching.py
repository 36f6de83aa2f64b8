"""``reuni watch``: saved searches without a server, for a scheduled task."""

from dataclasses import asdict

import click

from search_api import console
from search_api.commands.workbench import Workbench, as_json


@click.group()
def watch() -> None:
    """Relancer les recherches enregistrées."""


@watch.command()
@as_json
@click.pass_obj
def run(bench: Workbench, as_json: bool) -> None:
    """Dire aux recherches enregistrées ce qui est nouveau, et envoyer les courriels."""
    from search_api.engine.watch.mail import mail_alerts
    from search_api.engine.watch.rounds import run_round

    engine, store, mailer = bench.engine(), bench.watch_store(), bench.mailer()
    done = run_round(store, engine, lambda owner: engine.compartments())
    mailed = mail_alerts(store, mailer, lambda owner: engine.compartments()) if mailer else 0
    if as_json:
        console.emit(asdict(done) | {"mailed": mailed})
    elif done.busy:
        console.say("Un autre processus relance déjà les recherches enregistrées.")
    else:
        console.say(
            f"{done.publications} publications nouvelles, {done.searches} recherches relancées, "
            f"{done.alerts} alertes, {mailed} envoyées par courriel."
        )
    if done.failed:
        click.get_current_context().exit(1)

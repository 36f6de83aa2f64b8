"""``reuni jobs``: the long work that managers ask for on the pages, done by a process of its own."""

import os

import click

from search_api import console
from search_api.commands.workbench import Workbench

_NICER = 5


@click.group()
def jobs() -> None:
    """Suivre les travaux demandés depuis la page Fonds."""


@jobs.command("list")
@click.pass_obj
def list_jobs(bench: Workbench) -> None:
    """Dire où en sont les travaux."""
    for job in bench.job_store().jobs():
        said = f"{job.stage} {job.done}/{job.total}" if job.active and job.stage else job.message
        console.say(f"{job.id}  {job.created_at}  {job.state.value:<11}  {job.name}  {said}".rstrip())


@jobs.command()
@click.argument("job_id")
@click.pass_obj
def run(bench: Workbench, job_id: str) -> None:
    """Faire un travail en attente (le serveur lance lui-même cette commande)."""
    from search_api.engine.drops.desk import do_drop_job
    from search_api.engine.jobs import JobKind
    from search_api.engine.watch.list_run import do_list_job

    # Questions are answered first.
    os.nice(_NICER)
    jobs = bench.job_store()
    job = jobs.job(job_id)
    if job is not None and job.kind is JobKind.WATCH_LIST:
        engine = bench.engine()
        # Until accounts exist, whoever made a list reads every compartment.
        do_list_job(jobs, bench.list_desk().store, job_id, engine, engine.compartments())
        return
    do_drop_job(
        jobs,
        bench.delivery_store(),
        job_id,
        lambda compartment, progress: bench.indexing(compartment, tell=progress),
    )

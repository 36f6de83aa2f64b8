"""Jobs: long work that was asked for, where it stands, and doing it again."""

from collections.abc import AsyncIterator
from typing import Annotated

import anyio
import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from search_api.engine.drops.desk import DropDesk
from search_api.engine.jobs import Job, JobKind
from search_api.http.drop_models import JobOut, JobsOut
from search_api.http.house import House, Role, TheHouse, User, requires
from search_api.http.problems import ProblemError, absent, documented

router = APIRouter(prefix="/api/v1", tags=["Lots (gestionnaire)"])

_LOOKS_EVERY_S = 0.4

Manager = Annotated[User, Depends(requires(Role.MANAGER))]
Worker = Annotated[User, Depends(requires(Role.MANAGER, Role.ANALYST))]
JobId = Annotated[
    str, Path(max_length=64, description="As given when it was asked for.", examples=["9f2c41d07be12d44"])
]


def drops_of(house: TheHouse) -> DropDesk:
    """The drops, or the problem that this server does not manage any."""
    if house.drops is None:
        raise ProblemError(
            503,
            "no-drops",
            "Ce serveur ne reçoit pas de lots.",
            remedy="Lancez-le par « reuni serve », ou indexez par « reuni index ».",
        )
    return house.drops


TheDrops = Annotated[DropDesk, Depends(drops_of)]


def concerns(job: Job, user: User) -> bool:
    """Whether a job is the caller's watch-list, or is about what they manage."""
    if job.kind is JobKind.WATCH_LIST:
        return job.owner == user.name
    if Role.MANAGER not in user.roles:
        return False
    return job.compartment in user.compartments or (
        (not job.compartment or not user.compartments) and job.owner == user.name
    )


def find_job(job_id: JobId, user: Worker, drops: TheDrops) -> Job:
    """A job about what the caller may read."""
    job = drops.jobs.job(job_id)
    if job is None or not concerns(job, user):
        raise absent("Il n’y a pas de travail à cette adresse.", "Les plus anciens sont oubliés : voyez la page Fonds.")
    return job


def job_out(job: Job) -> JobOut:
    """A job on the wire; what it was asked stays here."""
    return JobOut(
        id=job.id,
        kind=job.kind,
        compartment=job.compartment,
        name=job.name,
        state=job.state,
        stage=job.stage,
        done=job.done,
        total=job.total,
        message=job.message,
        remedy=job.remedy,
        result=dict(job.result),
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        url=f"/api/v1/jobs/{job.id}",
        events_url=f"/api/v1/events/jobs/{job.id}",
    )


@router.get("/jobs", summary="List the jobs", responses=documented(403, 422, 429, 500, 503))
def list_jobs(
    user: Manager,
    drops: TheDrops,
    most: Annotated[int, Query(ge=1, le=200, description="How many are wanted.")] = 20,
) -> JobsOut:
    """Long work, latest first."""
    return JobsOut(jobs=[job_out(job) for job in drops.jobs.jobs(most=most) if concerns(job, user)])


@router.get("/jobs/{job_id}", summary="See where a job stands", responses=documented(403, 404, 422, 429, 500, 503))
def read_job(job: Annotated[Job, Depends(find_job)]) -> JobOut:
    """Its state, how far it is, and what came of it."""
    return job_out(job)


@router.post(
    "/jobs/{job_id}/again",
    summary="Do a failed job again",
    status_code=202,
    responses=documented(403, 404, 409, 422, 429, 500, 503),
)
def do_again(job: Annotated[Job, Depends(find_job)], user: Manager, drops: TheDrops) -> JobOut:
    """A job that failed or was interrupted; a drop goes on where it was cut."""
    return job_out(drops.again(user.name, job))


def _stream_place(house: TheHouse) -> House:
    if house.streams >= house.settings.max_streams:
        raise ProblemError(
            503,
            "busy",
            "Trop de pages suivent déjà un travail.",
            remedy="Fermez-en, ou lisez l’adresse du travail de temps en temps.",
            headers={"retry-after": "10"},
        )
    return house


@router.get(
    "/events/jobs/{job_id}",
    summary="Follow a job",
    response_class=EventSourceResponse,
    responses=documented(403, 404, 422, 429, 500, 503),
)
async def follow_job(
    job: Annotated[Job, Depends(find_job)], drops: TheDrops, house: Annotated[House, Depends(_stream_place)]
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: `progress` each time the job moves, `end` when it is over; `data` is the job as JSON."""
    house.streams += 1
    try:
        said: Job | None = None
        while True:
            now = await anyio.to_thread.run_sync(drops.jobs.job, job.id)
            if now is None:
                return
            if now != said:
                said = now
                yield ServerSentEvent(data=job_out(now), event="progress" if now.active else "end")
            if not now.active or house.draining:
                return
            await anyio.sleep(_LOOKS_EVERY_S)
    finally:
        house.streams -= 1

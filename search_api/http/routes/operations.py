"""Watching the server."""

from fastapi import APIRouter, Response

from search_api.http.house import TheHouse, TheUser
from search_api.http.models import HealthOut, ReadyOut
from search_api.http.problems import ProblemError, documented
from search_api.http.wire import coverage_out

router = APIRouter(tags=["Exploitation (exploitant)"])


@router.get("/api/v1/health", summary="Is the process alive?", responses=documented(500))
def health() -> HealthOut:
    """Answers as long as the process does; reads nothing."""
    return HealthOut(status="ok")


@router.get("/api/v1/ready", summary="Can it answer questions?", responses=documented(500, 503))
def ready(house: TheHouse, user: TheUser) -> ReadyOut:
    """Answers 200 when the index can be searched, 503 with the reason otherwise or while stopping."""
    if house.draining:
        raise ProblemError(
            503,
            "stopping",
            "Le serveur s’arrête : il finit les demandes en cours.",
            remedy="Adressez-vous à un autre serveur, ou réessayez dans un instant.",
            headers={"retry-after": "5"},
        )
    return ReadyOut(status="ready", coverage=coverage_out(house.service.coverage(user.compartments)))


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus text format."}, **documented(500, 503)},
)
def metrics(house: TheHouse, user: TheUser) -> Response:
    """Requests, stages of searches, refusals, and what is served."""
    coverage = house.service.coverage(user.compartments)
    house.metrics.collection(coverage.documents, coverage.passages, coverage.generations)
    if house.watching is not None:
        house.metrics.desk(*house.watching.store.counts())
    if house.drops is not None:
        house.metrics.jobs(house.drops.jobs.counts())
        published = house.drops.published(user.compartments)
        house.metrics.published({name: made.timestamp() for name, made in published.items()})
    return Response(house.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

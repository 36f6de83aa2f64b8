"""Acronyms, for managers: those a compartment defines, and what was decided of each."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response

from indexer.compartment import DEFAULT
from search_api.http.drop_models import AcronymIn, AcronymOut, AcronymsOut
from search_api.http.house import TheHouse
from search_api.http.problems import absent, documented
from search_api.http.routes.drops import CompartmentName, writable
from search_api.http.routes.jobs import Manager, TheDrops

router = APIRouter(prefix="/api/v1", tags=["Lots (gestionnaire)"])


@router.get("/acronyms", summary="List the acronyms", responses=documented(403, 404, 422, 429, 500, 503))
def list_acronyms(
    house: TheHouse,
    user: Manager,
    compartment: CompartmentName = DEFAULT,
    beginning: Annotated[str, Query(max_length=40, description="What they begin with.", examples=["SI"])] = "",
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="How many to pass over first.")] = 0,
    most: Annotated[int, Query(ge=1, le=200, description="How many are wanted.")] = 50,
) -> AcronymsOut:
    """What the documents of a compartment say acronyms stand for, or managers do."""
    found = house.service.acronyms(writable(compartment, user), beginning, offset, most)
    return AcronymsOut(
        total=found.total,
        acronyms=[
            AcronymOut(
                short=one.short,
                long=one.long,
                passages=one.passages,
                documents=[document.id for document in one.documents],
                approved=one.decision.approved if one.decision else None,
            )
            for one in found.entries
        ],
    )


@router.put(
    "/acronyms",
    summary="Decide what an acronym stands for",
    status_code=204,
    responses=documented(400, 403, 404, 413, 422, 429, 500, 503),
)
def decide(asked: Annotated[AcronymIn, Body()], user: Manager, drops: TheDrops) -> Response:
    """Approve a long form, mined or not, or reject it; every search counts with it at once."""
    compartment = writable(asked.compartment, user)
    drops.glossary.decide(compartment, asked.short, asked.long, approved=asked.approved, by=user.name)
    return Response(status_code=204)


@router.delete(
    "/acronyms",
    summary="Take a decision back",
    status_code=204,
    responses=documented(403, 404, 422, 429, 500, 503),
)
def forget(
    user: Manager,
    drops: TheDrops,
    short: Annotated[str, Query(max_length=200, description="The acronym.", examples=["SISSE"])],
    long: Annotated[str, Query(max_length=1_000, description="In full.", examples=["Service de l’information"])],
    compartment: CompartmentName = DEFAULT,
) -> Response:
    """What documents say counts again."""
    if not drops.glossary.forget(writable(compartment, user), short, long):
        raise absent("Rien n’a été décidé de ce sigle.", "Voyez la liste des sigles.")
    return Response(status_code=204)

"""Fonds, sigles: what acronyms stand for, to approve, reject and add."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import QueryParams

from indexer.compartment import DEFAULT
from search_api.http.house import TheHouse, User
from search_api.http.routes.drops import writable
from search_api.http.routes.jobs import Manager, TheDrops
from search_api.web.address import page_number
from search_api.web.rendering import TheRenderer

router = APIRouter(include_in_schema=False)

ONE_PAGE = 50


def chosen_compartment(params: QueryParams, user: User) -> str:
    """The compartment that a page is about: the one asked for, or the default one, or the first readable."""
    asked = params.get("compartiment", "")
    if asked:
        return writable(asked, user)
    return DEFAULT if DEFAULT in user.compartments or not user.compartments else user.compartments[0]


@router.get("/fonds/sigles")
def acronyms_page(request: Request, house: TheHouse, user: Manager, drops: TheDrops, renderer: TheRenderer) -> Response:
    """The acronyms of a compartment, one page at a time."""
    compartment = chosen_compartment(request.query_params, user)
    beginning = request.query_params.get("debut", "")[:40]
    page = page_number(request.query_params.get("page", ""))
    found = (
        house.service.acronyms(compartment, beginning, (page - 1) * ONE_PAGE, ONE_PAGE) if user.compartments else None
    )

    def at(number: int) -> str:
        pairs = [("compartiment", compartment), ("debut", beginning), ("page", str(number))]
        return f"/fonds/sigles?{urlencode(pairs)}"

    return renderer.page(
        request,
        "acronyms.html",
        compartment=compartment,
        compartments=user.compartments,
        beginning=beginning,
        found=found,
        page=page,
        previous=at(page - 1) if page > 1 else None,
        following=at(page + 1) if found and page * ONE_PAGE < found.total else None,
    )


@router.post("/fonds/sigles")
def decide(
    user: Manager,
    drops: TheDrops,
    compartiment: Annotated[str, Form()],
    sigle: Annotated[str, Form()] = "",
    sens: Annotated[str, Form()] = "",
    decision: Annotated[str, Form()] = "",
    debut: Annotated[str, Form()] = "",
    page: Annotated[str, Form()] = "1",
) -> Response:
    """Approve, reject, or take a decision back; then the same page again."""
    compartment = writable(compartiment, user)
    if decision == "oublier":
        drops.glossary.forget(compartment, sigle, sens)
    else:
        drops.glossary.decide(compartment, sigle, sens, approved=decision == "approuver", by=user.name)
    pairs = [("compartiment", compartment), ("debut", debut), ("page", page)]
    return RedirectResponse(f"/fonds/sigles?{urlencode(pairs)}", status_code=303)

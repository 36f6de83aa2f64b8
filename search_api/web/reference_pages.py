"""Pages that tell of the service itself: help, accessibility, personal data, legal notice, map."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from search_api.http.asking import coverage_of
from search_api.http.house import TheHouse, TheUser
from search_api.web.rendering import TheRenderer

router = APIRouter(include_in_schema=False)


@router.get("/aide")
def help_page(request: Request, house: TheHouse, user: TheUser, renderer: TheRenderer) -> Response:
    """How to ask, how to read an answer."""
    return renderer.page(
        request,
        "help.html",
        coverage=coverage_of(house, user),
        guide=renderer.guide,
        longest=house.settings.max_query_chars,
    )


@router.get("/accessibilite")
async def accessibility_page(request: Request, renderer: TheRenderer) -> Response:
    """What was checked, and what was not."""
    return renderer.page(request, "accessibility.html")


@router.get("/donnees-personnelles")
async def privacy_page(request: Request, house: TheHouse, renderer: TheRenderer) -> Response:
    """What is kept of people."""
    return renderer.page(request, "privacy.html", log_queries=house.settings.log_queries)


@router.get("/mentions-legales")
async def legal_page(request: Request, renderer: TheRenderer) -> Response:
    """What this is, and under which licences."""
    return renderer.page(request, "legal.html")


@router.get("/plan-du-site")
def site_map_page(request: Request, house: TheHouse, renderer: TheRenderer) -> Response:
    """Where everything is."""
    return renderer.page(request, "site_map.html", guide=renderer.guide, judging=house.judging is not None)

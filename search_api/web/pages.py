"""The pages put together: each module of routes tells its own."""

from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from search_api.web import (
    acronyms_page,
    document_page,
    drops_page,
    judging_page,
    lists_page,
    reference_pages,
    search_page,
    similar_page,
    watch_page,
)
from search_api.web.guide import IMAGES, IMAGES_URL
from search_api.web.rendering import STATIC, Renderer


def install(app: FastAPI, static: Path = STATIC) -> None:
    """Add the pages, their static files and the error page to ``app``."""
    renderer = Renderer(static)
    app.state.renderer = renderer
    app.state.error_page = renderer.error
    for page in (
        search_page,
        document_page,
        similar_page,
        lists_page,
        watch_page,
        drops_page,
        acronyms_page,
        judging_page,
        reference_pages,
    ):
        app.include_router(page.router)
    app.mount(IMAGES_URL, StaticFiles(directory=IMAGES.resolve()), name="guide")
    app.mount("/static", StaticFiles(directory=renderer.static), name="static")

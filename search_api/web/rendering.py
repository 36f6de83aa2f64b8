"""Templates to pages, and the static files they name."""

import hashlib
import logging
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from search_api.http import french
from search_api.http.models import Problem
from search_api.web.guide import Guide, read_guide

HERE = Path(__file__).parent
STATIC = HERE / "static"
_BUILT = "dsfr"
_SHEETS = tuple(f"{_BUILT}/{name}.css" for name in ("dsfr", "dsfr-notices", "dsfr-suite"))
_log = logging.getLogger("reuni.web")


class Renderer:
    """The pages of one application.

    Attributes:
        complete: False when the State design system's files were not installed: pages stay readable without,
            and say what to run.
    """

    def __init__(self, static: Path = STATIC) -> None:
        self.static = static
        missing = [name for name in _SHEETS if not (static / name).is_file()]
        self.complete = not missing
        if missing:
            _log.warning(
                "static_files_missing",
                extra={"fields": {"missing": missing, "remedy": "make web-static"}},
            )
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(static=self._static_url, complete=self.complete)
        self._environment.filters.update(
            typography=french.typography,
            number=french.number,
            date_text=french.date_text,
            moment_text=french.moment_text,
            size_text=french.size_text,
            kind_name=french.kind_name,
            facet_name=french.facet_name,
            format_name=french.format_name,
            capitalize_first=french.capitalize_first,
        )
        self._environment.globals.update(inner_metadata=french.INNER_METADATA)
        self._environment.globals.update(
            count=french.count,
            page_name=french.page_name,
            paged=french.paged,
            value_name=french.value_name,
        )
        self._urls: dict[str, str] = {}

    def _static_url(self, name: str) -> str:
        """The address of a static file, changed with its content, so that browsers may keep it.

        The lightened copy of one of our own is served where ``make web-static`` has made it.
        """
        if name not in self._urls:
            light = f"{_BUILT}/{name}"
            file = light if (self.static / light).is_file() else name
            digest = hashlib.sha256((self.static / file).read_bytes()).hexdigest()[:12]
            self._urls[name] = f"/static/{file}?v={digest}"
        return self._urls[name]

    @cached_property
    def guide(self) -> Guide:
        """The analysts' guide."""
        return read_guide()

    def page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Render one page."""
        html = self._environment.get_template(template).render(path=request.url.path, **values)
        return HTMLResponse(html, status_code=status, headers={"content-language": "fr"})

    def error(self, request: Request, problem: Problem) -> HTMLResponse:
        """The page that tells a problem."""
        return self.page(request, "error.html", status=problem.status, problem=problem)


async def _renderer(request: Request) -> Renderer:
    renderer = request.app.state.renderer
    if not isinstance(renderer, Renderer):
        raise TypeError("the application was not made by create_app")
    return renderer


TheRenderer = Annotated[Renderer, Depends(_renderer)]

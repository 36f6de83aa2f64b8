"""Veille, listes: the matrix entry × document, with filters."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from search_api.engine.watch.list_file import ListItem
from search_api.engine.watch.lists import How
from search_api.http.house import TheHouse
from search_api.http.lists import (
    HOW_NAMES,
    Found,
    TheLists,
    filtered,
    find_list,
    keep_list,
    matrix,
    remove_list,
    start_list,
)
from search_api.http.routes.watch import Analyst
from search_api.web.drops_page import job_view
from search_api.web.rendering import TheRenderer

router = APIRouter(include_in_schema=False)

MOST_CELLS = 300


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One entry in the summary: how much was found for it, and where its documents are shown."""

    item: ListItem
    exact: int
    meaning: int
    new: int
    url: str


@router.post("/veille/listes")
def send(
    house: TheHouse,
    user: Analyst,
    lists: TheLists,
    liste: Annotated[UploadFile, File()],
    nom: Annotated[str, Form()] = "",
) -> Response:
    """Keep a list and have it run."""
    watched = keep_list(house, user, lists, nom.strip() or (liste.filename or "liste"), liste, [])
    lists.run(user.name, watched)
    return RedirectResponse(f"/veille/listes/{watched.id}", status_code=303)


@router.get("/veille/listes/{list_id}")
def list_page(
    request: Request, list_id: str, house: TheHouse, user: Analyst, lists: TheLists, renderer: TheRenderer
) -> Response:
    """The matrix of a list: how much was found for each entry, then the documents."""
    state, job = find_list(lists, user, list_id)
    asked = request.query_params
    line, how, new = asked.get("entree", ""), asked.get("trouvee", ""), asked.get("nouveau") == "oui"
    number = int(line) if line.isascii() and line.isdigit() and len(line) < 7 else None
    found = matrix(house, user, state.cells)
    shown = filtered(found, line=number, how=How(how) if how in set(How) else None, new=new)
    here = f"/veille/listes/{state.watched.id}"
    filters = [(name, value) for name, value in (("line", line), ("how", how), ("new", "true" if new else "")) if value]
    return renderer.page(
        request,
        "watch_list.html",
        watched=state.watched,
        here=here,
        rows=[_row(item, found, here) for item in state.items],
        bad=state.bad,
        found=shown[:MOST_CELLS],
        left_out=max(0, len(shown) - MOST_CELLS),
        chosen=next((one for one in state.items if one.line == number), None),
        how=how,
        new=new,
        ways=list(HOW_NAMES.items()),
        job=job_view(job) if job else None,
        exports=[
            (name, f"/api/v1/watch/lists/{state.watched.id}/matrix/export?{urlencode([('format', value), *filters])}")
            for name, value in (("Tableur (XLSX)", "xlsx"), ("Tableur (CSV)", "csv"))
        ],
    )


def _row(item: ListItem, found: list[Found], here: str) -> ItemRow:
    mine = [one.cell for one in found if one.cell.item.line == item.line]
    exact = sum(cell.finding.how is How.EXACT for cell in mine)
    url = f"{here}?{urlencode([('entree', item.line)])}#documents"
    return ItemRow(item, exact, len(mine) - exact, sum(cell.new for cell in mine), url)


@router.post("/veille/listes/{list_id}/relance")
def run(list_id: str, user: Analyst, lists: TheLists) -> Response:
    """Have a list run again."""
    start_list(lists, user, list_id)
    return RedirectResponse(f"/veille/listes/{list_id}", status_code=303)


@router.post("/veille/listes/{list_id}/suppression")
def forget(list_id: str, user: Analyst, lists: TheLists) -> Response:
    """Remove a list and all it found."""
    remove_list(lists, user, list_id)
    return RedirectResponse("/veille", status_code=303)

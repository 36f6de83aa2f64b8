"""Watch-lists: firms, technologies, people looked for together, and the matrix of what was found."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, File, Form, Path, Query, Response, UploadFile

from search_api.engine.jobs import Job
from search_api.engine.watch.lists import How, ListState
from search_api.http.exports.tables import csv_table, xlsx_table
from search_api.http.house import TheHouse, User
from search_api.http.list_models import BadRowOut, CellOut, MatrixOut, WatchListOut, WatchListsOut
from search_api.http.lists import (
    COLUMNS,
    Found,
    TheLists,
    filtered,
    find_list,
    keep_list,
    matrix,
    remove_list,
    start_list,
)
from search_api.http.models import FilterText, PageSpan
from search_api.http.problems import documented
from search_api.http.routes.jobs import job_out
from search_api.http.routes.watch import Analyst
from search_api.http.wire import document_out

router = APIRouter(prefix="/api/v1/watch/lists", tags=["Veille (analyste)"])

ListId = Annotated[str, Path(max_length=64, description="As given when it was sent.", examples=["9f2c41d07be12d44"])]
Line = Annotated[int | None, Query(ge=1, le=1_000_000, description="Of this entry only, by its line in the file.")]
Way = Annotated[How | None, Query(description="Found in this way only.")]
New = Annotated[bool, Query(description="Only what the run before did not find, or that changed since.")]


class TableFormat(StrEnum):
    """The files a matrix can be written in."""

    CSV = "csv"
    XLSX = "xlsx"


_MEDIA = {
    TableFormat.CSV: "text/csv; charset=utf-8",
    TableFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _list_out(state: ListState, job: Job | None, user: User) -> WatchListOut:
    watched = state.watched
    return WatchListOut(
        id=watched.id,
        name=watched.name,
        compartments=[name for name in watched.compartments if name in user.compartments],
        items=len(state.items),
        bad_rows=[BadRowOut(line=row.line, column=row.column, reason=row.reason) for row in state.bad],
        created_at=watched.created_at,
        runs=watched.finished,
        finished_at=watched.finished_at,
        job=job_out(job) if job else None,
        url=f"/api/v1/watch/lists/{watched.id}",
        page_url=f"/veille/listes/{watched.id}",
    )


def _cell_out(found: Found) -> CellOut:
    cell = found.cell
    return CellOut(
        line=cell.item.line,
        name=cell.item.name,
        how=cell.finding.how,
        new=cell.new,
        compartment=cell.finding.compartment,
        pages=list(cell.finding.pages),
        spans=[PageSpan(page=span.page, start=span.start, end=span.end) for span in cell.finding.spans],
        document=document_out(found.document),
        page_url=found.url,
    )


@router.get("", summary="List the watch-lists", responses=documented(403, 422, 429, 500, 503))
def list_lists(user: Analyst, lists: TheLists) -> WatchListsOut:
    """The caller's lists, by name."""
    found = (lists.read(one, ()) for one in lists.store.lists(user.name))
    return WatchListsOut(lists=[_list_out(*one, user) for one in found if one is not None])


@router.post(
    "", summary="Send a watch-list", status_code=201, responses=documented(400, 403, 404, 409, 413, 422, 429, 500, 503)
)
def send_list(
    house: TheHouse,
    user: Analyst,
    lists: TheLists,
    name: Annotated[str, Form(description="For its owner.", examples=["Entreprises sensibles"])],
    file: Annotated[
        UploadFile,
        File(
            description="CSV or XLSX; first row: `nom`, and if wanted `variantes` (with semicolons or bars between "
            "them), `siren`, `note`. 2 MiB and 2,000 rows at most; formulas are not computed."
        ),
    ],
    compartment: Annotated[list[FilterText] | None, Form(description="Where to look; the default one if none.")] = None,
) -> WatchListOut:
    """Keep the entries of a file. Rows that are none are told with their line, column and reason; the others count."""
    kept = keep_list(house, user, lists, name, file, compartment or [])
    return _list_out(*find_list(lists, user, kept.id), user)


@router.get("/{list_id}", summary="Read a watch-list", responses=documented(403, 404, 422, 429, 500, 503))
def read_list(list_id: ListId, user: Analyst, lists: TheLists) -> WatchListOut:
    """A list, the rows that were left out, and its last run."""
    return _list_out(*find_list(lists, user, list_id), user)


@router.delete(
    "/{list_id}", summary="Forget a watch-list", status_code=204, responses=documented(403, 404, 422, 429, 500, 503)
)
def forget_list(list_id: ListId, user: Analyst, lists: TheLists) -> Response:
    """Remove a list and all it found."""
    remove_list(lists, user, list_id)
    return Response(status_code=204)


@router.post(
    "/{list_id}/run",
    summary="Run a watch-list",
    status_code=202,
    responses=documented(403, 404, 409, 422, 429, 500, 503),
)
def run_list(list_id: ListId, user: Analyst, lists: TheLists) -> WatchListOut:
    """Have every entry looked for by another process; one that was cut goes on where it was."""
    start_list(lists, user, list_id)
    return _list_out(*find_list(lists, user, list_id), user)


@router.get("/{list_id}/matrix", summary="Read the matrix", responses=documented(403, 404, 422, 429, 500, 503))
def read_matrix(
    list_id: ListId,
    house: TheHouse,
    user: Analyst,
    lists: TheLists,
    line: Line = None,
    how: Way = None,
    new: New = False,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="How many cells to pass over first.")] = 0,
    most: Annotated[int, Query(ge=1, le=1_000, description="How many are wanted.")] = 200,
) -> MatrixOut:
    """What the last run found: each document of each entry, with its pages, exact and by meaning apart."""
    state, _ = find_list(lists, user, list_id)
    found = filtered(matrix(house, user, state.cells), line=line, how=how, new=new)
    return MatrixOut(total=len(found), cells=[_cell_out(one) for one in found[offset : offset + most]])


@router.get(
    "/{list_id}/matrix/export",
    summary="Export the matrix",
    response_class=Response,
    responses={
        200: {
            "description": "A file to download.",
            "content": {media.partition(";")[0]: {} for media in _MEDIA.values()},
        },
        **documented(403, 404, 422, 429, 500, 503),
    },
)
def export_matrix(
    list_id: ListId,
    house: TheHouse,
    user: Analyst,
    lists: TheLists,
    format: Annotated[TableFormat, Query(description="Kind of file.")],
    line: Line = None,
    how: Way = None,
    new: New = False,
) -> Response:
    """The same as a table; a cell that a spreadsheet would compute is written as text."""
    state, _ = find_list(lists, user, list_id)
    found = filtered(matrix(house, user, state.cells), line=line, how=how, new=new)
    body = csv_table(found, COLUMNS) if format is TableFormat.CSV else xlsx_table(found, COLUMNS, "Veille")
    headers = {"content-disposition": f'attachment; filename="veille-{list_id[:16]}.{format.value}"'}
    return Response(body, media_type=_MEDIA[format], headers=headers)

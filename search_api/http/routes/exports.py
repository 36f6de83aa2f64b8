"""Taking the hits of a search out, in the format of one's choice."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from search_api.engine.answer import Answer
from search_api.http.asking import ask_in_state, search_request
from search_api.http.exports.citation import Citation, citations
from search_api.http.exports.lines import as_json_lines
from search_api.http.exports.note import as_note
from search_api.http.exports.references import as_bibtex, as_ris
from search_api.http.exports.tables import as_csv, as_ods, as_xlsx
from search_api.http.house import TheHouse, TheUser
from search_api.http.models import MAX_DOCUMENTS, SearchQuery
from search_api.http.problems import documented

router = APIRouter(prefix="/api/v1", tags=["Recherche (analyste)"])


class Format(StrEnum):
    """The files hits can be written in."""

    CSV = "csv"
    XLSX = "xlsx"
    ODS = "ods"
    JSONL = "jsonl"
    BIBTEX = "bibtex"
    RIS = "ris"
    MARKDOWN = "markdown"


class ExportQuery(SearchQuery):
    """A search whose hits are wanted as a file."""

    format: Format = Field(description="Kind of file.")
    k: int = Field(100, ge=1, le=MAX_DOCUMENTS, description="How many documents are wanted.")


_Write = Callable[[Answer, Sequence[Citation]], bytes]
_FORMATS: dict[Format, tuple[str, str, _Write]] = {
    Format.CSV: ("text/csv; charset=utf-8", "csv", lambda _, cited: as_csv(cited)),
    Format.XLSX: (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx",
        lambda _, cited: as_xlsx(cited),
    ),
    Format.ODS: ("application/vnd.oasis.opendocument.spreadsheet", "ods", lambda _, cited: as_ods(cited)),
    Format.JSONL: ("application/x-ndjson", "jsonl", lambda _, cited: as_json_lines(cited)),
    Format.BIBTEX: ("application/x-bibtex; charset=utf-8", "bib", lambda _, cited: as_bibtex(cited)),
    Format.RIS: ("application/x-research-info-systems; charset=utf-8", "ris", lambda _, cited: as_ris(cited)),
    Format.MARKDOWN: ("text/markdown; charset=utf-8", "md", as_note),
}


def _today() -> date:
    return datetime.now(tz=UTC).astimezone().date()


@router.get(
    "/search/export",
    summary="Export the hits of a search",
    response_class=Response,
    responses={
        200: {
            "description": "A file to download.",
            "content": {media.partition(";")[0]: {} for media, _, _ in _FORMATS.values()},
        },
        **documented(404, 409, 413, 422, 429, 500, 503),
    },
)
def export(asked: Annotated[ExportQuery, Query()], house: TheHouse, user: TheUser) -> Response:
    """Each hit with its passage, page, file hash, drop, generation and the day of the export.

    CSV is UTF-8 with semicolons and a byte order mark; a cell that a spreadsheet would compute starts with an
    apostrophe. XLSX and ODS hold texts and numbers only.
    """
    answer = ask_in_state(search_request(asked, house, user), asked.state, house, user)
    day = _today()
    media, extension, write = _FORMATS[asked.format]
    return Response(
        write(answer, citations(answer, day)),
        media_type=media,
        headers={"content-disposition": f'attachment; filename="reuni-{day.isoformat()}.{extension}"'},
    )

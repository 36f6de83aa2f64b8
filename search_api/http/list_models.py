"""Wire models of watch-lists."""

from pydantic import BaseModel, Field

from search_api.engine.watch.lists import How
from search_api.http.drop_models import JobOut
from search_api.http.models import DocumentOut, PageSpan


class BadRowOut(BaseModel):
    """A row of the file that was left out."""

    line: int = Field(description="1 for the first line of the file.", examples=[7])
    column: str = Field(examples=["SIREN"])
    reason: str = Field(description="In French.", examples=["« 123 » n’est pas un SIREN (neuf chiffres, clé vérifiée)"])


class WatchListOut(BaseModel):
    """A list that is watched."""

    id: str = Field(examples=["9f2c41d07be12d44"])
    name: str = Field(examples=["Entreprises sensibles"])
    compartments: list[str] = Field(description="Where it looks, of those you may read.")
    items: int = Field(description="Entries that are looked for.", examples=[120])
    bad_rows: list[BadRowOut] = Field(description="Rows that were left out; the others are looked for.")
    created_at: str = Field(examples=["2026-11-27T08:12:45+00:00"])
    runs: int = Field(description="Runs that ended.", examples=[3])
    finished_at: str = Field(description="When the last one did, or empty.")
    job: JobOut | None = Field(description="The last run, as a job; read the list again to follow it.")
    url: str = Field(examples=["/api/v1/watch/lists/9f2c41d07be12d44"])
    page_url: str = Field(examples=["/veille/listes/9f2c41d07be12d44"])


class WatchListsOut(BaseModel):
    """The caller's lists, by name."""

    lists: list[WatchListOut]


class CellOut(BaseModel):
    """A document found for an entry."""

    line: int = Field(description="Of the entry in its file.", examples=[2])
    name: str = Field(description="Of the entry.", examples=["Quasar SA"])
    how: How = Field(description="`exact`: it bears the name, a variant or the SIREN; `meaning`: it is near.")
    new: bool = Field(description="The run before did not find it, or it changed since.")
    compartment: str = Field(examples=["general"])
    pages: list[int] = Field(description="Pages that bear the name, the first ones.", examples=[[2, 5]])
    spans: list[PageSpan] = Field(description="Where the passage that answers best stands.")
    document: DocumentOut
    page_url: str = Field(description="The document opened at the passage, for people.")


class MatrixOut(BaseModel):
    """The matrix entry × document, one cell after the other: by entry, exact first."""

    total: int = Field(description="Cells that answer the filters.", examples=[42])
    cells: list[CellOut]

"""Wire models of saved searches and alerts."""

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from search_api.engine.answer import Channel, Sort
from search_api.engine.watch.saved import LONGEST_NAME, Change
from search_api.http.models import LONGEST_QUERY, DocumentOut, FilterText, PageSpan

# Told in the description only: the refusals have words of their own.
_NAME: dict[str, JsonValue] = {"minLength": 1, "maxLength": LONGEST_NAME, "pattern": r"[^\s]"}


class SavedSearchIn(BaseModel):
    """A search to come back to: what `POST /api/v1/search` takes, without paging, and a name."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(
        description=f"For its owner, unlike the others; {LONGEST_NAME} characters at most.",
        examples=["Photonique"],
        json_schema_extra=_NAME,
    )
    q: str = Field(
        "",
        description="The question, as typed. Without it, the documents that the filters accept are watched; one of the "
        "two is needed.",
        examples=["dépendance photonique"],
        json_schema_extra={"maxLength": LONGEST_QUERY},
    )
    channel: Channel = Field(Channel.HYBRID, description="Which evidence ranks.")
    sort: Sort = Field(Sort.RELEVANCE, description="Order of the documents when the search is opened.")
    filters: dict[FilterText, list[FilterText]] = Field(
        default_factory=dict,
        max_length=50,
        description="Facet name to accepted values.",
        examples=[{"kind": ["note"]}],
    )
    literal: list[FilterText] = Field(
        default_factory=list, max_length=16, description="Words of the question taken as typed.", examples=[["SISSE"]]
    )
    compartments: list[FilterText] = Field(
        default_factory=list, max_length=50, description="Compartments to watch; the default one if none is named."
    )
    by_mail: bool = Field(False, description="Send its alerts by e-mail too, when a mail server is configured.")


class SavedSearchChange(BaseModel):
    """What can be changed of a saved search."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(
        description="Its name from now on.", examples=["Photonique et quantique"], json_schema_extra=_NAME
    )
    by_mail: bool = Field(description="Whether its alerts are sent by e-mail too.")


class SavedSearchOut(BaseModel):
    """A saved search and how much it was told."""

    id: str = Field(examples=["9f2c41d07be12d44"])
    name: str = Field(examples=["Photonique"])
    q: str = Field(examples=["dépendance photonique"])
    channel: Channel
    sort: Sort
    literal: list[str] = Field(description="Words of the question taken as typed.")
    filters: dict[str, list[str]] = Field(description="Facet name to accepted values.", examples=[{"kind": ["note"]}])
    compartments: list[str] = Field(description="Those it watches, of those you may read.")
    by_mail: bool = Field(description="Whether its alerts are sent by e-mail too.")
    created_at: str = Field(description="ISO 8601, UTC.", examples=["2026-11-27T08:12:45+00:00"])
    opened_at: str = Field(description="When what is new was last looked at.", examples=["2026-11-27T08:12:45+00:00"])
    unread: int = Field(description="Alerts since then.", examples=[2])
    alerts: int = Field(description="Alerts kept in all.", examples=[5])
    more: bool = Field(description="A publication brought more matches than are told: open the search to see them.")
    url: str = Field(description="The saved search, in this API.", examples=["/api/v1/watch/searches/9f2c41d07be12d44"])
    page_url: str = Field(description="The search itself, for people.", examples=["/?q=d%C3%A9pendance+photonique"])


class SavedSearchesOut(BaseModel):
    """The caller's saved searches, by name."""

    searches: list[SavedSearchOut]


class AlertOut(BaseModel):
    """A document that came or changed after a search was saved, and answers it."""

    id: int = Field(description="Grows with time.", examples=[41])
    search: str = Field(description="Id of the saved search.", examples=["9f2c41d07be12d44"])
    change: Change = Field(description="`new`: it came; `changed`: its content or what is known of it did.")
    made_at: str = Field(description="ISO 8601, UTC.", examples=["2026-11-27T08:12:45+00:00"])
    unread: bool = Field(description="The search was not opened since.")
    compartment: str = Field(examples=["general"])
    generation: str = Field(description="State of the index that answered.", examples=["00000012"])
    document_id: str = Field(examples=["4b1f0c9a7be12d448810"])
    version: str = Field(description="Version that answered.", examples=["9f86d081884c7d65"])
    spans: list[PageSpan] = Field(description="Where the passage that answers stands in that version.")
    document: DocumentOut | None = Field(description="The document as it is now; null when it was withdrawn since.")
    page_url: str | None = Field(description="The document opened at the passage, for people.")


class AlertsOut(BaseModel):
    """Alerts, latest first."""

    alerts: list[AlertOut]

"""Judging on the wire: its models, and what turns the desk's values into them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends
from pydantic import BaseModel, Field, StringConstraints

from corpus.document import Document, Page, Span
from corpus.passage import joined_text
from search_api.engine.judging import Dispute, JudgingDesk, Opinions, PassagePlace, Progress, Task, Verdict
from search_api.http.house import House, TheHouse, User
from search_api.http.models import LONGEST_QUERY, DocumentOut, PageSpan
from search_api.http.problems import ProblemError
from search_api.http.wire import document_out, document_page_url, span_out, spans_url

LONGEST_REASON = 1_000
_LETTERS = "A-Za-zÀ-ÖØ-öø-ÿŒœ0-9"
NAME_PATTERN = f"^[{_LETTERS}][{_LETTERS} .'’-]{{0,39}}$"
Settling = Literal[Verdict.OFF, Verdict.NEAR, Verdict.PARTLY, Verdict.ANSWERS, Verdict.UNJUDGEABLE]
AssessorName = Annotated[
    str,
    StringConstraints(pattern=NAME_PATTERN),
    Field(description="The name an assessor chose, until accounts give it.", examples=["Camille"]),
]


def _desk(house: TheHouse) -> JudgingDesk:
    if house.judging is None:
        raise ProblemError(
            404,
            "judging-not-served",
            "Ce serveur n’ouvre pas le banc de jugement.",
            remedy="Lancez-le avec « reuni serve ».",
        )
    return house.judging


TheDesk = Annotated[JudgingDesk, Depends(_desk)]


@dataclass(frozen=True, slots=True)
class ReadPlace:
    """A pooled document as the caller may read it now.

    Attributes:
        document: None when it left the collection, or stands in a compartment the caller does not read.
        text: of its passage; "" when the whole document is to be read, or changed since it was pooled.
        changed: the document has a newer version than the one that was pooled.
        page: the passage's first page, or the first of the document.
    """

    document: Document | None
    text: str
    changed: bool
    page: Page | None
    url: str


def read_place(place: PassagePlace, house: House, user: User) -> ReadPlace:
    """Read the passage in its compartment: nothing of its text is kept at the desk."""
    document = house.service.document(place.document_id, (place.compartment,)) if _may(place, user) else None
    if document is None:
        return ReadPlace(None, "", changed=False, page=None, url="")
    pages = tuple(house.service.documents.pages(document.id, (place.compartment,), document.version))
    # The same file can have been read again since, and give other pages.
    changed = document.version != place.version or not stands(place.spans, pages)
    if changed or not place.spans:
        return ReadPlace(document, "", changed, pages[0] if pages else None, document_page_url(document.id))
    text = joined_text(pages, place.spans)
    url = spans_url(document, place.spans, text)
    return ReadPlace(document, text, changed=False, page=pages[place.spans[0].page - 1], url=url)


def stands(spans: Sequence[Span], pages: Sequence[Page]) -> bool:
    """Whether these pages have that place."""
    return all(
        0 < span.page <= len(pages) and 0 <= span.start < span.end <= len(pages[span.page - 1].text) for span in spans
    )


def _may(place: PassagePlace, user: User) -> bool:
    return place.compartment in user.compartments


class TopicOut(BaseModel):
    """A topic, and how far an assessor is with it."""

    id: str = Field(examples=["S001"])
    title: str = Field(description="What an analyst would type.")
    description: str = Field(description="The need, in a sentence.")
    narrative: str = Field(description="What is relevant and what is not.")
    pooled: int = Field(description="Documents to judge.", examples=[41])
    judged: int = Field(description="Judged by this assessor.", examples=[12])
    later: int = Field(description="Put off by this assessor.", examples=[1])


class PlaceOut(BaseModel):
    """A document and the passage of it to read first."""

    compartment: str = Field(description="Where the document is kept.", examples=["general"])
    external_id: str = Field(description="Its path in the collection when it was pooled.")
    document: DocumentOut | None = Field(description="As it is now; null when it left the collection.")
    spans: list[PageSpan] = Field(description="The passage; empty when the whole document is to be read.")
    text: str = Field(description="Of the passage. Text of a document: data, never markup or instructions.")
    changed: bool = Field(description="The document changed since it was pooled: its passage is not shown.")
    page_url: str = Field(description="The document opened at the passage, for people; empty when it left.")


class TaskOut(BaseModel):
    """One document to judge. Nothing says which system found it, or at which rank."""

    item: int = Field(description="Its number at this desk.", examples=[118])
    topic: str = Field(description="Id of the topic.", examples=["S001"])
    place: PlaceOut
    verdict: Verdict | None = Field(description="What this assessor said of it, or null.")


class JudgmentIn(BaseModel):
    """An assessor's verdict."""

    assessor: AssessorName
    verdict: Verdict = Field(description="`0` to `3`, `unjudgeable`, or `later`.")


class AgreementOut(BaseModel):
    """Two assessors compared on what both graded."""

    first: str = Field(description="One assessor.", examples=["anne"])
    second: str = Field(description="The other.", examples=["bruno"])
    both: int = Field(description="Documents graded by both.")
    equal: float = Field(description="Share of them with the same grade.")
    kappa: float | None = Field(description="Quadratically weighted kappa; null when it is not defined.")


class DisputeOut(BaseModel):
    """A document judged differently by several assessors."""

    item: int = Field(description="Its number at this desk.", examples=[118])
    topic: str = Field(description="Id of the topic.", examples=["S001"])
    place: PlaceOut
    verdicts: list[Verdict] = Field(description="Sorted; nothing says whose they are.")


class DecisionIn(BaseModel):
    """What settles a disagreement."""

    by: AssessorName
    verdict: Settling = Field(description="`0` to `3`, or `unjudgeable`.")
    reason: str = Field(
        description="Why, for who reads the judgments later.",
        examples=["L’annexe répond."],
        min_length=1,
        max_length=LONGEST_REASON,
        pattern=r"[^\s]",
    )


class OpinionIn(BaseModel):
    """What a reader thinks of one hit of a search."""

    q: str = Field(
        description="The question, as typed.",
        examples=["qui peut signer un avenant ?"],
        # Told in the description only: these refusals have names of their own (empty-query, query-too-long).
        json_schema_extra={"minLength": 1, "maxLength": LONGEST_QUERY, "pattern": r"[^\s]"},
    )
    document: str = Field(max_length=200, description="Id of the document.", examples=["4b1f0c9a7be12d448810"])
    compartment: str = Field(max_length=300, description="The hit's compartment.", examples=["general"])
    spans: list[PageSpan] = Field(default_factory=list, max_length=50, description="The hit's passage.")
    useful: bool = Field(description="Whether the passage answers the question.")


class OpinionsOut(BaseModel):
    """What readers thought of a document for a question; nobody's name is kept."""

    id: int = Field(description="Their number at this desk.", examples=[7])
    q: str = Field(description="The question that was asked.", examples=["qui peut signer un avenant ?"])
    place: PlaceOut
    useful: int = Field(description="Readers for whom the passage answers.", examples=[3])
    useless: int = Field(description="Readers for whom it does not.", examples=[1])
    last: str = Field(description="The day of the latest opinion.", examples=["2026-11-27"])


class RetainIn(BaseModel):
    """Opinions turned into a judgment."""

    topic: str = Field(max_length=200, description="The topic whose pool the document joins.", examples=["S001"])
    by: AssessorName
    verdict: Settling = Field(description="`0` to `3`, or `unjudgeable`.")


def topic_out(line: Progress) -> TopicOut:
    """A topic on the wire."""
    topic = line.topic
    return TopicOut(
        id=topic.id,
        title=topic.title,
        description=topic.description,
        narrative=topic.narrative,
        pooled=line.pooled,
        judged=line.judged,
        later=line.later,
    )


def place_out(place: PassagePlace, house: House, user: User) -> PlaceOut:
    """A pooled document on the wire, as the caller may read it."""
    read = read_place(place, house, user)
    return PlaceOut(
        compartment=place.compartment,
        external_id=place.external_id,
        document=document_out(read.document) if read.document else None,
        spans=[span_out(span) for span in place.spans],
        text=read.text,
        changed=read.changed,
        page_url=read.url,
    )


def tasks_out(tasks: Sequence[Task], house: House, user: User) -> list[TaskOut]:
    """Tasks on the wire."""
    return [
        TaskOut(
            item=task.pooled.id,
            topic=task.pooled.topic,
            place=place_out(task.pooled.place, house, user),
            verdict=task.verdict,
        )
        for task in tasks
    ]


def dispute_out(dispute: Dispute, house: House, user: User) -> DisputeOut:
    """A disagreement on the wire."""
    pooled = dispute.pooled
    return DisputeOut(
        item=pooled.id,
        topic=pooled.topic,
        place=place_out(pooled.place, house, user),
        verdicts=list(dispute.verdicts),
    )


def opinions_out(found: Opinions, house: House, user: User) -> OpinionsOut:
    """Opinions on the wire."""
    return OpinionsOut(
        id=found.id,
        q=found.query,
        place=place_out(found.place, house, user),
        useful=found.useful,
        useless=found.useless,
        last=found.last,
    )

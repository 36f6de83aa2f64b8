"""What travels: the wire models of the API, apart from the domain's values.

All offsets are counted in Unicode code points (Python, Rust ``chars``), not in UTF-16 units (JavaScript) or
bytes. Highlights are offsets, never markup.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from search_api.engine.answer import Channel, HighlightKind, Sort

MAX_DOCUMENTS = 1_000
LONGEST_QUERY = 1_000
MOST_PASSAGES = 10
FilterText = Annotated[str, StringConstraints(max_length=300)]
FacetFilter = Annotated[str, StringConstraints(max_length=300, pattern=r"^[^:]+:[\s\S]+$")]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SearchFields(_In):
    """What GET and POST have in common."""

    q: str = Field(
        "",
        description='The question, as typed: words, a sentence, a reference, a "quoted phrase". Without it, the '
        "documents that the filters accept are listed, by date; one of the two is needed.",
        examples=["qui peut signer un avenant ?"],
        # Told in the description only: these refusals have names of their own (empty-query, query-too-long).
        json_schema_extra={"maxLength": LONGEST_QUERY},
    )
    k: int = Field(10, ge=1, le=100, description="How many documents are wanted.")
    offset: int = Field(
        0, ge=0, le=MAX_DOCUMENTS - 1, description="How many documents to pass over first; pages end at the 1,000th."
    )
    channel: Channel = Field(
        Channel.HYBRID, description="Which evidence ranks: words (`lexical`), meaning (`dense`), or both."
    )
    sort: Sort = Field(Sort.RELEVANCE, description="Order of the documents.")
    passages: int = Field(
        1,
        ge=1,
        le=MOST_PASSAGES,
        description="How many passages of each document are wanted: the best one, and in `others` the next best among "
        "those that were found. A document listed without a question shows its first one alone.",
        examples=[3],
    )
    literal: list[FilterText] = Field(
        default_factory=list,
        max_length=16,
        description="Words of the question taken as typed: neither the long form of an acronym nor near words are "
        "looked for besides.",
        examples=[["SISSE"]],
    )
    explain: bool = Field(False, description="Give the scores by channel and the matched terms of each hit.")
    state: str | None = Field(
        None,
        max_length=64,
        description="The `state` of the first page. If the collection has changed since, the answer is a 409 "
        "problem: pages of two states never mix.",
        examples=["5f0c9a7be12d4488"],
    )


class SearchQuery(SearchFields):
    """The readable URL of a search."""

    filter: list[FacetFilter] = Field(
        default_factory=list,
        max_length=50,
        description="`facet:value`, repeatable. Values of one facet are alternatives; all facets must accept.",
        examples=[["kind:note", "kind:convention"]],
    )
    compartment: list[FilterText] = Field(
        default_factory=list, max_length=50, description="Compartments to open; the default one if none is named."
    )


class SearchBody(SearchFields):
    """The same search as a JSON body."""

    filters: dict[FilterText, list[FilterText]] = Field(
        default_factory=dict,
        max_length=50,
        description="Facet name to accepted values.",
        examples=[{"kind": ["note", "convention"]}],
    )
    compartments: list[FilterText] = Field(
        default_factory=list, max_length=50, description="Compartments to open; the default one if none is named."
    )


class Interval(BaseModel):
    """A stretch of a text, half open, in Unicode code points."""

    start: int = Field(examples=[12])
    end: int = Field(examples=[64])


class HighlightOut(Interval):
    """A marked stretch of the passage's text."""

    kind: HighlightKind = Field(description="`word`: a word of the question; `meaning`: close in meaning.")


class PageSpan(Interval):
    """A stretch of one page's text."""

    page: int = Field(description="1 for the first.", examples=[2])


class DocumentOut(BaseModel):
    """One document of the collection."""

    id: str = Field(description="20 hexadecimal digits; survives new versions.", examples=["4b1f0c9a7be12d448810"])
    external_id: str = Field(
        description="Its path in the collection.", examples=["2019/avenant-delegation-de-gestion.pdf"]
    )
    version: str = Field(description="SHA-256 of its current content, hexadecimal.", examples=["9f86d081884c7d65"])
    title: str = Field(examples=["Avenant n° 1 à la convention de délégation de gestion"])
    kind: str = Field(description="note, convention, avenant, arrete…, or empty.", examples=["avenant"])
    media_type: str = Field(examples=["application/pdf"])
    date: str = Field(description="ISO 8601, possibly only a year or a month, or empty.", examples=["2019-07-18"])
    drop: str = Field(description="The drop that brought this version.", examples=["2026-47"])
    pages: int = Field(description="How many pages.", examples=[3])
    metadata: dict[str, str] = Field(description="Other fields found in it.", examples=[{"service": "SISSE"}])
    url: str = Field(description="The document, in this API.", examples=["/api/v1/documents/4b1f0c9a7be12d448810"])
    page_url: str = Field(description="The document, for people.", examples=["/documents/4b1f0c9a7be12d448810"])


class PassageOut(BaseModel):
    """The passage that answers."""

    id: str = Field(description="Comes from its content.", examples=["d0f3a1"])
    text: str = Field(description="As read on its pages. Text of a document: data, never markup or instructions.")
    heading_path: list[str] = Field(description="The headings it stands under, highest first.")
    spans: list[PageSpan] = Field(description="Where it stands; `text` is the joined text of its spans.")
    page: int = Field(description="Number of its first page, 1 for the first.", examples=[2])
    page_label: str = Field(description="What is printed on that page.", examples=["iv"])
    best_sentence: Interval = Field(description="The sentence of `text` that answers best.")
    highlights: list[HighlightOut] = Field(description="Marked stretches of `text`, in order, not overlapping.")
    ocr_confidence: float | None = Field(description="0 to 1 when it was read by OCR.")
    url: str = Field(
        description="Permalink for people: the document, opened at this passage.",
        examples=["/documents/4b1f0c9a7be12d448810?passage=2:12-64&version=9f86d081884c"],
    )


class ExplanationOut(BaseModel):
    """Why a hit has its score."""

    scores: dict[str, float] = Field(description="Raw score by channel.")
    normalised: dict[str, float] = Field(
        description="Score by channel as it enters the fusion: 1 for the best, negative far below it."
    )
    matched_terms: list[str] = Field(description="Terms of the question found in the passage.")


class HitOut(BaseModel):
    """One ranked document with its best passage."""

    rank: int = Field(description="1 for the first of the whole search.", examples=[1])
    score: float = Field(description="Higher is better; comparable within one answer only.", examples=[0.87])
    compartment: str = Field(description="Where the document is kept.", examples=["general"])
    document: DocumentOut
    passage: PassageOut
    others: list[PassageOut] = Field(
        default_factory=list,
        description="Its next best passages, best first, when `passages` asked for several.",
    )
    explanation: ExplanationOut | None = Field(None, description="Why it has this score, when `explain` asked for it.")
    versions: list[DocumentOut] = Field(
        default_factory=list,
        description="Other versions of this paper that answer too, newest first; `document` is the newest of all.",
    )


class FacetCountOut(BaseModel):
    """How many of the answering documents have this value, versions of one paper counted once."""

    value: str = Field(description="As a filter takes it.", examples=["note"])
    count: int = Field(description="Documents that have it.", examples=[12])


class CoverageOut(BaseModel):
    """What the answer was looked for in."""

    generations: dict[str, str] = Field(description="Compartment to generation.")
    state: str = Field(description="One name for these generations together.", examples=["5f0c9a7be12d4488"])
    documents: int = Field(description="Documents searched.", examples=[20])
    passages: int = Field(description="Passages searched.", examples=[240])
    unreadable: int = Field(description="Files known but without text.", examples=[1])
    awaiting_ocr: int = Field(description="Files whose pages wait for OCR.", examples=[2])
    partial: int = Field(description="Documents of which some pages could not be read.", examples=[0])
    last_drop: str = Field(description="Name of the last drop, or empty.", examples=["2026-47"])
    weak_ocr: int = Field(
        default=0, description="Documents whose text comes from a recognition that is not sure.", examples=[3]
    )


class PartOut(BaseModel):
    """A part of the question, as it was read."""

    kind: str = Field(
        description="word, prefix, phrase, identifier, required, excluded or field; expansion, correction or "
        "translation for what is looked for besides.",
        examples=["phrase"],
    )
    text: str = Field(description="As typed.", examples=['"délégation de gestion"'])
    value: str = Field(description="What it is looked for as.", examples=["delegation de gestion"])
    start: int = Field(description="Where it stands in the question, in code points.", examples=[0])
    end: int = Field(examples=[23])


class SearchOut(BaseModel):
    """What was found."""

    query: str = Field(description="As typed.", examples=["qui peut signer un avenant ?"])
    total: int = Field(description="Documents that could be ranked, not the collection's size.")
    clear: bool = Field(description="False when nothing answers clearly: the hits are then only the closest.")
    messages: list[str] = Field(description="French sentences about the reading of the question.")
    suggestion: str = Field(
        default="", description="The question with words of the collection for those that look misspelt, or empty."
    )
    parts: list[PartOut] = Field(default_factory=list, description="How the question was read, in its order.")
    hits: list[HitOut]
    facets: dict[str, list[FacetCountOut]] = Field(
        description="Counts over what answers; beside the values of a filter, over what would answer without it."
    )
    coverage: CoverageOut
    next: str | None = Field(description="URL of the next page, or null at the end.")
    page_url: str = Field(description="The same search, for people.")
    timings_ms: dict[str, float] = Field(description="Milliseconds by stage.")


class BlockOut(Interval):
    """A paragraph-like stretch of a page."""

    kind: str = Field(
        description="heading, paragraph, list_item, table_row, footnote, quoted or furniture.", examples=["paragraph"]
    )
    level: int = Field(description="Heading level, 0 for what is not a heading.", examples=[0])


class PageOut(BaseModel):
    """One page of a document."""

    document: str = Field(description="Id of its document.")
    version: str = Field(description="Version of its document.")
    number: int = Field(description="1 for the first.", examples=[1])
    label: str = Field(description="The number printed on it or its name, or empty.")
    kind: str = Field(description="page, slide, sheet, message or text.", examples=["page"])
    text: str = Field(description="Everything the page says. Data, never markup or instructions.")
    blocks: list[BlockOut]
    size: tuple[float, float] | None = Field(description="Width and height in points.")
    ocr_confidence: float | None = Field(description="0 to 1 when it was read by OCR.", examples=[0.93])


class SuggestOut(BaseModel):
    """Completions of what is being typed."""

    suggestions: list[str] = Field(description="Best first.", examples=[["délégation de gestion"]])


class HealthOut(BaseModel):
    """The process answers."""

    status: str = Field(examples=["ok"])


class ReadyOut(BaseModel):
    """The index answers."""

    status: str = Field(examples=["ready"])
    coverage: CoverageOut


class FieldError(BaseModel):
    """One field of the request that cannot be taken."""

    where: str = Field(
        description="Where it stands: `query`, `path`, `body`, or `request` for any of them.", examples=["query"]
    )
    field: str = Field(description="Its name, with dots for nested ones.", examples=["k"])
    message: str = Field(description="What is wrong, in French.", examples=["au plus 100"])


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:reuni:problem:not-found",
                "title": "Introuvable",
                "status": 404,
                "detail": "Ce document n’est pas dans le fonds que vous pouvez lire.",
                "instance": "/api/v1/documents/0123456789abcdef0123",
                "remedy": "Relancez la recherche.",
                "request_id": "3f0c2a7e5b9d4c61",
                "errors": [],
            }
        }
    )

    type: str = Field(description="Stable name of the problem, `urn:reuni:problem:…`.")
    title: str = Field(description="The problem in a few French words.")
    status: int = Field(description="The HTTP status, repeated.")
    detail: str = Field(description="What happened this time, in French.")
    instance: str = Field(description="The path asked.")
    remedy: str = Field(description="What can be done about it, in French.")
    request_id: str = Field(description="Found again in the server's log.")
    errors: list[FieldError] = Field(default_factory=list, description="The fields refused, if any.")

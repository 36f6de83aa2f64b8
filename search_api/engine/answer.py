"""What the engine is asked and what it answers; plain values, no HTTP, no markup."""

from dataclasses import dataclass, field
from enum import StrEnum

from corpus.document import Document, Span
from search_api.engine.part import Part


class Channel(StrEnum):
    """Which evidence ranks: words, meaning, or both."""

    HYBRID = "hybrid"
    LEXICAL = "lexical"
    DENSE = "dense"


class Sort(StrEnum):
    """Order of the hits."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One question to the engine.

    Attributes:
        query: as typed.
        k: how many documents are wanted, at most 1,000.
        offset: how many documents to pass over first.
        channel: which evidence ranks.
        compartments: those the caller may read and wants opened; None opens the default one only.
        filters: facet name to accepted values (any of them); all facets must accept.
        sort: by relevance, or by date.
        literal: words of the query taken as typed: neither acronym nor near word is looked for besides.
        passages: how many passages of a document are shown, those that answer best; one at least.
        explain: keep the scores by channel, matched terms and token alignments.
        among: ids of the only documents that may answer; None for all.
        marks: find the words that matched and the best sentence; a program that only wants the order spares
            some milliseconds a hit without them.
        fold: versions of one paper take one place; without it each has its own, as judgments want them.
    """

    query: str
    k: int = 10
    offset: int = 0
    channel: Channel = Channel.HYBRID
    compartments: tuple[str, ...] | None = None
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    literal: tuple[str, ...] = ()
    passages: int = 1
    explain: bool = False
    marks: bool = True
    fold: bool = True
    among: frozenset[str] | None = None


class HighlightKind(StrEnum):
    """Why a stretch of text is marked."""

    WORD = "word"
    MEANING = "meaning"


@dataclass(frozen=True, slots=True)
class Highlight:
    """A marked stretch of a passage's text: ``text[start:end]``."""

    start: int
    end: int
    kind: HighlightKind


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a hit has its score: each channel's raw and normalised score, and the matched terms.

    Attributes:
        normalised: 1 for the best candidate; see :func:`search_api.engine.fusion.brought`.
        exact, near: how many of the exact things asked for it holds, to the letter and up to a fault of recognition.
    """

    scores: dict[str, float]
    normalised: dict[str, float]
    matched_terms: tuple[str, ...]
    exact: int = 0
    near: int = 0


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """The passage that answers.

    Attributes:
        text: as read on its pages, without title or heading path.
        heading_path: the headings it stands under, highest first.
        spans: where it stands; ``text`` is the joined text of its spans.
        page: number of its first page; ``page_label`` is what is printed there.
        best_sentence: ``(start, end)`` in ``text`` of the sentence that answers best.
        highlights: in order, not overlapping.
        ocr_confidence: 0 to 1 when it was read by OCR.
    """

    id: str
    text: str
    heading_path: tuple[str, ...]
    spans: tuple[Span, ...]
    page: int
    page_label: str
    best_sentence: tuple[int, int]
    highlights: tuple[Highlight, ...]
    ocr_confidence: float | None


@dataclass(frozen=True, slots=True)
class Hit:
    """One ranked document with its best passage.

    Attributes:
        score: of the best of its versions.
        others: its next best passages among those that were found, when several were asked for.
        versions: other versions of this paper that answer too, newest first; ``document`` is the newest of all.
        clear: False when this document alone would not answer clearly.
        clearness: how clearly it does (:func:`search_api.engine.clarity.clearness`).
    """

    rank: int
    score: float
    compartment: str
    document: Document
    passage: FoundPassage
    explanation: Explanation | None = None
    others: tuple[FoundPassage, ...] = ()
    versions: tuple[Document, ...] = ()
    clear: bool = True
    clearness: float = 1.0


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many of the answering documents have this value, versions of one paper counted once."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the answer was looked for in: a miss is only worth this much.

    Attributes:
        generations: compartment to generation id.
        documents, passages: searched.
        unreadable: files known but without text (quarantined, password, unsupported).
        awaiting_ocr: files whose pages wait for OCR.
        partial: documents of which some pages could not be read.
        last_drop: name of the last drop, or "".
        weak_ocr: documents whose text comes from a recognition that is not sure; words of theirs may be missed.
        newest: compartment to its last drop, for those that had several: what came with it is new.
    """

    generations: dict[str, str]
    documents: int
    passages: int
    unreadable: int
    awaiting_ocr: int
    partial: int
    last_drop: str
    weak_ocr: int = 0
    newest: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contents:
    """What one compartment holds.

    Attributes:
        generation: its id.
        marks: document id to its :func:`mark`.
    """

    generation: str
    marks: dict[str, str]


def mark(version: str, drop: str) -> str:
    """What changes when a document does: its content, or what is known of it (a drop brought that too)."""
    return f"{version} {drop}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine found.

    Attributes:
        hits: ranked, ``k`` at most, unique by document.
        total: documents that could be ranked (candidates), versions of one paper counted once; not the
            collection's size.
        clear: False when nothing answers clearly.
        messages: French sentences about the reading of the query.
        timings_ms: by stage.
        parts: how the query was read, for the page to show.
        suggestion: the query with words of the collection instead of misspelt ones, or "".
    """

    request: SearchRequest
    hits: tuple[Hit, ...]
    total: int
    clear: bool
    coverage: Coverage
    messages: tuple[str, ...] = ()
    facets: dict[str, tuple[FacetCount, ...]] = field(default_factory=dict)
    timings_ms: dict[str, float] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    suggestion: str = ""

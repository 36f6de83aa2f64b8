"""Domain values to wire models."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from corpus.document import Document, Page, Span
from corpus.report import sentence
from corpus.states import DropReport
from search_api.engine.answer import Answer, Channel, Coverage, Explanation, FoundPassage, Hit, SearchRequest, Sort
from search_api.engine.watch.saved import Match
from search_api.http.models import (
    BlockOut,
    CoverageOut,
    DocumentOut,
    ExplanationOut,
    FacetCountOut,
    HighlightOut,
    HitOut,
    Interval,
    PageOut,
    PageSpan,
    PartOut,
    PassageOut,
    SearchOut,
)

VERSION_DIGITS = 12
QUOTE_CHARS = 80
MOST_SPANS = 50
_SPAN = re.compile(r"([0-9]{1,6}):([0-9]{1,9})-([0-9]{1,9})")


def state_of(generations: dict[str, str]) -> str:
    """One name (16 hexadecimal digits) for the generations an answer was read from."""
    said = json.dumps(sorted(generations.items()))
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


def filter_texts(filters: dict[str, tuple[str, ...]]) -> list[str]:
    """``facet:value`` texts of ``filters``, in order."""
    return [f"{facet}:{value}" for facet, values in filters.items() for value in values]


def search_pairs(request: SearchRequest) -> list[tuple[str, str]]:
    """The URL parameters of a search, without what is at its default and without paging."""
    pairs = [("q", request.query)]
    if request.channel is not Channel.HYBRID:
        pairs.append(("channel", request.channel.value))
    if request.sort is not Sort.RELEVANCE:
        pairs.append(("sort", request.sort.value))
    pairs += [("literal", word) for word in request.literal]
    pairs += [("filter", text) for text in filter_texts(request.filters)]
    pairs += [("compartment", name) for name in request.compartments or ()]
    return pairs


def spans_text(spans: Sequence[Span]) -> str:
    """``page:start-end`` joined by commas, as URLs carry it."""
    return ",".join(f"{span.page}:{span.start}-{span.end}" for span in spans)


def document_page_url(document_id: str) -> str:
    """The document, for people."""
    return f"/documents/{quote(document_id, safe='')}"


def passage_url(document: Document, passage: FoundPassage, query: str = "", *, quoted: bool = True) -> str:
    """The document opened at a passage, for people; with what is needed to find it in a later version.

    An address that is not kept needs no quotation (``quoted``): the version it names is known here.
    """
    return spans_url(document, passage.spans, passage.text if quoted else "", query)


def spans_url(document: Document, spans: Sequence[Span], text: str, query: str = "") -> str:
    """The document opened at some stretches of its pages, whose text is ``text``."""
    pairs = [
        ("passage", spans_text(spans)),
        ("version", document.version[:VERSION_DIGITS]),
    ]
    if text:
        pairs.append(("texte", " ".join(text.split())[:QUOTE_CHARS]))
    if query:
        pairs.insert(0, ("q", query))
    return f"{document_page_url(document.id)}?{urlencode(pairs, safe=':,')}#passage"


@dataclass(frozen=True, slots=True)
class PassageLink:
    """What a link to a passage says: whose, where it stood in which version (first digits), and its first words."""

    document_id: str
    spans: tuple[Span, ...]
    version: str
    quote: str


def read_passage_url(link: str) -> PassageLink | None:
    """What :func:`spans_url` wrote, with or without the server's address before it; None for anything else."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    _, found, document_id = parts.path.rpartition("/documents/")
    said = dict(parse_qsl(parts.query))
    if not found or not document_id or "/" in document_id:
        return None
    spans = read_spans(said.get("passage", ""))
    return PassageLink(unquote(document_id), spans, said.get("version", ""), said.get("texte", ""))


def search_page_url(request: SearchRequest) -> str:
    """A search, for people."""
    return f"/?{urlencode(search_pairs(request))}"


def alert_url(match: Match) -> str:
    """The document of an alert opened at the passage that answered, for people."""
    pairs = [("passage", spans_text(match.spans)), ("version", match.version[:VERSION_DIGITS])]
    return f"{document_page_url(match.document_id)}?{urlencode(pairs, safe=':,')}#passage"


def read_spans(text: str) -> tuple[Span, ...]:
    """The spans that :func:`spans_text` wrote; what cannot be read is left out."""
    return tuple(Span(int(page), int(start), int(end)) for page, start, end in _SPAN.findall(text)[:MOST_SPANS])


def span_out(span: Span) -> PageSpan:
    """A span on the wire."""
    return PageSpan(page=span.page, start=span.start, end=span.end)


def document_out(document: Document) -> DocumentOut:
    """A document on the wire."""
    return DocumentOut(
        id=document.id,
        external_id=document.external_id,
        version=document.version,
        title=document.title,
        kind=document.kind,
        media_type=document.media_type,
        date=document.date,
        drop=document.drop,
        pages=document.pages,
        metadata=dict(document.metadata),
        url=f"/api/v1/documents/{quote(document.id, safe='')}",
        page_url=document_page_url(document.id),
    )


def explanation_out(explanation: Explanation | None) -> ExplanationOut | None:
    """An explanation on the wire, when one was asked for."""
    if explanation is None:
        return None
    return ExplanationOut(
        scores=explanation.scores,
        normalised=explanation.normalised,
        matched_terms=list(explanation.matched_terms),
    )


def passage_out(document: Document, passage: FoundPassage) -> PassageOut:
    """A passage that answers, on the wire."""
    return PassageOut(
        id=passage.id,
        text=passage.text,
        heading_path=list(passage.heading_path),
        spans=[span_out(span) for span in passage.spans],
        page=passage.page,
        page_label=passage.page_label,
        best_sentence=Interval(start=passage.best_sentence[0], end=passage.best_sentence[1]),
        highlights=[HighlightOut(start=mark.start, end=mark.end, kind=mark.kind) for mark in passage.highlights],
        ocr_confidence=passage.ocr_confidence,
        url=passage_url(document, passage),
    )


def hit_out(hit: Hit) -> HitOut:
    """A hit on the wire."""
    return HitOut(
        rank=hit.rank,
        score=hit.score,
        compartment=hit.compartment,
        document=document_out(hit.document),
        passage=passage_out(hit.document, hit.passage),
        others=[passage_out(hit.document, other) for other in hit.others],
        explanation=explanation_out(hit.explanation),
        versions=[document_out(version) for version in hit.versions],
    )


def coverage_out(coverage: Coverage) -> CoverageOut:
    """A coverage on the wire."""
    return CoverageOut(
        generations=dict(coverage.generations),
        state=state_of(coverage.generations),
        documents=coverage.documents,
        passages=coverage.passages,
        unreadable=coverage.unreadable,
        awaiting_ocr=coverage.awaiting_ocr,
        partial=coverage.partial,
        last_drop=coverage.last_drop,
        weak_ocr=coverage.weak_ocr,
    )


def search_out(answer: Answer, *, last: int) -> SearchOut:
    """An answer on the wire; ``last`` is how many documents may be paged through at most."""
    request = answer.request
    pairs = search_pairs(request)
    after = request.offset + request.k
    following = None
    if answer.hits and after < min(answer.total, last):
        paging = [("k", str(min(request.k, last - after))), ("offset", str(after))]
        if request.passages > 1:
            paging.append(("passages", str(request.passages)))
        if request.explain:
            paging.append(("explain", "true"))
        paging.append(("state", state_of(answer.coverage.generations)))
        following = f"/api/v1/search?{urlencode(pairs + paging)}"
    return SearchOut(
        query=request.query,
        total=answer.total,
        clear=answer.clear,
        messages=list(answer.messages),
        suggestion=answer.suggestion,
        parts=[
            PartOut(kind=part.kind.value, text=part.text, value=part.value, start=part.start, end=part.end)
            for part in answer.parts
        ],
        hits=[hit_out(hit) for hit in answer.hits],
        facets={
            facet: [FacetCountOut(value=count.value, count=count.count) for count in counts]
            for facet, counts in answer.facets.items()
        },
        coverage=coverage_out(answer.coverage),
        next=following,
        page_url=search_page_url(request),
        timings_ms=dict(answer.timings_ms),
    )


def page_out(document_id: str, version: str, page: Page) -> PageOut:
    """A page on the wire."""
    return PageOut(
        document=document_id,
        version=version,
        number=page.number,
        label=page.label,
        kind=page.kind.value,
        text=page.text,
        blocks=[
            BlockOut(start=block.start, end=block.end, kind=block.kind.value, level=block.level)
            for block in page.blocks
        ],
        size=page.size,
        ocr_confidence=page.ocr_confidence,
    )


def drop_fields(report: DropReport) -> dict[str, object]:
    """What a drop's report says, but for its files one by one."""
    return {
        "name": report.name,
        "compartment": report.compartment,
        "mode": report.mode,
        "started_at": report.started_at,
        "finished_at": report.finished_at,
        "files": report.files,
        "counts": {state.value: count for state, count in report.counts.items()},
        "withdrawn": report.withdrawn,
        "sentence": sentence(report),
    }

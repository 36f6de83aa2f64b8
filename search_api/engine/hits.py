"""From a ranked document to what is shown of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from corpus.document import Document
from corpus.passage import Passage
from indexer.encoder.protocol import Encoded, Floats
from indexer.token_codes import TokenCodes, laid_end_to_end, similarities
from search_api.engine.answer import Explanation, FoundPassage, Hit, SearchRequest
from search_api.engine.highlight import (
    Alignment,
    best_sentence,
    matched_terms,
    meaning_highlights,
    speaking_columns,
    word_highlights,
)
from search_api.engine.ranking import Ranked
from search_api.engine.reading import Reading


def make_hits(
    first: int, wanted: Sequence[Ranked], reading: Reading, query: Encoded | None, request: SearchRequest
) -> Iterator[Hit]:
    """The hits of these documents, ranked from ``first`` on; ``query`` is None when only words were asked for."""
    told = [(_passage(one), one.candidates.generation.passages.document(one.number)) for one in wanted]
    alignments: list[Alignment | None] = [None] * len(wanted)
    if request.marks and query is not None and len(query.tokens):
        speaking = speaking_columns(reading.text, query.offsets)
        if speaking.any() and wanted:
            alignments = _alignments(wanted, told, query.tokens[speaking])
    for place, (one, (passage, document), alignment) in enumerate(zip(wanted, told, alignments, strict=True), first):
        yield _hit(place, one, passage, document, alignment, reading, request)


def _passage(one: Ranked) -> Passage:
    return one.candidates.generation.passages.passage(int(one.candidates.rows[one.passage]))


def _hit(
    place: int,
    one: Ranked,
    passage: Passage,
    document: Document,
    alignment: Alignment | None,
    reading: Reading,
    request: SearchRequest,
) -> Hit:
    candidates = one.candidates
    explanation = None
    if request.explain:
        explanation = Explanation(
            scores={name: float(values[one.document]) for name, values in candidates.evidence().items()},
            normalised=one.normalised,
            matched_terms=matched_terms((document.title, *passage.heading_path, passage.text), reading),
            exact=one.exact,
            near=one.near,
        )
    return Hit(
        rank=place,
        score=one.score,
        compartment=candidates.generation.manifest.compartment,
        document=document,
        passage=_found(passage, reading, alignment, marked=request.marks),
        explanation=explanation,
        versions=tuple(candidates.generation.passages.document(number) for number in one.versions),
    )


def plain_hit(place: int, one: Ranked) -> Hit:
    """The hit of rank ``place`` of a ranking that answers no words: its passage whole, nothing marked."""
    candidates = one.candidates
    store = candidates.generation.passages
    return Hit(
        rank=place,
        score=one.score,
        compartment=candidates.generation.manifest.compartment,
        document=store.document(one.number),
        passage=_shown(_passage(one)),
        versions=tuple(store.document(number) for number in one.versions),
    )


def _alignments(
    wanted: Sequence[Ranked], told: Sequence[tuple[Passage, Document]], query: Floats
) -> list[Alignment | None]:
    """The stored tokens of each passage's own text against the query's, all compared at once."""
    codes: list[TokenCodes] = []
    offsets: list[npt.NDArray[np.int32]] = []
    for one, (passage, document) in zip(wanted, told, strict=True):
        row = one.candidates.rows[one.passage]
        tokens = one.candidates.generation.tokens
        codes.append(tokens.codes(np.array([row]))[0])
        before = len(passage.embedded_text(document.introduction)) - len(passage.text)
        offsets.append(tokens.offsets(int(row)) - before)
    together = similarities(query, laid_end_to_end(codes))
    parts = np.split(together, np.cumsum([len(one) for one in offsets])[:-1])
    return [Alignment(o[o[:, 0] >= 0], part[o[:, 0] >= 0]) for o, part in zip(offsets, parts, strict=True)]


def _found(passage: Passage, reading: Reading, alignment: Alignment | None, *, marked: bool) -> FoundPassage:
    marks = word_highlights(passage.text, reading) if marked else ()
    if alignment is not None:
        marks += meaning_highlights(passage.text, alignment, marks)
        marks = tuple(sorted(marks, key=lambda mark: mark.start))
    if not marked:
        return _shown(passage)
    return replace(_shown(passage), best_sentence=best_sentence(passage.text, marks, alignment), highlights=marks)


def _shown(passage: Passage) -> FoundPassage:
    return FoundPassage(
        id=passage.id,
        text=passage.text,
        heading_path=passage.heading_path,
        spans=passage.spans,
        page=passage.spans[0].page,
        page_label="",
        best_sentence=(0, len(passage.text)),
        highlights=(),
        ocr_confidence=passage.ocr_confidence,
    )

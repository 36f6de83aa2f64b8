"""From a ranked document to what is shown of it."""

from dataclasses import replace

import numpy as np

from corpus.document import Document
from corpus.passage import Passage
from indexer.encoder.protocol import Encoded
from indexer.token_codes import similarities
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


def make_hit(place: int, one: Ranked, reading: Reading, query: Encoded | None, request: SearchRequest) -> Hit:
    """The hit of rank ``place``; ``query`` is None when only words were asked for."""
    candidates = one.candidates
    store = candidates.generation.passages
    row = int(candidates.rows[one.passage])
    passage = store.passage(row)
    document = store.document(one.number)
    alignment = None
    if request.marks and query is not None and len(query.tokens):
        alignment = _alignment(one, row, passage, document, reading, query)
    explanation = None
    if request.explain:
        explanation = Explanation(
            scores={name: float(values[one.document]) for name, values in candidates.evidence().items()},
            normalised=one.normalised,
            matched_terms=matched_terms((document.title, *passage.heading_path, passage.text), reading),
        )
    return Hit(
        rank=place,
        score=one.score,
        compartment=candidates.generation.manifest.compartment,
        document=document,
        passage=_found(passage, reading, alignment, marked=request.marks),
        explanation=explanation,
        versions=tuple(store.document(number) for number in one.versions),
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
        passage=_shown(store.passage(int(candidates.rows[one.passage]))),
        versions=tuple(store.document(number) for number in one.versions),
    )


def _alignment(
    one: Ranked, row: int, passage: Passage, document: Document, reading: Reading, query: Encoded
) -> Alignment | None:
    """The stored tokens of the passage's own text against the query's, or None when the query says nothing."""
    tokens = one.candidates.generation.tokens
    codes, _ = tokens.codes(np.array([row]))
    offsets = tokens.offsets(row) - (len(passage.embedded_text(document.introduction)) - len(passage.text))
    speaking = speaking_columns(reading.text, query.offsets)
    if not speaking.any():
        return None
    own = offsets[:, 0] >= 0
    return Alignment(offsets[own], similarities(query.tokens[speaking], codes)[own])


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

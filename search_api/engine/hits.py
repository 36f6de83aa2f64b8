"""From a ranked document to what is shown of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from corpus.document import Document
from corpus.passage import Passage
from indexer.encoder.protocol import Encoded, Floats
from search_api.engine.answer import Explanation, FoundPassage, Highlight, Hit, SearchRequest
from search_api.engine.fusion import Weights
from search_api.engine.highlight import (
    Alignment,
    best_sentence,
    matched_terms,
    meaning_highlights,
    speaking_columns,
    word_highlights,
)
from search_api.engine.ranking import Ranked, best_passages
from search_api.engine.reading import Reading


@dataclass(frozen=True, slots=True)
class _Told:
    """A passage to show: whose, which row of the generation, and what it says."""

    one: Ranked
    row: int
    passage: Passage
    document: Document


def make_hits(
    first: int,
    wanted: Sequence[Ranked],
    reading: Reading,
    query: Encoded | None,
    request: SearchRequest,
    weights: Weights,
) -> Iterator[Hit]:
    """The hits of these documents, ranked from ``first`` on.

    Args:
        query: None when only words were asked for.
        weights: those the documents were ranked with.
    """
    shown = best_passages(wanted, weights, request.passages)
    told = _told(wanted, shown)
    everything = [each for document in told for each in document]
    alignments: list[Alignment | None] = [None] * len(everything)
    if request.marks and query is not None and len(query.tokens):
        speaking = speaking_columns(reading.text, query.offsets)
        if speaking.any():
            compared = zip(everything, _similarities(everything, query.tokens), strict=True)
            alignments = [_aligned(each, similarities[:, speaking]) for each, similarities in compared]
    pairs = zip(everything, alignments, strict=True)
    found = (_found(each.passage, reading, alignment, marked=request.marks) for each, alignment in pairs)
    for place, (best, *others) in enumerate(told, first):
        yield _hit(place, best, next(found), tuple(islice(found, len(others))), reading, request)


def _told(wanted: Sequence[Ranked], shown: Sequence[Sequence[int]]) -> list[list[_Told]]:
    """For each document, its passages at these places; those of a generation are read together."""
    rows: dict[int, list[int]] = {}
    for one, places in zip(wanted, shown, strict=True):
        rows.setdefault(id(one.candidates.generation), []).extend(one.candidates.rows[places].tolist())
    generations = {id(one.candidates.generation): one.candidates.generation for one in wanted}
    read = {key: zip(rows[key], held.passages.passages(rows[key]), strict=True) for key, held in generations.items()}
    told: list[list[_Told]] = []
    for one, places in zip(wanted, shown, strict=True):
        generation = one.candidates.generation
        document = generation.passages.document(one.number)
        mine = islice(read[id(generation)], len(places))
        told.append([_Told(one, row, passage, document) for row, passage in mine])
    return told


def _hit(
    place: int,
    told: _Told,
    passage: FoundPassage,
    others: tuple[FoundPassage, ...],
    reading: Reading,
    request: SearchRequest,
) -> Hit:
    one, document = told.one, told.document
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
        passage=passage,
        explanation=explanation,
        others=others,
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
        passage=_whole(store.passage(int(candidates.rows[one.passage]))),
        versions=tuple(store.document(number) for number in one.versions),
    )


def _similarities(told: Sequence[_Told], query: Floats) -> list[Floats]:
    """Of the stored tokens of each passage with the question's: late interaction read them, or else they are read now,
    those of a generation at once."""
    known = (each.one.candidates.similarities.get(each.row) for each in told)
    found = {place: one for place, one in enumerate(known) if one is not None}
    unread: dict[int, list[int]] = {}
    for place, each in enumerate(told):
        if place not in found:
            unread.setdefault(id(each.one.candidates.generation), []).append(place)
    for places in unread.values():
        tokens = told[places[0]].one.candidates.generation.tokens
        matches = tokens.matches(query, np.array([told[place].row for place in places]))
        found.update(zip(places, matches.by_passage(), strict=True))
    return [found[place] for place in range(len(told))]


def _aligned(told: _Told, similarities: Floats) -> Alignment:
    """Without the tokens of what introduces the text, which come first."""
    offsets = told.one.candidates.generation.tokens.offsets(told.row)
    before = len(told.passage.embedded_text(told.document.introduction)) - len(told.passage.text)
    first = int(np.searchsorted(offsets[:, 0], before))
    return Alignment(offsets[first:] - before, similarities[first:])


def _found(passage: Passage, reading: Reading, alignment: Alignment | None, *, marked: bool) -> FoundPassage:
    if not marked:
        return _whole(passage)
    marks = word_highlights(passage.text, reading)
    if alignment is not None:
        marks += meaning_highlights(passage.text, alignment, marks)
        marks = tuple(sorted(marks, key=lambda mark: mark.start))
    return _shown(passage, best_sentence(passage.text, marks, alignment), marks)


def _whole(passage: Passage) -> FoundPassage:
    return _shown(passage, (0, len(passage.text)), ())


def _shown(passage: Passage, best: tuple[int, int], marks: tuple[Highlight, ...]) -> FoundPassage:
    return FoundPassage(
        id=passage.id,
        text=passage.text,
        heading_path=passage.heading_path,
        spans=passage.spans,
        page=passage.spans[0].page,
        page_label="",
        best_sentence=best,
        highlights=marks,
        ocr_confidence=passage.ocr_confidence,
    )

"""From a ranked document to what is shown of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from corpus.document import Document
from corpus.passage import Passage
from indexer.encoder.protocol import Encoded, Floats
from indexer.token_codes import similarities
from search_api.engine.answer import Explanation, FoundPassage, Hit, SearchRequest
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
        if speaking.any() and everything:
            alignments = _alignments(everything, query.tokens[speaking])
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
        passage=_shown(store.passage(int(candidates.rows[one.passage]))),
        versions=tuple(store.document(number) for number in one.versions),
    )


def _alignments(told: Sequence[_Told], query: Floats) -> list[Alignment | None]:
    """The stored tokens of each passage's own text against the query's; those of a generation are compared at once."""
    result: list[Alignment | None] = [None] * len(told)
    together: dict[int, list[int]] = {}
    for place, one in enumerate(told):
        together.setdefault(id(one.one.candidates.generation), []).append(place)
    for places in together.values():
        tokens = told[places[0]].one.candidates.generation.tokens
        codes, lengths = tokens.codes(np.array([told[place].row for place in places]))
        parts = np.split(similarities(query, codes), np.cumsum(lengths)[:-1])
        for place, part in zip(places, parts, strict=True):
            result[place] = _aligned(told[place], tokens.offsets(told[place].row), part)
    return result


def _aligned(told: _Told, offsets: npt.NDArray[np.int32], found: Floats) -> Alignment:
    """Without the tokens of what introduces the text, which come first."""
    before = len(told.passage.embedded_text(told.document.introduction)) - len(told.passage.text)
    first = int(np.searchsorted(offsets[:, 0], before))
    return Alignment(offsets[first:] - before, found[first:])


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

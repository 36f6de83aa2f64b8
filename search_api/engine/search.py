"""The engine: one question, one snapshot, one answer."""

import copy
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial

from corpus.document import Document
from corpus.extraction.page_reader import PageReader
from corpus.french.folding import fold
from indexer.cores import beside, staying
from indexer.encoder.protocol import Encoded, Encoder, EncoderIdentity
from indexer.page_images import IMAGES_BYTES, PageImages
from search_api.engine.acronyms import Acronyms, known_acronyms
from search_api.engine.answer import Answer, Channel, Contents, Coverage, Hit, SearchRequest, mark
from search_api.engine.clarity import CLEAR, answers_clearly, clearness
from search_api.engine.conditions import condition_messages
from search_api.engine.desk import DeskError
from search_api.engine.documents import Documents
from search_api.engine.facets import Answering, by_date, facet_counts, with_siblings
from search_api.engine.filters import Selections, accepted, filter_messages, may_answer
from search_api.engine.folding import fold_numbers, fold_versions
from search_api.engine.foreign import is_translated, may_be_foreign
from search_api.engine.fusion import Weights
from search_api.engine.glossary import NONE, Glossary
from search_api.engine.hits import make_hits, plain_hit
from search_api.engine.languages import Languages
from search_api.engine.listing import Accepted, accepted_documents, answering, listed, ranked_documents
from search_api.engine.ranking import Ranked, rank
from search_api.engine.readers import Readers, Snapshot
from search_api.engine.reading import Reading, read_query
from search_api.engine.resolution import Steps, resolve
from search_api.engine.retrieval import (
    Depth,
    Meant,
    Worded,
    find_words,
    nearest,
    representatives,
    retrieve,
)
from search_api.engine.similar import similar
from search_api.engine.token_weights import Rareness, known_share, token_shares
from search_api.engine.translation import TRANSLATED_SHARE
from search_api.engine.written_forms import as_written

DEEPEST = 1_000
SUGGESTIONS = 8


@dataclass(frozen=True, slots=True)
class _Question:
    """A question as the compartments that are opened read it.

    Attributes:
        reading: with their acronyms, their references and their spelling.
        rareness: of words in them.
        known: see :func:`known_share`.
        selected: what may answer in each.
        depth: how much is looked at.
    """

    snapshot: Snapshot
    reading: Reading
    rareness: Rareness
    known: float
    selected: Selections
    depth: Depth


class Engine:
    """Answers questions over the compartments of a data directory. Safe to call from several threads.

    Attributes:
        documents: reads the documents that answer.
    """

    def __init__(
        self,
        readers: Readers,
        encoder: Encoder,
        weights: Weights | None = None,
        depth: Depth | None = None,
        glossary: Glossary | None = None,
        documents: Documents | None = None,
        steps: Steps | None = None,
    ) -> None:
        self._readers = readers
        self._encoder = encoder
        self._weights = weights or Weights()
        self._depth = depth or Depth()
        self._glossary = glossary
        self._steps = steps or Steps()
        self._languages = Languages(encoder)
        self.documents = documents or Documents(readers, PageReader(), PageImages(readers.data, IMAGES_BYTES))

    def changed(
        self, *, weights: Weights | None = None, depth: Depth | None = None, steps: Steps | None = None
    ) -> "Engine":
        """The same engine, set otherwise."""
        other = copy.copy(self)
        other._weights = weights or self._weights
        other._depth = depth or self._depth
        other._steps = steps or self._steps
        return other

    @property
    def weights(self) -> Weights:
        """Those of the fusion."""
        return self._weights

    @property
    def encoder(self) -> EncoderIdentity:
        """The encoder in use."""
        return self._encoder.identity

    def follow(self) -> None:
        """Take up new generations as they are published (see :meth:`Readers.follow`), and be ready for any language."""
        self._readers.follow()
        threading.Thread(target=self._languages.learn, name="languages").start()

    def catch_up(self) -> None:
        """Serve what was published up to now, in any process, without waiting to notice it."""
        self._readers.look()

    def parameters(self) -> dict[str, object]:
        """What the ranking is set to, for the record of a run; JSON values."""
        return {"weights": asdict(self._weights), "depth": asdict(self._depth), "steps": asdict(self._steps)}

    def all_documents(self, compartments: tuple[str, ...] | None = None) -> list[tuple[str, Document]]:
        """Every document of these compartments, with the compartment it is of."""
        return [
            (name, document)
            for name, generation in self._readers.snapshot(compartments).items()
            for document in generation.passages.all_documents()
        ]

    def compartments(self) -> tuple[str, ...]:
        """Compartments that have something to search."""
        return self._readers.names()

    def coverage(self, compartments: tuple[str, ...] | None = None) -> Coverage:
        """What a search over these compartments would be looked for in."""
        return _coverage(self._readers.snapshot(compartments))

    def held(self, compartment: str) -> Contents:
        """What one compartment holds now."""
        generation = self._readers.snapshot((compartment,))[compartment]
        held = generation.passages.versions()
        return Contents(generation.manifest.id, {document: mark(version, drop) for document, version, drop in held})

    def document(self, document_id: str, compartments: tuple[str, ...] | None = None) -> Document | None:
        """A document of these compartments, or None."""
        return next((document for _, document in self._holding(document_id, compartments)), None)

    def _holding(self, document_id: str, compartments: tuple[str, ...] | None) -> Iterator[tuple[str, Document]]:
        """The compartments that hold a document, in order of name, with what each knows of it."""
        for name, generation in self._readers.snapshot(compartments).items():
            if (document := generation.passages.document_by_id(document_id)) is not None:
                yield name, document

    def similar(
        self, document_id: str, compartments: tuple[str, ...] | None = None, k: int = 10, passage_id: str = ""
    ) -> tuple[Hit, ...]:
        """Documents near one of these compartments, or near one of its passages, best first; see :func:`similar`.

        Nothing when they do not hold the document, or the document does not hold the passage.
        """
        snapshot = self._readers.snapshot(compartments)
        for generation in snapshot.values():
            number = generation.passages.number_of(document_id)
            if number is not None:
                ranked = similar(generation, number, passage_id, snapshot)
                return tuple(plain_hit(place, one) for place, one in enumerate(ranked[:k], start=1))
        return ()

    def acronyms(self, compartment: str, beginning: str = "", offset: int = 0, k: int = 50) -> Acronyms:
        """Acronyms of one compartment and what was decided of them, in order."""
        generation = self._readers.snapshot((compartment,))[compartment]
        decisions = self._glossary.of(compartment) if self._glossary else NONE
        return known_acronyms(generation, decisions, beginning, offset, k)

    def suggest(self, prefix: str, compartments: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Completions of the word being typed, most frequent first; "" or a finished word gives none."""
        typed = re.search(r"[^\W_]{2,}$", prefix)
        if typed is None:
            return ()
        counts: Counter[str] = Counter()
        snapshot = self._readers.snapshot(compartments)
        for generation in snapshot.values():
            counts.update(dict(generation.lexical.words_with_prefix(fold(typed.group()), 200)))
        words = sorted(counts, key=lambda word: (-counts[word], word))[:SUGGESTIONS]
        return tuple(prefix[: typed.start()] + word for word in as_written(words, snapshot).values())

    def search(self, request: SearchRequest) -> Answer:
        """Answer a question.

        Raises:
            UnknownCompartment, IndexMissing, IndexDamaged, EncoderMismatch: see :class:`Readers`.
        """
        timings: dict[str, float] = {}
        with _timed(timings, "total"):
            typed = read_query(request.query, request.literal)
            snapshot = self._readers.snapshot(request.compartments)
            # The collection's words are looked up on another core while the model reads the question on this one.
            with staying():
                coming = beside(partial(self._question, typed, snapshot, request))
                words = beside(partial(self._worded, coming, request, timings))
                query = self._encoded(typed, request.channel, timings)
            question = coming.result()
            reading, selected = question.reading, question.selected
            weights = self._trusted(question.known, reading)
            if reading.text:
                if reading.text != typed.text:
                    # The collection's words stand in the place of unknown ones.
                    query = self._encoded(reading, request.channel, timings)
                if query is not None and self._steps.languages and may_be_foreign(reading, question.known):
                    query = self._languages.in_french(query, foreign=bool(reading.foreign))
                ranked = self._ranked(question, query, words, request, weights, timings)
                total, counted = len(ranked), ranked_documents(ranked)
            else:
                found = _accepted(snapshot, selected, fold=request.fold)
                ranked = listed(found, request.sort, DEEPEST)
                total = sum(len(numbers) for _, numbers, _ in found)
                counted = [answering(*one) for one in found]
            with _timed(timings, "facets"):
                facets = with_siblings(
                    facet_counts(counted),
                    request.filters,
                    lambda facet: self._found_without(facet, snapshot, reading, query, request),
                )
            with _timed(timings, "passages"):
                wanted = ranked[: request.offset + request.k]
                clear = clearness(wanted, reading)[request.offset :]
                asked = wanted[request.offset :]
                shown = make_hits(request.offset + 1, asked, reading, query, request, weights)
                hits = tuple(
                    replace(hit, clear=one >= CLEAR, clearness=one) for hit, one in zip(shown, clear, strict=True)
                )
        return Answer(
            request=request,
            hits=hits,
            total=total,
            clear=answers_clearly(ranked, reading),
            coverage=_coverage(snapshot),
            messages=(*reading.messages, *condition_messages(reading), *filter_messages(request.filters)),
            suggestion=reading.suggestion,
            parts=reading.parts,
            facets=facets,
            timings_ms=timings,
        )

    def _resolved(self, reading: Reading, snapshot: Snapshot) -> Reading:
        try:
            decided = {name: self._glossary.of(name) for name in snapshot} if self._glossary else {}
        except DeskError as fault:
            # A search needs no manager's decision: it is said that they are missing.
            unread = f"Les décisions prises sur les sigles ne sont pas lues : {fault}"
            return resolve(replace(reading, messages=(*reading.messages, unread)), snapshot, {}, self._steps)
        return resolve(reading, snapshot, decided, self._steps)

    def _question(self, typed: Reading, snapshot: Snapshot, request: SearchRequest) -> _Question:
        reading = self._resolved(typed, snapshot)
        rareness = Rareness(snapshot)
        selected = {name: may_answer(generation, reading, request) for name, generation in snapshot.items()}
        depth = _deep_enough(self._depth, request.offset + request.k)
        return _Question(snapshot, reading, rareness, known_share(reading, rareness), selected, depth)

    def _worded(
        self, coming: Future[_Question], request: SearchRequest, timings: dict[str, float]
    ) -> dict[str, Worded]:
        """What the words of a question find in each compartment, once it is read."""
        question = coming.result()
        if not question.reading.text:
            return {}
        with _timed(timings, "words"):
            return {
                name: find_words(generation, question.reading, request.channel, question.depth, question.selected[name])
                for name, generation in question.snapshot.items()
            }

    def _ranked(
        self,
        question: _Question,
        query: Encoded | None,
        words: Future[dict[str, Worded]],
        request: SearchRequest,
        weights: Weights,
        timings: dict[str, float],
    ) -> list[Ranked]:
        snapshot, reading, depth = question.snapshot, question.reading, question.depth
        meant: dict[str, Meant] = {}
        if query is not None:
            with _timed(timings, "scan"):
                meant = {n: nearest(g, query, depth, question.selected[n]) for n, g in snapshot.items()}
        worded = words.result()
        with _timed(timings, "retrieve"):
            standing = {n: representatives(g, query, worded[n], depth) for n, g in snapshot.items()}
            pools = [retrieve(g, reading, worded[n], standing[n], meant.get(n), depth) for n, g in snapshot.items()]
        with _timed(timings, "rank"):
            counted = query if self._steps.rarity else None
            shares = None if counted is None else token_shares(counted, reading, question.rareness)
            ranked = rank(pools, query, request.channel, weights, depth, shares)
            ranked = fold_versions(ranked, len(reading.exact)) if request.fold else ranked
            return by_date(ranked, request.sort)

    def _trusted(self, known: float, reading: Reading) -> Weights:
        """The weights for a question: its words count for what the collection knows of them."""
        if not self._steps.trust:
            return self._weights
        share = TRANSLATED_SHARE * known if is_translated(reading) else known**2
        return replace(self._weights, lexical=share * self._weights.lexical)

    def _found_without(
        self, facet: str, snapshot: Snapshot, reading: Reading, query: Encoded | None, request: SearchRequest
    ) -> list[Answering]:
        """The documents that would answer without the filters of one facet, in no order."""
        freed = replace(request, filters={name: values for name, values in request.filters.items() if name != facet})
        selected = {name: may_answer(generation, reading, freed) for name, generation in snapshot.items()}
        if not reading.text:
            everything: Selections = {name: one or accepted(snapshot[name], {}) for name, one in selected.items()}
            return [answering(*one) for one in _accepted(snapshot, everything, fold=request.fold)]
        found: list[Answering] = []
        for name, generation in snapshot.items():
            worded = find_words(generation, reading, request.channel, self._depth, selected[name])
            meant = nearest(generation, query, self._depth, selected[name]) if query is not None else None
            standing = representatives(generation, query, worded, self._depth)
            numbers = retrieve(generation, reading, worded, standing, meant, self._depth).documents
            kept = fold_numbers(generation.passages.fields, numbers) if request.fold else (numbers, {})
            found.append(answering(generation, *kept))
        return found

    def _encoded(self, reading: Reading, channel: Channel, timings: dict[str, float]) -> Encoded | None:
        if not reading.text or channel is Channel.LEXICAL:
            return None
        with _timed(timings, "encode"):
            return self._encoder.encode_query(reading.text)


def _accepted(snapshot: Snapshot, selected: Selections, *, fold: bool) -> list[Accepted]:
    found: list[Accepted] = []
    for name, selection in selected.items():
        if selection is not None:
            numbers = accepted_documents(snapshot[name], selection.mask)
            kept = fold_numbers(snapshot[name].passages.fields, numbers) if fold else (numbers, {})
            found.append((snapshot[name], *kept))
    return found


def _deep_enough(depth: Depth, wanted: int) -> Depth:
    """The depth of a search, in two steps only, so that pages of one question come from one ranking."""
    if wanted <= depth.documents:
        return depth
    return replace(depth, passages=3 * DEEPEST, documents=DEEPEST, late=max(depth.late, depth.documents))


def _coverage(snapshot: Snapshot) -> Coverage:
    manifests = [generation.manifest for generation in snapshot.values()]
    drops = [manifest.collected.drops[-1] for manifest in manifests if manifest.collected.drops]
    return Coverage(
        generations={manifest.compartment: manifest.id for manifest in manifests},
        documents=sum(manifest.documents for manifest in manifests),
        passages=sum(manifest.passages for manifest in manifests),
        unreadable=sum(manifest.collected.unreadable for manifest in manifests),
        awaiting_ocr=sum(manifest.collected.awaiting_ocr for manifest in manifests),
        partial=sum(manifest.collected.partial for manifest in manifests),
        last_drop=drops[-1] if drops else "",
        weak_ocr=sum(generation.passages.fields.weak_ocr for generation in snapshot.values()),
        newest={one.compartment: one.collected.drops[-1] for one in manifests if len(one.collected.drops) > 1},
    )


@contextmanager
def _timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[stage] = (time.perf_counter() - start) * 1000

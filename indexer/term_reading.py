"""Passages read for what is indexed of them, a large collection's by as many processes as there are cores.

Reading words takes most of the time of publishing, and Python reads with one core a process. Processes give back what
one alone would, in the same order.
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from multiprocessing import get_context
from typing import NamedTuple

from indexer.acronyms import Definition, keyed_definitions
from indexer.cores import cores
from indexer.parent_process import when_it_ends
from indexer.passage_terms import LexicalPassage, PassageTerms

# Fewer passages than this are read here: starting two processes takes as long as reading 1,000.
_HERE = 8_192
_BATCH = 256
# Batches a process may be ahead of the one given back.
_AHEAD = 3


class Said(NamedTuple):
    """What is indexed of a passage."""

    terms: PassageTerms
    acronyms: list[Definition]


def read_passages(
    passages: Iterable[LexicalPassage], workers: int | None = None, here: int = _HERE
) -> Iterator[tuple[LexicalPassage, Said]]:
    """Each passage with what it says, in order.

    Args:
        workers: processes that read; None for as many as this one has cores. One reads here, in this process.
        here: how many are read here before any process is started.
    """
    coming = iter(passages)
    yield from ((passage, _said(passage)) for passage in islice(coming, here))
    workers = workers or cores()
    batches = iter(lambda: list(islice(coming, _BATCH)), [])
    first = next(batches, None)
    if first is None:
        return
    batches = chain([first], batches)
    if workers == 1:
        yield from ((passage, _said(passage)) for batch in batches for passage in batch)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_end_with_the_parent) as pool:
        waiting: deque[tuple[list[LexicalPassage], Future[list[Said]] | None]] = deque()
        for batch in batches:
            waiting.append((batch, _submitted(pool, batch)))
            if len(waiting) > _AHEAD * workers:
                yield from _taken(*waiting.popleft())
        while waiting:
            yield from _taken(*waiting.popleft())


def _submitted(pool: ProcessPoolExecutor, batch: Sequence[LexicalPassage]) -> Future[list[Said]] | None:
    try:
        return pool.submit(_read_batch, batch)
    except BrokenProcessPool:
        return None


def _taken(batch: list[LexicalPassage], future: Future[list[Said]] | None) -> Iterator[tuple[LexicalPassage, Said]]:
    """A batch as it was read; read here when a process died over it."""
    try:
        said = future.result() if future else _read_batch(batch)
    except BrokenProcessPool:
        said = _read_batch(batch)
    return zip(batch, said, strict=True)


def _read_batch(batch: Sequence[LexicalPassage]) -> list[Said]:
    return [_said(passage) for passage in batch]


def _said(passage: LexicalPassage) -> Said:
    return Said(PassageTerms.of(passage), keyed_definitions(passage.text))


def _end_with_the_parent() -> None:
    """A process whose parent was killed waits for ever otherwise: it holds both ends of its own queue."""
    when_it_ends(lambda: os._exit(1))

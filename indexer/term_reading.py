"""Passages read for what is indexed of them, a large collection's by as many processes as there are cores.

Reading words takes most of the time of publishing, and Python reads with one core a process. Processes give back what
one alone would, in the same order.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import chain, islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import NamedTuple

from indexer.acronyms import Definition, keyed_definitions
from indexer.cores import cores
from indexer.passage_terms import LexicalPassage, PassageTerms
from indexer.stem_counts import Counted

# Fewer passages than this are read here: starting two processes takes as long as reading 1,000.
_HERE = 8_192
_BATCH = 256
# Batches a process may be ahead of the one given back.
_AHEAD = 3


class Said(NamedTuple):
    """What is indexed of a passage.

    Attributes:
        stems: how often it says each, title included.
        body: the same without its title.
    """

    terms: PassageTerms
    acronyms: list[Definition]
    stems: Counted
    body: Counted


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
    with ExitStack() as stack:
        idle: SimpleQueue[_Reader] = SimpleQueue()
        for _ in range(workers):
            idle.put(stack.enter_context(_Reader()))
        threads = stack.enter_context(ThreadPoolExecutor(workers, "terms"))
        waiting: deque[tuple[list[LexicalPassage], Future[list[Said]]]] = deque()
        stack.callback(lambda: [future.cancel() for _, future in waiting])
        for batch in batches:
            waiting.append((batch, threads.submit(_read_by_one_of, idle, batch)))
            if len(waiting) > _AHEAD * workers:
                yield from _taken(*waiting.popleft())
        while waiting:
            yield from _taken(*waiting.popleft())


def _taken(batch: list[LexicalPassage], future: Future[list[Said]]) -> Iterator[tuple[LexicalPassage, Said]]:
    return zip(batch, future.result(), strict=True)


class _Reader:
    """A process that reads for this one. It alone holds the other end of a pipe: so it ends with this one, and its own
    end is seen, even in the middle of an answer (which a pool, whose processes share a pipe, would wait for)."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_answer, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> "_Reader":
        return self

    def read(self, batch: list[LexicalPassage]) -> list[Said]:
        """What it reads; what is read here when it is no more."""
        try:
            self._pipe.send(batch)
            answer: list[Said] = self._pipe.recv()
        except (OSError, EOFError):
            return _read_batch(batch)
        return answer

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join()


def _read_by_one_of(idle: SimpleQueue[_Reader], batch: list[LexicalPassage]) -> list[Said]:
    reader = idle.get()
    try:
        return reader.read(batch)
    finally:
        idle.put(reader)


def _answer(pipe: Connection) -> None:
    with suppress(OSError, EOFError):
        while True:
            pipe.send(_read_batch(pipe.recv()))


def _read_batch(batch: Sequence[LexicalPassage]) -> list[Said]:
    return [_said(passage) for passage in batch]


def _said(passage: LexicalPassage) -> Said:
    terms = PassageTerms.of(passage)
    body = Counted.of(terms.body)
    stems = Counted.together([Counted.of(terms.title), body])
    return Said(terms, keyed_definitions(passage.text), stems, body)

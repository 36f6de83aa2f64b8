"""Passages read by several processes: the same terms, in the same order, whatever happens to a process."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

from indexer.passage_terms import LexicalPassage
from indexer.term_reading import read_passages

PASSAGES = [
    LexicalPassage(n // 3, f"Note {n}", ("Objet",), f"Selon AB-12-{n:05}, l’Agence du numérique (AN) agit.")
    for n in range(700)
]


def test_processes_read_what_one_reads() -> None:
    alone = list(read_passages(PASSAGES, workers=1, here=5))
    together = list(read_passages(PASSAGES, workers=2, here=5))
    assert [passage for passage, _ in together] == PASSAGES
    assert together == alone
    assert {form for _, said in together for form in said.terms.identifiers} >= {"ab1200000", "ab1200699"}


def test_a_small_collection_starts_no_process() -> None:
    before = _children()
    reading = read_passages(PASSAGES, workers=2, here=len(PASSAGES))
    assert len(list(reading)) == len(PASSAGES)
    assert _children() == before


def test_what_a_killed_process_read_is_read_again() -> None:
    before = _children()
    reading = read_passages(PASSAGES, workers=2, here=5)
    read = [next(reading) for _ in range(6)]
    for child in _children() - before:
        os.kill(child, signal.SIGKILL)
    read += reading
    assert [passage for passage, _ in read] == PASSAGES


def _children() -> set[int]:
    return set(_processes_below(os.getpid()))


def _processes_below(process: int) -> Iterator[int]:
    listed = Path(f"/proc/{process}/task/{process}/children").read_text("ascii")
    yield from map(int, listed.split())

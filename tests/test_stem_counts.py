"""Stems counted by entry: what is read is what was written, and BM25 over it is BM25."""

from collections import Counter
from math import log1p
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.errors import IndexDamaged
from indexer.lexical_query import AnyOf
from indexer.stem_counts import Counted, StemCounts, StemCountsWriter

STEMS = st.sampled_from(["convent", "douan", "brevet", "hydrogen", "2019", "é"])
ENTRIES = st.lists(st.none() | st.lists(STEMS), max_size=12)


def written(folder: Path, entries: list[list[str] | None]) -> StemCounts:
    """Entries of these stems, those that are None left out."""
    with StemCountsWriter(folder) as writer:
        for number, stems in enumerate(entries):
            if stems is not None:
                writer.add(number, Counted.of(stems))
    return StemCounts(folder)


def bm25(entries: list[list[str]], entry: list[str], stem: str) -> float:
    holding = sum(stem in other for other in entries)
    average = sum(map(len, entries)) / len(entries)
    count = entry.count(stem)
    saturation = 1.2 * (0.25 + 0.75 * len(entry) / max(average, 1e-9))
    return log1p((len(entries) - holding + 0.5) / (holding + 0.5)) * count * 2.2 / (count + saturation)


@settings(max_examples=40, deadline=None)
@given(ENTRIES, st.lists(STEMS, unique=True))
def test_counts_are_those_written(entries: list[list[str] | None], asked: list[str]) -> None:
    with TemporaryDirectory() as folder:
        counts = written(Path(folder) / "stems", entries)
        told = np.flatnonzero([entry is not None for entry in entries])[::-1]
        found = counts.of(told, asked)
        assert found.tolist() == [[Counter(entries[n])[stem] for stem in asked] for n in told.tolist()]


@settings(max_examples=40, deadline=None)
@given(
    ENTRIES.filter(lambda entries: any(entry is not None for entry in entries)),
    st.lists(STEMS, unique=True),
    st.lists(st.tuples(st.lists(STEMS, min_size=1, unique=True).map(tuple), st.sampled_from([0.5, 0.7])), max_size=2),
)
def test_a_score_is_the_sum_of_the_stems_and_of_the_best_of_each_group(
    entries: list[list[str] | None], stems: list[str], groups: list[tuple[tuple[str, ...], float]]
) -> None:
    told = {number: entry for number, entry in enumerate(entries) if entry is not None}
    every = list(told.values())
    expected = [
        sum(bm25(every, entry, stem) for stem in stems)
        + sum(weight * max(bm25(every, entry, stem) for stem in group) for group, weight in groups)
        for entry in every
    ]
    with TemporaryDirectory() as folder:
        counts = written(Path(folder) / "stems", entries)
        found = counts.scores(
            AnyOf(tuple(stems), tuple(groups)),
            np.array(list(told), np.int64),
            len(told),
            lambda stem: sum(stem in entry for entry in every),
        )
    assert found.tolist() == pytest.approx(expected, rel=1e-5, abs=1e-6)


@settings(max_examples=40)
@given(st.lists(st.lists(STEMS), min_size=1, max_size=5))
def test_several_counted_together_say_what_they_say_in_a_row(several: list[list[str]]) -> None:
    assert Counted.together(list(map(Counted.of, several))) == Counted.of([stem for stems in several for stem in stems])


def test_a_long_entry_beside_a_short_one(tmp_path: Path) -> None:
    many = [f"mot{number}" for number in range(20_000)]
    counts = written(tmp_path / "stems", [["mot7"], [*many, "mot7"], []])
    assert counts.of(np.array([0, 1, 2]), ["mot7", "mot19999", "absent"]).tolist() == [[1, 0, 0], [2, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize("name", ["numbers.i64", "counts.u32", "starts.npy", "lengths.npy"])
def test_a_file_that_was_cut_is_refused(tmp_path: Path, name: str) -> None:
    written(tmp_path / "stems", [["a", "b"], ["c"]])
    path = tmp_path / "stems" / name
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(IndexDamaged):
        StemCounts(tmp_path / "stems")

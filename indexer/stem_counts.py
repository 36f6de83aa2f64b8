"""How often each entry says each stem: BM25 of given entries, without looking through all of them.

An inverted index tells which entries a stem stands in; this file tells which stems stand in an entry. Some 400
candidates are scored with it in 0.6 ms, where naming them one by one to tantivy took 6. Writer and reader of a folder
of four files: for each entry its stems' numbers in order (``numbers.i64``), beside each how often it is said
(``counts.u32``), where its own begin (``starts.npy``, and where the last ones end), and how many stems it says in all
(``lengths.npy``).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from indexer.bm25 import inverse_frequencies, weights
from indexer.embedding_cache import damaged
from indexer.encoder.protocol import Floats
from indexer.lexical_query import BODY, AnyOf
from indexer.term_numbers import term_number

_NUMBERS, _COUNTS, _STARTS, _LENGTHS = "numbers.i64", "counts.u32", "starts.npy", "lengths.npy"


class Counted(NamedTuple):
    """How often an entry says each of ``n`` stems, as it is kept.

    Attributes:
        numbers: of its stems, in order: ``n`` int64.
        times: how often it says each: ``n`` uint32.
    """

    numbers: bytes
    times: bytes

    @classmethod
    def of(cls, stems: Iterable[str]) -> "Counted":
        """Count stems, repeated as they are."""
        # Numbered once each: looking a number up takes longer than counting.
        counts = Counter(stems)
        numbers = np.array(_numbers(counts), np.int64)
        order = np.argsort(numbers)
        return cls(numbers[order].tobytes(), np.fromiter(counts.values(), np.uint32, len(counts))[order].tobytes())

    @classmethod
    def together(cls, several: Sequence["Counted"]) -> "Counted":
        """What several entries say as one."""
        said = np.frombuffer(b"".join(one.numbers for one in several), np.int64)
        numbers, places = np.unique(said, return_inverse=True)
        times = np.bincount(places, np.frombuffer(b"".join(one.times for one in several), np.uint32), len(numbers))
        return cls(numbers.tobytes(), times.astype(np.uint32).tobytes())


class StemCountsWriter:
    """Writes entries in order into a new folder, which is complete once it is left without an error."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._numbers = (folder / _NUMBERS).open("wb")
        self._counts = (folder / _COUNTS).open("wb")
        self._starts = [0]
        self._lengths: list[int] = []

    def __enter__(self) -> "StemCountsWriter":
        return self

    def add(self, entry: int, counted: Counted) -> None:
        """Write what an entry says; those left out before it say nothing."""
        missing = entry - len(self._lengths)
        self._starts += [self._starts[-1]] * missing
        self._lengths += [0] * missing
        self._numbers.write(counted.numbers)
        self._counts.write(counted.times)
        times = np.frombuffer(counted.times, np.uint32)
        self._starts.append(self._starts[-1] + len(times))
        self._lengths.append(int(times.sum()))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._numbers.close()
        self._counts.close()
        if error is None:
            np.save(self._folder / _STARTS, np.array(self._starts, np.int64), allow_pickle=False)
            np.save(self._folder / _LENGTHS, np.array(self._lengths, np.int64), allow_pickle=False)


class StemCounts:
    """Reader of such a folder. Memory-mapped; only the entries asked for are read."""

    def __init__(self, folder: Path) -> None:
        try:
            self._starts = np.load(folder / _STARTS, mmap_mode="r", allow_pickle=False).view(np.ndarray)
            self._lengths = np.load(folder / _LENGTHS, mmap_mode="r", allow_pickle=False).view(np.ndarray)
            self._numbers = _mapped(folder / _NUMBERS, np.int64, int(self._starts[-1]))
            self._counts = _mapped(folder / _COUNTS, np.uint32, int(self._starts[-1]))
        except (OSError, ValueError, IndexError) as error:
            raise damaged(folder, str(error)) from error
        self._total = int(self._lengths.sum())

    def __len__(self) -> int:
        return len(self._lengths)

    def of(self, entries: npt.NDArray[np.int64], stems: Sequence[str]) -> npt.NDArray[np.int64]:
        """How often some entries say some stems, ``(len(entries), len(stems))``."""
        numbers = np.array(_numbers(stems), np.int64)
        starts, ends = self._starts[entries][:, None], self._starts[entries + 1][:, None]
        # A binary search for every number among every entry's own: each step passes over so many that are smaller.
        place = np.repeat(starts, len(numbers), axis=1)
        last = len(self._numbers) - 1
        for bit in reversed(range(int((ends - starts).max(initial=0)).bit_length())):
            beyond = place + (1 << bit)
            smaller = self._numbers[np.minimum(beyond - 1, last)] < numbers
            np.copyto(place, beyond, where=smaller & (beyond <= ends))
        if last < 0:
            return np.zeros(place.shape, np.int64)
        inside = np.minimum(place, last)
        return np.where((place < ends) & (self._numbers[inside] == numbers), self._counts[inside], 0).astype(np.int64)

    def scores(
        self, query: AnyOf, entries: npt.NDArray[np.int64], written: int, frequency: Callable[[str], int]
    ) -> Floats:
        """BM25 of some entries, 0 for those that say none of the stems.

        Args:
            written: how many entries there are, without those that were left out.
            frequency: in how many of them a stem stands.
        """
        asked = list(dict.fromkeys((*query.stems, *(stem for group, _ in query.lighter for stem in group))))
        inverse = inverse_frequencies(written, np.array([frequency(stem) for stem in asked], np.int64))
        counts, lengths = self.of(entries, asked), self._lengths[entries][:, None]
        added = weights(inverse, counts, lengths, self._total / max(written, 1))
        column = {stem: place for place, stem in enumerate(asked)}
        result: Floats = added[:, [column[stem] for stem in query.stems]].sum(axis=1)
        for alternatives, weight in query.lighter:
            result += np.float32(weight) * added[:, [column[stem] for stem in alternatives]].max(axis=1)
        return result


def _numbers(stems: Iterable[str]) -> list[int]:
    return [term_number(BODY, stem) for stem in stems]


def _mapped(path: Path, kind: type[np.generic], length: int) -> npt.NDArray[np.int64]:
    """A file of so many numbers; NumPy maps no empty file."""
    if path.stat().st_size != length * np.dtype(kind).itemsize:
        raise ValueError(f"{path.name}: {path.stat().st_size} octets pour {length} nombres")
    return np.memmap(path, kind, "r").view(np.ndarray) if length else np.empty(0, kind)

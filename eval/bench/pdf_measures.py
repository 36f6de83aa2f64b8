"""Distances between what was read and what was written."""

import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Sequence


def words(text: str) -> list[str]:
    """Runs of letters and digits, compatibility-folded and casefolded."""
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())


def overlap(read: Sequence[str], reference: Sequence[str]) -> tuple[float, float]:
    """Recall and precision of the bag of words."""
    common = sum((Counter(read) & Counter(reference)).values())
    return common / max(len(reference), 1), common / max(len(read), 1)


def _places(sequence: Sequence[Hashable]) -> dict[Hashable, int]:
    places: dict[Hashable, int] = {}
    for place, item in enumerate(sequence):
        places[item] = places.get(item, 0) | (1 << place)
    return places


def common_subsequence(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """Length of the longest common subsequence, bit-parallel (Hyyrö, 2004)."""
    places = _places(b)
    full = (1 << len(b)) - 1
    row = full
    for item in a:
        matches = row & places.get(item, 0)
        row = ((row + matches) | (row - matches)) & full
    return len(b) - row.bit_count()


def edit_distance(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """Levenshtein distance, bit-parallel (Myers, 1999, as Hyyrö, 2003, states it)."""
    if not b:
        return len(a)
    places = _places(b)
    full = (1 << len(b)) - 1
    last = 1 << (len(b) - 1)
    plus, minus, distance = full, 0, len(b)
    for item in a:
        matches = places.get(item, 0)
        diagonal = (((matches & plus) + plus) ^ plus) | matches | minus
        up = minus | ~(diagonal | plus) & full
        down = plus & diagonal
        distance += bool(up & last) - bool(down & last)
        up = (up << 1) | 1
        down <<= 1
        plus = (down | ~(diagonal | up)) & full
        minus = up & diagonal & full
    return distance


def aligned(a: Sequence[Hashable], b: Sequence[Hashable], *, block: int = 256) -> list[tuple[int, int]]:
    """Places of one longest common subsequence in both, in order.

    As :func:`common_subsequence`; to walk back, the row of bits at the start of each ``block`` is kept, and the
    others are found again.
    """
    places = _places(b)
    full = (1 << len(b)) - 1

    def rows(row: int, items: Sequence[Hashable]) -> list[int]:
        found = [row]
        for item in items:
            matches = row & places.get(item, 0)
            row = ((row + matches) | (row - matches)) & full
            found.append(row)
        return found

    kept = [full]
    for start in range(0, len(a), block):
        kept.append(rows(kept[-1], a[start : start + block])[-1])
    pairs: list[tuple[int, int]] = []
    j = len(b) - 1
    for start in reversed(range(0, len(a), block)):
        inside = rows(kept[start // block], a[start : start + block])
        i = len(inside) - 2
        # A bit is 0 where the subsequence of what comes before and it is longer by one.
        while i >= 0 and j >= 0:
            if inside[i + 1] >> j & 1:
                j -= 1
            elif not inside[i] >> j & 1:
                i -= 1
            else:
                pairs.append((start + i, j))
                i, j = i - 1, j - 1
    return pairs[::-1]

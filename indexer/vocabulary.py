"""The words of a compartment, to find those nearest to a word it does not have."""

from collections.abc import Iterable

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

_SHORTEST = 4
_TWO_EDITS = 8
"""From this length on, two edits are allowed: in a shorter word they would make another one. From 7, nDCG@10 of topics
with two slips gains 0.6 on SISSE dev and 0.4 on labour law, but of the right words that 908 questions on other things
say, a fourth more are taken for others (160 instead of 129: "épargne" for "Espagne")."""


class Vocabulary:
    """Folded words of letters with their frequencies, by first letter and length. Never changes."""

    def __init__(self, words: Iterable[tuple[str, int]]) -> None:
        self._frequency = {word: count for word, count in words if len(word) >= _SHORTEST - 1 and word.isalpha()}
        self._groups: dict[tuple[str, int], list[str]] = {}
        for word in self._frequency:
            self._groups.setdefault((word[0], len(word)), []).append(word)

    def nearest(self, folded: str, most: int) -> list[tuple[str, int, int]]:
        """Words one or two edits away (a swap of neighbours is one), each with its edits and frequency, best first.

        The first letter is taken as typed: it seldom is wrong, and the search is twenty times shorter.
        """
        if len(folded) < _SHORTEST or not folded.isalpha():
            return []
        edits = 2 if len(folded) >= _TWO_EDITS else 1
        found: list[tuple[str, int, int]] = []
        for length in range(len(folded) - edits, len(folded) + edits + 1):
            group = self._groups.get((folded[0], length), [])
            matches = extract(folded, group, scorer=OSA.distance, score_cutoff=edits, limit=None)
            found += [(word, int(distance), self._frequency[word]) for word, distance, _ in matches]
        return sorted(found, key=lambda one: (one[1], -one[2], one[0]))[:most]

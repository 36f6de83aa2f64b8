"""How French a text reads: what tells a usable text layer from a bad one.

Thresholds, measured on pages (2,500 characters each) of the demonstration PDFs and of the 2019 avenant, on
the French installation guide of Debian, on an English manual, and on the French pages damaged on purpose:

=============================================  =================  =================
pages                                          known words        possible words
=============================================  =================  =================
French as written (136)                        0.52 to 0.98       0.65 to 1.00
  fifth percentile of the worst of these sets  0.67               0.79
English (35)                                   0.18 to 0.37       0.58 to 0.80
letters misread at 2 % (23)                    0.60 to 0.87       0.81 to 0.96
letters misread at 8 %                         0.46 to 0.72       0.68 to 0.86
letters misread at 20 %                        0.25 to 0.47       0.48 to 0.62
font without its character map                 0.00 to 0.03       0.00 to 0.03
=============================================  =================  =================

So less than :data:`GARBLED` possible words is no language at all, whatever the page looks like; under
:data:`POOR` known words is worth another reading, but only where the page is a picture, as a foreign
language scores as low and is no scan.
"""

import re
from dataclasses import dataclass

from corpus.french.wordlist import french_trigrams, french_words

GARBLED = 0.30
POOR = 0.62
ENOUGH_WORDS = 12
"""Under this many words the shares say nothing."""

_TOKEN = re.compile(r"[^\W\d_]{2,}")
_MAX_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Readability:
    """Shares of the words of two letters or more.

    Attributes:
        words: how many there are.
        known: share that are French forms of the word list.
        possible: share made of letter trigrams seen in French.
    """

    words: int
    known: float
    possible: float

    @property
    def garbled(self) -> bool:
        """Whether this is no language: a font without its character map."""
        return self.words >= ENOUGH_WORDS and self.possible < GARBLED

    @property
    def poor(self) -> bool:
        """Whether, over a picture of the page, it is a text layer worth reading again."""
        return self.words < ENOUGH_WORDS or self.known < POOR

    @property
    def score(self) -> float:
        """To compare two readings of one page: how many words each got right, by both measures."""
        return self.words * (self.known + self.possible) / 2


def readability(text: str) -> Readability:
    """Measure ``text``; its first 20,000 characters are read."""
    words = [word.casefold() for word in _TOKEN.findall(text[:_MAX_CHARS])]
    if not words:
        return Readability(0, 0.0, 0.0)
    forms, trigrams = french_words(), french_trigrams()
    known = sum(word in forms for word in words)
    possible = 0
    for word in words:
        marked = f"^{word}$"
        possible += all(marked[place : place + 3] in trigrams for place in range(len(marked) - 2))
    return Readability(len(words), known / len(words), possible / len(words))

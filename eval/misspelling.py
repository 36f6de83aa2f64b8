"""Topics with slips of the keyboard: one or two in each, the same ones at every run."""

import random
from collections.abc import Iterator, Sequence

from corpus.french.analyzer import words
from corpus.french.stopwords import STOPWORDS
from eval.forms import Pair
from eval.topics import Topic

_ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn")
_BESIDE = {
    key: row[max(0, place - 1) : place] + row[place + 1 : place + 2] for row in _ROWS for place, key in enumerate(row)
}
_SHORTEST = 5
"""Letters of a word that may be misspelt."""


def misspelt_pairs(topics: Sequence[Topic], slips: int) -> Iterator[Pair]:
    """Topics as they are and with so many slips; those without a word to misspell are left out."""
    for topic in topics:
        written = misspelt(topic.title, slips)
        if written != topic.title:
            yield Pair(topic, topic.title, written)


def misspelt(text: str, slips: int) -> str:
    """The text with ``slips`` letters left out, doubled, swapped, or replaced by their neighbour on an AZERTY keyboard.

    Words of five letters or more that say something may be misspelt, each slip in any of them, never on their first
    letter; names in capitals and codes are not.
    """
    chance = random.Random(f"{slips} {text}")  # noqa: S311 - not a secret
    for _ in range(slips):
        may_be = [word for word in words(text) if word.term not in STOPWORDS and _common(text[word.start : word.end])]
        if not may_be:
            return text
        word = chance.choice(may_be)
        text = text[: word.start] + _slip(text[word.start : word.end], chance) + text[word.end :]
    return text


def _common(word: str) -> bool:
    return len(word) >= _SHORTEST and word.isalpha() and not word.isupper()


def _slip(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word))
    before, letter, after = word[:place], word[place], word[place + 1 :]
    match chance.choice(("left out", "doubled", "swapped", "neighbour")):
        case "left out":
            return before + after
        case "doubled":
            return before + 2 * letter + after
        case "swapped" if after and after[0] != letter:
            return before + after[0] + letter + after[1:]
        case _:
            return before + chance.choice(_BESIDE.get(letter.casefold(), "e")) + after

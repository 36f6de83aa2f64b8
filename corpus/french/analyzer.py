"""The French analyzer: text to terms with offsets, the same for indexing, queries and highlights.

Words are cut at anything but letters and digits (so an elided article, ``l'entreprise``, is a word, and a stop word),
then folded, stop words left out, and stemmed with Snowball (Porter, 2001) on the folded form, so that
a text without accents (capitals, OCR, hurried typing) meets the text with them.
"""

import re
import string
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import Stemmer

from corpus.french.folding import fold
from corpus.french.stopwords import STOPWORDS

ELIDED = "l|d|j|m|t|s|n|c|qu|jusqu|lorsqu|puisqu|quoiqu"
_WORD = re.compile(r"[^\W_]+")
_PLURAL = re.compile(r"(?<=[a-z]{3}[^siu])s$")
_PARTICIPLE = re.compile(r"ee$")


class Term(NamedTuple):
    """An index term and the characters it comes from (``text[start:end]``).

    A tuple, since one is made for every word indexed: 15 % faster than a frozen dataclass, all told.
    """

    term: str
    start: int
    end: int


def words(text: str) -> Iterator[Term]:
    """Every word of a text, folded, not stemmed, stop words included; elided articles are words too."""
    for found in _WORD.finditer(text):
        yield Term(fold(found.group()), *found.span())


def folded_words(text: str) -> list[str]:
    """What :func:`words` gives, without offsets: 5 times faster."""
    return list(map(fold, _WORD.findall(text)))


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("french", 0)


@lru_cache(maxsize=131_072)
def stem(folded: str) -> str:
    """The Snowball stem of a folded word; words with a digit are left as they are.

    Folding turns the participle ``-ée`` into ``-ee``, which Snowball does not know, and Snowball takes a plural
    for a stem where the singular has a suffix (``étrangers``, ``étranger``): both endings are cut first.
    """
    if any(c.isdigit() for c in folded):
        return folded
    return str(_stemmer().stemWord(_PARTICIPLE.sub("e", _PLURAL.sub("", folded))))


def terms(text: str) -> Iterator[Term]:
    """The stemmed terms of a text, stop words left out."""
    for word in words(text):
        if word.term not in STOPWORDS:
            yield Term(stem(word.term), word.start, word.end)


def occurrences(text: str, wanted: Collection[str]) -> list[tuple[int, int]]:
    """``(start, end)`` of the words of a text with one of these stems, in order."""
    candidates = _words_beginning(frozenset(term[:1] for term in wanted)).finditer(text)
    return [word.span() for word in candidates if _term_of(word.group()) in wanted]


@lru_cache(maxsize=512)
def _words_beginning(initials: frozenset[str]) -> re.Pattern[str]:
    """Words that may have a stem with one of these initials, some 30 of a passage's 140.

    A stem begins as its word does, in lower case; what is not ASCII may be folded to any letter.
    """
    others = "".join(c for c in string.ascii_letters + string.digits if c.lower() not in initials)
    # That nothing stands before the first letter is told after it: a fourth faster than looking for a beginning.
    return re.compile(rf"[^\W_{others}](?<![^\W_].)[^\W_]*")


@lru_cache(maxsize=65_536)
def _term_of(word: str) -> str | None:
    folded = fold(word)
    return None if folded in STOPWORDS else stem(folded)


def stems(folded: Iterable[str]) -> list[str]:
    """The terms of a text whose words were already read: what :func:`terms` gives, without offsets."""
    return [stem(word) for word in folded if word not in STOPWORDS]

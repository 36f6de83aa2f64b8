"""What everyday English and German words of papers are in French, by lists written by hand.

A word is looked up as it is, then without what may be an ending; a German word that is neither is taken for two words
of the list written as one ("Investitionsprüfung": "prüfung" of an "investition").
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import product
from typing import NamedTuple

from corpus.french.folding import fold
from search_api.engine.table_file import rows

_SHORTEST = 3


def _endings(written: str) -> Sequence[tuple[str, str]]:
    """Endings, each with what stands in its place in the word that the list has: ``"ies>y s>"``."""
    return [(ending, instead) for ending, _, instead in (one.partition(">") for one in written.split())]


_ENGLISH_ENDINGS = _endings("ies>y es> s> ied>y ed> ed>e ing> ing>e")
_GERMAN_ENDINGS = _endings("e> n> s> en> er> es> em> ern> innen> se> en>a en>um e>er en>er t>en te>en ten>en end>en")
_AMERICAN = re.compile(r"iz(?=e|ing|ation)")
_DOUBLED = re.compile(r"(\w)\1(?:ed|ing)$")
_UMLAUT = re.compile(r"([aou])e")
_PAST = re.compile(r"^(.*?)ge(\w{3,})(?:t|te|ten|ter|tes|tem)$")
# A compound is told by two of its parts' meanings at most, each way round of them being one to look for.
_MEANINGS = 2


def _english_forms(word: str) -> Iterator[str]:
    """A word, then those it may be a plural, a past or an ``-ing`` of."""
    british = _AMERICAN.sub("is", word)
    for one in dict.fromkeys((word, british)):
        yield one
        if _DOUBLED.search(one):
            yield _DOUBLED.sub(r"\1", one)
        yield from _without(_ENGLISH_ENDINGS, one)


def _german_forms(word: str) -> Iterator[str]:
    """A word, then those it may be a plural, a case, an inflection or a past of, its umlauts written in full or not."""
    for one in dict.fromkeys((word, _UMLAUT.sub(r"\1", word))):
        yield one
        yield from _without(_GERMAN_ENDINGS, one)
        if past := _PAST.match(one):
            yield f"{past[1]}{past[2]}en"


def _without(endings: Sequence[tuple[str, str]], word: str) -> Iterator[str]:
    for ending, instead in endings:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            yield word.removesuffix(ending) + instead


class Language(NamedTuple):
    """A language with a list of words.

    Attributes:
        table: the list, beside this module.
        forms: a folded word, then those in the list that it may be a form of.
        compounds: whether it writes several words as one, the last being what it is.
    """

    table: str
    forms: Callable[[str], Iterator[str]]
    compounds: bool = False


ENGLISH = Language("english_words.tsv", _english_forms)
GERMAN = Language("german_words.tsv", _german_forms, compounds=True)
LANGUAGES = (ENGLISH, GERMAN)


def translations(word: str, languages: Sequence[Language] = LANGUAGES) -> tuple[str, ...]:
    """What a folded word, or the word it is a form of, is in French, the most usual first; () when that is not known.

    Args:
        languages: those it may be of, the likeliest first.
    """
    return next((found for language in languages if (found := _translated(word, language))), ())


def _translated(word: str, language: Language) -> tuple[str, ...]:
    return _whole(word, language) or (_compound(word, language) if language.compounds else ())


def _whole(word: str, language: Language) -> tuple[str, ...]:
    known = _list(language.table)
    return next((known[form] for form in language.forms(word) if form in known), ())


def _compound(word: str, language: Language) -> tuple[str, ...]:
    """What the two words that a word is made of are together, then the last alone, which is what the whole is.

    Of the ways to cut it, the first part being of the list itself if it can, the one with the longest last part.
    """
    ends = range(_SHORTEST, len(word) - _SHORTEST + 1)
    for read in (_whole, _translated):
        for end in ends:
            last = _whole(word[end:], language)
            first = read(word[:end], language) if last else ()
            if first:
                pairs = product(last[:_MEANINGS], first[:_MEANINGS])
                return (*(f"{head} {rest}" for head, rest in pairs), *last)
    return ()


@cache
def _list(table: str) -> dict[str, tuple[str, ...]]:
    """Folded words to what they are in French, the most usual first."""
    return {fold(word): tuple(french.split(", ")) for word, french in rows(table)}

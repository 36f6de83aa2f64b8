"""What is asked of a lexical index: plain values, that each storage reads in its own way."""

from dataclasses import dataclass
from itertools import pairwise, product

from corpus.french.stopwords import STOPWORDS

BODY = "body"
TITLE = "title"
HEADING = "heading"
EXACT = "exact"
IDENTIFIER = "identifier"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Entries with any of these stems, scored by BM25 over :data:`BODY`.

    Attributes:
        stems: once each.
        lighter: groups of alternative stems, each group with its weight; only its best stem counts.
    """

    stems: tuple[str, ...]
    lighter: tuple[tuple[tuple[str, ...], float], ...] = ()


@dataclass(frozen=True, slots=True)
class ExactItem:
    """Something to be found as it is: an identifier in canonical form, or folded words in order; either when both
    are given, for an identifier of several pieces.

    Attributes:
        slop: how many other words may stand between the words.
        edits: how many characters of the identifier may differ; of a phrase, any number says that words of it may,
            and the score is how many pairs of its words stand together.
        spellings: of words that may differ, what may stand for them; none of it is a word of the phrase.
    """

    identifier: str = ""
    words: tuple[str, ...] = ()
    slop: int = 0
    edits: int = 0
    spellings: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class StemIn:
    """Passages with this stem in a field: :data:`TITLE` or :data:`HEADING`."""

    field: str
    stem: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """Passages with a word that begins so, folded."""

    folded: str


LexicalQuery = AnyOf | ExactItem | StemIn | Prefix


def phrase_pairs(phrase: ExactItem) -> list[ExactItem]:
    """The pairs of words, neighbours and next but one, by which a phrase is known when some of its words differ.

    Pairs of stop words say nothing of a phrase, and do not count.
    """
    words, slop = phrase.words, phrase.slop
    near = [((first, second), slop) for first, second in pairwise(words)]
    near += [((first, second), slop + 1) for first, second in zip(words, words[2:], strict=False)]
    return [ExactItem(words=pair, slop=gap) for pair, gap in near if not STOPWORDS.issuperset(pair)]


def spelt(pair: ExactItem, phrase: ExactItem) -> list[ExactItem]:
    """A pair of words of a phrase in all its spellings."""
    others = dict(phrase.spellings)
    ways = product(*((word, *others.get(word, ())) for word in pair.words))
    return [ExactItem(words=words, slop=pair.slop) for words in ways]


def fewest_pairs(phrase: ExactItem, pairs: int) -> int:
    """How many of its pairs a passage must have: of six words, two may be others."""
    return min(1 if len(phrase.words) < 4 else max(2, pairs // 4), pairs)

"""Words in order, looked for in the words of a passage: what decides when an index can only tell that it may hold."""

from collections.abc import Sequence

from indexer.lexical_query import ExactItem, fewest_pairs, phrase_pairs


def holds(words: Sequence[str], phrase: Sequence[str], slop: int) -> bool:
    """Whether the words of a phrase stand in these words, each within ``slop`` words of where the others want it.

    As in tantivy and Lucene: without slop the words are side by side and in order; two words the other way round are
    2 away.
    """
    # Where the phrase would begin, by each of its words.
    starts = [[place - at for place, written in enumerate(words) if written == word] for at, word in enumerate(phrase)]
    return any(
        all(any(first <= start <= first + slop for start in others) for others in starts)
        for first in {start for some in starts for start in some}
    )


def score(words: Sequence[str], item: ExactItem) -> float:
    """What a phrase scores in these words: 1 when they hold it; when words of it may differ, how many of its pairs
    they hold, 0 when these are too few."""
    if not item.edits:
        return float(holds(words, item.words, item.slop))
    pairs = phrase_pairs(item)
    meant = {other: word for word, others in item.spellings for other in others}
    words = [meant.get(word, word) for word in words]
    held = sum(holds(words, pair.words, pair.slop) for pair in pairs)
    return float(held) if pairs and held >= fewest_pairs(item, len(pairs)) else 0.0

"""Where a quoted passage stands now: in the same version, in a later one, in other words, or nowhere any more."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import accumulate

from corpus.document import Page, Span
from corpus.french.folding import fold

CHANGED = 0.6
"""From this likeness on (twice the words in common, in order, over the words of both) a text is the quoted one,
changed: of 400 random pairs of paragraphs of the demo collection, the most alike reach 0.52."""
_SHARED = 0.4
_WORD = re.compile(r"\w+")
_LONGEST = 1_000


class Fate(StrEnum):
    """What became of a quoted passage."""

    SAME = "same"
    """It stands where it stood."""
    MOVED = "moved"
    """The same words stand elsewhere."""
    CHANGED = "changed"
    """Other words stand in its place, near enough to be its new wording."""
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Anchored:
    """Where a quotation stands.

    Attributes:
        spans: where, in reading order; none when it is gone.
        likeness: 0 to 1, of what stands there to what was quoted.
    """

    fate: Fate
    spans: tuple[Span, ...] = ()
    likeness: float = 1.0


def anchor(pages: Sequence[Page], spans: Sequence[Span], quote: str, former: Sequence[str] = ()) -> Anchored:
    """Find a quotation in the pages of a document.

    Args:
        pages: of the version to look in, in order.
        spans: where it stood.
        quote: its first words, or all of it; "" when they were not kept.
        former: the whole texts of its spans in the version quoted, when that version is still known and is not
            the one to look in.
    """
    here = texts_of(pages, spans)
    if not former:
        if here and (not quote or squeezed(" ".join(here)).startswith(squeezed(quote))):
            return Anchored(Fate.SAME, tuple(spans))
        former = [quote] if quote else []
    elif here == list(former):
        return Anchored(Fate.SAME, tuple(spans))
    found = [_exactly(pages, text) for text in former]
    if found and all(found):
        return Anchored(Fate.MOVED, tuple(span for span in found if span))
    near = _nearest(pages, " ".join(former))
    return Anchored(Fate.GONE, (), 0.0) if near is None else Anchored(Fate.CHANGED, (near[0],), near[1])


def texts_of(pages: Sequence[Page], spans: Sequence[Span]) -> list[str]:
    """The text of each span; empty when one of them is not wholly on these pages."""
    by_number = {page.number: page.text for page in pages}
    inside = all(0 <= span.start < span.end <= len(by_number.get(span.page, "")) for span in spans)
    return [by_number[span.page][span.start : span.end] for span in spans] if inside else []


def squeezed(text: str) -> str:
    """The text with single blanks: line ends move between two readings of one file."""
    return " ".join(text.split())


def _exactly(pages: Sequence[Page], text: str) -> Span | None:
    words = text.split()
    if not words:
        return None
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words))
    for page in pages:
        if match := pattern.search(page.text):
            return Span(page.number, match.start(), match.end())
    return None


def _nearest(pages: Sequence[Page], quote: str) -> tuple[Span, float] | None:
    """The stretch of one page most like ``quote``, when it is like it at all.

    A window of as many words as the quotation has is moved over each page; where most of its words are shared, its
    surroundings are compared in order. So the cost grows with the length of the document, not with its square.
    """
    asked = [fold(word) for word in _WORD.findall(quote)[:_LONGEST]]
    wanted = set(asked)
    best: tuple[float, Page, int] | None = None
    for page in pages:
        sums = [0, *accumulate(fold(word) in wanted for word in _WORD.findall(page.text))]
        for first in range(max(1, len(sums) - len(asked))):
            share = (sums[min(first + len(asked), len(sums) - 1)] - sums[first]) / max(len(asked), 1)
            if share >= _SHARED and (best is None or share > best[0]):
                best = (share, page, first)
    if best is None:
        return None
    _, page, first = best
    around = list(_WORD.finditer(page.text))[max(0, first - len(asked) // 2) : first + 2 * len(asked)]
    matcher = SequenceMatcher(None, asked, [fold(word[0]) for word in around], autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size]
    left, right = blocks[0].b, blocks[-1].b + blocks[-1].size
    likeness = 2 * sum(block.size for block in blocks) / (len(asked) + right - left)
    if likeness < CHANGED:
        return None
    return Span(page.number, around[left].start(), around[right - 1].end()), likeness

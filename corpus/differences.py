"""What changed between two versions of a text, paragraph by paragraph, then word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from rapidfuzz.distance import Indel

from corpus.document import BlockKind, Page

_PIECE = re.compile(r"\s+|\w+|[^\w\s]")
_WORD = re.compile(r"\w+")
# Word by word, two paragraphs longer than this together take long to compare; they are shown one after the other.
_LONGEST = 20_000
# Under this share of common words, an interleaving of two paragraphs cannot be read.
_ALIKE = 0.5
# A paragraph is looked for among so many of those that were there: two reports that have nothing in common would
# otherwise be compared each paragraph with each.
_NEAR = 40
# Characters compared paragraph by paragraph, some 3 s of work; what is left is told as taken out and put in.
_MOST_COMPARED = 2_000_000
# Past so many paragraphs, what is said on every page (a table's empty rows) does not guide the comparison.
_MANY = 4_000
_SILENT = frozenset({BlockKind.FURNITURE, BlockKind.QUOTED})


class Change(StrEnum):
    """What became of a stretch of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text of one kind."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One paragraph of the two versions: same, removed, added, or changed inside (several pieces).

    ``old_page`` and ``new_page`` are the pages it stands on, None where it does not.
    """

    pieces: tuple[Piece, ...]
    old_page: int | None
    new_page: int | None

    @property
    def changed(self) -> bool:
        """Whether it differs at all."""
        return any(piece.change is not Change.SAME for piece in self.pieces)


Paragraph = tuple[int, str]


def differences(old: Sequence[Page], new: Sequence[Page]) -> list[Difference]:
    """Compare two versions; running heads, feet and quoted messages are left out.

    The same and removed pieces, joined, are the old text's paragraphs; the same and added ones the new text's.
    """
    before, after = list(_paragraphs(old)), list(_paragraphs(new))
    many = len(before) + len(after) > _MANY
    matcher = SequenceMatcher(None, [text for _, text in before], [text for _, text in after], autojunk=many)
    result: list[Difference] = []
    compared = 0
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            for (old_page, text), (new_page, _) in zip(before[a:b], after[c:d], strict=True):
                result.append(Difference((Piece(Change.SAME, text),), old_page, new_page))
        else:
            compared += _cost(before[a:b], after[c:d])
            result.extend(_replaced(before[a:b], after[c:d], closely=compared <= _MOST_COMPARED))
    return result


def _cost(old: Sequence[Paragraph], new: Sequence[Paragraph]) -> int:
    """About how many characters are compared to find which of these paragraphs are alike."""
    return (sum(len(text) for _, text in old) + sum(len(text) for _, text in new)) * min(len(old), len(new), _NEAR)


def _paragraphs(pages: Sequence[Page]) -> Iterator[Paragraph]:
    for page in pages:
        for block in page.blocks:
            text = page.text[block.start : block.end].strip()
            if text and block.kind not in _SILENT:
                yield page.number, text


def _replaced(old: Sequence[Paragraph], new: Sequence[Paragraph], *, closely: bool) -> Iterator[Difference]:
    """Paragraphs in the place of others: those that are alike, in order, are compared word by word."""
    waiting = [(*paragraph, _WORD.findall(paragraph[1])) for paragraph in old]
    near = _NEAR if closely else 0
    for new_page, text in new:
        words = _WORD.findall(text)
        pair = next((n for n, (_, _, former) in enumerate(waiting[:near]) if _alike(former, words)), None)
        if pair is None:
            yield Difference((Piece(Change.ADDED, text),), None, new_page)
            continue
        for old_page, former, _ in waiting[:pair]:
            yield Difference((Piece(Change.REMOVED, former),), old_page, None)
        old_page, former, _ = waiting[pair]
        del waiting[: pair + 1]
        if len(former) + len(text) > _LONGEST:
            yield Difference((Piece(Change.REMOVED, former), Piece(Change.ADDED, text)), old_page, new_page)
        else:
            yield Difference(tuple(_words(former, text)), old_page, new_page)
    for old_page, former, _ in waiting:
        yield Difference((Piece(Change.REMOVED, former),), old_page, None)


def _alike(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether enough words are common, in order (twice their number over that of both)."""
    return Indel.normalized_similarity(old, new, score_cutoff=_ALIKE) >= _ALIKE


def _words(old: str, new: str) -> Iterator[Piece]:
    before, after = _PIECE.findall(old), _PIECE.findall(new)
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece(Change.SAME, "".join(before[a:b]))
            continue
        if a < b:
            yield Piece(Change.REMOVED, "".join(before[a:b]))
        if c < d:
            yield Piece(Change.ADDED, "".join(after[c:d]))

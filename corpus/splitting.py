"""Splitting: from pages to passages of some 200 tokens that never cross a heading."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from corpus.document import Block, BlockKind, Page, Span
from corpus.french.sentences import sentences
from corpus.passage import Passage, joined_text, passage_id

TokenOffsets = Callable[[str], list[tuple[int, int]]]
"""From a text to the characters of each of its tokens (the encoder's tokenizer)."""

_KEPT = frozenset(
    {BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.TABLE_ROW, BlockKind.FOOTNOTE, BlockKind.HEADING}
)
_BLANKS = re.compile(r"\s+")
_DEEPEST_PATH = 6


@dataclass(frozen=True, slots=True)
class SplittingRules:
    """Lengths in tokens of the encoder.

    Attributes:
        target: a passage is closed once it holds this many.
        longest: no passage holds more; a longer paragraph is cut at its sentences.
    """

    target: int = 200
    longest: int = 260


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of text that is not cut further, with its length in tokens."""

    span: Span
    tokens: int


def split(
    document_id: str,
    pages: tuple[Page, ...],
    token_offsets: TokenOffsets,
    rules: SplittingRules | None = None,
) -> list[Passage]:
    """Passages of a document, in reading order; every kept block is in exactly one of them.

    A heading is not repeated in the text under it (it is in the heading path), but a heading with
    nothing under it is a passage of its own, so that no word of the document is lost.
    """
    rules = rules or SplittingRules()
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    passages: list[Passage] = []
    for heading_path, pieces in _sections(pages, token_offsets, rules):
        for spans in _packed(pieces, pages, rules):
            text = joined_text(pages, spans)
            repeat = seen[heading_path, text]
            seen[heading_path, text] += 1
            passages.append(
                Passage(
                    id=passage_id(document_id, heading_path, text, repeat),
                    document_id=document_id,
                    ordinal=len(passages),
                    heading_path=heading_path,
                    spans=spans,
                    text=text,
                    ocr_confidence=_confidence(pages, spans),
                )
            )
    return passages


def _sections(
    pages: tuple[Page, ...], token_offsets: TokenOffsets, rules: SplittingRules
) -> Iterator[tuple[tuple[str, ...], list[_Piece]]]:
    """The pieces under each heading, with the heading path."""
    path: list[tuple[int, str]] = []
    pending: Span | None = None
    pieces: list[_Piece] = []

    def closed(next_level: int) -> Iterator[tuple[tuple[str, ...], list[_Piece]]]:
        names = tuple(name for _, name in path)
        if pieces:
            yield names, list(pieces)
        elif pending is not None and next_level <= path[-1][0]:
            yield names[:-1], [_Piece(pending, 0)]

    for page in pages:
        for block in page.blocks:
            text = page.text[block.start : block.end]
            if block.kind not in _KEPT or not text.strip():
                continue
            span = _trimmed(page, block)
            if block.kind is BlockKind.HEADING:
                yield from closed(block.level)
                pieces.clear()
                while path and path[-1][0] >= block.level:
                    path.pop()
                path.append((block.level, _BLANKS.sub(" ", text).strip()))
                del path[:-_DEEPEST_PATH]
                pending = span
            else:
                pieces.extend(_pieces(page, span, token_offsets, rules))
    yield from closed(0)


def _trimmed(page: Page, block: Block) -> Span:
    text = page.text[block.start : block.end]
    return Span(
        page.number,
        block.start + len(text) - len(text.lstrip()),
        block.start + len(text.rstrip()),
    )


def _pieces(page: Page, span: Span, token_offsets: TokenOffsets, rules: SplittingRules) -> Iterator[_Piece]:
    """A block whole when it is short enough, else its sentences, else runs of tokens."""
    text = page.text[span.start : span.end]
    count = len(token_offsets(text))
    if count <= rules.longest:
        yield _Piece(span, count)
        return
    for start, end in sentences(text):
        offsets = token_offsets(text[start:end])
        if len(offsets) <= rules.longest:
            yield _Piece(Span(page.number, span.start + start, span.start + end), len(offsets))
            continue
        first = start
        for cut in range(rules.target, len(offsets) + rules.target, rules.target):
            last = end if cut >= len(offsets) else start + offsets[cut][0]
            stretch = text[first:last]
            if stretch.strip():
                lead = len(stretch) - len(stretch.lstrip())
                yield _Piece(
                    Span(page.number, span.start + first + lead, span.start + first + len(stretch.rstrip())),
                    min(rules.target, len(offsets)),
                )
            first = last


def _packed(pieces: list[_Piece], pages: tuple[Page, ...], rules: SplittingRules) -> Iterator[tuple[Span, ...]]:
    """Pieces gathered into passages, evenly: a section just over the target gives two halves, not a
    full passage and a crumb."""
    total = sum(piece.tokens for piece in pieces)
    parts = max(1, round(total / rules.target))
    goal = min(rules.target, total / parts)
    taken: list[Span] = []
    tokens = 0
    for piece in pieces:
        if taken and (tokens >= goal or tokens + piece.tokens > rules.longest):
            yield _merged(taken, pages)
            taken, tokens = [], 0
        taken.append(piece.span)
        tokens += piece.tokens
    if taken:
        yield _merged(taken, pages)


def _merged(spans: list[Span], pages: tuple[Page, ...]) -> tuple[Span, ...]:
    """Neighbouring spans with only blanks between them become one."""
    result = [spans[0]]
    for span in spans[1:]:
        last = result[-1]
        if span.page == last.page and not pages[span.page - 1].text[last.end : span.start].strip():
            result[-1] = Span(last.page, last.start, span.end)
        else:
            result.append(span)
    return tuple(result)


def _confidence(pages: tuple[Page, ...], spans: tuple[Span, ...]) -> float | None:
    """Mean OCR confidence over the characters; text that was not read by OCR counts as sure."""
    if all(pages[s.page - 1].ocr_confidence is None for s in spans):
        return None
    length = sum(s.end - s.start for s in spans)
    weighted = sum((s.end - s.start) * (1.0 if (c := pages[s.page - 1].ocr_confidence) is None else c) for s in spans)
    return weighted / max(length, 1)

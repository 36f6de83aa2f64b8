"""From words on a page to the rectangles drawn over it."""

from collections.abc import Sequence

from corpus.document import Word

Box = tuple[float, float, float, float]
_GAP = 3.0
"""Between two words of a line, in heights of the line: wider than justified text opens, narrower than a gutter."""


def boxes_of(words: Sequence[Word], start: int, end: int) -> list[Box]:
    """The rectangles that cover ``text[start:end]``, one a line of print, in the order of the text.

    Args:
        words: of the page, in order, with their boxes.
    """
    lines: list[Box] = []
    for word in words:
        if word.end <= start or word.start >= end or word.start == word.end:
            continue
        box = _part(word, start, end)
        if lines and _same_line(lines[-1], box):
            last = lines[-1]
            lines[-1] = (min(last[0], box[0]), min(last[1], box[1]), max(last[2], box[2]), max(last[3], box[3]))
        else:
            lines.append(box)
    return [(round(left, 2), round(top, 2), round(right, 2), round(bottom, 2)) for left, top, right, bottom in lines]


def _part(word: Word, start: int, end: int) -> Box:
    """The part of a word's box that the stretch covers, as if its characters were all as wide."""
    left, top, right, bottom = word.box
    if (start <= word.start and word.end <= end) or right - left < bottom - top:
        return word.box
    share = (right - left) / (word.end - word.start)
    return (
        left + share * (max(start, word.start) - word.start),
        top,
        left + share * (min(end, word.end) - word.start),
        bottom,
    )


def _same_line(line: Box, box: Box) -> bool:
    overlap = min(line[3], box[3]) - max(line[1], box[1])
    height = max(min(line[3] - line[1], box[3] - box[1]), 0.1)
    return overlap >= 0.5 * height and -_GAP * height <= box[0] - line[2] <= _GAP * height

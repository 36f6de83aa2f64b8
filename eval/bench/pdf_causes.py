"""Why words of the guide's plain text are not where they were read in its PDF: each has one cause, and the causes sum.

Where a word stands in the plain text says its cause: that text marks what it has of its own. What is left is compared
with what was read at the same place. A second text, the plain one arranged as the PDF is printed, says how near a
faultless reading of that PDF could come.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from eval.bench.pdf_measures import aligned, common_subsequence, words


class Cause(StrEnum):
    """What a word of the plain text is, or how it was read."""

    CONTENTS = "contents_of_each_chapter_in_the_text_only"
    TITLES = "titles_after_numbers_of_sections_in_the_text_only"
    NUMBERS = "numbers_of_notes_through_the_book_not_the_page"
    NOTES = "notes_at_the_end_of_the_chapter_not_the_foot_of_the_page"
    SUMMARY = "summary_before_the_contents_not_after"
    TABLES = "tables_line_by_line_not_cell_by_cell"
    DIVIDED = "same_letters_divided_otherwise"
    OTHER = "other"


# In the plain text and in no place of the PDF; and what the PDF has elsewhere.
_ABSENT = frozenset({Cause.CONTENTS, Cause.TITLES, Cause.NUMBERS})
_CONTENTS = re.compile(r"^Table des matières\n\n(?:[ \w].*\n)+", re.MULTILINE)
_NOTES = re.compile(r"^━{20,}\n\n(?=\^\[)(?:.*\n)*?(?=(?:Chapitre|Annexe)\s[\dA-F]\.\s|\Z)", re.MULTILINE)
_NOTE = re.compile(r"^\^\[(\w+)\] ", re.MULTILINE)
_NUMBER = re.compile(r"\^\[(\w{1,2})\]")
_SUMMARY = re.compile(r"^Résumé\n(?:.*\n)*?(?=^Table des matières$)", re.MULTILINE)
_LAST_CONTENTS = re.compile(r"^Liste des tableaux\n\n(?:.+\n)+", re.MULTILINE)
_TABLE = re.compile(r"^┌.*\n(?:^[│├┌└].*\n)+", re.MULTILINE)
_HEADING = re.compile(r"^ *(?:(?:Chapitre|Annexe)\s)?([\dA-F](?:\.\d+)*)\.\s(.+(?:\n.+)?)$", re.MULTILINE)
_REFERENCE = re.compile(r"\b(?:chapitre|annexe|section)\s+([\dA-F](?:\.\d+)*),\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the plain text and what it is; None is text that the PDF has at the same place."""

    text: str
    cause: Cause | None


def segments(text: str) -> list[Segment]:
    """The plain text of the guide, cut where what it is changes; all of it, in order."""
    painted: list[Cause | None] = [None] * len(text)
    for start, end, known in _spans(text):
        painted[start:end] = [known] * (end - start)
    found, at = [], 0
    for cause, run in groupby(painted):
        length = sum(1 for _ in run)
        found.append(Segment(text[at : at + length], cause))
        at += length
    return found


def _spans(text: str) -> Iterator[tuple[int, int, Cause]]:
    """Later ones are painted over earlier ones."""
    for match in _TABLE.finditer(text):
        yield match.start(), match.end(), Cause.TABLES
    for match in _SUMMARY.finditer(text):
        yield match.start(), match.end(), Cause.SUMMARY
    for match in _NOTES.finditer(text):
        yield match.start(), match.end(), Cause.NOTES
    titles: dict[str, list[str]] = {}
    for match in _HEADING.finditer(text):
        # The first is in the table of contents.
        titles.setdefault(match[1], words(match[2]))
    for match in _REFERENCE.finditer(text):
        title = titles.get(match[1].upper(), [])
        end = _end_of(title, text, match.end())
        if end > match.end():
            yield match.end(), end, Cause.TITLES
    for match in _NUMBER.finditer(text):
        yield match.start(), match.end(), Cause.NUMBERS
    first = _CONTENTS.search(text)
    for match in _CONTENTS.finditer(text, first.end() if first else 0):
        yield match.start(), match.end(), Cause.CONTENTS


def _end_of(title: Sequence[str], text: str, start: int) -> int:
    """Where the words of a title, as far as they follow there, end; a heading's next line is read with it."""
    end = start
    for word, match in zip(title, re.finditer(r"\w+", text[start : start + 400]), strict=False):
        if words(match[0]) != [word]:
            break
        end = start + match.end()
    return end


def explain(text: str, read: Sequence[str]) -> dict[str, Any]:
    """The causes of what is not in order and of what is nowhere, and what a faultless reading could reach.

    Args:
        text: the plain text.
        read: words read in the PDF.

    Returns:
        ``causes``: for each, ``not_in_order`` and ``nowhere``, words of the text; their sums are ``words`` less the
        longest common subsequence, and less the words found in both as a bag. ``examples`` of the causes DIVIDED
        and OTHER. ``ceiling_order`` and ``ceiling_recall``: what the text itself would reach, arranged as the PDF is
        printed; the second with what is read besides, since a word of the book may stand for another.
    """
    parts = segments(text)
    reference = [(word, part.cause) for part in parts for word in words(part.text)]
    plain = [word for word, _ in reference]
    pairs = aligned(plain, read)
    # A word of a list of contents may be taken for the same word of the text, which is then what is left.
    taken = {cause: Counter(plain[at] for at, _ in pairs if reference[at][1] is cause) for cause in _ABSENT}
    lost: list[tuple[str, Cause]] = []
    examples: list[str] = []
    for first, after, there in _gaps(pairs, len(plain), len(read)):
        own = [word for word, cause in reference[first:after] if cause is None]
        beside = list(read[there[0] : there[1]])
        cause = Cause.DIVIDED if own and "".join(own) in "".join(beside) else Cause.OTHER
        for word, known in reference[first:after]:
            stands = next((absent for absent in sorted(_ABSENT) if not known and taken[absent][word] > 0), None)
            if stands is not None:
                taken[stands][word] -= 1
            lost.append((word, known or stands or cause))
        if own:
            examples.append(f"{cause}: {' '.join(own)} / {' '.join(beside)[:60]}")
    missing = Counter(plain) - Counter(read)
    total, nowhere = Counter(cause for _, cause in lost), Counter[Cause]()
    for word, cause in sorted(lost, key=lambda item: (item[1] not in _ABSENT, item[1] is not Cause.OTHER)):
        if missing[word] > 0:
            missing[word] -= 1
            nowhere[cause] += 1
    printed = words(as_printed(parts))
    best = Counter(printed) | Counter(read)
    return {
        "words": len(plain),
        "not_in_order": len(plain) - len(pairs),
        "nowhere": nowhere.total(),
        "causes": {cause: {"not_in_order": total[cause], "nowhere": nowhere[cause]} for cause in Cause},
        "examples": examples,
        "ceiling_order": round(common_subsequence(printed, plain) / len(plain), 4),
        "ceiling_recall": round((best & Counter(plain)).total() / len(plain), 4),
    }


def _gaps(pairs: Sequence[tuple[int, int]], a: int, b: int) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Stretches of the first sequence between what is aligned, with what stands there in the second."""
    before = (-1, -1)
    for here in (*pairs, (a, b)):
        if here[0] - before[0] > 1:
            yield before[0] + 1, here[0], (before[1] + 1, here[1])
        before = here


def as_printed(parts: Sequence[Segment]) -> str:
    """The plain text without what only it has, each note after the paragraph of its mark, tables cell by cell."""
    whole = "".join(part.text for part in parts)
    notes: dict[str, str] = {}
    for block in _NOTES.findall(whole):
        _, *found = _NOTE.split(block)
        notes |= dict(zip(found[::2], found[1::2], strict=True))
    summary = "".join(part.text for part in parts if part.cause is Cause.SUMMARY)
    written, waiting = [], ""
    for part in parts:
        if part.cause is Cause.NUMBERS:
            waiting += "\n" + notes.pop(part.text.strip("^[]"), "") + "\n"
        elif part.cause is Cause.TABLES:
            written.append(_cell_by_cell(part.text))
        elif part.cause is None:
            head, blank, rest = part.text.partition("\n\n")
            written.append(head + blank + (waiting if blank else "") + rest)
            waiting = "" if blank else waiting
    return _LAST_CONTENTS.sub(lambda match: f"{match[0]}\n{summary}", "".join(written))


def _cell_by_cell(table: str) -> str:
    rows: list[list[str]] = [[]]
    for line in table.splitlines():
        if line[:1] in "├┌└":
            rows.append([])
            continue
        for place, cell in enumerate(line.strip("│").split("│")):
            if place == len(rows[-1]):
                rows[-1].append("")
            rows[-1][place] += f" {cell}"
    return "".join(f"{cell}\n" for row in rows for cell in row)

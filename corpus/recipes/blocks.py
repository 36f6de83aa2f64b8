"""Plain structured text (headings, paragraphs, lists, tables), and how it is written in Markdown and HTML."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

DEEPEST_HEADING = 6


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; ``level`` is 1 for the document's title."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, slots=True)
class ListItem:
    """One item; ``depth`` is 0 for an outermost list, ``number`` its rank when the list is numbered."""

    depth: int
    text: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of the same length; the first ``header_rows`` name the columns."""

    rows: tuple[tuple[str, ...], ...]
    header_rows: int = 0


Block = Heading | Paragraph | ListItem | Table


def normalise(text: str) -> str:
    """The form under which two headings are the same: letters and figures only, case folded."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def without_title(blocks: Iterable[Block], title: str) -> tuple[Block, ...]:
    """``blocks`` less the headings and paragraphs that only repeat ``title``."""
    unwanted = normalise(title)
    return tuple(
        block for block in blocks if not (isinstance(block, Heading | Paragraph) and normalise(block.text) == unwanted)
    )


def to_markdown(blocks: Sequence[Block]) -> str:
    """Markdown with ATX headings, ``-`` lists and pipe tables; ends without a newline."""
    parts: list[str] = []
    for position, block in enumerate(blocks):
        tight = isinstance(block, ListItem) and position and isinstance(blocks[position - 1], ListItem)
        if parts:
            parts.append("\n" if tight else "\n\n")
        parts.append(_markdown(block))
    return "".join(parts)


def _markdown(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * min(level, DEEPEST_HEADING)} {text}"
        case Paragraph(text):
            return text
        case ListItem(depth, text, number):
            return f"{'  ' * depth}{'-' if number is None else f'{number}.'} {text}"
        case Table(rows, header_rows):
            lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
            # Markdown knows one header row only: those below it become ordinary rows.
            if header_rows == 0:
                lines.insert(0, "|" + "  |" * len(rows[0]))
            lines.insert(1, "|" + " --- |" * len(rows[0]))
            return "\n".join(lines)


def to_html(blocks: Sequence[Block]) -> str:
    """The same as elements of a page's body, every text escaped."""
    lines: list[str] = []
    open_lists: list[str] = []
    for block in blocks:
        if isinstance(block, ListItem):
            _open_to(block, open_lists, lines)
            # No </li>: a deeper list belongs inside its item, and HTML closes the item where it ends.
            lines.append(f"<li>{escape(block.text)}")
            continue
        _close_to(0, open_lists, lines)
        lines.append(_html(block))
    _close_to(0, open_lists, lines)
    return "\n".join(lines)


def _open_to(item: ListItem, open_lists: list[str], lines: list[str]) -> None:
    tag = "ul" if item.number is None else "ol"
    _close_to(item.depth + 1, open_lists, lines)
    if len(open_lists) == item.depth + 1 and (open_lists[-1] != tag or item.number == 1):
        _close_to(item.depth, open_lists, lines)
    while len(open_lists) <= item.depth:
        open_lists.append(tag)
        lines.append(f"<{tag}>")


def _close_to(depth: int, open_lists: list[str], lines: list[str]) -> None:
    while len(open_lists) > depth:
        lines.append(f"</{open_lists.pop()}>")


def _html(block: Heading | Paragraph | Table) -> str:
    match block:
        case Heading(level, text):
            tag = f"h{min(level, DEEPEST_HEADING)}"
            return f"<{tag}>{escape(text)}</{tag}>"
        case Paragraph(text):
            return f"<p>{escape(text)}</p>"
        case Table(rows, header_rows):
            lines = ["<table>"]
            for position, row in enumerate(rows):
                tag = "th" if position < header_rows else "td"
                lines.append("<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) + "</tr>")
            lines.append("</table>")
            return "\n".join(lines)

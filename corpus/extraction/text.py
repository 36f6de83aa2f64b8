"""Plain text in any encoding."""

import codecs
import re
from pathlib import Path

from charset_normalizer import from_bytes

from corpus.document import BlockKind, PageKind
from corpus.extraction.extracted import Extracted
from corpus.extraction.failures import empty
from corpus.extraction.headings import numbered_heading
from corpus.extraction.media_type import wide_encoding
from corpus.extraction.page_builder import PageBuilder, likely_title

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BULLET = re.compile(r"[ \t]*(?:[-–—•*▪◦●■‣·o][ \t]+|[-–—•▪●](?=\w))")
# French text shows its accents in the first lines.
_GUESSED_BYTES = 200_000
_SENTENCE_ENDS = (".", ":", ";", "!", "?")


def decode(data: bytes) -> str:
    """Bytes to text: BOM, then UTF-8, then the encoding that gives the most French; never fails.

    charset-normalizer alone reads a French text in code page 850 or ISO 8859-15 as Windows-1252 (tests show it),
    so the encodings that French offices have met are tried first, and it settles the others.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace")
    wide = wide_encoding(data)
    if wide is not None:
        return data.decode(wide, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A file cut inside its last character.
        if error.reason == "unexpected end of data" and not data[: error.start].isascii():
            return data[: error.start].decode("utf-8")
    sample = data[:_GUESSED_BYTES]
    scores = {encoding: _frenchness(sample.decode(encoding, errors="replace")) for encoding in _FRENCH_ENCODINGS}
    likeliest = max(scores, key=lambda encoding: scores[encoding])
    if scores[likeliest] > 0:
        return data.decode(likeliest, errors="replace")
    best = from_bytes(sample).best()
    return data.decode(best.encoding if best is not None else "cp1252", errors="replace")


# In order of preference when two give the same text.
_FRENCH_ENCODINGS = ("cp1252", "iso8859_15", "cp850", "mac_roman")
_LOWER, _UPPER = "éèàùçêîôûâëïüœæ", "ÉÈÀÙÇÊÎÔÛÂËÏÜŒÆ"
_FRENCH = re.compile(f"[{_LOWER}]|(?<![a-z{_LOWER}])[{_UPPER}]|[«»’‘“”–—…€°²\u00a0](?![a-z{_LOWER}])|(?<=[ldjnscmtu])’")


def _frenchness(text: str) -> int:
    """Characters beyond ASCII that French has there, less twice those that it has not."""
    beyond = sum(1 for c in text if c > "\x7f")
    french = sum(1 for found in _FRENCH.finditer(text) if found[0] > "\x7f")
    return french - 2 * (beyond - french)


def extract_text(path: Path) -> Extracted:
    """Read plain text: paragraphs, bullets, numbered headings; form feeds separate pages."""
    return read_text(decode(path.read_bytes()))


def read_text(text: str) -> Extracted:
    """The same from a string."""
    sheets = text.split("\f")
    paged = sum(1 for sheet in sheets if sheet.strip()) > 1
    if paged and not sheets[-1].strip():
        sheets.pop()
    pages = []
    for number, sheet in enumerate(sheets if paged else [text.replace("\f", "\n")], start=1):
        builder = PageBuilder()
        add_plain_text(builder, sheet)
        pages.append(builder.page(number, kind=PageKind.PAGE if paged else PageKind.TEXT))
    if not any(page.blocks for page in pages):
        raise empty()
    return Extracted(media_type="text/plain", pages=tuple(pages), title=likely_title(tuple(pages)))


def add_plain_text(builder: PageBuilder, text: str) -> None:
    """Add lines of plain text as blocks: blank lines separate, bullets and numbered headings stand alone."""
    kind = BlockKind.PARAGRAPH
    lines: list[str] = []

    def flush() -> None:
        if lines:
            builder.add(kind, "\n".join(lines))
            lines.clear()

    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line.strip():
            flush()
            kind = BlockKind.PARAGRAPH
            continue
        # Inside a paragraph, a line that begins with "Article 2" may be the end of a sentence.
        stands_alone = not lines or lines[-1].rstrip().endswith(_SENTENCE_ENDS)
        if stands_alone and numbered_heading(line) is not None:
            flush()
            builder.paragraph(line)
            kind = BlockKind.PARAGRAPH
            continue
        if _BULLET.match(line):
            flush()
            kind = BlockKind.LIST_ITEM
        lines.append(line)
    flush()

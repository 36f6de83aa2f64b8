"""The title of a document, for people: what its file states, unless a program wrote it, else what its text shows."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from corpus.document import BlockKind, Page
from corpus.extraction.headings import numbered_heading
from corpus.french.sentences import sentences
from corpus.metadata.found import Found, fold_line

_LONGEST_TITLE = 300
_LONGEST_LINE = 150
_LONGEST_LEAD = 240
# Titles that programs write by themselves, folded: "Microsoft Word - x.doc", "Sans titre 1", temporary files.
_JUNK = re.compile(
    r"(?:microsoft (?:office )?(?:word|excel|powerpoint|outlook)\b.*|word document|"
    r"powerpoint presentation|excel workbook|"
    r"(?:nouveau )?document(?: (?:microsoft )?word)?(?: ?\(?\d*\)?)?|doc ?\d+|"
    r"sans[ -](?:titre|nom)[ -]?\d*|untitled[ -]?\d*|"
    r"(?:presentation|diapositive|slide|feuil|feuille|sheet|classeur|book|page|titre|title)[ -]?\d*|"
    r"(?:scan|img|image|numerisation|dsc|copie)[ _-]*[\d_-]*|tmp\w*|temp\w*|~\$.*|lu\d+\w*\.tmp|"
    r"[0-9a-f]{16,}|[\d _.-]+|"
    r"\S*\.(?:docx?|dotx?|xlsx?|pptx?|pdf|tmp|odt|ods|odp|rtf|html?|txt|tex|indd|qxd))?"
)
_UNDERLINE = re.compile(r"\s*[=\-_*~]{4,}\s*$")
_SUBJECT = re.compile(
    r"^[ \t]*(?:objet|subject)[ \t\u00a0]*:[ \t\u00a0]*(\S[^\n]{3,200})", re.IGNORECASE | re.MULTILINE
)
_SITE = re.compile(r"\s[–—|-]\s[^–—|]{2,60}$")


def is_junk(title: str) -> bool:
    """Whether a program, not a person, wrote this title."""
    return _JUNK.fullmatch(fold_line(title).strip()) is not None


def title(stated: str, pages: Sequence[Page], path: str, *, sheets: bool = False) -> Found:
    """The title and where it was found: the file's, an underlined first line, the first heading that is not a
    part's, the subject of a letter or note, the file's name.

    A spreadsheet's headings are names of sheets: its file's name says more.
    """
    headings = (text for kind, text in body(pages[:3]) if kind is BlockKind.HEADING)
    heading = "" if sheets else tidy(next((text for text in headings if numbered_heading(text) is None), ""))
    name = path.rsplit("/", 1)[-1]
    stated = tidy(stated)
    # "Fiche NIS 2 – Intranet" is the page's title with its site's.
    if heading and _SITE.sub("", stated) == heading:
        stated = heading
    for text, origin in (
        (stated, "titre du fichier"),
        (_underlined(pages), "première ligne"),
        (heading, "premier titre du texte"),
        (_subject(pages), "objet"),
        (tidy(name.rsplit(".", 1)[0].replace("_", " ")), "nom du fichier"),
        (tidy(name), "nom du fichier"),
    ):
        if not is_junk(text):
            return Found(text, origin)
    return Found(path, "nom du fichier")


def _subject(pages: Sequence[Page]) -> str:
    """What follows « Objet : » in the first lines."""
    for _, text in islice(body(pages[:1]), 12):
        found = _SUBJECT.search(text)
        if found is not None:
            return tidy(found[1])
    return ""


def tidy(text: str) -> str:
    """One line, without the row of signs that underlines it in plain text."""
    return " ".join(_UNDERLINE.sub("", " ".join(text.split())).split())[:_LONGEST_TITLE]


def _underlined(pages: Sequence[Page]) -> str:
    kind, text = next(body(pages), (BlockKind.TABLE_ROW, ""))
    lines = text.split("\n")
    underlined = len(lines) > 1 and _UNDERLINE.fullmatch(lines[1]) is not None
    return tidy(lines[0]) if underlined and len(lines[0]) <= _LONGEST_LINE and kind is not BlockKind.TABLE_ROW else ""


def body(pages: Sequence[Page]) -> Iterator[tuple[BlockKind, str]]:
    """What the pages say in their own voice: no running heads, no quoted history."""
    for page in pages:
        for block in page.blocks:
            text = page.text[block.start : block.end].strip()
            if text and block.kind not in {BlockKind.FURNITURE, BlockKind.QUOTED}:
                yield block.kind, text


def opens_with_heading(pages: Sequence[Page]) -> bool:
    """Whether the first thing a document says is a heading: its title, then."""
    return next(body(pages), (None, ""))[0] is BlockKind.HEADING


def lead(pages: Sequence[Page]) -> str:
    """The first sentence of a document without a title: what tells what it is about."""
    text = next((text for kind, text in body(pages) if kind is not BlockKind.HEADING), "")
    start, end = next(sentences(text), (0, 0))
    return " ".join(text[start:end].split())[:_LONGEST_LEAD]

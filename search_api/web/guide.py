"""The analysts' guide: one Markdown file, read on its own (`docs/guide-analyste.md`) and as the help page."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from PIL import Image

from corpus.french.folding import fold
from search_api.http.french import typography

HERE = Path(__file__).parent
SOURCE = HERE / "guide.md"
"""A link to the file of `docs/`: a package carries it."""
IMAGES = HERE / "guide-images"
IMAGES_URL = "/static/guide"


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide ready for its template.

    Attributes:
        sections: anchor and title of each.
        body: HTML of our own text, where nothing of a document stands.
    """

    title: str
    sections: list[tuple[str, str]]
    body: Markup


def anchor(title: str) -> str:
    """The anchor of a section: its words, folded, joined by hyphens."""
    return "-".join(re.findall(r"[a-z0-9]+", fold(title)))


def read_guide(source: Path = SOURCE, images: Path = IMAGES) -> Guide:
    """The guide of ``source``, whose pictures stand in ``images``.

    Raises:
        ValueError: the file does not begin with its title.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(source.read_text("utf-8"))
    if len(tokens) < 3 or tokens[0].tag != "h1":
        raise ValueError(f"{source}: the guide must begin with its title")
    title, tokens = typography(tokens[1].content), tokens[3:]
    for token in _all(tokens):
        _dress(token, images)
    sections = []
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag == "h2":
            opening.attrSet("id", anchor(inline.content))
            sections.append((anchor(inline.content), typography(inline.content)))
    return Guide(title, sections, Markup(reader.renderer.render(tokens, reader.options, {})))  # noqa: S704


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or ())


def _dress(token: Token, images: Path) -> None:
    match token.type:
        case "text":
            token.content = typography(token.content)
        case "table_open":
            token.attrSet("class", "touches")
        case "th_open":
            token.attrSet("scope", "col")
        case "image":
            name = Path(str(token.attrGet("src"))).name
            picture = images / name
            digest = hashlib.sha256(picture.read_bytes()).hexdigest()[:12]
            with Image.open(picture) as opened:
                width, height = opened.size
            token.attrSet("src", f"{IMAGES_URL}/{name}?v={digest}")
            # Known sizes keep the text still while pictures come.
            token.attrSet("width", str(width))
            token.attrSet("height", str(height))
            token.attrSet("loading", "lazy")

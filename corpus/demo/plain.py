"""Formats written without any program: HTML, text, Markdown."""

import re
import textwrap
from html import escape

from markdown_it import MarkdownIt

from corpus.demo.flat import FOOTNOTE, STYLED, parse_markdown
from corpus.demo.source import Source
from corpus.demo.typography import french_date, typeset

_WIDTH = 76


def _typeset(source: Source, text: str, default: str) -> str:
    return typeset(text) if source.fields.get("typography", default) == "yes" else text


def _collect_notes(body: str) -> tuple[str, list[str]]:
    notes: list[str] = []

    def number(match: re.Match[str]) -> str:
        notes.append(match.group(1))
        return f" ({len(notes)})"

    return FOOTNOTE.sub(number, body), notes


def html_page(source: Source) -> str:
    """A page of an intranet: its own head, navigation and foot around the text."""
    body, notes = _collect_notes(_typeset(source, source.body, "yes"))
    body = re.sub(r"(?m)^\{(?:droite|centre|mention)\}\s*", "", body)
    title = escape(_typeset(source, source.title, "yes"))
    article = MarkdownIt("commonmark").enable("table").render(body)
    feet = "".join(f"<li>{escape(note)}</li>\n" for note in notes)
    service = escape(source.fields["service"])
    keywords = escape(source.fields.get("keywords", ""))
    return (
        '<!DOCTYPE html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title} – Intranet</title>\n"
        f'<meta name="author" content="{escape(source.fields.get("author", source.fields["service"]))}">\n'
        f'<meta name="date" content="{source.date}">\n<meta name="keywords" content="{keywords}">\n'
        "<style>body { font-family: sans-serif } nav li { display: inline }</style>\n</head>\n<body>\n"
        '<header><a href="#contenu">Aller au contenu</a> <p>Intranet de la direction</p></header>\n'
        '<nav aria-label="Menu principal"><ul><li><a href="/">Accueil</a></li> '
        '<li><a href="/annuaire">Annuaire</a></li> <li><a href="/dossiers">Dossiers</a></li></ul></nav>\n'
        f'<main id="contenu">\n<article>\n<h1>{title}</h1>\n'
        f'<p class="date">Mis à jour le <time datetime="{source.date}">{french_date(source.date)}</time>'
        f" – {service}</p>\n"
        f"{article}"
        + (f'<section class="notes"><ol>\n{feet}</ol></section>\n' if notes else "")
        + "</article>\n</main>\n"
        "<footer><p>Contacts | Plan du site | Accessibilité : partiellement conforme</p></footer>\n"
        "<script>document.title = document.title.trim();</script>\n</body>\n</html>\n"
    )


def markdown_file(source: Source) -> str:
    """The body under its title, as a team keeps it beside its code."""
    body = re.sub(r"(?m)^\{(?:droite|centre|mention)\}\s*", "", source.body)
    title = "" if source.fields.get("heading", "yes") == "no" else f"# {source.title}\n\n"
    return _typeset(source, f"{title}{body}", "no")


def text_file(source: Source, *, heading: bool = True) -> str:
    """Plain text wrapped at 76 columns; headings are underlined, tables keep their bars."""
    body, notes = _collect_notes(source.body)
    blocks = []
    if heading and source.fields.get("heading", "yes") == "yes":
        blocks.append(f"{source.title}\n{'=' * len(source.title)}")
    lines = body.split("\n")
    for token in parse_markdown(body):
        if token.level or token.map is None or token.nesting < 0:
            continue
        start, end = token.map
        raw = "\n".join(lines[start:end]).rstrip()
        blocks.append(_text_block(token.type, raw))
    if notes:
        blocks.append("\n".join(f"({number}) {note}" for number, note in enumerate(notes, start=1)))
    return _typeset(source, "\n\n".join(blocks) + "\n", "no")


def _text_block(kind: str, raw: str) -> str:
    bare = re.sub(r"\*\*|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|`", "", raw)
    if kind == "heading_open":
        title = bare.lstrip("#").strip()
        return f"{title}\n{'-' * len(title)}"
    if kind == "paragraph_open":
        bare = STYLED.sub("", bare)
        hard = [" ".join(part.split()) for part in re.split(r" {2}\n|\\\n", bare)]
        return "\n".join("\n".join(textwrap.wrap(part, _WIDTH, break_long_words=False)) for part in hard)
    if kind == "hr":
        return "-" * _WIDTH
    return bare

"""One sheet of official guidance, read from XML written as JSON (the ``xml-js`` layout).

An element is ``{"type": "element", "name": …, "attributes": {…}, "children": […]}``, a text
``{"type": "text", "text": …}``. Every element name met in a sheet is named here, as content or as
navigation: a new one stops the recipe instead of losing its text.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from corpus.recipes.blocks import Block, Heading, ListItem, Paragraph, Table
from corpus.recipes.npm import RecipeError

Node = dict[str, Any]

COLON = "\N{NO-BREAK SPACE}: "

SECTIONS = frozenset({"Chapitre", "SousChapitre", "Situation", "Cas"})
TRANSPARENT = frozenset(
    {"Introduction", "Texte", "ListeSituations", "BlocCas", "FragmentConditionne", "ContenuIllustre"}
    | {"Contenu", "Image", "Description", "Illustration", "Commentaire"}
)
NOTES = frozenset({"Attention", "ANoter", "ASavoir", "Rappel", "Avertissement"})
BODY = frozenset({"Avertissement", "Introduction", "Texte", "ListeSituations", "LienExterneCommente"})
# Titles of other sheets, the way to this one, and conditions of display: not what this sheet says.
NAVIGATION = frozenset(
    {"SurTitre", "Audience", "Canal", "Cible", "FilDAriane", "Theme", "SousThemePere", "DossierPere"}
    | {"SousDossierPere", "VoirAussi", "QuestionReponse", "CommentFaireSi", "RechercheGuidee"}
    | {"Problematiques", "Condition", "Credits"}
)
ANNEXES = {
    "OuSAdresser": "Où s'adresser",
    "ServiceEnLigne": "Services en ligne et formulaires",
    "PourEnSavoirPlus": "Pour en savoir plus",
    "Reference": "Textes de référence",
    "Definition": "Définitions",
    "Abreviation": "Sigles et acronymes",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet.

    Attributes:
        id: ``F`` and digits.
        kind: the publisher's own type, e.g. ``Fiche Question-réponse``.
        date: of the last change, ISO 8601.
        path: where it stands in the publisher's site, highest first, without the sheet itself.
        summary: the publisher's one-paragraph description.
        body: what the sheet says, in reading order; headings start at level 2.
        annexes: contacts, forms, references, definitions, each under a heading of level 2.
    """

    id: str
    title: str
    kind: str
    date: str
    publisher: str
    url: str
    path: tuple[str, ...]
    summary: str
    body: tuple[Block, ...]
    annexes: tuple[Block, ...]

    @property
    def is_question(self) -> bool:
        """Whether the title is a question that the sheet answers."""
        return self.kind.startswith("Fiche Question-réponse")


def parse_sheet(data: Node) -> Sheet:
    """Read one sheet.

    A sheet whose body is empty keeps an empty body: whoever builds a collection decides.

    Raises:
        RecipeError: the layout is not the one described here.
    """
    try:
        publication = next(child for child in data["children"] if child.get("name") == "Publication")
        identifier = str(publication["attributes"]["ID"])
        kind = str(publication["attributes"]["type"])
    except (KeyError, StopIteration, TypeError) as error:
        raise RecipeError(
            "Une fiche n'a pas la structure attendue (élément Publication, attributs ID et type)",
            remedy="Vérifiez que le paquet est bien la version déclarée par la recette",
        ) from error
    body: list[Block] = []
    annexes: dict[str, list[Block]] = {name: [] for name in ANNEXES}
    for child in _elements(publication):
        name = child["name"]
        if name in BODY:
            body.extend(_content(child, 2))
        elif name in ANNEXES:
            annexes[name].append(_entry(child))
        elif name not in NAVIGATION and not name.startswith("dc:"):
            raise _unknown(name, identifier)
    summary = _text_of(publication, "dc:description")
    if {child["name"] for child in _elements(publication)} & BODY == {"LienExterneCommente"}:
        # Two sheets only list links: their description is the one sentence they have.
        body.insert(0, Paragraph(summary))
    return Sheet(
        id=identifier,
        title=_text_of(publication, "dc:title"),
        kind=kind,
        date=_text_of(publication, "dc:date").removeprefix("modified "),
        publisher=_text_of(publication, "dc:publisher"),
        url=str(publication["attributes"].get("spUrl", "")),
        path=_path(publication),
        summary=summary,
        body=tuple(body),
        annexes=tuple(
            block
            for name, heading in ANNEXES.items()
            if annexes[name]
            for block in (Heading(2, heading), *annexes[name])
        ),
    )


def clean(text: str) -> str:
    """NFC, and every run of blanks one space; the no-break spaces of French typography stay."""
    return re.sub(r"[ \t\r\n]+", " ", unicodedata.normalize("NFC", text)).strip()


def inline(node: Node) -> str:
    """The text of an element and of everything in it, cleaned."""
    return clean("".join(_strings(node)))


def _strings(node: Node) -> Iterator[str]:
    if node.get("type") == "text":
        yield str(node["text"])
    for child in node.get("children", ()):
        yield from _strings(child)


def _elements(node: Node) -> Iterator[Node]:
    return (child for child in node.get("children", ()) if child.get("type") == "element")


def _text_of(node: Node, name: str) -> str:
    return next((inline(child) for child in _elements(node) if child["name"] == name), "")


def _path(publication: Node) -> tuple[str, ...]:
    trail = next((child for child in _elements(publication) if child["name"] == "FilDAriane"), {})
    return tuple(inline(level) for level in _elements(trail))[1:-1]


def _content(node: Node, level: int) -> Iterator[Block]:
    """The blocks of a body element; ``level`` is that of a heading met here."""
    name = node["name"]
    match name:
        case "Paragraphe" | "Legende":
            if text := inline(node):
                yield Paragraph(text)
        case "Liste":
            yield from _list(node, 0)
        case "Tableau":
            yield from _table(node)
        case "ServiceEnLigne" | "OuSAdresser":
            yield Paragraph(_labelled(node))
        case "LienExterneCommente":
            yield from _link(node, level)
        case _ if name in NOTES:
            yield from _note(node)
        case _ if name in SECTIONS:
            title = _text_of(node, "Titre")
            if title:
                yield Heading(level, title)
            yield from _children(node, level + 1 if title else level)
        case _ if name in TRANSPARENT:
            yield from _children(node, level)
        case _ if name in NAVIGATION:
            return
        case _:
            raise _unknown(name, "")


def _children(node: Node, level: int) -> Iterator[Block]:
    for child in _elements(node):
        if child["name"] != "Titre":
            yield from _content(child, level)


def _unknown(name: str, identifier: str) -> RecipeError:
    where = f" de la fiche {identifier}" if identifier else ""
    return RecipeError(
        f"L'élément « {name} »{where} n'est pas connu de la recette",
        remedy="Vérifiez que le paquet est bien la version déclarée par la recette",
    )


def _list(node: Node, depth: int) -> Iterator[Block]:
    numbered = node.get("attributes", {}).get("type") == "numero"
    for number, item in enumerate(_elements(node), start=1):
        said = [inline(child) for child in _elements(item) if child["name"] != "Liste"]
        yield ListItem(depth, " ".join(filter(None, said)), number if numbered else None)
        for child in _elements(item):
            if child["name"] == "Liste":
                yield from _list(child, depth + 1)


def _note(node: Node) -> Iterator[Block]:
    """A boxed remark: its label opens its first paragraph, so that a passage keeps them together."""
    label = _text_of(node, "Titre")
    first = True
    for block in _children(node, 2):
        if first and isinstance(block, Paragraph):
            yield Paragraph(f"{label}{COLON}{block.text}" if label else block.text)
        else:
            if first and label:
                yield Paragraph(label)
            yield block
        first = False


def _table(node: Node) -> Iterator[Block]:
    """A table whose merged cells are repeated, so that each row can be read alone."""
    if title := _text_of(node, "Titre"):
        yield Paragraph(title)
    rows: list[list[str]] = []
    header_rows = 0
    merged: dict[int, tuple[int, str]] = {}
    for line in (child for child in _elements(node) if child["name"] == "Rangée"):
        if line.get("attributes", {}).get("type") == "header" and header_rows == len(rows):
            header_rows += 1
        row: list[str] = []
        for cell in _elements(line):
            _carry_down(row, merged)
            attributes = cell.get("attributes", {})
            text = _said(_children(cell, 2))
            for _ in range(int(attributes.get("fusionHorizontale", 1))):
                if (down := int(attributes.get("fusionVerticale", 1))) > 1:
                    merged[len(row)] = (down - 1, text)
                row.append(text)
        _carry_down(row, merged)
        rows.append(row)
    if rows:
        width = max(map(len, rows))
        yield Table(tuple(tuple(row + [""] * (width - len(row))) for row in rows), header_rows)


def _carry_down(row: list[str], merged: dict[int, tuple[int, str]]) -> None:
    while len(row) in merged:
        left, text = merged.pop(len(row))
        if left > 1:
            merged[len(row)] = (left - 1, text)
        row.append(text)


def _said(blocks: Iterable[Block]) -> str:
    """The text of ``blocks`` on one line."""
    said: list[str] = []
    for block in blocks:
        match block:
            case ListItem(_, text, _):
                if said and not said[-1].endswith((":", ";", ".", ",")):
                    said[-1] += " ;"
                said.append(text)
            case Heading(_, text) | Paragraph(text):
                said.append(text)
            case Table(rows):
                said.extend(" ; ".join(row) for row in rows)
    return " ".join(filter(None, said))


def _link(node: Node, level: int) -> Iterator[Block]:
    label = _text_of(node, "LienExterne")
    source = _text_of(node, "Source")
    for child in _elements(node):
        if child["name"] == "Commentaire":
            yield from _content(child, level)
    yield ListItem(0, f"{label} ({source})" if source else label)


def _labelled(node: Node) -> str:
    kind = "Où s'adresser" if node["name"] == "OuSAdresser" else node.get("attributes", {}).get("type", "")
    return f"{kind}{COLON}{_entry(node).text}" if kind else _entry(node).text


def _entry(node: Node) -> ListItem:
    """One line for a contact, a form, a reference or a definition; web addresses are left out."""
    title = _text_of(node, "Titre")
    number = node.get("attributes", {}).get("numerocerfa", "")
    if number:
        title = f"{title} (cerfa n° {number})"
    details: list[str] = []
    for child in _elements(node):
        match child["name"]:
            case "Texte" | "Introduction":
                details.append(_said(_children(child, 2)))
            case "Complement" | "NoticeLiee" | "Source":
                details.append(inline(child))
            case "ServiceEnLigneAnnexe":
                details.append(_entry(child).text)
            case "Reference" if node["name"] == "Definition":
                details.append(_entry(child).text)
    places = ("OuSAdresser", "PourEnSavoirPlus", "ServiceEnLigne", "ServiceEnLigneAnnexe")
    separator = " — " if node["name"] in places else COLON
    return ListItem(0, separator.join([title, *dict.fromkeys(filter(None, details))]))

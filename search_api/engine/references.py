"""Identifiers against the collection: those typed in pieces, and those nobody wrote quite so."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from corpus.french.analyzer import words
from corpus.french.folding import fold
from corpus.french.identifiers import canonical
from corpus.french.stopwords import STOPWORDS
from indexer.identifier_forms import look_alike
from indexer.lexical_query import IDENTIFIER, ExactItem
from search_api.engine.part import PartKind
from search_api.engine.readers import Snapshot
from search_api.engine.reading import Reading

_MOST_PIECES = 5
_MOST_WORDS = 64
_SHORTEST = 5
_SHORTEST_CORRECTED = 6
_FEWEST_WORDS = 3
_MOST_SPELLINGS = 16
_YEAR = re.compile(r"(?:18|19|20)\d\d")


def resolve_references(reading: Reading, snapshot: Snapshot) -> Reading:
    """The reading with the identifiers that the collection shows were meant.

    Pieces typed apart (``0218 CEMA C026``) are one identifier where the collection has it as one. An identifier that
    no document holds is looked for as recognition may have spoilt it; when that finds nothing either, with one
    character changed; a phrase that no document holds, with some of its words changed. All are second tiers, and said.
    """
    joined = dict.fromkeys(_joined(reading, snapshot))
    pieces = {word for item in joined for word in item.words}
    # A number made of some of the pieces, which nobody wrote, was not what was meant.
    kept = [
        item
        for item in reading.exact
        if not (item.identifier and pieces.intersection(item.words)) or _held(item, snapshot)
    ]
    reading = replace(
        reading,
        exact=(*kept, *(item for item in joined if item not in kept)),
        identifiers=tuple(dict.fromkeys((*reading.identifiers, *(item.identifier for item in joined)))),
    )
    typed = {part.value: part.text for part in reading.parts if part.kind is PartKind.IDENTIFIER}
    near: list[ExactItem] = []
    messages: list[str] = []
    unheld = {look_alike(one.identifier): one for one in reading.exact if one.identifier and not _held(one, snapshot)}
    for item in reading.near:
        asked = unheld.get(item.identifier)
        shown = typed.get(asked.identifier, asked.identifier) if asked else ""
        if asked is None:
            near.append(item)
        elif _frequency(item.identifier, snapshot):
            near.append(item)
            messages.append(
                f"Aucun document ne porte « {shown} » à la lettre : ceux qui le portent à une confusion de "
                "lecture près (0 et O, 1 et l, 5 et S, 8 et B) viennent d'abord."
            )
        elif len(asked.identifier) >= _SHORTEST_CORRECTED:
            near.append(replace(item, edits=1))
            messages.append(
                f"Aucun document ne porte « {shown} » : s'il y en a, les références qui n'en diffèrent que "
                "d'un caractère viennent d'abord."
            )
    for phrase in reading.exact:
        if not phrase.identifier and len(phrase.words) >= _FEWEST_WORDS and not _held(phrase, snapshot):
            near.append(replace(phrase, edits=1, spellings=tuple(_spellings(phrase, snapshot))))
            messages.append(
                f"Aucun document ne contient « {' '.join(phrase.words)} » à la lettre : s'il y en a, ceux qui s'en "
                "approchent viennent d'abord."
            )
    return replace(reading, near=tuple(near), messages=(*reading.messages, *messages))


def _spellings(phrase: ExactItem, snapshot: Snapshot) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What recognition may have made of the words of a phrase: the nearest words of the collection."""
    for word in dict.fromkeys(phrase.words):
        found = [near for g in snapshot.values() for near, *_ in g.lexical.vocabulary.nearest(word, _MOST_SPELLINGS)]
        yield word, tuple(one for one in dict.fromkeys(found) if one not in phrase.words)


def _joined(reading: Reading, snapshot: Snapshot) -> Iterator[ExactItem]:
    pieces = reading.text.split()[:_MOST_WORDS]
    known = set(reading.identifiers)
    for first in range(len(pieces)):
        for last in range(first + 2, min(first + _MOST_PIECES, len(pieces)) + 1):
            some = pieces[first:last]
            form = canonical("".join(some))
            if len(form) < _SHORTEST or form in known or not any(c.isdigit() for c in form) or _said(some):
                continue
            if _frequency(form, snapshot):
                yield ExactItem(identifier=form, words=tuple(w.term for w in words(" ".join(some))))


def _said(pieces: Sequence[str]) -> bool:
    """Whether words side by side are plain French, which some document has without its blanks (``2019par``): one is a
    stop word not in capitals, or they are a word and a year (``juin 2019``)."""
    if any(fold(piece) in STOPWORDS and not piece.isupper() for piece in pieces):
        return True
    return len(pieces) == 2 and any(map(_YEAR.fullmatch, pieces)) and any(map(str.isalpha, pieces))


def _frequency(form: str, snapshot: Snapshot) -> int:
    return sum(generation.lexical.document_frequency(IDENTIFIER, form) for generation in snapshot.values())


def _held(item: ExactItem, snapshot: Snapshot) -> bool:
    return (item.identifier != "" and _frequency(item.identifier, snapshot) > 0) or any(
        len(generation.lexical.search(item, 1)[0]) for generation in snapshot.values()
    )

"""Reading a query: what was typed, as terms each channel understands, conditions, and parts that can be shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.french.analyzer import terms, words
from corpus.french.folding import fold
from corpus.french.identifiers import Identifier, IdentifierKind
from indexer.identifier_forms import asked_in, look_alike, untold
from indexer.lexical_query import ExactItem
from search_api.engine.part import Part, PartKind
from search_api.engine.query_syntax import (
    MOST_LEAVES,
    All,
    Leaf,
    Mark,
    Not,
    Parser,
    Token,
    Tree,
    has_operators,
    leaves,
    tokens,
)

LONGEST_QUERY = 2_000
_MOST_STEMS = 64
_MOST_EXACT = 16
_MOST_PARTS = 64
_OPERATORS = (Mark.AND, Mark.OR, Mark.NOT)
# Written in another way they are still one number; dates and amounts are not: "12 000" is no amount by itself.
_PIECEWISE = (IdentifierKind.CODE, IdentifierKind.ARTICLE, IdentifierKind.TEXT_NUMBER)


@dataclass(frozen=True, slots=True)
class Extra:
    """Words the query did not say, looked for with less weight.

    Attributes:
        stems: alternatives.
        weight: of each, against 1 for a word of the query.
    """

    stems: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Reading:
    """How a query was read.

    Attributes:
        text: what the encoder reads: without operators, fields and what is excluded.
        stems: of its words, stop words left out, once each, in order.
        identifiers: canonical forms, once each, in order.
        exact: identifiers and quoted phrases: documents that hold them come before those that do not.
        messages: French, what was left out or read leniently.
        query: as typed, blanks made one.
        condition: what every document of the answer meets, or None.
        parts: what can be shown and taken off one by one.
        prefixes: folded beginnings of words, of ``entrepris*``.
        near: identifiers as a reading of an image may have spoilt them: a second tier.
        literal: folded words that are taken as typed: nothing is added to them.
        suggestion: the query with words of the collection instead of unknown ones, or "".
        extras: what the collection adds (see :mod:`search_api.engine.resolution`).
        foreign: folded function words of a question in another language, which are not among ``stems``.
    """

    text: str
    stems: tuple[str, ...]
    identifiers: tuple[str, ...]
    exact: tuple[ExactItem, ...]
    messages: tuple[str, ...]
    query: str = ""
    condition: Tree | None = None
    parts: tuple[Part, ...] = ()
    prefixes: tuple[str, ...] = ()
    near: tuple[ExactItem, ...] = ()
    extras: tuple[Extra, ...] = ()
    suggestion: str = ""
    literal: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()


def read_query(query: str, literal: Sequence[str] = ()) -> Reading:
    """Read a query; never fails.

    All words are wanted and none is required, unless a sign says so: ``+word``, ``-word``, ``"a phrase"``,
    ``field:value``, or operators (ET, OU, SAUF), which make a condition of the whole query. Nothing is added to the
    words of ``literal``.
    """
    messages: list[str] = []
    query = " ".join(query.split())
    if len(query) > LONGEST_QUERY:
        query = query[:LONGEST_QUERY]
        messages.append(f"Seuls les {LONGEST_QUERY} premiers caractères ont été lus.")
    if query.count('"') % 2:
        messages.append("Un guillemet n'est pas fermé : il n'a pas été lu comme une expression exacte.")
    found = tokens(query)
    condition, faults = _condition(found)
    messages.extend(faults)
    excluded = {id(token) for token, wanted in leaves(condition) if not wanted}
    text = _wanted_text(query, found, excluded)
    stems = list(dict.fromkeys(term.term for term in terms(text)))
    if len(stems) > _MOST_STEMS:
        stems = stems[:_MOST_STEMS]
        messages.append(f"Seuls les {_MOST_STEMS} premiers mots comptent dans la recherche par mots.")
    wanted = [token for token in found if id(token) not in excluded]
    numbers = asked_in(text)
    return Reading(
        text=text,
        stems=tuple(stems),
        identifiers=tuple(dict.fromkeys(one.canonical for one in numbers)),
        # With operators the condition already holds for every document, and either side of a OU is enough.
        exact=() if has_operators(found) else tuple(_exact(text, numbers, wanted))[:_MOST_EXACT],
        near=tuple(
            dict.fromkeys(ExactItem(identifier=look_alike(one.canonical)) for one in numbers if not untold(one))
        ),
        messages=tuple(messages),
        query=query,
        condition=condition,
        parts=tuple(_parts(query, found, excluded, required=has_operators(found)))[:_MOST_PARTS],
        literal=frozenset(fold(word) for word in literal),
        prefixes=tuple(dict.fromkeys(_fold(token.inner) for token in wanted if token.mark is Mark.PREFIX)),
    )


def identifier_item(text: str, found: Identifier) -> ExactItem:
    """What finds an identifier: its canonical form, or its pieces side by side."""
    pieces = tuple(word.term for word in words(text[found.start : found.end]))
    return ExactItem(identifier=found.canonical, words=pieces if found.kind in _PIECEWISE else ())


def phrase_item(token: Token) -> ExactItem:
    """What finds a quoted phrase."""
    return ExactItem(words=tuple(word.term for word in words(token.inner)), slop=token.slop)


def _fold(word: str) -> str:
    return next(words(word)).term


def _condition(found: Sequence[Token]) -> tuple[Tree | None, list[str]]:
    """What documents must meet, and what could not be read of it."""
    if has_operators(found):
        parser = Parser(found)
        tree = parser.tree()
        said = "ET, OU et SAUF en capitales sont lus comme des conditions : tout document les remplit."
        return tree, [said, *parser.faults]
    signed = [token for token in found if token.sign or token.mark is Mark.FIELD]
    parts: list[Tree] = [Not(Leaf(token)) if token.sign == "-" else Leaf(token) for token in signed]
    faults = [f"Seules les {MOST_LEAVES} premières conditions ont été lues."] if len(parts) > MOST_LEAVES else []
    if len(parts) < 2:
        return (parts[0] if parts else None), faults
    return All(tuple(parts[:MOST_LEAVES])), faults


def _wanted_text(query: str, found: Sequence[Token], excluded: set[int]) -> str:
    """The query without its signs, fields, operators and excluded words."""
    kept: list[str] = []
    place = 0
    for token in found:
        kept.append(query[place : token.start])
        place = token.end
        if token.mark is Mark.WORDS or token.mark is Mark.PREFIX:
            kept.append("" if id(token) in excluded else token.inner)
        elif token.mark is Mark.PHRASE:
            slop = query.rfind("~", token.at + len(token.inner), token.end)
            shown = query[token.start + len(token.sign) : slop if slop > 0 else token.end]
            kept.append("" if id(token) in excluded else shown)
        else:
            kept.append(" ")
    kept.append(query[place:])
    text = " ".join("".join(kept).split())
    plain = all(token.mark is Mark.WORDS and not token.sign for token in found)
    return text if plain or any(c.isalnum() for c in text) else ""


def _exact(text: str, numbers: Sequence[Identifier], wanted: Sequence[Token]) -> Iterator[ExactItem]:
    items = [identifier_item(text, one) for one in numbers]
    items += [phrase_item(token) for token in wanted if token.mark is Mark.PHRASE]
    yield from dict.fromkeys(items)


def _parts(query: str, found: Sequence[Token], excluded: set[int], *, required: bool) -> Iterator[Part]:
    for token in found:
        if token.mark in _OPERATORS or token.mark in (Mark.OPEN, Mark.CLOSE):
            continue
        if token.mark is Mark.FIELD:
            kind = PartKind.EXCLUDED if id(token) in excluded else PartKind.FIELD
            yield _part(kind, query, token, f"{token.field}:{token.inner}")
        elif token.mark is Mark.PHRASE:
            folded, slop = " ".join(phrase_item(token).words), f" ~{token.slop}" if token.slop else ""
            yield _part(_kind(token, excluded, PartKind.PHRASE), query, token, folded + slop)
        elif token.mark is Mark.PREFIX:
            yield _part(_kind(token, excluded, PartKind.PREFIX), query, token, _fold(token.inner) + "*")
        elif token.sign or id(token) in excluded:
            value = " ".join(term.term for term in terms(token.inner))
            yield _part(_kind(token, excluded, PartKind.REQUIRED), query, token, value)
        else:
            yield from _word_parts(token, PartKind.REQUIRED if required else PartKind.WORD)


def _kind(token: Token, excluded: set[int], otherwise: PartKind) -> PartKind:
    if id(token) in excluded:
        return PartKind.EXCLUDED
    return PartKind.REQUIRED if token.sign else otherwise


def _part(kind: PartKind, query: str, token: Token, value: str) -> Part:
    written = query[token.start : token.end]
    start = token.start + len(written) - len(written.lstrip())
    return Part(kind, written.strip(), value, start, start + len(written.strip()))


def _word_parts(token: Token, kind: PartKind) -> Iterator[Part]:
    """The identifiers and the words that are in none of them."""
    parts = [
        Part(
            PartKind.IDENTIFIER,
            token.inner[one.start : one.end],
            one.canonical,
            token.at + one.start,
            token.at + one.end,
        )
        for one in asked_in(token.inner)
    ]
    covered = [(part.start, part.end) for part in parts]
    for term in terms(token.inner):
        start, end = token.at + term.start, token.at + term.end
        if not any(first <= start and end <= last for first, last in covered):
            parts.append(Part(kind, token.inner[term.start : term.end], term.term, start, end))
    yield from sorted(parts, key=lambda part: part.start)

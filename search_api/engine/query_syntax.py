"""The signs of a query: quotes, signs, operators, fields, parentheses, cut words. Text in, tokens and a tree out.

Anything that is not surely a sign is a word: most questions are plain sentences. So a field is a known name, its
colon and its value without a blank between; a minus excludes only when it stands before a word and after a blank, and
does not open a parenthetical dash; operators are capitals among words that are not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from corpus.french.analyzer import terms, words
from corpus.french.folding import fold
from corpus.french.identifiers import find_identifiers

DEEPEST = 6
MOST_LEAVES = 48
_LONGEST_OPERAND = 6
_MOST_CAPITALS = 3


class Mark(StrEnum):
    """What a token is."""

    WORDS = "words"
    PHRASE = "phrase"
    PREFIX = "prefix"
    FIELD = "field"
    AND = "and"
    OR = "or"
    NOT = "not"
    OPEN = "open"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch ``text[start:end]`` of the query.

    Attributes:
        inner: what it says without its signs; ``text[at : at + len(inner)]``.
        sign: ``+``, ``-`` or "".
        field: canonical name of a field, or "".
        slop: of a phrase.
    """

    mark: Mark
    start: int
    end: int
    inner: str
    at: int
    sign: str = ""
    field: str = ""
    slop: int = 0


FIELD_NAMES = {
    "titre": "title",
    "title": "title",
    "type": "kind",
    "service": "service",
    "auteur": "author",
    "author": "author",
    "drop": "drop",
    "lot": "drop",
    "versement": "drop",
    "date": "date",
    "reference": "reference",
    "langue": "language",
    "format": "format",
}
"""Folded name, as typed before the colon, to the field it means."""

_OPERATORS = {"ET": Mark.AND, "AND": Mark.AND, "OU": Mark.OR, "OR": Mark.OR, "SAUF": Mark.NOT, "NOT": Mark.NOT}
_NAMES = "|".join((*FIELD_NAMES, "référence"))
_ALONE = r"(?<![^\s(])"
_TOKEN = re.compile(
    rf"""
      {_ALONE}(?P<field_sign>[+-]?)(?P<name>(?i:{_NAMES})):
        (?:["«“](?P<field_quoted>[^"«»“”]+)["»”]|(?P<field_value>[^\s()"«»“”]+))
    | (?:{_ALONE}(?P<phrase_sign>[+-]))?["«“](?P<phrase>[^"«»“”]+)["»”](?:~(?P<slop>\d{{1,2}})(?!\w))?
    | (?<![^\s()])(?P<operator>ET|OU|SAUF|AND|OR|NOT)(?![^\s(])
    | (?P<paren>[()])
    | (?:{_ALONE}(?P<prefix_sign>[+-]))?(?<![\w*])(?P<prefix>[^\W\d_][^\W_]{{2,40}})\*(?![\w*])
    | {_ALONE}(?P<sign>[+-])(?P<signed>[^\W_][^\s()"«»“”]*)
    """,
    re.VERBOSE,
)
# Pasted *emphasis* closes with a star too.
_EMPHASIS = re.compile(r"(?<!\w)\*+\w")
_CLOSING_DASH = re.compile(r"\w-(?=[\s,.;:!?)]|$)")
_ENDS = ".,;:!?…"
_MOST_SLOP = 20


def tokens(text: str) -> list[Token]:
    """The tokens of a query, in order; together they hold all its words."""
    found = list(_signs(text))
    if not _operators_meant(text, found):
        found = [one for one in found if one.mark not in (Mark.AND, Mark.OR, Mark.NOT, Mark.OPEN, Mark.CLOSE)]
    result: list[Token] = []
    place = 0
    for one in found:
        result.extend(_plain(text, place, one.start))
        result.append(one)
        place = one.end
    result.extend(_plain(text, place, len(text)))
    return result


def has_operators(found: Sequence[Token]) -> bool:
    """Whether operators make a condition of the whole query."""
    return any(one.mark in (Mark.AND, Mark.OR, Mark.NOT) for one in found)


def _plain(text: str, start: int, end: int) -> Iterator[Token]:
    if any(c.isalnum() for c in text[start:end]):
        yield Token(Mark.WORDS, start, end, text[start:end], start)


def _signs(text: str) -> Iterator[Token]:
    emphasis = _EMPHASIS.search(text) is not None
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        if found["name"]:
            group = "field_quoted" if found["field_quoted"] else "field_value"
            inner = (
                found[group] if group == "field_quoted" or found[group].endswith("..") else found[group].rstrip(_ENDS)
            )
            if any(c.isalnum() for c in inner):
                end = found.start(group) + len(inner) if group == "field_value" else end
                name = FIELD_NAMES[fold(found["name"])]
                yield Token(Mark.FIELD, start, end, inner, found.start(group), found["field_sign"], name)
        elif found["phrase"]:
            if any(True for _ in words(found["phrase"])):
                slop = min(int(found["slop"] or 0), _MOST_SLOP)
                sign = found["phrase_sign"] or ""
                yield Token(Mark.PHRASE, start, end, found["phrase"], found.start("phrase"), sign, slop=slop)
        elif found["operator"]:
            yield Token(_OPERATORS[found["operator"]], start, end, "", start)
        elif found["paren"]:
            yield Token(Mark.OPEN if found["paren"] == "(" else Mark.CLOSE, start, end, "", start)
        elif found["prefix"]:
            sign = found["prefix_sign"] or ""
            if not emphasis:
                yield Token(Mark.PREFIX, start, end, found["prefix"], found.start("prefix"), sign)
        else:
            inner = found["signed"].rstrip(_ENDS)
            if _signed(found["sign"], inner, text[end - 1 :]):
                at = found.start("signed")
                yield Token(Mark.WORDS, start, at + len(inner), inner, at, found["sign"])


def _signed(sign: str, inner: str, rest: str) -> bool:
    """Whether a sign before a word means it, and is not a number's, an inversion's or a dash."""
    if not inner[:1].isalpha() and not find_identifiers(inner):
        return False
    if not any(True for _ in terms(inner)):
        return False
    return sign == "+" or not _CLOSING_DASH.search(rest)


def _operators_meant(text: str, found: Sequence[Token]) -> bool:
    """Whether capitals are operators: not in a question, nor in a title in capitals, nor between whole sentences."""
    operators = [one for one in found if one.mark in (Mark.AND, Mark.OR, Mark.NOT)]
    if not operators or text.rstrip().endswith("?"):
        return False
    borders = [0, *(place for one in operators for place in (one.start, one.end)), len(text)]
    bare = text
    for one in found:
        if one.mark in (Mark.PHRASE, Mark.FIELD):
            bare = bare[: one.start] + " " * (one.end - one.start) + bare[one.end :]
    operands = [bare[start:end] for start, end in zip(borders[::2], borders[1::2], strict=True)]
    if not any(c.islower() for c in text):
        return sum(len(operand.split()) for operand in operands) <= _MOST_CAPITALS
    return max(sum(1 for _ in terms(operand)) for operand in operands) <= _LONGEST_OPERAND


@dataclass(frozen=True, slots=True)
class Leaf:
    """A token that a document must answer to."""

    token: Token


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these."""

    parts: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of these."""

    parts: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Anything but this."""

    part: "Tree"


Tree = Leaf | All | Either | Not


class Parser:
    """Reads the tokens of a query with operators; words side by side are all wanted of a document.

    Attributes:
        faults: French, what was passed over.
    """

    def __init__(self, found: Sequence[Token]) -> None:
        self._tokens = found
        self._place = 0
        self._leaves = 0
        self.faults: dict[str, None] = {}

    def tree(self) -> Tree | None:
        """The condition, or None when nothing is left of it."""
        parts = []
        while self._place < len(self._tokens):
            if (part := self._either(0)) is not None:
                parts.append(part)
            if self._peek() is Mark.CLOSE:
                self._fault("Une parenthèse fermée sans avoir été ouverte a été ignorée.")
                self._place += 1
        return _joined(All, parts)

    def _peek(self) -> Mark | None:
        return self._tokens[self._place].mark if self._place < len(self._tokens) else None

    def _fault(self, message: str) -> None:
        self.faults[message] = None

    def _either(self, depth: int) -> Tree | None:
        parts = [self._all(depth)]
        while self._peek() is Mark.OR:
            self._place += 1
            parts.append(self._all(depth))
        if len(parts) > 1 and None in parts:
            self._fault("Un « OU » sans mot d'un côté a été ignoré.")
        return _joined(Either, [part for part in parts if part is not None])

    def _all(self, depth: int) -> Tree | None:
        parts: list[Tree] = []
        while (mark := self._peek()) not in (None, Mark.OR, Mark.CLOSE):
            if mark is Mark.AND:
                self._place += 1
                if not parts or self._peek() in (None, Mark.OR, Mark.CLOSE):
                    self._fault("Un « ET » sans mot d'un côté a été ignoré.")
            elif mark is Mark.NOT:
                while self._peek() is Mark.NOT:
                    self._place += 1
                part = self._one(depth)
                if part is None:
                    self._fault("Un « SAUF » que rien ne suit a été ignoré.")
                else:
                    parts.append(Not(part))
            elif (part := self._one(depth)) is not None:
                parts.append(part)
        return _joined(All, parts)

    def _one(self, depth: int) -> Tree | None:
        mark = self._peek()
        if mark is Mark.OPEN:
            self._place += 1
            if depth >= DEEPEST:
                self._fault(f"Les parenthèses au-delà de {DEEPEST} niveaux ont été ignorées.")
                return None
            part = self._either(depth + 1)
            if self._peek() is Mark.CLOSE:
                self._place += 1
            else:
                self._fault("Une parenthèse n'est pas fermée : elle l'a été à la fin.")
            return part
        if mark in (None, Mark.AND, Mark.OR, Mark.NOT, Mark.CLOSE):
            return None
        token = self._tokens[self._place]
        self._place += 1
        self._leaves += 1
        if self._leaves > MOST_LEAVES:
            self._fault(f"Seules les {MOST_LEAVES} premières conditions ont été lues.")
            return None
        return Not(Leaf(token)) if token.sign == "-" else Leaf(token)


def _joined(kind: type[All] | type[Either], parts: Sequence[Tree]) -> Tree | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    return kind(tuple(parts))


def leaves(tree: Tree | None, *, wanted: bool = True) -> Iterator[tuple[Token, bool]]:
    """The tokens of a tree, each with whether it is wanted (True) or excluded."""
    match tree:
        case Leaf(token):
            yield token, wanted
        case Not(part):
            yield from leaves(part, wanted=not wanted)
        case All(parts) | Either(parts):
            for part in parts:
                yield from leaves(part, wanted=wanted)

"""Conditions of a query, exact in every channel: which documents of a compartment meet them.

A condition looks at whole documents: two required words may stand in different passages. A word is met by any of its
forms (its stem), a quoted phrase by these very words, an identifier by any way of writing it.
"""

import re
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from corpus.french.analyzer import terms, words
from corpus.french.identifiers import IdentifierKind, canonical, find_identifiers
from indexer.document_fields import Column, Mask
from indexer.identifier_forms import asked_in
from indexer.lexical_query import TITLE, AnyOf, ExactItem, LexicalQuery, Prefix, StemIn
from indexer.storage import Storage
from search_api.engine.query_syntax import All, Either, Leaf, Mark, Not, Token, Tree, leaves
from search_api.engine.reading import Reading, identifier_item, phrase_item

_DATE = re.compile(r"(?:19|20)\d\d(?:-[01]\d(?:-[0-3]\d)?)?")
_MONTH = re.compile(r"([01]?\d)/((?:19|20)\d\d)")
_BETWEEN = ".."


def met(generation: Storage, condition: Tree) -> Mask:
    """``(documents,)``: which documents meet the condition."""
    match condition:
        case Leaf(token):
            return _holds(generation, token)
        case Not(part):
            return ~met(generation, part)
        case All(parts):
            return np.asarray(np.stack([met(generation, part) for part in parts]).all(axis=0), bool)
        case Either(parts):
            return np.asarray(np.stack([met(generation, part) for part in parts]).any(axis=0), bool)


def condition_messages(reading: Reading) -> Iterator[str]:
    """French, about conditions that no document can meet as they are written."""
    for token, _ in leaves(reading.condition):
        if token.field == "date" and _interval(token.inner) is None:
            yield f"La date « {token.inner} » n'est pas comprise. Écrivez date:2019, date:2019-07 ou date:2018..2020."


def _holds(generation: Storage, token: Token) -> Mask:
    if token.mark is Mark.FIELD:
        return _field(generation, token)
    if token.mark is Mark.PHRASE:
        return _passages(generation, phrase_item(token))
    if token.mark is Mark.PREFIX:
        return _passages(generation, Prefix(next(words(token.inner)).term))
    return _all_words(generation, token.inner)


def _all_words(generation: Storage, text: str) -> Mask:
    result = np.ones(generation.passages.document_count, bool)
    found = asked_in(text)
    for one in found:
        result &= _passages(generation, identifier_item(text, one))
    inside = [(one.start, one.end) for one in found]
    for term in terms(text):
        if not any(start <= term.start and term.end <= end for start, end in inside):
            result &= _marked(generation, generation.lexical.documents.rows(AnyOf((term.term,))))
    return result


def _passages(generation: Storage, query: LexicalQuery) -> Mask:
    return _marked(generation, generation.passages.document_of[generation.lexical.rows(query)])


def _marked(generation: Storage, documents: npt.NDArray[np.integer]) -> Mask:
    result = np.zeros(generation.passages.document_count, bool)
    result[documents] = True
    return result


def _field(generation: Storage, token: Token) -> Mask:
    columns = generation.passages.fields.columns
    match token.field:
        case "title":
            result = np.ones(generation.passages.document_count, bool)
            for term in terms(token.inner):
                result &= _passages(generation, StemIn(TITLE, term.term))
            return result
        case "date":
            return _dated(generation, token.inner)
        case "reference":
            wanted = canonical(token.inner)
            stated = _where(columns["reference"], lambda value: canonical(value) == wanted)
            item = ExactItem(identifier=wanted, words=tuple(word.term for word in words(token.inner)))
            return stated | _passages(generation, item)
        case "kind":
            wanted = canonical(token.inner)
            return _where(columns["kind"], lambda value: canonical(value) in (wanted, wanted.removesuffix("s")))
        case "format":
            wanted = canonical(token.inner)
            return _where(columns["format"], lambda value: wanted in canonical(value))
        case field:
            said = {word.term for word in words(token.inner)}
            return _where(columns[field], lambda value: said <= {word.term for word in words(value)})


def _where(column: Column, accepts: Callable[[str], bool]) -> Mask:
    return column.among(value for value in column.values if accepts(value))


def _dated(generation: Storage, written: str) -> Mask:
    dates = generation.passages.fields.dates
    interval = _interval(written)
    if interval is None:
        return np.zeros(len(dates), bool)
    first, last = interval
    # A bound takes in all it names: 2020 ends with December.
    until = dates.astype(f"<U{len(last)}") <= last if last else np.ones(len(dates), bool)
    return np.asarray((dates != "") & (dates >= first) & until, bool)


def _interval(written: str) -> tuple[str, str] | None:
    """First and last dates, either "" when it is open; None when they cannot be read."""
    first, between, last = written.partition(_BETWEEN)
    one, other = _date(first), _date(last) if between else _date(first)
    if one is None or other is None or not (one or other):
        return None
    return one, other


def _date(written: str) -> str | None:
    written = written.strip()
    if not written or _DATE.fullmatch(written):
        return written
    if month := _MONTH.fullmatch(written):
        return f"{month[2]}-{int(month[1]):02}"
    for found in find_identifiers(written):
        if found.kind is IdentifierKind.DATE:
            return f"{found.canonical[:4]}-{found.canonical[4:6]}-{found.canonical[6:]}"
    return None

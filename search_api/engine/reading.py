"""Reading a query: what was typed, as terms each channel understands."""

import re
from dataclasses import dataclass

from corpus.french.analyzer import identifiers, terms, words
from indexer.lexical import ExactItem

LONGEST_QUERY = 2_000
_MOST_STEMS = 64
_MOST_EXACT = 16
_QUOTED = re.compile(r"[\"«“]([^\"«»“”]+)[\"»”]")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a query was read.

    Attributes:
        text: what the encoder reads.
        stems: of its words, stop words left out, once each, in order.
        identifiers: canonical forms, once each, in order.
        exact: identifiers and quoted phrases: documents that hold them come before those that do not.
        messages: French, what was left out or read leniently.
    """

    text: str
    stems: tuple[str, ...]
    identifiers: tuple[str, ...]
    exact: tuple[ExactItem, ...]
    messages: tuple[str, ...]


def read_query(query: str) -> Reading:
    """Read a query; never fails."""
    messages: list[str] = []
    text = " ".join(query.split())
    if len(text) > LONGEST_QUERY:
        text = text[:LONGEST_QUERY]
        messages.append(f"Seuls les {LONGEST_QUERY} premiers caractères ont été lus.")
    stems = list(dict.fromkeys(term.term for term in terms(text)))
    if len(stems) > _MOST_STEMS:
        stems = stems[:_MOST_STEMS]
        messages.append(f"Seuls les {_MOST_STEMS} premiers mots comptent dans la recherche par mots.")
    found = tuple(dict.fromkeys(found.canonical for found in identifiers(text)))
    phrases = [tuple(word.term for word in words(quoted[1])) for quoted in _QUOTED.finditer(text)]
    exact = [ExactItem(identifier=form) for form in found] + [ExactItem(words=p) for p in phrases if p]
    return Reading(
        text=text,
        stems=tuple(stems),
        identifiers=found,
        exact=tuple(exact[:_MOST_EXACT]),
        messages=tuple(messages),
    )

"""Reading a query: what was typed, as terms each channel understands."""

from dataclasses import dataclass

from corpus.french.analyzer import identifiers, terms

LONGEST_QUERY = 2_000
_MOST_STEMS = 64


@dataclass(frozen=True, slots=True)
class Reading:
    """How a query was read.

    Attributes:
        text: what the encoder reads.
        stems: of its words, stop words left out, once each, in order.
        identifiers: canonical forms, once each, in order.
        messages: French, what was left out or read leniently.
    """

    text: str
    stems: tuple[str, ...]
    identifiers: tuple[str, ...]
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
    return Reading(
        text=text,
        stems=tuple(stems),
        identifiers=tuple(dict.fromkeys(found.canonical for found in identifiers(text))),
        messages=tuple(messages),
    )

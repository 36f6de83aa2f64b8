"""Words cut at the end of a line, put together again by the rules of French.

A hyphen at the end of a line is either the printer's (``connais-/sance``) or the word's own
(``peut-/être``). In order, what decides: the document's own words, when it writes the word elsewhere in
the middle of a line; the rules of French for hyphens that are always the word's own; the word list;
and, failing all, the printer, who is the author of most of them.
"""

import re
from collections.abc import Container

_HYPHENS = "-\u2010\u00ad\ufffe"
_LAST_PART = re.compile(r"([\w’']+(?:-[\w’']+)*)$")
_FIRST_PART = re.compile(r"([\w’']+(?:-[\w’']+)*)")
# What follows a verb or a pronoun behind a hyphen of its own.
_ENCLITICS = frozenset(
    {"je", "tu", "il", "elle", "on", "nous", "vous", "ils", "elles", "moi", "toi", "lui", "leur", "leurs"}
    | {"le", "la", "les", "y", "en", "ce", "ci", "là", "même", "mêmes", "t"}
)
# First members that keep their hyphen, unless the whole is a word (sous-/traction).
_PREFIXES = frozenset(
    {"vice", "sous", "ex", "non", "demi", "semi", "mi", "après", "avant", "arrière", "contre", "quasi"}
    | {"saint", "sainte", "saints", "saintes", "grand", "grands", "jusque", "peut", "là", "au", "par", "est"}
)
# Those that also begin ordinary words: they keep it only before a word of French.
_AMBIGUOUS_PREFIXES = frozenset({"sous", "contre", "avant", "mi", "par", "non", "grand", "est", "au", "ex"})


def is_cut(line: str) -> bool:
    """Whether ``line`` ends with a hyphen that may cut a word (not a dash standing alone)."""
    line = line.rstrip()
    return len(line) > 1 and line[-1] in _HYPHENS and (line[-2].isalnum() or line[-2] in "’'")


def join_cut(left: str, right: str, own_words: Container[str], french: Container[str]) -> str:
    """Join two lines, the first of which :func:`is_cut`.

    Args:
        left: ends with the hyphen.
        right: the next line, without blanks in front.
        own_words: casefolded words of the same document, read in the middle of lines, compounds with
            their hyphens.
        french: casefolded French words.
    """
    left = left.rstrip()
    stem, mark = left[:-1], left[-1]
    before = _LAST_PART.search(stem)
    after = _FIRST_PART.match(right)
    if before is None or after is None:
        return stem + "-" + right
    if keeps_hyphen(before[1], after[1], mark, own_words, french):
        return stem + "-" + right
    return stem + right


def keeps_hyphen(before: str, after: str, mark: str, own_words: Container[str], french: Container[str]) -> bool:
    """Whether the hyphen between two halves is the word's own; arguments as in :func:`join_cut`."""
    if mark == "\u00ad":
        return False
    whole = (before + after).casefold()
    compound = f"{before}-{after}".casefold()
    if compound in own_words:
        return True
    if whole in own_words:
        return False
    if any(char.isdigit() for char in before[-1] + after[0]) or (after[0].isupper() and not before.isupper()):
        return True
    if before.isupper() and len(before) <= 3 and after[0].isupper():
        return True
    head = before.casefold().rpartition("-")[2]
    tail = after.casefold().partition("-")[0]
    if "-" in after and tail in _ENCLITICS | {"à", "dire"}:
        return True
    if tail in _ENCLITICS and head in french and whole not in french:
        return True
    if head in _PREFIXES and not (head in _AMBIGUOUS_PREFIXES and (whole in french or tail not in french)):
        return whole not in french
    if whole in french:
        return False
    return "-" in before and head in french and tail in french

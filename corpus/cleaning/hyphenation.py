"""Words cut at the end of a line, put together again by the rules of French.

A hyphen at the end of a line is either the printer's (``connais-/sance``) or the word's own
(``peut-/être``). In order, what decides: the document's own words, when it writes the word elsewhere in
the middle of a line; the rules of French for hyphens that are always the word's own; the word list;
and, failing all, the printer, who is the author of most of them.
"""

import re
from collections.abc import Container

_HYPHENS = "-\u2010\u00ad\ufffe"
# A token that is an address or a path, not a word: nobody adds hyphens to it.
_ADDRESS = re.compile(r"(?:://|\bwww\.|[@_]|(?:^|\s)~?/)[^\s()«»]*$")
# What goes on with an address after its line: a word of the sentence has no such sign inside.
_PIECE = re.compile(r"^[\w~%-]+[/?&=#_.~%-]+\w")
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


def is_broken(left: str, right: str) -> bool:
    """Whether an address or an identifier, cut after ``/``, ``_`` and the like, goes on in the next line."""
    token = left.rstrip().rpartition(" ")[2]
    following = right.partition(" ")[0]
    if token[-1:] == "_" and any(char.isalnum() for char in token):
        return following[:1].isalnum()
    begun = "://" in token or token.startswith("www.")
    return begun and token[-1:] in "/?&=#%" and bool(_PIECE.search(following))


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
    if before is None or after is None or (mark != "\u00ad" and _ADDRESS.search(stem)):
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
        return whole not in french
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
    if head in own_words and tail in own_words and min(len(head), len(tail)) > 2:
        return True
    # A compound is cut at its hyphens rather than inside a member, when what stands before is a word.
    return ("-" in before or "-" in after) and (head in french or head in own_words) and head + tail not in french

"""A compact list of French forms and the letter trigrams they are made of.

It tells French from noise and cut words from whole ones; it is no dictionary. How it was made is said in
the head of ``wordlist.txt``.
"""

from functools import cache
from importlib import resources


@cache
def french_words() -> frozenset[str]:
    """Some 10,000 casefolded forms, accents kept, without hyphens or apostrophes."""
    text = resources.files("corpus.french").joinpath("wordlist.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def french_trigrams() -> frozenset[str]:
    """Letter trigrams of the forms, with ``^`` before and ``$`` after each form."""
    return frozenset(
        marked[place : place + 3]
        for word in french_words()
        for marked in (f"^{word}$",)
        for place in range(len(marked) - 2)
    )

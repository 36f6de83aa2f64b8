"""Common faults of OCR on French administrative scans, repaired for matching only.

What is shown stays what was read. A word is changed only when it is unknown as read and exactly one repair
makes it a known word; a figure, when letters stand where only digits make sense.
"""

import re
from collections.abc import Container, Iterator

# What is read, and what stood there: shapes that scans blur into one another.
CONFUSIONS: tuple[tuple[str, str], ...] = (
    ("rn", "m"),
    ("m", "rn"),
    ("cl", "d"),
    ("ri", "n"),
    ("n", "ri"),
    ("ii", "n"),
    ("ii", "u"),
    ("li", "h"),
    ("vv", "w"),
    ("0", "o"),
    ("1", "l"),
    ("1", "i"),
    ("5", "s"),
    ("6", "é"),
    ("8", "b"),
    ("|", "l"),
    ("!", "l"),
    ("i", "l"),
    ("l", "i"),
    ("f", "t"),
    ("t", "f"),
    ("l", "t"),
    ("t", "l"),
    ("c", "e"),
    ("e", "c"),
    ("c", "é"),
    ("u", "n"),
    ("n", "u"),
    ("o", "e"),
    ("a", "e"),
    ("h", "b"),
    ("b", "h"),
    ("é", "ê"),
    ("ê", "é"),
    ("è", "é"),
    ("é", "è"),
    ("e", "é"),
    ("ç", "g"),
    ("g", "ç"),
    ("q", "g"),
)
_DIGITS = str.maketrans("OoIl|SB", "0011158")
_WORD = re.compile(r"[^\W_]+(?:[|!][^\W_]+)*")
_FIGURE = re.compile(r"(?<![^\W_])(?=[\dOoIl|SB]*\d)[\dOoIl|SB]{3,}(?![^\W_])")
_SHORTEST = 4


def matching_form(text: str, known: Container[str]) -> str:
    """``text`` with the words and figures OCR probably misread put right, to be indexed or compared.

    Args:
        known: casefolded words to trust: the French word list, or the collection's own words with it.
    """
    text = _FIGURE.sub(lambda match: _figure(match[0]), text)
    return _WORD.sub(lambda match: repaired_word(match[0], known), text)


def repaired_word(word: str, known: Container[str]) -> str:
    """The one known word that a single confusion turned into ``word``; else ``word`` itself.

    The repair keeps the case of the first letter.
    """
    folded = word.casefold()
    if len(folded) < _SHORTEST or folded.isdecimal() or _is_known(folded, known):
        return word
    repairs = {repair for repair in _repairs(folded) if _is_known(repair, known)}
    if len(repairs) != 1:
        return word
    repair = repairs.pop()
    if word.isupper():
        return repair.upper()
    return repair[0].upper() + repair[1:] if word[0].isupper() else repair


def _is_known(word: str, known: Container[str]) -> bool:
    if word in known:
        return True
    # The list does not hold every plural and feminine.
    return any(word.endswith(ending) and word[: -len(ending)] in known for ending in ("s", "es", "e"))


def _repairs(word: str) -> Iterator[str]:
    for seen, meant in CONFUSIONS:
        place = word.find(seen)
        while place >= 0:
            yield word[:place] + meant + word[place + len(seen) :]
            place = word.find(seen, place + 1)


def _figure(word: str) -> str:
    """Digits for letters, when digits are most of it: "2O19" but not "lO1"."""
    digits = sum(char.isdecimal() for char in word)
    return word.translate(_DIGITS) if digits * 2 > len(word) else word

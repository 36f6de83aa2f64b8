"""Folding: the form under which two spellings of a word are one."""

import re
import unicodedata
from functools import lru_cache

# Letters that canonical decomposition leaves whole.
_LIGATURES = str.maketrans(
    {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l"}
)
_MARKS = re.compile(r"[\u0300-\u036f]+")
APOSTROPHES = "'’ʼ‘′`"


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """Lower case, no accents, ligatures opened: ``Œuvré`` gives ``oeuvre``.

    The result may be longer than the word; callers keep the offsets of the word itself.
    """
    if word.isascii():
        return word.lower()
    opened = unicodedata.normalize("NFKD", word.translate(_LIGATURES).lower())
    return _MARKS.sub("", opened)

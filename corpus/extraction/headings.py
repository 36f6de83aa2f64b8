"""Headings recognised by their numbering alone, for texts that carry no styles.

French administrative papers number what they divide: "TITRE II", "Chapitre 3", "Article 2 – Objet",
"I. Contexte", "A) Périmètre", "1) Calendrier", "2.1 Suivi". The rules are conservative: a missed heading
costs a little context, while a sentence taken for a heading cuts a passage in two.
"""

import re

_LONGEST = 110
_MOST_WORDS = 14
_MOST_WORDS_IN_LISTS = 10

_ROMAN = r"(?=[IVXL])(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
_ORDINAL = rf"(?:{_ROMAN}(?:er)?|\d{{1,3}}(?:er|ère|ere)?|premier|première|unique|préliminaire|[A-Z])"
_SEPARATOR = r"[ \t\u00a0\u202f]*[.:)\-–—][ \t\u00a0\u202f.\-–—:]*"

# Each: the word that opens the line, and the level given. The levels only have to be in the right order.
_DIVISIONS = (
    (re.compile(r"(?:LIVRE|PARTIE|TITRE|ANNEXE)\b", re.IGNORECASE), 1),
    (re.compile(r"CHAPITRE\b", re.IGNORECASE), 2),
    (re.compile(r"SECTION\b", re.IGNORECASE), 3),
    (re.compile(r"SOUS-SECTION\b", re.IGNORECASE), 4),
)
_DIVISION_REST = re.compile(rf"[ \t\u00a0]+(?:{_ORDINAL})(?P<rest>(?:{_SEPARATOR}|[ \t\u00a0]+).*)?$")
_ARTICLE = re.compile(
    r"(?:Article|ARTICLE|Art\.|ART\.)[ \t\u00a0]+"
    rf"(?P<number>(?:[LRDA]\.?[ \t\u00a0*]?)?\d{{1,4}}(?:er|ER|ère)?(?:[.\-]\d{{1,4}})*|{_ROMAN}"
    r"|[Pp]remier|PREMIER|[Uu]nique|UNIQUE)"
    rf"(?P<rest>(?:{_SEPARATOR}|[ \t\u00a0]+).*)?$"
)
_NUMBERED = (
    (re.compile(rf"{_ROMAN}(?:[ \t\u00a0]?[.)°]|[ \t\u00a0][\-–—:])[ \t\u00a0\-–—:]*(?P<rest>\S.*)?$"), 6),
    (re.compile(r"[A-H](?:[ \t\u00a0]?\)|\.|[ \t\u00a0][\-–—])[ \t\u00a0\-–—]*(?P<rest>\S.*)$"), 7),
    (re.compile(r"\d{1,2}(?:[ \t\u00a0]?[.)°]|[ \t\u00a0][\-–—])[ \t\u00a0\-–—]*(?P<rest>[^\d\s].*)$"), 8),
)
_DECIMAL = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){1,4})[.)]?[ \t\u00a0]+(?:[\-–—:][ \t\u00a0]*)?(?P<rest>\S.*)$")
_INITIALS = re.compile(r"(?:[A-ZÀ-Þ][\w'’\-]*[ \t\u00a0]*){1,3}$")


def numbered_heading(line: str) -> int | None:
    """The level of a line that is a heading by its numbering, or None.

    Levels run from 1 (titre, livre, partie, annexe) through 5 (article) and 6 to 8 (``I.``, ``A)``,
    ``1)``) to 12 (``1.1.1.1.1``); only their order means something.
    """
    line = line.strip()
    if not line or len(line) > _LONGEST or "\n" in line or len(line.split()) > _MOST_WORDS:
        return None
    if line[-1] in ";,":
        return None
    return _division(line) or _article(line) or _decimal(line) or _enumerated(line)


def _division(line: str) -> int | None:
    for word, level in _DIVISIONS:
        opening = word.match(line)
        if opening is None:
            continue
        if level == 1 and opening.end() == len(line) and line.upper().startswith("ANNEXE"):
            return level
        numbered = _DIVISION_REST.match(line, opening.end())
        if numbered is not None and line[0].isupper() and _names(numbered["rest"] or ""):
            return level
    return None


def _article(line: str) -> int | None:
    article = _ARTICLE.match(line)
    if article is not None and _names(article["rest"] or ""):
        return 5
    return None


def _names(rest: str) -> bool:
    """Whether what follows a division's number is its name, not the end of a sentence.

    "Article 2 de la convention" goes on; "Article 2 – Objet" and "TITRE II DES AIDES" name.
    """
    name = rest.lstrip(" \t\u00a0\u202f.:)-–—")
    if not name:
        return True
    if name[0].islower():
        return name != rest.lstrip(" \t\u00a0") and not name.endswith(".")
    return not (name.endswith(".") and len(name.split()) > _MOST_WORDS_IN_LISTS)


def _decimal(line: str) -> int | None:
    decimal = _DECIMAL.match(line)
    if decimal is None or not _opens_a_title(decimal["rest"]):
        return None
    return 8 + decimal["number"].count(".")


def _enumerated(line: str) -> int | None:
    for pattern, level in _NUMBERED:
        found = pattern.match(line)
        if found is None:
            continue
        rest = found["rest"] or ""
        if not rest:
            return level
        if level == 7 and line[1] == "." and _INITIALS.match(rest):
            return None  # "A. Durand" is a person
        return level if _opens_a_title(rest) else None
    return None


def _opens_a_title(rest: str) -> bool:
    """Whether the words after a number read as a title: a capital first, few words, no full stop."""
    first = next((c for c in rest if c.isalnum()), "")
    return first.isupper() and rest[-1] not in ".:" and len(rest.split()) <= _MOST_WORDS_IN_LISTS

"""Acronyms and what they stand for, mined from the passages of a compartment; writer and reader of ``acronyms.json``.

After Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text" (PSB 2003):
the letters of the short form are matched backwards in the words before the parenthesis, the first one at the start of
a word. Here most of the letters must also begin a word, no stop word opens the long form, and a glossary's lines
(``DGE : …``) are read too.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus.french.analyzer import terms, words
from corpus.french.folding import fold
from corpus.french.stopwords import STOPWORDS

FILE = "acronyms.json"
_SHORT = r"[^\W\d_][\w.&-]{1,9}"
_AFTER = re.compile(rf"\(({_SHORT})\)")
# What these begin with is found much sooner than a short form: most of a text has neither.
_BRACKETED = re.compile(r"\((?<=\s\()([^()\n]{8,120})\)")
_BEFORE = re.compile(rf"(?<![\w(])({_SHORT})\s\Z")
_LONGEST_BEFORE = 11
_LINE = re.compile(rf"[\s•*-]*({_SHORT})\s?[:–—]\s?([^\n.;:,(]{{8,120}})")
_NEWLINE = re.compile(r"\n")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_BREAK = re.compile(r"[.;:!?()\n]\s")
_WINDOW = 160
_MOST_SOURCES = 5
_BEGUN = 0.6


@dataclass(frozen=True, slots=True)
class Expansion:
    """What an acronym stands for.

    Attributes:
        short, long: as most often written.
        passages: how many say so.
        documents: numbers of some documents that do.
    """

    short: str
    long: str
    passages: int
    documents: tuple[int, ...]


def long_stems(long: str) -> tuple[str, ...]:
    """The stems of a long form, once each, in order."""
    return tuple(dict.fromkeys(term.term for term in terms(long)))


def acronym_key(short: str, stems: Iterable[str]) -> str:
    """What two writings of one acronym and its long form (its :func:`long_stems`) share."""
    return " ".join((fold(short.replace(".", "")), *stems))


def definitions(text: str) -> Iterator[tuple[str, str]]:
    """The acronyms a text defines, each with its long form."""
    for found in _AFTER.finditer(text):
        if not _is_short(found[1]):
            continue
        before = text[max(0, found.start() - _WINDOW) : found.start()].rstrip()
        if long := _long_form(found[1], _BREAK.split(before)[-1]):
            yield found[1], long
    for short, written in (*_bracketed(text), *_glossary(text)):
        said = " ".join(written.split())
        if _is_short(short) and _long_form(short, said) == said:
            yield short, said


def _bracketed(text: str) -> Iterator[tuple[str, str]]:
    """What stands between brackets after something as short as an acronym."""
    for bracketed in _BRACKETED.finditer(text):
        start = bracketed.start()
        if short := _BEFORE.search(text, max(0, start - _LONGEST_BEFORE), start):
            yield short[1], bracketed[1]


def _glossary(text: str) -> Iterator[tuple[str, str]]:
    """Lines that begin as a glossary's do."""
    end = 0
    for start in (0, *(newline.end() for newline in _NEWLINE.finditer(text))):
        if start >= end and (line := _LINE.match(text, start)):
            end = line.end()
            yield line[1], line[2]


def _is_short(written: str) -> bool:
    letters = written.replace(".", "")
    return sum(c.isupper() for c in letters) >= 2 and sum(c.isupper() for c in letters) * 2 >= len(letters)


def _plain(text: str) -> str:
    """Lower case without accents, character for character."""
    return _NOT_ASCII.sub(lambda found: unicodedata.normalize("NFD", found[0])[0], text.lower())


def _long_form(short: str, before: str) -> str | None:
    letters = [c for c in _plain(short) if c.isalnum()]
    tokens = before.split()
    before = " ".join(tokens[-min(len(letters) + 5, 2 * len(letters)) :])
    plain = _plain(before)
    place = len(plain)
    for at in range(len(letters) - 1, -1, -1):
        place -= 1
        while place >= 0 and (plain[place] != letters[at] or (at == 0 and place > 0 and plain[place - 1].isalnum())):
            place -= 1
        if place < 0:
            return None
    long = before[place:].strip(" «»\"'’,")
    initials = Counter(word[0] for word in re.findall(r"\w+", _plain(long)))
    begun = sum((initials & Counter(letters)).values())
    opening = next((word.term for word in words(long)), "")
    if len(long.split()) < 2 or opening in STOPWORDS or fold(short) in fold(long).split():
        return None
    if begun < _BEGUN * len(letters):
        return None
    return long


Definition = tuple[str, str, str]
"""What two writings of one acronym and its long form share, and how both are written here."""


def keyed_definitions(text: str) -> list[Definition]:
    """The acronyms a text defines, once each, in no order."""
    if "(" not in text and ":" not in text and "–" not in text and "—" not in text:
        return []
    return [
        (acronym_key(short, long_stems(long)), short.replace(".", ""), long) for short, long in set(definitions(text))
    ]


class AcronymMiner:
    """Gathers the definitions of a compartment's passages."""

    def __init__(self) -> None:
        self._written: dict[str, Counter[tuple[str, str]]] = {}
        self._documents: dict[str, dict[int, None]] = {}

    def add(self, document: int, found: Iterable[Definition]) -> None:
        """Add those of one passage."""
        for key, short, long in found:
            self._written.setdefault(key, Counter())[short, long] += 1
            self._documents.setdefault(key, {})[document] = None

    def expansions(self) -> list[Expansion]:
        """Everything found, in order of acronym, the most frequent expansion first."""
        found = []
        for key, written in self._written.items():
            (short, long), _ = min(written.items(), key=lambda item: (-item[1], item[0]))
            documents = tuple(sorted(self._documents[key])[:_MOST_SOURCES])
            found.append(Expansion(short, long, written.total(), documents))
        return sorted(found, key=lambda one: (fold(one.short), -one.passages, one.long))


def write_acronyms(path: Path, expansions: Iterable[Expansion]) -> None:
    """Write what was mined."""
    lines = [[one.short, one.long, one.passages, list(one.documents)] for one in expansions]
    path.write_text(json.dumps(lines, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def read_acronyms(path: Path) -> tuple[Expansion, ...]:
    """What was mined; nothing for an index that was written before acronyms were."""
    if not path.exists():
        return ()
    lines = json.loads(path.read_text(encoding="utf-8"))
    return tuple(Expansion(short, long, passages, tuple(documents)) for short, long, passages, documents in lines)


LongForms = dict[str, list[tuple[tuple[str, ...], str]]]


def acronym_forms(expansions: Iterable[Expansion]) -> tuple[dict[str, list[Expansion]], LongForms]:
    """Folded acronym to what it stands for; and first stem to the long forms that begin with it (their stems), each
    with its folded acronym."""
    by_short: dict[str, list[Expansion]] = {}
    by_stem: LongForms = {}
    for one in expansions:
        by_short.setdefault(fold(one.short), []).append(one)
        stems = tuple(dict.fromkeys(term.term for term in terms(one.long)))
        if len(stems) > 1:
            by_stem.setdefault(stems[0], []).append((stems, fold(one.short)))
    return by_short, by_stem

"""Misspelt words: told and helped, never replaced.

A word that the opened compartments do not have in any form is looked for under its nearest words of theirs too, with
less weight; the nearest of all stands for it in what the encoder reads, to whom a misspelt word means something else;
and the query is suggested with it. All of it is said, and can be taken off.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from corpus.french.analyzer import stem, words
from corpus.french.folding import fold
from corpus.french.stopwords import STOPWORDS
from corpus.french.wordlist import french_words
from indexer.lexical_query import BODY, EXACT
from search_api.engine.acronyms import common_acronyms
from search_api.engine.foreign import says_french
from search_api.engine.part import Part, PartKind
from search_api.engine.readers import Snapshot
from search_api.engine.reading import Extra, Reading
from search_api.engine.written_forms import as_written

_MOST_NEAREST = 3
_MOST_WORDS = 16
_MOST_UNKNOWN = 2
_LONGEST_ACRONYM = 6
_WEIGHTS = {1: 0.7, 2: 0.5}


@dataclass(frozen=True, slots=True)
class _Correction:
    start: int
    end: int
    typed: str
    nearest: tuple[tuple[str, int], ...]
    """Words, as the collection writes them, and their edits, best first."""

    @property
    def part(self) -> Part:
        """What is shown of it, and can be taken off."""
        near = ", ".join(word for word, _ in self.nearest)
        return Part(PartKind.CORRECTION, self.typed, near, self.start, self.end)


def resolve_spelling(reading: Reading, snapshot: Snapshot) -> Reading:
    """The reading with what is near its unknown words, a message about each, and a suggestion."""
    corrections = _corrections(reading, snapshot)
    if not corrections:
        return reading
    extras = [
        Extra((stem(fold(word)),), _WEIGHTS[edits]) for correction in corrections for word, edits in correction.nearest
    ]
    messages = [_message(one) for one in corrections]
    suggestion = reading.query
    for one in reversed(corrections):
        suggestion = suggestion[: one.start] + one.nearest[0][0] + suggestion[one.end :]
    return replace(
        reading,
        text=_corrected(reading.text, {fold(one.typed): one.nearest[0][0] for one in corrections}),
        extras=(*reading.extras, *extras),
        messages=(*reading.messages, *messages),
        parts=(*reading.parts, *(one.part for one in corrections)),
        suggestion=suggestion,
    )


def _corrected(text: str, nearest: Mapping[str, str]) -> str:
    """What the encoder reads: the nearest words in the place of those typed, or beside one that may be a name.

    In its place, one edit in a word costs nothing and two cost 0.3 to 2.3 points of nDCG@10 (SISSE dev, 350 questions
    on labour law, 220 on what the administration does); beside it, up to 1.7 and 4.9; left alone, up to 5.7 and 8.2.
    """
    for word in reversed(list(words(text))):
        if word.term in nearest:
            typed, near = text[word.start : word.end], nearest[word.term]
            name = typed[0].isupper() and (word.start > 0 or word.end == len(text))
            text = text[: word.start] + (f"{typed} ({near})" if name else near) + text[word.end :]
    return text


def _message(one: _Correction) -> str:
    shown = ", ".join(f"« {word} »" for word, _ in one.nearest)
    return (
        f"« {one.typed} » n'est dans aucun document ; sont aussi cherchés les mots proches : {shown}. "
        f"Le sens de la question est lu avec « {one.nearest[0][0]} »."
    )


def _corrections(reading: Reading, snapshot: Snapshot) -> list[_Correction]:
    result: list[_Correction] = []
    unknown, said = 0, 0
    translated = {part.start for part in reading.parts if part.kind is PartKind.TRANSLATION}
    for part in reading.parts:
        if part.kind not in (PartKind.WORD, PartKind.REQUIRED):
            continue
        for word in words(part.text):
            start = part.start + word.start
            typed = reading.query[start : part.start + word.end]
            said += 1
            if start in translated:
                continue
            if unknown < _MOST_WORDS and word.term not in reading.literal and _unknown(word.term, typed, snapshot):
                unknown += 1
                nearest = _nearest(word.term, snapshot)
                if nearest:
                    result.append(_Correction(start, part.start + word.end, typed, nearest))
    # Most of the words of a question in another language are unknown; in French, all of them may be misspelt.
    foreign = unknown > _MOST_UNKNOWN and 2 * unknown > said and not says_french(reading.text)
    return [] if foreign else result


def _unknown(folded: str, typed: str, snapshot: Snapshot) -> bool:
    if (
        folded in STOPWORDS
        or (typed.isupper() and len(typed) <= _LONGEST_ACRONYM)
        or typed.casefold() in french_words()
        or folded in common_acronyms()
    ):
        return False
    return not has_word(folded, snapshot)


def has_word(folded: str, snapshot: Snapshot) -> bool:
    """Whether a passage of the opened compartments says a word, or a form of it."""
    return any(
        generation.lexical.document_frequency(field, term)
        for generation in snapshot.values()
        for field, term in ((EXACT, folded), (BODY, stem(folded)))
    )


def _nearest(folded: str, snapshot: Snapshot) -> tuple[tuple[str, int], ...]:
    edits: dict[str, int] = {}
    counts: dict[str, int] = {}
    for generation in snapshot.values():
        for word, distance, count in generation.lexical.vocabulary.nearest(fold(folded), _MOST_NEAREST):
            edits[word] = distance
            counts[word] = counts.get(word, 0) + count
    order = sorted(edits, key=lambda word: (edits[word], -counts[word], word))
    # Those as near as the nearest, one a stem: "sociétés" says nothing more than "société".
    kept = {stem(word): word for word in reversed(order) if edits[word] == edits[order[0]]}
    found = [word for word in order if word in kept.values()][:_MOST_NEAREST]
    written = as_written(found, snapshot)
    return tuple((written[word], edits[word]) for word in found)

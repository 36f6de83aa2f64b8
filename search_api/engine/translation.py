"""English and German words looked for in French: what hand-written lists of everyday words say they are.

The encoder finds French passages for a question in another language, but its words find none, and a fourth of the
evidence is lost. A word that a list (:mod:`search_api.engine.foreign_words`) has is looked for as what it is in French,
its first translation that the collection says standing in its place; the others are looked for with less weight, and
so is the word itself, which papers in its language say (with as much as any where it may be a name).

The English list was written when the English forms of the SISSE dev topics had been seen, and none of those of the
test part. nDCG@10 in English: 60 SISSE dev topics 48.7 to 55.1 (95% interval of the gain 2.8 to 10.4; 77% of what they
have in French, then 87%), 26 questions on labour law 72.6 to 74.4, their words counting as those of any question; of
four sets in French, none is read otherwise. The German list was written before any topic was put into German: 60 SISSE
dev topics 46.6 to 50.1, 86 test topics 56.3 to 62.8 (78% to 87%).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from corpus.french.analyzer import stem, terms, words
from corpus.french.wordlist import french_words
from indexer.lexical_query import BODY
from search_api.engine.foreign import says_french, says_german
from search_api.engine.foreign_words import ENGLISH, GERMAN, LANGUAGES, Language, translations
from search_api.engine.part import Part, PartKind
from search_api.engine.readers import Snapshot
from search_api.engine.reading import Extra, Reading
from search_api.engine.spelling import has_word

TRANSLATED_SHARE = 1.4
"""How much more the words of a translated question count: its meaning is less sure than that of one in French. With
what the collection knows of them taken once instead of squared, chosen among six on 63 English questions of SISSE dev
(nDCG@10 +2.2, 95% interval 0.4 to 3.9; 28 won, 15 lost) and 26 on labour law (0.0)."""
_OTHER_WEIGHT = 0.7
_OWN_WEIGHT = 0.3
_MOST_TOLD = 6


def resolve_translation(reading: Reading, snapshot: Snapshot) -> Reading:
    """The reading with the French of its English or German words, each a part that can be taken off.

    Where function words tell the language of the question, all of its words may be of it; where nothing tells that it
    is French, those that are no French word and that the collection does not have may be of either.
    """
    if says_french(reading.text):
        return reading
    instead: dict[str, tuple[str, ...]] = {}
    extras: list[Extra] = []
    parts: list[Part] = []
    languages = _languages(reading)
    for typed, part in _asked(reading, snapshot):
        own = stem(typed)
        found = [(french, stems) for french in translations(typed, languages) if (stems := _known(french, snapshot))]
        if own in instead or own not in reading.stems or not found:
            continue
        instead[own] = found[0][1]
        extras += [Extra((one,), _OTHER_WEIGHT) for _, stems in found[1:] for one in stems]
        name = part.text[0].isupper() and part.start > 0
        extras.append(Extra((own,), 1.0 if name else _OWN_WEIGHT))
        parts.append(replace(part, value=", ".join(french for french, _ in found)))
    if not parts:
        return reading
    stems = tuple(dict.fromkeys(one for own in reading.stems for one in instead.get(own, (own,))))
    told = ", ".join(f"« {one.text} » ({one.value})" for one in parts[:_MOST_TOLD])
    more = " et d'autres" if len(parts) > _MOST_TOLD else ""
    return replace(
        reading,
        stems=stems,
        extras=(*reading.extras, *(one for one in extras if not set(one.stems) & set(stems))),
        parts=(*reading.parts, *parts),
        messages=(*reading.messages, f"Des mots sont cherchés en français : {told}{more}."),
    )


def _languages(reading: Reading) -> Sequence[Language]:
    if not reading.foreign:
        return LANGUAGES
    return (GERMAN,) if says_german(reading.text) else (ENGLISH,)


def _asked(reading: Reading, snapshot: Snapshot) -> Iterator[tuple[str, Part]]:
    """The words of a question that may not be French, folded, each as a part without its translation."""
    for part in reading.parts:
        for word in words(part.text) if part.kind is PartKind.WORD else ():
            if word.term in reading.literal or word.term in reading.foreign:
                continue
            text = part.text[word.start : word.end]
            if reading.foreign or not (text.casefold() in french_words() or has_word(word.term, snapshot)):
                start = part.start + word.start
                yield word.term, Part(PartKind.TRANSLATION, text, "", start, start + len(text))


def _known(french: str, snapshot: Snapshot) -> tuple[str, ...]:
    """The stems of a translation, () when the collection does not have them all."""
    stems = tuple(term.term for term in terms(french))
    return (
        stems if all(any(g.lexical.document_frequency(BODY, one) for g in snapshot.values()) for one in stems) else ()
    )

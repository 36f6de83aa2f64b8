"""What the opened compartments add to the reading of a query: nothing is replaced, and only they are looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from corpus.french.analyzer import stem
from search_api.engine.acronyms import resolve_acronyms
from search_api.engine.foreign import function_words
from search_api.engine.glossary import Decisions
from search_api.engine.readers import Snapshot
from search_api.engine.reading import Extra, Reading
from search_api.engine.references import resolve_references
from search_api.engine.spelling import resolve_spelling
from search_api.engine.translation import resolve_translation

_MOST_ENDS = 50


@dataclass(frozen=True, slots=True)
class Steps:
    """What is done with a query besides ranking its words and its meaning; each can be left out, to be measured.

    Attributes:
        exact: what is quoted and identifiers come first.
        spelling: unknown words are looked for under their nearest.
        acronyms: acronyms are looked for in full, and long forms by their acronym.
        rarity: rare words count more in late interaction.
        languages: of a question in another language, function words are not looked for, and English words are as what
            they are in French.
        trust: words count for less where the collection does not know them all.
    """

    exact: bool = True
    spelling: bool = True
    acronyms: bool = True
    rarity: bool = True
    languages: bool = True
    trust: bool = True


def resolve(reading: Reading, snapshot: Snapshot, decided: Mapping[str, Decisions], steps: Steps = Steps()) -> Reading:
    """The reading with what the collection knows of its words.

    Args:
        decided: compartment name to what its managers decided of acronyms.
    """
    reading = resolve_references(reading, snapshot) if steps.exact else replace(reading, exact=(), near=())
    reading = resolve_translation(_told_language(reading), snapshot) if steps.languages else reading
    reading = resolve_spelling(reading, snapshot) if steps.spelling and not reading.foreign else reading
    reading = resolve_acronyms(reading, snapshot, decided) if steps.acronyms else reading
    extras = [_ends(prefix, snapshot) for prefix in reading.prefixes]
    return replace(reading, extras=(*reading.extras, *(extra for extra in extras if extra.stems)))


def _told_language(reading: Reading) -> Reading:
    foreign = function_words(reading.text)
    if not foreign:
        return reading
    left_out = {stem(word) for word in foreign}
    said = "La question n'est pas en français : elle est comprise par son sens, ses mots outils ne sont pas cherchés."
    return replace(
        reading,
        stems=tuple(one for one in reading.stems if one not in left_out),
        foreign=foreign,
        messages=(*reading.messages, said),
    )


def _ends(prefix: str, snapshot: Snapshot) -> Extra:
    """The stems of the collection's words that begin so."""
    found: dict[str, int] = {}
    for generation in snapshot.values():
        for word, count in generation.lexical.words_with_prefix(prefix, _MOST_ENDS):
            found[stem(word)] = found.get(stem(word), 0) + count
    kept = sorted(found, key=lambda one: (-found[one], one))[:_MOST_ENDS]
    return Extra(tuple(kept), 1.0)

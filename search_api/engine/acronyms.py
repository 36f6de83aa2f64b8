"""Acronyms in a query: both ways of saying a thing are looked for, when it is known which thing."""

from collections.abc import Sequence
from dataclasses import replace

from corpus.french.analyzer import terms
from corpus.french.folding import fold
from corpus.french.wordlist import french_words
from indexer.acronyms import Expansion
from search_api.engine.part import Part, PartKind
from search_api.engine.readers import Snapshot
from search_api.engine.reading import Extra, Reading

_SHORT_WEIGHT = 0.7
_NEGLIGIBLE = 0.1
"""An expansion said this many times less than another is a slip, not a second meaning."""
_SHORTEST_LOWER = 3
_MOST_EXPANDED = 3
_MOST_OFFERED = 4


def resolve_acronyms(reading: Reading, snapshot: Snapshot) -> Reading:
    """The reading with the long forms of its acronyms, and the acronyms of its long forms.

    An acronym of one meaning is looked for by its words too, which weigh as much together as it does, and is said in
    full to the encoder. Of several meanings none is chosen: they are offered.
    """
    extras: list[Extra] = []
    messages: list[str] = []
    added: list[str] = []
    said: list[Part] = []
    for typed, part in _asked(reading).items():
        meanings = _meanings(typed, snapshot)
        if len(meanings) == 1 and len(added) < _MOST_EXPANDED:
            long = meanings[0].long
            stems = tuple(dict.fromkeys(term.term for term in terms(long)))
            if stems and not set(stems) <= set(reading.stems):
                extras += [Extra((stem,), 1 / len(stems)) for stem in stems if stem not in reading.stems]
                added.append(long)
                said.append(Part(PartKind.EXPANSION, typed, long, part.end - len(typed), part.end))
                messages.append(f"« {typed} » est aussi cherché en toutes lettres : « {long} ».")
        elif len(meanings) > 1:
            offered = " ; ".join(f"« {one.long} »" for one in meanings[:_MOST_OFFERED])
            messages.append(f"« {typed} » a plusieurs sens dans le fonds : {offered}. Écrivez celui que vous cherchez.")
    extras += [Extra((short,), _SHORT_WEIGHT) for short in _shortened(reading, snapshot)]
    text = reading.text + "".join(f" ({long})" for long in added)
    return replace(
        reading,
        text=text,
        extras=(*reading.extras, *extras),
        messages=(*reading.messages, *messages),
        parts=(*reading.parts, *said),
    )


def _asked(reading: Reading) -> dict[str, Part]:
    """The words of the query that may be acronyms, each with its part."""
    asked: dict[str, Part] = {}
    for part in reading.parts:
        typed = part.text.lstrip("+")
        if part.kind not in (PartKind.WORD, PartKind.REQUIRED) or not typed.isalnum() or fold(typed) in reading.literal:
            continue
        capital = len(typed) > 1 and typed.isupper()
        if capital or (len(typed) >= _SHORTEST_LOWER and typed.casefold() not in french_words()):
            asked.setdefault(typed, part)
    return asked


def _meanings(typed: str, snapshot: Snapshot) -> list[Expansion]:
    """The different things an acronym stands for, the most said first."""
    found: dict[frozenset[str], Expansion] = {}
    for generation in snapshot.values():
        for one in generation.lexical.acronyms.get(fold(typed), ()):
            stems = frozenset(term.term for term in terms(one.long))
            same = next((key for key in found if key <= stems or stems <= key), stems)
            known = found.get(same)
            found[same] = one if known is None else replace(known, passages=known.passages + one.passages)
    ordered: Sequence[Expansion] = sorted(found.values(), key=lambda one: (-one.passages, one.long))
    return [one for one in ordered if one.passages > _NEGLIGIBLE * ordered[0].passages]


def _shortened(reading: Reading, snapshot: Snapshot) -> list[str]:
    """The acronyms of the long forms that the query says, word after word."""
    said = list(reading.stems)
    found: dict[str, None] = {}
    for generation in snapshot.values():
        for stem in said:
            for stems, short in generation.lexical.long_forms.get(stem, ()):
                first = said.index(stem)
                if tuple(said[first : first + len(stems)]) == stems and short not in said:
                    found[short] = None
    return list(found)[:_MOST_EXPANDED]

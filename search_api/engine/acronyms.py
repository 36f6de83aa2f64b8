"""Acronyms in a query: both ways of saying a thing are looked for, when it is known which thing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from corpus.document import Document
from corpus.french.folding import fold
from corpus.french.wordlist import french_words
from indexer.acronyms import Expansion, acronym_key, long_stems
from indexer.lexical_query import EXACT
from indexer.storage import Storage
from search_api.engine.glossary import NONE, Decision, Decisions
from search_api.engine.part import Part, PartKind
from search_api.engine.readers import Snapshot
from search_api.engine.reading import Extra, Reading
from search_api.engine.table_file import rows

_SHORT_WEIGHT = 0.7
_NEGLIGIBLE = 0.1
"""An expansion said this many times less than another is a slip, not a second meaning."""
_SHORTEST_LOWER = 3
_MOST_EXPANDED = 3
_MOST_OFFERED = 4


def resolve_acronyms(reading: Reading, snapshot: Snapshot, decided: Mapping[str, Decisions]) -> Reading:
    """The reading with the long forms of its acronyms, and the acronyms of its long forms.

    An acronym of one meaning is looked for by its words too, which weigh as much together as it does, and is said in
    full to the encoder. Of several meanings none is chosen: they are offered. What a manager approved is chosen before
    anything mined, what one rejected is never looked for.

    Args:
        decided: compartment name to its managers' decisions; none are known of the others.
    """
    extras: list[Extra] = []
    messages: list[str] = []
    added: list[str] = []
    said: list[Part] = []
    for typed, part in _asked(reading).items():
        meanings = _meanings(typed, snapshot, decided)
        if len(meanings) == 1 and len(added) < _MOST_EXPANDED:
            long = meanings[0].long
            stems = long_stems(long)
            if stems and not set(stems) <= set(reading.stems):
                extras += [Extra((stem,), 1 / len(stems)) for stem in stems if stem not in reading.stems]
                added.append(long)
                said.append(Part(PartKind.EXPANSION, typed, long, part.end - len(typed), part.end))
                messages.append(f"« {typed} » est aussi cherché en toutes lettres : « {long} ».")
        elif len(meanings) > 1:
            offered = " ; ".join(f"« {one.long} »" for one in meanings[:_MOST_OFFERED])
            messages.append(f"« {typed} » a plusieurs sens dans le fonds : {offered}. Écrivez celui que vous cherchez.")
    extras += [Extra((short,), _SHORT_WEIGHT) for short in _shortened(reading, snapshot, decided)]
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


def _meanings(typed: str, snapshot: Snapshot, decided: Mapping[str, Decisions]) -> list[Expansion]:
    """The different things an acronym stands for, the most said first."""
    short = fold(typed)
    approved = [one for name in snapshot for one in decided.get(name, NONE).approved.get(short, ())]
    if approved:
        return _different(Expansion(one.short, one.long, 1, ()) for one in approved)
    mined = _different(
        one
        for name, generation in snapshot.items()
        for one in generation.lexical.acronyms.get(short, ())
        if not decided.get(name, NONE).refused(one.short, long_stems(one.long))
    )
    if not mined and (long := common_acronyms().get(short)) and not _is_said(short, snapshot):
        refused = any(decided.get(name, NONE).refused(short, long_stems(long)) for name in snapshot)
        return [] if refused else [Expansion(typed, long, 0, ())]
    return [one for one in mined if one.passages > _NEGLIGIBLE * mined[0].passages]


@cache
def common_acronyms() -> Mapping[str, str]:
    """Folded acronyms of French administration and economic life to what they stand for, those of one meaning only."""
    return {fold(short): long for short, long in rows("common_acronyms.tsv")}


def _is_said(short: str, snapshot: Snapshot) -> bool:
    return any(generation.lexical.document_frequency(EXACT, short) for generation in snapshot.values())


def _different(expansions: Iterable[Expansion]) -> list[Expansion]:
    found: dict[frozenset[str], Expansion] = {}
    for one in expansions:
        stems = frozenset(long_stems(one.long))
        same = next((key for key in found if key <= stems or stems <= key), stems)
        known = found.get(same)
        found[same] = one if known is None else replace(known, passages=known.passages + one.passages)
    return sorted(found.values(), key=lambda one: (-one.passages, one.long))


def _shortened(reading: Reading, snapshot: Snapshot, decided: Mapping[str, Decisions]) -> list[str]:
    """The acronyms of the long forms that the query says, word after word."""
    said = list(reading.stems)
    found: dict[str, None] = {}
    for name, generation in snapshot.items():
        decisions = decided.get(name, NONE)
        for stem in said:
            mined = generation.lexical.long_forms.get(stem, ())
            for stems, short in (*mined, *decisions.long_forms.get(stem, ())):
                first = said.index(stem)
                together = tuple(said[first : first + len(stems)]) == stems
                if together and short not in said and not decisions.refused(short, stems):
                    found[short] = None
    return list(found)[:_MOST_EXPANDED]


@dataclass(frozen=True, slots=True)
class KnownAcronym:
    """One long form of an acronym.

    Attributes:
        passages: how many define it so; 0 for one that a manager added.
        documents: some of those that do.
        decision: of a manager, or None.
    """

    short: str
    long: str
    passages: int
    documents: tuple[Document, ...]
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class Acronyms:
    """Some of the acronyms of a compartment, of ``total``."""

    total: int
    entries: tuple[KnownAcronym, ...]


def known_acronyms(generation: Storage, decisions: Decisions, beginning: str, offset: int, k: int) -> Acronyms:
    """The acronyms of a compartment that begin so, mined or added, in order; of one, the most said long form first."""
    mined = [one for found in generation.lexical.acronyms.values() for one in found]
    keys = {acronym_key(one.short, long_stems(one.long)) for one in mined}
    added = [Expansion(one.short, one.long, 0, ()) for key, one in decisions.by_key.items() if key not in keys]
    wanted = [one for one in (*mined, *added) if fold(one.short).startswith(fold(beginning.strip()))]
    wanted.sort(key=lambda one: (fold(one.short), -one.passages, one.long))
    return Acronyms(
        len(wanted),
        tuple(
            KnownAcronym(
                one.short,
                one.long,
                one.passages,
                tuple(generation.passages.document(number) for number in one.documents),
                decisions.by_key.get(acronym_key(one.short, long_stems(one.long))),
            )
            for one in wanted[offset : offset + k]
        ),
    )

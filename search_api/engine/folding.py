"""Versions of one paper take one place in an answer: the newest is shown, the others are told with it."""

from collections.abc import Iterable, Sequence

import numpy as np

from indexer.document_fields import DocumentFields, Numbers
from search_api.engine.ranking import Ranked


def fold_versions(ranked: Sequence[Ranked], asked: int) -> list[Ranked]:
    """The ranking with each family of versions at the place of its best member, and with its score.

    A document that holds some of the exact things asked for and not all stands for itself: no newer version, which
    may hold others of them, takes its place. Nor does one that holds none take the place of one that holds them.

    Args:
        asked: how many exact things the query asks for.
    """
    pools = {id(one.candidates): one.candidates for one in ranked}
    numbers = {key: pool.generation.passages.fields.families[pool.documents] for key, pool in pools.items()}
    if not any((found >= 0).any() for found in numbers.values()):
        return list(ranked)
    families = {key: found.tolist() for key, found in numbers.items()}
    places: list[list[Ranked]] = []
    members: dict[tuple[int, int, int, int], list[Ranked]] = {}
    for one in ranked:
        family = families[id(one.candidates)][one.document]
        if family < 0 or not (one.exact == asked or not (one.exact or one.near)):
            places.append([one])
            continue
        key = (id(one.candidates.generation), family, one.exact, one.near)
        if key not in members:
            places.append(members.setdefault(key, []))
        members[key].append(one)
    return [_folded(found) for found in places]


def _folded(found: Sequence[Ranked]) -> Ranked:
    if len(found) == 1:
        return found[0]
    fields = found[0].candidates.generation.passages.fields
    by_number = {one.number: one for one in found}
    first, *others = newest_first(fields, by_number)
    return by_number[first]._replace(score=found[0].score, versions=tuple(others))


def newest_first(fields: DocumentFields, documents: Iterable[int]) -> list[int]:
    """Documents in order of date, those without a date last, equal dates as given."""
    return sorted(documents, key=lambda number: str(fields.dates[number]), reverse=True)


def fold_numbers(fields: DocumentFields, documents: Numbers) -> tuple[Numbers, dict[int, tuple[int, ...]]]:
    """The newest of each family among some documents (sorted numbers), and the others of those that have any."""
    families: dict[int, list[int]] = {}
    for number in documents[fields.families[documents] >= 0].tolist():
        families.setdefault(int(fields.families[number]), []).append(number)
    versions: dict[int, tuple[int, ...]] = {}
    for found in families.values():
        first, *others = newest_first(fields, found)
        if others:
            versions[first] = tuple(others)
    hidden = [number for others in versions.values() for number in others]
    return np.setdiff1d(documents, np.array(hidden, np.int64), assume_unique=True), versions

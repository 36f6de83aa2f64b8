"""Documents without a question: everything the filters accept, in order of date."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from indexer.document_fields import Mask, Numbers
from indexer.storage import Storage
from search_api.engine.answer import Sort
from search_api.engine.facets import Answering
from search_api.engine.ranking import Ranked
from search_api.engine.retrieval import Candidates


def accepted_documents(generation: Storage, accepted: Mask) -> Numbers:
    """The numbers of the accepted documents that have something to show, in order."""
    shown = np.zeros(len(accepted), bool)
    shown[generation.passages.document_of] = True
    return np.flatnonzero(accepted & shown)


Accepted = tuple[Storage, Numbers, dict[int, tuple[int, ...]]]
"""Documents of a generation (sorted numbers), and the versions folded into some of them."""


def listed(found: Sequence[Accepted], sort: Sort, most: int) -> list[Ranked]:
    """The first ``most`` documents, each shown by its first passage.

    Newest first, unless the oldest are wanted first; documents without a date last; ties by compartment, then by
    number.
    """
    dates = [generation.passages.fields.dates[numbers] for generation, numbers, _ in found]
    if not dates:
        return []
    everything = np.concatenate(dates)
    owner = np.repeat(np.arange(len(found)), [len(numbers) for _, numbers, _ in found])
    chosen = _in_order(everything, oldest_first=sort is Sort.OLDEST)[:most]
    places: dict[int, tuple[int, int]] = {}
    pools: list[Candidates] = []
    starts = np.concatenate([[0], np.cumsum([len(numbers) for _, numbers, _ in found])])
    for at, (generation, numbers, _) in enumerate(found):
        mine = np.sort(chosen[owner[chosen] == at])
        pools.append(_candidates(generation, numbers[mine - starts[at]]))
        places |= {int(one): (at, place) for place, one in enumerate(mine.tolist())}
    result = []
    for one in chosen.tolist():
        at, place = places[one]
        versions = found[at][2].get(int(pools[at].documents[place]), ())
        result.append(Ranked(pools[at], place, place, score=0.0, evidence={}, exact=0, near=0, versions=versions))
    return result


def answering(generation: Storage, numbers: Numbers, versions: Mapping[int, tuple[int, ...]]) -> Answering:
    """Listed documents and what is folded into them, to be counted."""
    together = [(number, group) for group, first in enumerate(versions) for number in (first, *versions[first])]
    folded, groups = np.array(together, np.int64).reshape(-1, 2).T
    alone = np.setdiff1d(numbers, folded)
    return (
        generation.passages.fields,
        np.concatenate([alone, folded]),
        np.concatenate([np.full(len(alone), -1), groups]),
    )


def ranked_documents(ranked: Sequence[Ranked]) -> list[Answering]:
    """The documents of a whole ranking by compartment, folded versions among them, to be counted."""
    pools = {id(one.candidates): one.candidates for one in ranked}.values()
    generations = {id(pool.generation): pool.generation for pool in pools}
    versions: dict[int, dict[int, tuple[int, ...]]] = {key: {} for key in generations}
    for one in ranked:
        if one.versions:
            versions[id(one.candidates.generation)][one.number] = one.versions
    return [
        answering(
            generation,
            np.concatenate([pool.documents for pool in pools if pool.generation is generation]),
            versions[key],
        )
        for key, generation in generations.items()
    ]


def _in_order(dates: npt.NDArray[np.str_], *, oldest_first: bool) -> npt.NDArray[np.intp]:
    _, rank = np.unique(dates, return_inverse=True)
    key = rank if oldest_first else -rank
    return np.lexsort((np.arange(len(dates)), key, dates == ""))


def _candidates(generation: Storage, documents: Numbers) -> Candidates:
    rows = np.searchsorted(generation.passages.document_of, documents).astype(np.int64)
    return Candidates(
        generation=generation,
        rows=rows,
        documents=documents,
        starts=np.arange(len(documents)),
        passage_scores={},
        document_scores={},
        exact=np.zeros(len(documents), np.int64),
        near=np.zeros(len(documents), np.int64),
    )

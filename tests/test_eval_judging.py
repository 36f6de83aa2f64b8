"""Pools are blind and shuffled, each document is judged twice, and disagreements are decided by a third."""

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import InputError
from eval.agreement import Weights, adjudicated, agreement, settle
from eval.pool import contributions, holes, pool, to_judge, two_assessors
from eval.runs import make_run

A = make_run("a", {"t1": [(f"d{place}", -place) for place in range(30)], "t2": [("x", 1.0)]})
B = make_run("b", {"t1": [(f"d{place}", place) for place in range(30)]})


def test_a_pool_holds_the_first_documents_of_every_run() -> None:
    assert pool([A, B], 2) == {"t1": {"d0", "d1", "d28", "d29"}, "t2": {"x"}}


def test_each_assessor_has_an_order_of_their_own_that_does_not_change() -> None:
    pooled = pool([A, B])
    camille, noor = to_judge(pooled, "camille", seed=7), to_judge(pooled, "noor", seed=7)
    assert camille == to_judge(pooled, "camille", seed=7)
    assert camille != noor
    assert set(camille) == set(noor)
    assert [item.document for item in camille if item.topic == "t1"] != sorted(pooled["t1"])


def test_judging_a_document_moves_no_other() -> None:
    pooled = pool([A, B])
    before = to_judge(pooled, "camille", seed=7)
    done = before[3]
    after = to_judge(pooled, "camille", seed=7, judged={done.topic: {done.document: 2}})
    assert after == tuple(item for item in before if item != done)


def test_an_order_tells_nothing_about_the_systems() -> None:
    first_places = {to_judge(pool([A], 20), f"assesseur {number}", seed=1)[-1].document for number in range(40)} - {"x"}
    assert len(first_places) > 8


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 60), st.integers(2, 6), st.integers(0, 99))
def test_every_topic_has_two_assessors_and_loads_are_even(topics: int, people: int, seed: int) -> None:
    pairs = two_assessors([f"t{n}" for n in range(topics)], [f"p{n}" for n in range(people)], seed=seed)
    assert len(pairs) == topics
    assert all(first != second for first, second in pairs.values())
    loads = [sum(f"p{n}" in pair for pair in pairs.values()) for n in range(people)]
    assert max(loads) - min(loads) <= 2


def test_with_topics_enough_every_pair_meets() -> None:
    pairs = two_assessors([f"t{n}" for n in range(12)], ["p", "q", "r", "s"], seed=1)
    assert {frozenset(pair) for pair in pairs.values()} == set(map(frozenset, itertools.combinations("pqrs", 2)))


def test_one_assessor_is_not_enough() -> None:
    with pytest.raises(InputError, match="deux assesseurs"):
        two_assessors(["t"], ["p", "p"], seed=1)


def test_what_each_run_brought_alone_is_known() -> None:
    both = contributions([A, B], 16)
    assert [(line.run, line.documents, line.alone) for line in both] == [("a", 17, 15), ("b", 16, 14)]


def test_holes_are_what_nobody_judged_near_the_top() -> None:
    assert holes(A, {"t1": {"d0": 0, "d2": 1}, "t2": {"x": 1}}, 3) == {"t1": ("d1",)}


grades = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60)


@settings(deadline=None, max_examples=50)
@given(grades, st.sampled_from(Weights))
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[int, int]], weights: Weights) -> None:
    from sklearn.metrics import cohen_kappa_score  # type: ignore[import-untyped]

    first = {("t", str(place)): one for place, (one, _) in enumerate(pairs)}
    second = {("t", str(place)): two for place, (_, two) in enumerate(pairs)}
    found = agreement(first, second, weights=weights)
    assert found.both == len(pairs)
    assert found.equal == pytest.approx(sum(one == two for one, two in pairs) / len(pairs))
    if found.kappa is None:
        assert len({grade for pair in pairs for grade in pair}) == 1
    else:
        theirs = cohen_kappa_score(
            [one for one, _ in pairs], [two for _, two in pairs], labels=[0, 1, 2, 3], weights=weights.value
        )
        assert found.kappa == pytest.approx(theirs)


def test_what_one_could_not_judge_does_not_count_in_the_agreement() -> None:
    found = agreement({("t", "a"): 3, ("t", "b"): None, ("t", "c"): 1}, {("t", "a"): 3, ("t", "b"): 0})
    assert (found.both, found.equal) == (1, 1.0)
    assert found.table[3][3] == 1


def test_a_grade_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match="Note 7"):
        agreement({("t", "a"): 7}, {("t", "a"): 1})


FIRST = {("t", "a"): 3, ("t", "b"): 0, ("t", "c"): None, ("t", "d"): None, ("t", "e"): 1}
SECOND = {("t", "a"): 3, ("t", "b"): 2, ("t", "c"): 1, ("t", "d"): None, ("t", "e"): 0}


def test_the_widest_disagreements_are_decided_first() -> None:
    queue = settle([FIRST, SECOND], {}).undecided
    assert [(item.document, item.gap) for item in queue] == [("c", math.inf), ("b", 2), ("e", 1)]


def test_published_judgments_are_agreements_and_decisions() -> None:
    decisions = {("t", "b"): 1, ("t", "c"): None, ("t", "e"): 1}
    assert adjudicated([FIRST, SECOND], decisions) == {"t": {"a": 3, "b": 1, "e": 1}}


def test_nothing_is_published_while_work_is_pending() -> None:
    with pytest.raises(InputError, match="1 documents jugés une seule fois, 3 désaccords"):
        adjudicated([{**FIRST, ("t", "z"): 1}, SECOND], {})


def test_the_order_of_arrival_does_not_matter() -> None:
    shuffled = list(FIRST.items())
    random.Random(3).shuffle(shuffled)
    assert settle([dict(shuffled), SECOND], {}) == settle([FIRST, SECOND], {})


def test_a_third_reading_reopens_what_two_agreed_on() -> None:
    third = {("t", "a"): 0}
    assert settle([FIRST, SECOND, third], {}).undecided[1].grades == (3, 3, 0)

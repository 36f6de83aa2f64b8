"""What alerts are worth: each threshold judged on the same answers."""

from pathlib import Path

import pytest

from eval.alerts import Watched, best, figures, watch
from eval.topics import Topic
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder

WATCHED = [
    Watched("a", ((0.9, True), (0.7, True), (0.5, False)), right=3),
    Watched("a", ((0.4, False),), right=0),
    Watched("b", ((0.8, False), (0.6, True)), right=1),
]


def test_a_threshold_counts_what_it_tells_what_is_right_and_what_it_leaves_out() -> None:
    found = figures(WATCHED, 0.6)
    assert found.searches == 3
    assert [found.alerts, found.precision, found.recall] == pytest.approx([4 / 3, 3 / 4, 3 / 4])
    assert found.quiet == 1.0
    assert figures(WATCHED, 0.3).quiet == 0.0
    assert found.precision_interval.low <= found.precision <= found.precision_interval.high


def test_nothing_told_is_no_division_by_zero() -> None:
    found = figures(WATCHED, 1.0)
    assert (found.alerts, found.precision, found.recall, found.f1) == (0, 0, 0, 0)


def test_the_threshold_chosen_has_the_best_f1_and_is_the_lowest_of_equals() -> None:
    assert best(WATCHED, [0.3, 0.55, 0.6, 0.9]) == 0.55


def test_every_document_comes_once_and_is_asked_for_among_those_that_came_with_it(
    data: Path, tmp_path: Path, fake: FakeEncoder
) -> None:
    texts = {f"{n}.md": f"# Note {n}\n\nLa filière photonique dépend de {n} lasers.\n" for n in range(8)}
    index(data, fake, write_files(tmp_path / "lot", texts))
    found = watch(engine(data, fake), [Topic("t", "filière photonique")], {"t": {"0.md": 3, "1.md": 2, "2.md": 1}})
    assert len(found) == 2
    assert sum(one.right for one in found) == 2
    assert sum(len(one.found) for one in found) == len(texts)
    assert sum(right for one in found for _, right in one.found) == 2

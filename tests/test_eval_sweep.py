"""Parameters are chosen on some topics and tested on others."""

import json

import pytest

from corpus.errors import InputError
from eval.runs import Run, make_run
from eval.sweep import Setting, fold_of, grid, sweep

TOPICS = [f"S{place:03}" for place in range(40)]
QRELS = {topic: {"bon": 1} for topic in TOPICS}


def run_that_wins(winners: set[str]) -> Run:
    return make_run("essai", {topic: [("bon", 1.0 if topic in winners else 0.1), ("autre", 0.5)] for topic in TOPICS})


def test_a_grid_has_every_combination() -> None:
    assert list(grid({"poids": [0.1, 0.2], "k": [5]})) == [{"poids": 0.1, "k": 5}, {"poids": 0.2, "k": 5}]


def test_the_best_setting_comes_first_and_each_is_run_once() -> None:
    asked: list[Setting] = []

    def answer(setting: Setting) -> Run:
        asked.append(setting)
        return run_that_wins(set(TOPICS[: setting["gagnes"]]))

    found = sweep(answer, list(grid({"gagnes": [10, 40, 20]})), TOPICS, QRELS, measure="mrr@10")
    assert [trial.setting["gagnes"] for trial in found.trials] == [40, 20, 10]
    assert found.best == {"gagnes": 40}
    assert (found.trials[0].mean, found.cross_validated, found.stability) == (1.0, 1.0, 1.0)
    assert len(asked) == 3


def test_a_choice_that_does_not_carry_over_is_unmasked() -> None:
    """Each setting wins everywhere but on one fold: chosen without that fold, it fails there."""

    def answer(setting: Setting) -> Run:
        return run_that_wins({topic for topic in TOPICS if fold_of(topic) != setting["rate"]})

    found = sweep(answer, list(grid({"rate": range(5)})), TOPICS, QRELS, measure="success@1")
    assert found.trials[0].mean > 0.7
    assert found.cross_validated == 0.0
    assert found.stability == 0.2


def test_equal_settings_keep_the_order_of_the_grid() -> None:
    found = sweep(lambda _: run_that_wins(set()), [{"a": 2}, {"a": 1}], TOPICS, QRELS)
    assert found.best == {"a": 2}


def test_a_topic_keeps_its_fold_whatever_the_others() -> None:
    assert {fold_of(topic) for topic in TOPICS} == set(range(5))
    assert fold_of("S001") == fold_of("S001")


@pytest.mark.parametrize(
    ("settings", "topics", "measure", "says"),
    [
        ([], TOPICS, "ndcg@10", "aucun réglage"),
        ([{}], TOPICS, "accuracy", "mesure inconnue"),
        ([{}], TOPICS[:1], "ndcg@10", "trop peu de sujets"),
    ],
)
def test_an_impossible_sweep_says_why(settings: list[Setting], topics: list[str], measure: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        sweep(lambda _: run_that_wins(set()), settings, topics, QRELS, measure=measure)


def test_a_sweep_is_json() -> None:
    found = sweep(lambda _: run_that_wins(set(TOPICS)), [{"a": 1}], TOPICS, QRELS)
    assert json.loads(json.dumps(found.as_dict()))["best"] == {"a": 1}

"""Measures agree with trec_eval on every topic, and no topic is dropped."""

import math

import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import InputError
from eval.measures import by_category, condensed, means, per_topic, standard
from eval.qrels import relevant
from eval.runs import make_run

TOPICS = [f"t{number}" for number in range(4)]
DOCUMENTS = [f"d{number:02}" for number in range(25)]
documents = st.sampled_from(DOCUMENTS)
# At least one relevant document each; few distinct scores, so that ties are common; topics may be missing.
judgments = st.fixed_dictionaries(
    {
        topic: st.tuples(st.dictionaries(documents, st.integers(0, 3), max_size=15), documents, st.integers(1, 3)).map(
            lambda made: {**made[0], made[1]: made[2]}
        )
        for topic in TOPICS
    }
)
results = st.dictionaries(
    st.sampled_from(TOPICS),
    st.dictionaries(documents, st.sampled_from([0.1, 0.2, 0.30000001, 0.3, -1.0, 7.0]), max_size=25),
)
ORACLE = {
    "ndcg@10": "ndcg_cut_10",
    "recall@100": "recall_100",
    "success@1": "success_1",
    "success@5": "success_5",
    "ap": "map",
    "bpref": "bpref",
}


@settings(deadline=None)
@given(judgments, results, st.sampled_from([1, 2]))
def test_every_topic_agrees_with_trec_eval(
    qrels: dict[str, dict[str, int]], found: dict[str, dict[str, float]], from_grade: int
) -> None:
    topics = [topic for topic in TOPICS if relevant(qrels, topic, from_grade)]
    run = make_run("s", {topic: list(ranking.items()) for topic, ranking in found.items()})
    ours = per_topic(run, qrels, topics, standard(from_grade)) if topics else {}
    oracle = pytrec_eval.RelevanceEvaluator(qrels, set(ORACLE.values()), relevance_level=from_grade)
    theirs = oracle.evaluate({topic: dict(ranking) for topic, ranking in run.rankings.items() if ranking})
    for name, measure in ORACLE.items():
        for topic in topics:
            assert ours[name][topic] == pytest.approx(theirs.get(topic, {}).get(measure, 0.0), abs=1e-4)


@settings(deadline=None)
@given(judgments, results)
def test_every_topic_agrees_with_the_definitions(
    qrels: dict[str, dict[str, int]], found: dict[str, dict[str, float]]
) -> None:
    run = make_run("s", {topic: list(ranking.items()) for topic, ranking in found.items()})
    ours = per_topic(run, qrels, TOPICS, standard())
    for topic in TOPICS:
        order = sorted(found.get(topic, {}), key=lambda document: (-found[topic][document], document))
        gains = [qrels[topic].get(document, 0) for document in order[:10]]
        ideal = sorted(qrels[topic].values(), reverse=True)[:10]
        first = next((rank for rank, gain in enumerate(gains, start=1) if gain), math.inf)
        assert ours["ndcg@10"][topic] == pytest.approx(discounted(gains) / discounted(ideal), abs=1e-4)
        assert ours["mrr@10"][topic] == pytest.approx(1 / first, abs=1e-4)
        judged = sum(document in qrels[topic] for document in order[:10])
        assert ours["judged@10"][topic] == pytest.approx(judged / len(order[:10]) if order else 0.0)


def discounted(gains: list[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


@settings(deadline=None)
@given(judgments, results)
def test_condensed_measures_are_the_measures_of_the_judged_documents(
    qrels: dict[str, dict[str, int]], found: dict[str, dict[str, float]]
) -> None:
    run = make_run("s", {topic: list(ranking.items()) for topic, ranking in found.items()})
    judged = make_run(
        "s",
        {t: [(d, score) for d, score in ranking.items() if d in qrels[t]] for t, ranking in found.items()},
    )
    ours = per_topic(run, qrels, TOPICS, condensed())
    plain = per_topic(judged, qrels, TOPICS, standard())
    for name, values in ours.items():
        for topic, value in values.items():
            assert value == pytest.approx(plain[name.removeprefix("condensed ")][topic], abs=1e-4)


def test_a_topic_without_an_answer_counts_as_zero() -> None:
    run = make_run("s", {"a": [("d", 1.0)]})
    scores = per_topic(run, {"a": {"d": 1}, "b": {"d": 1}}, ["a", "b"], standard())
    assert scores["ndcg@10"] == {"a": 1.0, "b": 0.0}
    assert means(scores)["ndcg@10"] == 0.5


def test_ties_are_broken_by_external_id_not_by_arrival() -> None:
    run = make_run("s", {"a": [("z", 0.5), ("b", 0.5), ("m", 0.5)]})
    assert run.documents("a") == ("b", "m", "z")
    assert per_topic(run, {"a": {"m": 1}}, ["a"], standard())["mrr@10"]["a"] == 0.5


def test_an_empty_run_is_worth_nothing() -> None:
    scores = per_topic(make_run("s", {}), {"a": {"d": 1}}, ["a"], standard())
    assert set(means(scores).values()) == {0.0}


def test_a_topic_without_a_relevant_document_cannot_be_measured() -> None:
    with pytest.raises(InputError, match="sujet a"):
        per_topic(make_run("s", {}), {"a": {"d": 0}}, ["a"], standard())


def test_categories_are_means_of_their_own_topics() -> None:
    scores = {"ndcg@10": {"a": 1.0, "b": 0.0, "c": 0.5}}
    assert by_category(scores, {"a": "PI", "b": "PI", "c": "Cyber"}) == {
        "Cyber": {"ndcg@10": 0.5},
        "PI": {"ndcg@10": 0.5},
    }

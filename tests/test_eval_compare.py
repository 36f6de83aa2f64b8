"""Two systems are compared topic by topic, with a verdict that says no more than the figures."""

import json
from collections.abc import Mapping, Sequence

import pytest

from corpus.errors import InputError
from eval.compare import compare, compare_all, declared_family, number
from eval.evaluation import Evaluation, evaluate
from eval.runs import make_run
from eval.topics import Topic

TOPICS = [Topic(f"S{place:02}", f"sujet {place}", category="PI" if place % 2 else "Cyber") for place in range(20)]
QRELS = {topic.id: {"bon": 3, "moyen": 1, "mauvais": 0} for topic in TOPICS}
GOOD, POOR = ["bon", "moyen", "mauvais"], ["mauvais", "moyen", "bon"]


def system(name: str, orders: Mapping[str, Sequence[str]], provenance: Mapping[str, str] | None = None) -> Evaluation:
    results = {
        topic: [(document, 1.0 / rank) for rank, document in enumerate(order, start=1)]
        for topic, order in orders.items()
    }
    return evaluate(make_run(name, results, provenance), TOPICS, QRELS)


def constant(name: str, order: Sequence[str], provenance: Mapping[str, str] | None = None) -> Evaluation:
    return system(name, {topic.id: order for topic in TOPICS}, provenance)


def test_a_clear_gain_is_said_with_its_figures() -> None:
    comparison = compare(constant("ancien", POOR), constant("nouveau", GOOD), TOPICS, QRELS)
    assert comparison.verdict.startswith("« nouveau » est meilleur que « ancien » : 41,3 points de nDCG@10 en plus")
    assert "20 sujets gagnés, 0 perdus, 0 égaux sur 20" in comparison.verdict
    line = comparison.measures[0]
    assert line.difference == pytest.approx(line.second - line.first)
    assert line.p_holm >= line.p
    assert comparison.warnings == ()


def test_a_clear_loss_is_said_as_clearly() -> None:
    comparison = compare(constant("ancien", GOOD), constant("nouveau", POOR), TOPICS, QRELS)
    assert comparison.verdict.startswith("« nouveau » est moins bon que « ancien » : 41,3 points de nDCG@10 en moins")


def test_the_same_rankings_are_worth_the_same() -> None:
    comparison = compare(constant("a", GOOD), constant("b", GOOD), TOPICS, QRELS)
    assert comparison.verdict.startswith("« b » et « a » se valent à 1,0 point de nDCG@10 près")
    assert comparison.measures[0].ties == 20


def test_as_many_wins_as_losses_decide_nothing() -> None:
    mixed = system("mixte", {topic.id: GOOD if place % 2 else POOR for place, topic in enumerate(TOPICS)})
    other = system("autre", {topic.id: POOR if place % 2 else GOOD for place, topic in enumerate(TOPICS)})
    assert compare(mixed, other, TOPICS, QRELS).verdict.startswith("Rien ne permet de départager")


def test_topics_stand_from_the_largest_gain_to_the_largest_loss_with_both_rankings() -> None:
    before = system("avant", {topic.id: GOOD if topic.id == "S03" else POOR for topic in TOPICS})
    after = system("après", {topic.id: GOOD if topic.id == "S07" else POOR for topic in TOPICS})
    topics = compare(before, after, TOPICS, QRELS).topics
    assert (topics[0].topic, topics[-1].topic) == ("S07", "S03")
    assert [(line.document, line.grade) for line in topics[0].second_documents] == [
        ("bon", 3),
        ("moyen", 1),
        ("mauvais", 0),
    ]
    assert len(topics) == 20


def test_an_unanswered_topic_is_a_loss_not_an_absence() -> None:
    silent = system("muet", {topic.id: GOOD for topic in TOPICS[1:]})
    comparison = compare(constant("plein", GOOD), silent, TOPICS, QRELS)
    assert (comparison.measures[0].losses, comparison.measures[0].ties) == (1, 19)
    assert comparison.topics[-1].second_documents == ()


def test_another_collection_or_holes_in_the_judgments_are_warned_about() -> None:
    first = constant("a", GOOD, {"collection": "1", "encoder": "x"})
    second = constant("b", ["inconnu", *GOOD], {"collection": "2", "encoder": "y"})
    warnings = compare(first, second, TOPICS, QRELS).warnings
    assert warnings[0].startswith("Les deux runs n'ont pas les mêmes collection :")
    assert warnings[1].startswith("25,0 % des dix premiers documents de « b » ne sont pas jugés")
    assert len(warnings) == 2


def test_several_systems_are_corrected_together() -> None:
    first, second = constant("a", POOR), constant("b", GOOD)
    alone = compare(first, second, TOPICS, QRELS).measures[0]
    among = compare_all(first, [second, constant("c", GOOD)], TOPICS, QRELS)[0].measures[0]
    assert among.p == alone.p
    assert among.p_holm > alone.p_holm


def test_a_declared_family_is_corrected_over_itself_alone() -> None:
    best, *others = (constant(name, order) for name, order in (("best", GOOD), ("a", POOR), ("b", GOOD)))
    wide = compare_all(best, others, TOPICS, QRELS)
    raw = [line.p for one in wide for line in one.measures if line.measure == "ndcg@10"]
    assert raw[0] < raw[1]
    corrected = [line.p_holm for line in declared_family(wide)]
    assert corrected == [pytest.approx(2 * raw[0]), raw[1]]
    assert corrected[0] < wide[0].measures[0].p_holm


def test_other_topics_cannot_be_compared() -> None:
    fewer = evaluate(make_run("b", {"S01": [("bon", 1.0)]}), TOPICS[:5], QRELS)
    with pytest.raises(InputError, match="mêmes sujets"):
        compare(constant("a", GOOD), fewer, TOPICS, QRELS)


def test_a_comparison_is_json_even_when_an_effect_is_infinite() -> None:
    found = compare(constant("a", POOR), constant("b", GOOD), TOPICS, QRELS).as_dict()
    again = json.loads(json.dumps(found, allow_nan=False))
    assert again["measures"][0]["effect"]["standardised"] is None or again["measures"][0]["effect"]["standardised"] > 0
    assert again["topics"][0]["difference"] > 0
    assert again["verdict"] == found["verdict"]


def test_numbers_are_written_as_french_writes_them() -> None:
    assert number(-3.14159, 2) == "\N{MINUS SIGN}3,14"

"""Weights are chosen on what is known of each topic, and the choice is told with what it is worth elsewhere."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.ablation import WHOLE, ablate
from eval.learning import Collection, Evidence, gather, learn, settings, weigh
from eval.topics import Topic
from search_api.engine.answer import SearchRequest
from search_api.engine.fusion import Weights
from search_api.engine.search import Engine
from tests.collection import engine, index
from tests.encoders import FakeEncoder

SUBJECTS = (
    "douane",
    "brevet",
    "photonique",
    "semences",
    "hydrogène",
    "soudage",
    "quantique",
    "cantine",
    "budget",
    "radar",
)


def topic(number: str, title: str) -> Topic:
    return Topic(id=number, title=title, description="", narrative="", category="", answerable=True)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    root = tmp_path_factory.mktemp("learning")
    lines = [
        {
            "_id": subject,
            "title": "",
            "text": f"La note traite de {subject} et de {SUBJECTS[at - 1]}, puis de {subject}.",
        }
        for at, subject in enumerate(SUBJECTS)
    ]
    corpus = root / "corpus.jsonl"
    corpus.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    index(root / "data", FakeEncoder(), corpus, name="lot")
    return engine(root / "data", FakeEncoder())


TOPICS = [topic(subject, f"note sur {subject}") for subject in SUBJECTS]
QRELS = {subject: {subject: 1} for subject in SUBJECTS}


def test_gathered_evidence_gives_the_order_of_the_engine(asked: Engine) -> None:
    found = gather("lot", asked, TOPICS, QRELS)
    for one in TOPICS:
        order = [document for document, _ in weigh(found.evidence[one.id], asked.weights)]
        hits = asked.search(SearchRequest(one.title, k=40, fold=False)).hits
        assert order == [hit.document.external_id for hit in hits]


def test_what_is_held_exactly_goes_before_any_weight() -> None:
    held = Evidence("held", {"lexical": 0.0}, (1, 0))
    near = Evidence("near", {"lexical": 0.5}, (0, 1))
    best = Evidence("best", {"lexical": 1.0}, (0, 0))
    assert [document for document, _ in weigh([best, near, held], Weights())] == ["held", "near", "best"]


def evidence(good: str, bad: str) -> tuple[Evidence, ...]:
    """Two documents, of which one kind of evidence puts the right one first and every other the wrong one."""
    kinds = ("lexical", "dense", "late")
    right = {name + suffix: float(name == good) for name in kinds for suffix in ("", "_document")}
    wrong = {name + suffix: float(name == bad) for name in kinds for suffix in ("", "_document")}
    return Evidence("right", right, (0, 0)), Evidence("wrong", wrong, (0, 0))


def test_weights_go_to_what_is_right_and_every_collection_is_told() -> None:
    ids = [f"t{number}" for number in range(20)]
    collections = [
        Collection(name, {one: evidence("lexical", "dense") for one in ids}, {one: {"right": 1} for one in ids})
        for name in ("a", "b")
    ]
    present = Weights(lexical=0.2, dense=0.4, late=0.4)
    learned = learn(collections, settings(), present)
    assert learned.weights.lexical > learned.weights.dense
    assert learned.sweep.cross_validated == 1.0
    assert [(gain.collection, gain.topics, gain.after) for gain in learned.gains] == [("a", 20, 1.0), ("b", 20, 1.0)]
    assert all(gain.interval.low > 0 for gain in learned.gains)
    assert json.dumps(learned.as_dict())


def test_weights_that_are_no_better_do_not_replace_those_in_use() -> None:
    ids = [f"t{number}" for number in range(20)]
    same = Collection("a", {one: evidence("lexical", "")[:1] for one in ids}, {one: {"right": 1} for one in ids})
    present = Weights(lexical=0.21, dense=0.39, late=0.4)
    assert learn([same], settings(), present).weights == present


@given(st.sampled_from(settings()))
def test_what_is_tried_is_weights_that_sum_to_one(setting: dict[str, float]) -> None:
    weights = Weights(**setting)
    assert weights.lexical + weights.dense + weights.late == pytest.approx(1)
    assert sum(weights.shares().values()) == pytest.approx(1)


def test_an_ablation_compares_each_step_with_the_whole(asked: Engine) -> None:
    table = ablate("lot", asked, TOPICS, QRELS)
    assert next(iter(table.systems)) == WHOLE
    assert len(table.comparisons) == len(table.systems) - 1
    told = [line.split("|")[1].strip() for line in table.lines() if line.startswith("| ")]
    assert told == ["système", "---", *table.systems]
    parameters = [system.summary["ndcg@10"] for system in table.systems.values()]
    assert all(0 <= value <= 1 for value in parameters)
    assert "p corrigée sur elles seules : mots seuls, " in table.lines()[-1]


def test_a_step_left_out_is_left_out(asked: Engine) -> None:
    from search_api.engine.resolution import Steps

    misspelt = SearchRequest("photoniqe")
    assert asked.search(misspelt).suggestion == "photonique"
    assert asked.changed(steps=Steps(spelling=False)).search(misspelt).suggestion == ""
    assert asked.search(misspelt).suggestion == "photonique"

"""The SISSE test set is complete, its splits are those that were fixed once, and its judgments fit its topics."""

from collections import Counter
from pathlib import Path

import pytest

import corpus.demo
from eval import sisse
from eval.agreement import Judgments, agreement
from eval.qrels import GRADES, Qrels, read_qrels, relevant
from eval.topics import Split, Topic, read_topics, split_of

FOLDER = Path(sisse.__file__).parent
FILES = Path(corpus.demo.__file__).parent / "files"
ANSWERS = 2


@pytest.fixture(scope="module")
def topics() -> tuple[Topic, ...]:
    return read_topics(FOLDER / "topics.txt")


@pytest.fixture(scope="module")
def qrels() -> Qrels:
    return read_qrels(FOLDER / "qrels.tsv")


def passes() -> tuple[Judgments, Judgments]:
    first, second = (read_qrels(FOLDER / f"judgments-{name}.tsv") for name in "ab")
    return pairs(first), pairs(second)


def pairs(grades: Qrels) -> dict[tuple[str, str], int | None]:
    return {(topic, document): grade for topic, found in grades.items() for document, grade in found.items()}


def adjudications() -> dict[tuple[str, str], tuple[int, int, int, str]]:
    lines = (FOLDER / "adjudication.tsv").read_text(encoding="utf-8").splitlines()[1:]
    found = {}
    for topic, document, first, second, final, reason in (line.split("\t") for line in lines):
        found[topic, document] = (int(first), int(second), int(final), reason)
    return found


def test_there_are_enough_topics_with_titles_of_their_own(topics: tuple[Topic, ...]) -> None:
    assert len(topics) == 253
    assert len({topic.title for topic in topics}) == len(topics)


def test_every_topic_says_what_is_relevant_and_what_is_not(topics: tuple[Topic, ...]) -> None:
    for topic in topics:
        assert topic.description.endswith("."), topic.id
        assert "Répond" in topic.narrative and "Hors sujet" in topic.narrative, topic.id


def test_splits_are_those_of_the_hash_and_both_are_large(topics: tuple[Topic, ...]) -> None:
    assert all(topic.split is split_of(topic.id) for topic in topics)
    counts = Counter(topic.split for topic in topics)
    assert (counts[Split.DEV], counts[Split.TEST]) == (136, 117)


def test_both_splits_hold_topics_without_an_answer(topics: tuple[Topic, ...]) -> None:
    without = Counter(topic.split for topic in topics if not topic.answerable)
    assert without.total() >= 25
    assert all(without[split] >= 10 for split in Split)


def test_every_category_is_explained_and_has_several_topics(topics: tuple[Topic, ...]) -> None:
    readme = " ".join((FOLDER / "README.md").read_text(encoding="utf-8").split())
    for category, count in Counter(topic.category for topic in topics).items():
        assert category in readme
        assert count >= 5


def test_every_topic_is_judged_and_no_other(topics: tuple[Topic, ...], qrels: Qrels) -> None:
    assert set(qrels) == {topic.id for topic in topics}


def test_every_document_judged_is_a_file_of_the_collection(qrels: Qrels) -> None:
    files = {path.relative_to(FILES).as_posix() for path in FILES.rglob("*") if path.is_file()}
    assert {document for grades in qrels.values() for document in grades} <= files


def test_grades_are_those_of_the_scale(qrels: Qrels) -> None:
    assert {grade for grades in qrels.values() for grade in grades.values()} == set(GRADES)


def test_a_topic_says_it_has_an_answer_exactly_when_a_document_answers(topics: tuple[Topic, ...], qrels: Qrels) -> None:
    assert [t.id for t in topics if t.answerable != bool(relevant(qrels, t.id, ANSWERS))] == []


def test_each_pool_is_judged_twice() -> None:
    first, second = passes()
    assert first.keys() == second.keys()
    assert len(first) == 11_447


def test_the_agreement_published_is_that_of_the_two_passes() -> None:
    found = agreement(*passes())
    assert found.kappa is not None
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"quadratic {found.kappa:.3f}" in readme
    for grade, row in zip(found.grades, found.table, strict=True):
        assert f"| {grade} | {' | '.join(map(str, row))} |" in readme


def test_every_grade_is_what_both_passes_gave_or_is_adjudicated_with_a_reason(qrels: Qrels) -> None:
    first, second = passes()
    decided = adjudications()
    for (topic, document), grade in first.items():
        final = qrels[topic][document]
        if (topic, document) in decided:
            one, two, chosen, reason = decided[topic, document]
            assert (one, two, chosen) == (grade, second[topic, document], final)
            assert reason
        else:
            assert grade == second[topic, document] == final, (topic, document)


def test_topics_of_one_need_have_the_same_judgments(topics: tuple[Topic, ...], qrels: Qrels) -> None:
    shared = {
        topic.id: topic.narrative.rpartition("Même besoin que ")[2][:4] for topic in topics if "Même" in topic.narrative
    }
    assert len(shared) == 24
    for topic, same in shared.items():
        assert qrels[topic] == qrels[same]

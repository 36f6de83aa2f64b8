"""The SISSE test set is complete, its splits are those that were fixed once, and its judgments fit its topics."""

from collections import Counter
from pathlib import Path

import pytest

import corpus.demo
from eval import sisse
from eval.agreement import Weights, agreement
from eval.qrels import GRADES, Qrels, read_qrels, relevant
from eval.topics import Split, Topic, read_topics, split_of

FOLDER = Path(sisse.__file__).parent
DEMO = Path(corpus.demo.__file__).parent
FILES = DEMO / "files"
SCANS = DEMO / "scans"
ANSWERS = 2
Grades = dict[tuple[str, str], int]


@pytest.fixture(scope="module")
def topics() -> tuple[Topic, ...]:
    return read_topics(FOLDER / "topics.txt")


@pytest.fixture(scope="module")
def qrels() -> Qrels:
    return read_qrels(FOLDER / "qrels.tsv")


@pytest.fixture(scope="module")
def first() -> Grades:
    """The first assessor's grades: what both passes gave, or what was decided between them."""
    one, two = passes()
    decided = adjudications("adjudication-first.tsv")
    assert {pair for pair in one if one[pair] != two[pair]} <= decided.keys()
    return {pair: decided[pair][2] if pair in decided else grade for pair, grade in one.items()}


@pytest.fixture(scope="module")
def second() -> Grades:
    """The second assessor's grades above 0; everything else is 0."""
    return pairs(read_qrels(FOLDER / "judgments-c.tsv"))


@pytest.fixture(scope="module")
def decided() -> dict[tuple[str, str], tuple[int, int, int, str]]:
    return adjudications("adjudication.tsv")


@pytest.fixture(scope="module")
def scans() -> frozenset[str]:
    return frozenset(path.relative_to(SCANS).as_posix() for path in SCANS.rglob("*") if path.is_file())


def passes() -> tuple[Grades, Grades]:
    first, second = (read_qrels(FOLDER / f"judgments-{name}.tsv") for name in "ab")
    return pairs(first), pairs(second)


def pairs(grades: Qrels) -> Grades:
    return {(topic, document): grade for topic, found in grades.items() for document, grade in found.items()}


def adjudications(name: str) -> dict[tuple[str, str], tuple[int, int, int, str]]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()[1:]
    found = {}
    for topic, document, first, second, final, reason in (line.split("\t") for line in lines):
        found[topic, document] = (int(first), int(second), int(final), reason)
    return found


def twins(topics: tuple[Topic, ...]) -> dict[str, str]:
    """Topics that repeat another one's need, and that other one."""
    return {
        topic.id: topic.narrative.rpartition("Même besoin que ")[2][:4] for topic in topics if "Même" in topic.narrative
    }


def test_there_are_enough_topics_with_titles_of_their_own(topics: tuple[Topic, ...]) -> None:
    assert len(topics) == 268
    assert len({topic.title for topic in topics}) == len(topics)


def test_every_topic_says_what_is_relevant_and_what_is_not(topics: tuple[Topic, ...]) -> None:
    for topic in topics:
        assert topic.description.endswith("."), topic.id
        assert "Répond" in topic.narrative and "Hors sujet" in topic.narrative, topic.id


def test_splits_are_those_of_the_hash_and_both_are_large(topics: tuple[Topic, ...]) -> None:
    assert all(topic.split is split_of(topic.id) for topic in topics)
    counts = Counter(topic.split for topic in topics)
    assert (counts[Split.DEV], counts[Split.TEST]) == (141, 127)


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


def test_every_document_judged_is_a_file_of_the_collection(qrels: Qrels, scans: frozenset[str]) -> None:
    files = {path.relative_to(FILES).as_posix() for path in FILES.rglob("*") if path.is_file()}
    assert {document for grades in qrels.values() for document in grades} <= files | scans


def test_every_topic_is_judged_against_every_scan(qrels: Qrels, scans: frozenset[str]) -> None:
    assert scans
    assert [topic for topic, grades in qrels.items() if not scans <= grades.keys()] == []


def test_topics_answered_in_a_scan_are_fully_answered_nowhere_else(
    topics: tuple[Topic, ...], qrels: Qrels, scans: frozenset[str]
) -> None:
    of_scans = [topic for topic in topics if topic.category == "Réponses dans un scan"]
    assert len(of_scans) >= 12
    assert {topic.split for topic in of_scans} == set(Split)
    for topic in of_scans:
        best = relevant(qrels, topic.id, max(GRADES))
        assert best and best <= scans, topic.id


def test_grades_are_those_of_the_scale(qrels: Qrels) -> None:
    assert {grade for grades in qrels.values() for grade in grades.values()} == set(GRADES)


def test_a_topic_says_it_has_an_answer_exactly_when_a_document_answers(topics: tuple[Topic, ...], qrels: Qrels) -> None:
    assert [t.id for t in topics if t.answerable != bool(relevant(qrels, t.id, ANSWERS))] == []


def test_the_two_passes_of_the_first_assessor_graded_the_same_pairs() -> None:
    one, two = passes()
    assert one.keys() == two.keys()


def test_the_agreement_published_is_that_of_the_two_assessors(
    first: Grades, second: Grades, decided: dict[tuple[str, str], tuple[int, int, int, str]]
) -> None:
    compared = first.keys() | decided.keys()
    everywhere = [{pair: grades.get(pair, 0) for pair in compared} for grades in (first, second)]
    above = [pair for pair in compared if any(grades[pair] for grades in everywhere)]
    readme = " ".join((FOLDER / "README.md").read_text(encoding="utf-8").split())
    for kept in (compared, above):
        one, two = ({pair: grades[pair] for pair in kept} for grades in everywhere)
        quadratic, linear = (agreement(one, two, weights=weights) for weights in (Weights.QUADRATIC, Weights.LINEAR))
        assert quadratic.kappa is not None
        assert linear.kappa is not None
        assert (
            f"{quadratic.both:,} pairs: quadratic {quadratic.kappa:.3f}, linear {linear.kappa:.3f}, "
            f"equal grades on {100 * quadratic.equal:.1f} %" in readme
        )
        for grade, row in zip(quadratic.grades, quadratic.table, strict=True):
            assert kept is above or f"| {grade} | {' | '.join(map(str, row))} |" in readme


def test_every_grade_is_what_both_assessors_gave_or_is_adjudicated_with_a_reason(
    topics: tuple[Topic, ...],
    qrels: Qrels,
    scans: frozenset[str],
    first: Grades,
    second: Grades,
    decided: dict[tuple[str, str], tuple[int, int, int, str]],
) -> None:
    repeats = twins(topics)
    once = {topic.id for topic in topics if topic.category == "Réponses dans un scan"}
    for (topic, document), grade in pairs(qrels).items():
        pair = topic, document
        if topic in repeats:
            continue
        if document in scans or topic in once:
            assert grade == second.get(pair, 0), pair
        elif pair in decided:
            one, two, chosen, reason = decided[pair]
            assert (one, two, chosen) == (first.get(pair, 0), second.get(pair, 0), grade)
            assert reason
        else:
            assert first.get(pair, 0) == second.get(pair, 0) == grade, pair


def test_no_grade_above_zero_of_either_assessor_is_left_out_of_the_judgments(
    qrels: Qrels, first: Grades, second: Grades
) -> None:
    assert (first.keys() | second.keys()) <= pairs(qrels).keys()


def test_topics_of_one_need_have_the_same_judgments(topics: tuple[Topic, ...], qrels: Qrels) -> None:
    shared = twins(topics)
    assert len(shared) == 24
    for topic, same in shared.items():
        assert qrels[topic] == qrels[same]

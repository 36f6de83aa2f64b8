"""The SISSE test set is complete, its splits are those that were fixed once, and its judgments fit its topics."""

from collections import Counter
from collections.abc import Callable, Iterable
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
Decisions = dict[tuple[str, str], tuple[int, int, int, str]]
"""Pair to the first's grade, the second's, the final one and its reason."""


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
def of_scans(topics: tuple[Topic, ...], scans: frozenset[str]) -> Callable[[tuple[str, str]], bool]:
    """Whether a pair is of the late scans' judgments: a topic answered in a scan, or a scan."""
    once = {topic.id for topic in topics if topic.category == "Réponses dans un scan"}
    return lambda pair: pair[0] in once or pair[1] in scans


@pytest.fixture(scope="module")
def third() -> Grades:
    """The second reader's grades of what the scans added: every pair of their pools, and what they graded beyond."""
    return pairs(read_qrels(FOLDER / "judgments-d.tsv"))


@pytest.fixture(scope="module")
def decided_of_scans() -> Decisions:
    return adjudications("adjudication-scans.tsv")


@pytest.fixture(scope="module")
def decided() -> Decisions:
    return adjudications("adjudication.tsv")


@pytest.fixture(scope="module")
def scans() -> frozenset[str]:
    return frozenset(path.relative_to(SCANS).as_posix() for path in SCANS.rglob("*") if path.is_file())


def passes() -> tuple[Grades, Grades]:
    first, second = (read_qrels(FOLDER / f"judgments-{name}.tsv") for name in "ab")
    return pairs(first), pairs(second)


def pairs(grades: Qrels) -> Grades:
    return {(topic, document): grade for topic, found in grades.items() for document, grade in found.items()}


def adjudications(name: str) -> Decisions:
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


def published_agreement(first: Grades, second: Grades, *, table: bool = False) -> list[str]:
    """What the README has to say of two readings, over all pairs and over those that either graded above 0."""
    sentences: list[str] = []
    above = [pair for pair in first if first[pair] or second[pair]]
    for kept in (list(first), above):
        one, two = ({pair: grades[pair] for pair in kept} for grades in (first, second))
        quadratic, linear = (agreement(one, two, weights=weights) for weights in (Weights.QUADRATIC, Weights.LINEAR))
        sentences.append(
            f"{quadratic.both:,} pairs: quadratic {quadratic.kappa:.3f}, linear {linear.kappa:.3f}, "
            f"equal grades on {100 * quadratic.equal:.1f} %"
        )
        if table and kept is not above:
            rows = zip(quadratic.grades, quadratic.table, strict=True)
            sentences += [f"| {grade} | {' | '.join(map(str, row))} |" for grade, row in rows]
    return sentences


def over(compared: Iterable[tuple[str, str]], *readings: Grades) -> list[Grades]:
    return [{pair: grades.get(pair, 0) for pair in compared} for grades in readings]


def test_the_agreements_published_are_those_of_the_readings(
    first: Grades,
    second: Grades,
    third: Grades,
    decided: Decisions,
    of_scans: Callable[[tuple[str, str]], bool],
    topics: tuple[Topic, ...],
) -> None:
    readme = " ".join((FOLDER / "README.md").read_text(encoding="utf-8").split())
    files = over(first.keys() | decided.keys(), first, second)
    repeats = twins(topics)
    late = {pair: grade for pair, grade in second.items() if of_scans(pair) and pair[0] not in repeats}
    scanned = over(late.keys() | third.keys(), late, third)
    for sentence in [*published_agreement(*files, table=True), *published_agreement(*scanned, table=True)]:
        assert sentence in readme


def test_every_grade_is_what_both_readers_gave_or_is_adjudicated_with_a_reason(
    topics: tuple[Topic, ...],
    qrels: Qrels,
    of_scans: Callable[[tuple[str, str]], bool],
    first: Grades,
    second: Grades,
    third: Grades,
    decided: Decisions,
    decided_of_scans: Decisions,
) -> None:
    repeats = twins(topics)
    for pair, grade in pairs(qrels).items():
        if pair[0] in repeats:
            continue
        readings, settled = ((second, third), decided_of_scans) if of_scans(pair) else ((first, second), decided)
        given = tuple(reading.get(pair, 0) for reading in readings)
        if pair in settled:
            *both, chosen, reason = settled[pair]
            assert (tuple(both), chosen) == (given, grade), pair
            assert given[0] != given[1] and reason, pair
        else:
            assert given == (grade, grade), pair


def test_no_grade_of_any_reader_is_left_out_of_the_judgments(
    qrels: Qrels, first: Grades, second: Grades, third: Grades
) -> None:
    assert (first.keys() | second.keys() | third.keys()) <= pairs(qrels).keys()


def test_topics_of_one_need_have_the_same_judgments(topics: tuple[Topic, ...], qrels: Qrels) -> None:
    shared = twins(topics)
    assert len(shared) == 24
    for topic, same in shared.items():
        assert qrels[topic] == qrels[same]

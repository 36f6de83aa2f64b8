"""The topics of the SISSE test set are complete, and their splits are those that were fixed once."""

from collections import Counter
from pathlib import Path

import pytest

from eval import sisse
from eval.topics import Split, Topic, read_topics, split_of

FOLDER = Path(sisse.__file__).parent


@pytest.fixture(scope="module")
def topics() -> tuple[Topic, ...]:
    return read_topics(FOLDER / "topics.txt")


def test_there_are_enough_topics_with_titles_of_their_own(topics: tuple[Topic, ...]) -> None:
    assert len(topics) >= 110
    assert len({topic.title for topic in topics}) == len(topics)


def test_every_topic_says_what_is_relevant_and_what_is_not(topics: tuple[Topic, ...]) -> None:
    for topic in topics:
        assert topic.description.endswith("."), topic.id
        assert "Répond" in topic.narrative and "Hors sujet" in topic.narrative, topic.id


def test_splits_are_those_of_the_hash_and_both_are_large(topics: tuple[Topic, ...]) -> None:
    assert all(topic.split is split_of(topic.id) for topic in topics)
    counts = Counter(topic.split for topic in topics)
    assert min(counts[split] for split in Split) >= 50


def test_every_category_is_explained_and_has_several_topics(topics: tuple[Topic, ...]) -> None:
    readme = " ".join((FOLDER / "README.md").read_text(encoding="utf-8").split())
    for category, count in Counter(topic.category for topic in topics).items():
        assert category in readme
        assert count >= 5

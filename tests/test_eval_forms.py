"""What a need costs when it is said by its acronym or in English, against the same need in plain French."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from corpus.errors import InputError
from eval.forms import Pair, acronym_pairs, foreign_pairs, form_cost, form_lines, known_pairs, read_forms, title_pairs
from eval.qrels import read_qrels, relevant
from eval.runs import Scored
from eval.significance import ratio_bootstrap
from eval.topics import Topic, read_topics
from eval.workbench import SISSE


def written(folder: Path, *lines: str) -> Path:
    path = folder / "forms.tsv"
    path.write_text("topic\tform\ttext\n" + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_a_wording_that_is_not_given_is_the_title(tmp_path: Path) -> None:
    forms = read_forms(written(tmp_path, "A\tcomplet\tprêt garanti", "B\tsigle\tPLF", "B\tanglais\tbudget bill"))
    topics = [Topic("A", "PGE"), Topic("B", "loi de finances"), Topic("C", "PME")]
    assert [(pair.plain, pair.other) for pair in acronym_pairs(topics, forms)] == [
        ("prêt garanti", "PGE"),
        ("loi de finances", "PLF"),
    ]
    assert [(pair.plain, pair.other) for pair in foreign_pairs(topics, forms, "anglais")] == [
        ("loi de finances", "budget bill")
    ]


@pytest.mark.parametrize("line", ["A\tsigle", "A\tchinois\t词", "A\tsigle\t ", "A\tsigle\tX\tY"])
def test_a_line_that_does_not_read_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(InputError, match="ligne 2"):
        read_forms(written(tmp_path, line))


def test_two_wordings_of_one_form_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ligne 3.*deux fois"):
        read_forms(written(tmp_path, "A\tsigle\tPGE", "A\tsigle\tPME"))


def test_titles_that_say_both_are_asked_once_with_each() -> None:
    topics = [Topic("1", "Contribution sociale généralisée (CSG) : taux"), Topic("2", "Taux de la CSG")]
    (pair,) = title_pairs(topics)
    assert (pair.plain, pair.other) == ("Contribution sociale généralisée : taux", "CSG : taux")


def test_the_cost_is_that_of_the_topics_that_have_an_answer() -> None:
    forms = {name: {"anglais": f"in English {name}"} for name in "ABC"}
    topics = [Topic(name, name) for name in "ABC"]

    def search(query: str, k: int, /) -> Sequence[Scored]:
        missed = query == "in English B"
        return [("autre", 2.0), (query[-1], 1.0)] if missed else [(query[-1], 1.0)]

    cost = form_cost("lot", search, foreign_pairs(topics, forms, "anglais"), {"A": {"A": 1}, "B": {"B": 1}})
    assert (cost.topics, cost.wins, cost.losses, cost.plain) == (2, 0, 1, 1.0)
    assert cost.other == pytest.approx((1 + 0.6309) / 2, abs=1e-4)
    assert cost.difference.low == pytest.approx(-0.3691, abs=1e-4)
    assert cost.ratio.high == 1.0
    assert "| lot | 2 | 100.0 | 81.5 | -18.5" in form_lines([cost])[-1]
    with pytest.raises(InputError, match="aucun sujet"):
        form_cost("lot", search, foreign_pairs(topics, forms, "anglais"), {})


def test_a_topic_said_to_have_no_answer_is_not_counted() -> None:
    topics = [Topic("A", "A"), Topic("B", "B", answerable=False)]
    pairs = [Pair(topic, topic.title, "autre") for topic in topics]
    near = {"A": {"A": 1}, "B": {"B": 1}}
    assert form_cost("lot", lambda query, k, /: [(query, 1.0)], pairs, near).topics == 1


def test_a_ratio_is_resampled_by_pairs() -> None:
    under = [0.2, 0.9, 0.5, 0.7]
    found = ratio_bootstrap([value / 2 for value in under], under)
    assert found.low == pytest.approx(0.5)
    assert found.high == pytest.approx(0.5)


def test_the_wordings_of_the_house_are_of_topics_that_have_an_answer() -> None:
    qrels, forms = read_qrels(SISSE / "qrels.tsv"), read_forms(SISSE / "forms.tsv")
    topics = {topic.id: topic for topic in read_topics(SISSE / "topics.txt")}
    assert all(relevant(qrels, topic, 1) for topic in forms)
    assert all(text != topics[topic].title for topic, given in forms.items() for text in given.values())


def test_titles_that_say_what_the_collection_has_an_acronym_for_are_asked_with_it() -> None:
    acronyms = {"taxe foncière": "TF", "taxe foncière sur les propriétés bâties": "TFPB"}
    topics = [
        Topic("1", "Exonération de Taxe foncière sur les propriétés bâties"),
        Topic("2", "Taxe foncières"),
        Topic("3", "Taxe foncière (TF)"),
        Topic("4", "La taxe foncière est-elle due ?"),
    ]
    found = {pair.topic.id: (pair.plain, pair.other) for pair in known_pairs(topics, acronyms)}
    assert found == {
        "1": ("Exonération de Taxe foncière sur les propriétés bâties", "Exonération de TFPB"),
        "4": ("La taxe foncière est-elle due ?", "La TF est-elle due ?"),
    }

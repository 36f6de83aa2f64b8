"""The development split may not lose more than the tolerance, and runs say what they were made with."""

import json
import subprocess
from pathlib import Path
from typing import cast

import pytest

from corpus.document import Document
from corpus.errors import InputError
from eval.collection import held_by
from eval.gate import GATED, agree, check
from eval.provenance import Provenance, code_version, collection_hash, differences, file_hash
from search_api.engine.search import Engine

SUMMARY = dict.fromkeys(GATED, 0.6)
MADE_WITH = Provenance(collection="c", generation="g", code="1", topics="t", qrels="q").as_dict()


@pytest.fixture
def agreed(tmp_path: Path) -> Path:
    path = tmp_path / "gate.json"
    agree(SUMMARY, MADE_WITH, path)
    return path


@pytest.mark.parametrize(("after", "passed"), [(0.6, True), (0.59, True), (0.5899, False), (0.9, True), (0.0, False)])
def test_a_loss_beyond_the_tolerance_does_not_pass(agreed: Path, after: float, passed: bool) -> None:
    assert check(SUMMARY | {"recall@100": after}, MADE_WITH, agreed).passed is passed


def test_the_gate_says_what_was_lost_and_what_was_gained(agreed: Path) -> None:
    result = check(SUMMARY | {"ndcg@10": 0.55, "mrr@10": 0.7}, MADE_WITH, agreed, tolerance=0.02)
    assert result.sentences == (
        "nDCG@10 : 60,0 → 55,0, perte supérieure à la tolérance de 2,0 points",
        "MRR@10 : 60,0 → 70,0, gain : convenez de ces nouveaux chiffres",
    )


@pytest.mark.parametrize("key", ["collection", "topics", "qrels"])
def test_figures_of_other_data_are_not_compared(agreed: Path, key: str) -> None:
    with pytest.raises(InputError, match=f"« {key} » a changé"):
        check(SUMMARY, {**MADE_WITH, key: "autre"}, agreed)


def test_another_generation_or_code_is_what_the_gate_is_for(agreed: Path) -> None:
    assert check(SUMMARY, {**MADE_WITH, "generation": "h", "code": "2"}, agreed).passed


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"means": {}, "collection": "c", "topics": "t", "qrels": "q"}'])
def test_damaged_figures_are_a_clear_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "gate.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="chiffres convenus"):
        check(SUMMARY, MADE_WITH, path)


def test_a_collection_is_known_by_its_documents_not_their_order() -> None:
    documents = [("a", "1"), ("b", "2")]
    assert collection_hash(documents) == collection_hash(reversed(documents))
    assert collection_hash(documents) != collection_hash([("a", "12"), ("b", "")])
    assert collection_hash([("a", "1")]) != collection_hash([("a1", "")])


def test_what_differs_between_two_runs_is_named() -> None:
    other = {**MADE_WITH, "collection": "d", "parameters": {"k": 3}}
    assert differences(MADE_WITH, other) == ("collection", "paramètres")


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"abc")
    assert file_hash(tmp_path / "t").startswith("ba7816bf8f01cfea")


def test_the_code_is_known_by_its_commit_and_whether_it_was_modified(tmp_path: Path) -> None:
    assert "+" not in code_version(tmp_path)

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=x", "-c", "user.email=x@exemple.test"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True)

    git("init")
    (tmp_path / "a").write_text("1", encoding="utf-8")
    git("add", "a")
    git("commit", "-m", "x")
    clean = code_version(tmp_path)
    assert len(clean.split("+")[1]) == 12
    (tmp_path / "a").write_text("2", encoding="utf-8")
    assert code_version(tmp_path) == f"{clean}.modified"


def test_the_figures_agreed_are_those_of_the_topics_and_judgments_at_hand() -> None:
    from eval.sisse.commands import FIGURES, QRELS, TOPICS

    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    assert figures["topics"] == file_hash(TOPICS), "agree on new figures: reuni eval gate --agree"
    assert figures["qrels"] == file_hash(QRELS), "agree on new figures: reuni eval gate --agree"
    assert set(figures["means"]) == set(GATED)


def test_what_the_collection_does_not_hold_is_not_asked_of_it() -> None:
    class Holding:
        def all_documents(self) -> list[tuple[str, Document]]:
            return [("general", Document("1", "a.txt", "v", "A", "d", "text/plain", 1))]

    found = held_by(cast("Engine", Holding()), {"t": {"a.txt": 3, "scan.pdf": 2}})
    assert found == {"t": {"a.txt": 3}}

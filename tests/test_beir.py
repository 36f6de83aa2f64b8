"""A BEIR folder is read with errors that name file and line, and a searcher is measured on it."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from corpus.errors import InputError
from eval.beir import read_beir
from eval.evaluation import CONTRACT, measure
from eval.topics import Topic

DOCUMENTS = [
    {"_id": "a/1 bis.pdf", "title": "Filtrage", "text": "Investissements étrangers\u2028en France"},
    {"_id": "b", "text": "Brevets"},
    {"_id": "c", "title": None, "text": ""},
]
QUERIES = [
    {"_id": "q1", "text": "rachat étranger"},
    {"_id": "q2", "text": "brevet"},
    {"_id": "q9", "text": "x"},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\ta/1 bis.pdf\t2\nq2\tb\t1\nq2\tparti\t1\n"


def jsonl(records: Sequence[object]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "corpus.jsonl").write_text(jsonl(DOCUMENTS), encoding="utf-8")
    (tmp_path / "queries.jsonl").write_text(jsonl(QUERIES), encoding="utf-8")
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels/test.tsv").write_text(QRELS, encoding="utf-8")
    return tmp_path


def test_a_folder_is_read_whole(folder: Path) -> None:
    collection = read_beir(folder)
    assert collection.topics == (Topic("q1", "rachat étranger"), Topic("q2", "brevet"))
    assert collection.qrels == {"q1": {"a/1 bis.pdf": 2}, "q2": {"b": 1, "parti": 1}}
    assert collection.documents == 3
    assert collection.missing == ("parti",)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name} est introuvable"):
        read_beir(folder)


@pytest.mark.parametrize(
    ("name", "line", "says"),
    [
        ("corpus.jsonl", '{"text": "x"}', "corpus.jsonl, ligne 4 : « _id » manque"),
        ("corpus.jsonl", '{"_id": "d"}', "corpus.jsonl, ligne 4 : « text »"),
        ("corpus.jsonl", '{"_id": "d", "text": ["x"]}', "corpus.jsonl, ligne 4 : « text »"),
        ("corpus.jsonl", '{"_id": "b", "text": "x"}', "corpus.jsonl, ligne 4 : .*en double"),
        ("corpus.jsonl", '{"_id": "d", "text": "x"', "corpus.jsonl, ligne 4 : JSON invalide"),
        ("corpus.jsonl", '["d"]', "corpus.jsonl, ligne 4 : un objet JSON"),
        ("queries.jsonl", '{"_id": "q3", "text": " "}', "queries.jsonl, ligne 4 : sujet sans titre"),
        ("qrels/test.tsv", "q3\tb\t1", "test.tsv, ligne 5 : la requête « q3 » est absente de queries.jsonl"),
        ("qrels/test.tsv", "q2 b 1", "test.tsv, ligne 5 : 1 colonnes"),
    ],
)
def test_a_damaged_line_is_named(folder: Path, name: str, line: str, says: str) -> None:
    with (folder / name).open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
    with pytest.raises(InputError, match=says):
        read_beir(folder)


def test_the_parts_that_are_there_are_told_when_another_is_asked_for(folder: Path) -> None:
    (folder / "qrels/train.tsv").write_text(QRELS, encoding="utf-8")
    with pytest.raises(InputError) as told:
        read_beir(folder, "dev")
    assert told.value.remedy == "Choisissez l’une des parties présentes : test, train"
    assert read_beir(folder, "train").qrels == read_beir(folder, "test").qrels


@pytest.mark.parametrize("split", ["../test", "", "te st"])
def test_a_split_is_a_name_not_a_path(folder: Path, split: str) -> None:
    with pytest.raises(InputError, match="nom de partie"):
        read_beir(folder, split)


def test_a_searcher_is_measured_with_the_contract_s_keys(folder: Path) -> None:
    collection = read_beir(folder)
    asked: list[tuple[str, int]] = []

    def searcher(query: str, k: int, /) -> list[tuple[str, float]]:
        asked.append((query, k))
        return {"rachat étranger": [("b", 0.9), ("a/1 bis.pdf", 0.4)], "brevet": [("b", 0.7)]}[query]

    evaluation = measure(searcher, collection.topics, collection.qrels, 50)
    assert asked == [("rachat étranger", 50), ("brevet", 50)]
    summary = evaluation.as_dict()
    assert {key: summary[key] for key in CONTRACT} == pytest.approx(
        {"ndcg@10": 0.6220, "mrr@10": 0.75, "recall@100": 0.75, "success@1": 0.5, "success@5": 1.0}, abs=1e-4
    )
    assert summary["topics"] == 2
    assert 0 <= summary["p50_ms"] <= summary["p95_ms"]
    assert evaluation.run.documents("q1") == ("b", "a/1 bis.pdf")


def test_topics_without_an_answer_are_measured_apart() -> None:
    topics = [
        Topic("a", "a"),
        Topic("b", "b"),
        Topic("n", "n", answerable=False),
        Topic("m", "m", answerable=False),
    ]
    found = {"a": [("d", 0.9)], "b": [("d", 0.3)], "n": [("d", 0.5)], "m": []}
    evaluation = measure(lambda query, _k: found[query], topics, {"a": {"d": 1}, "b": {"d": 1}})
    assert evaluation.summary["topics"] == 2
    assert evaluation.summary["mrr@10"] == 1.0
    assert evaluation.no_answer.topics == 2
    assert evaluation.no_answer.silent == 1
    assert evaluation.no_answer.separation == 0.75


def test_a_topic_that_was_not_judged_is_counted_not_measured() -> None:
    topics = [Topic("a", "a", category="PI"), Topic("b", "b", category="PI")]
    evaluation = measure(lambda _q, _k: [("d", 1.0)], topics, {"a": {"d": 1}, "b": {"d": 0}})
    assert (evaluation.summary["topics"], evaluation.summary["unjudged_topics"]) == (1, 1)
    assert evaluation.categories["PI"]["success@1"] == 1.0


def test_nothing_to_measure_is_an_error() -> None:
    with pytest.raises(InputError, match="rien à mesurer"):
        measure(lambda _q, _k: [], [Topic("a", "a")], {})

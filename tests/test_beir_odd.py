"""BEIR folders as they are found: numbers for ids, no title, qrels without a header, several splits."""

import json
from pathlib import Path

import pytest

from corpus.beir_corpus import read_beir_corpus
from corpus.errors import InputError
from eval.beir import read_beir
from eval.bench.beir_folder import write_folder

Records = list[dict[str, object]]


def folder_of(tmp_path: Path, corpus: Records, queries: Records, qrels: str) -> Path:
    for name, records in (("corpus", corpus), ("queries", queries)):
        lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "dev.tsv").write_text(qrels, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("header", ["", "query-id\tcorpus-id\tscore\n", "\ufeffquery-id\tcorpus-id\tscore\n"])
def test_judgments_are_read_with_or_without_a_header(tmp_path: Path, header: str) -> None:
    folder = folder_of(
        tmp_path,
        [{"_id": "a b", "text": "x"}, {"_id": "é/1", "title": None, "text": ""}],
        [{"_id": "1", "text": "question"}],
        header + "1\ta b\t1\n1\té/1\t0\n",
    )
    found = read_beir(folder, "dev")
    assert found.qrels == {"1": {"a b": 1, "é/1": 0}}
    assert [record.title for record in read_beir_corpus(folder / "corpus.jsonl")] == ["", ""]


def test_lines_may_end_as_windows_ends_them(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path,
        [{"_id": "d", "text": "x"}],
        [{"_id": "q", "text": "question"}],
        "query-id\tcorpus-id\tscore\r\nq\td\t2\r\n",
    )
    assert read_beir(folder, "dev").qrels == {"q": {"d": 2}}


def test_a_query_that_no_one_judged_is_left_out(tmp_path: Path) -> None:
    queries: Records = [{"_id": "q", "text": "question"}, {"_id": "r", "text": "autre"}]
    folder = folder_of(tmp_path, [{"_id": "d", "text": "x"}], queries, "q\td\t1\n")
    assert [topic.id for topic in read_beir(folder, "dev").topics] == ["q"]


def test_an_id_that_is_a_number_is_taken_as_its_text(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, [{"_id": 4983, "text": "x"}], [{"_id": 7, "text": "question"}], "7\t4983\t1\n")
    found = read_beir(folder, "dev")
    assert [topic.id for topic in found.topics] == ["7"]
    assert found.missing == ()


@pytest.mark.parametrize("identifier", [None, True, 1.5, [], ""])
def test_an_id_that_is_neither_a_text_nor_a_whole_number_is_refused_with_its_line(
    tmp_path: Path, identifier: object
) -> None:
    record: dict[str, object] = {"_id": identifier, "text": "x"}
    good: dict[str, object] = {"_id": "d", "text": "x"}
    damaged = folder_of(tmp_path, [good, record], [good], "d\td\t1\n")
    with pytest.raises(InputError, match=r"corpus\.jsonl, ligne 2 : « _id »"):
        read_beir(damaged, "dev")
    (damaged / "queries.jsonl").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(InputError, match=r"queries\.jsonl, ligne 1 : sujet sans numéro"):
        read_beir(damaged, "dev")


def test_metadata_of_others_is_passed_over(tmp_path: Path) -> None:
    metadata = {"split": "train", "answerable": "maybe", "category": ["a", "b"], "url": "https://exemple.fr"}
    record: dict[str, object] = {"_id": "d", "text": "question", "metadata": metadata}
    folder = folder_of(tmp_path, [record], [record], "d\td\t1\n")
    (topic,) = read_beir(folder, "dev").topics
    assert (topic.split, topic.answerable, topic.category) == (None, True, "")


def test_a_corpus_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, [{"_id": "d", "text": "x"}], [{"_id": "q", "text": "question"}], "q\td\t1\n")
    corpus = folder / "corpus.jsonl"
    corpus.write_text("\ufeff" + corpus.read_text(encoding="utf-8"), encoding="utf-8")
    assert read_beir(folder, "dev").documents == 1


def test_the_large_folder_of_the_benchmarks_is_read(tmp_path: Path) -> None:
    write_folder(tmp_path, documents=20, queries=4)
    found = read_beir(tmp_path)
    assert (found.documents, [topic.id for topic in found.topics], found.missing) == (20, ["0", "5", "10", "15"], ())
    texts = {document.id: document.text for document in read_beir_corpus(found.corpus)}
    assert all(topic.title in texts[topic.id] for topic in found.topics)

"""BEIR folders as they are found: numbers for ids, no title, qrels without a header, several splits."""

import json
from pathlib import Path

import pytest

from eval.beir import beir_records, read_beir


def folder_of(tmp_path: Path, corpus: list[dict[str, object]], queries: list[dict[str, object]], qrels: str) -> Path:
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
    assert [record.title for record in beir_records(folder / "corpus.jsonl")] == ["", ""]


def test_lines_may_end_as_windows_ends_them(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path,
        [{"_id": "d", "text": "x"}],
        [{"_id": "q", "text": "question"}],
        "query-id\tcorpus-id\tscore\r\nq\td\t2\r\n",
    )
    assert read_beir(folder, "dev").qrels == {"q": {"d": 2}}


def test_a_query_that_no_one_judged_is_left_out(tmp_path: Path) -> None:
    queries: list[dict[str, object]] = [{"_id": "q", "text": "question"}, {"_id": "r", "text": "autre"}]
    folder = folder_of(tmp_path, [{"_id": "d", "text": "x"}], queries, "q\td\t1\n")
    assert [topic.id for topic in read_beir(folder, "dev").topics] == ["q"]

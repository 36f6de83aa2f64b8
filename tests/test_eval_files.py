"""Topics, judgments and runs are read and written in TREC and BEIR files without losing anything."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import InputError
from eval.lines import decode_id, encode_id
from eval.qrels import beir_qrels, read_qrels, trec_qrels
from eval.runs import make_run, ranked, read_run, trec_run
from eval.topics import Split, Topic, beir_topics, in_split, read_topics, split_of, trec_topics

words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=12)
sentences = st.lists(words, max_size=6).map(" ".join)
ids = st.from_regex(r"[A-Za-z0-9_.-]{1,8}", fullmatch=True)
external_ids = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
topics = st.builds(
    Topic,
    id=ids,
    title=st.lists(words, min_size=1, max_size=6).map(" ".join),
    description=sentences,
    narrative=sentences,
    category=sentences,
    split=st.none() | st.sampled_from(Split),
    answerable=st.booleans(),
)


def write(directory: Path, name: str, text: str) -> Path:
    path = directory / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@settings(deadline=None, max_examples=50)
@given(st.lists(topics, min_size=1, max_size=4, unique_by=lambda topic: topic.id))
def test_topics_come_back_from_trec_and_beir_files(scratch: Path, given_topics: list[Topic]) -> None:
    assert read_topics(write(scratch, "t.trec", trec_topics(given_topics))) == tuple(given_topics)
    assert read_topics(write(scratch, "t.jsonl", beir_topics(given_topics))) == tuple(given_topics)


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(ids, st.dictionaries(external_ids, st.integers(0, 3), min_size=1), min_size=1))
def test_judgments_come_back_from_trec_files(scratch: Path, qrels: dict[str, dict[str, int]]) -> None:
    assert read_qrels(write(scratch, "q.qrels", trec_qrels(qrels))) == qrels


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(ids, st.dictionaries(words, st.integers(0, 3), min_size=1), min_size=1))
def test_judgments_come_back_from_beir_files(scratch: Path, qrels: dict[str, dict[str, int]]) -> None:
    assert read_qrels(write(scratch, "q.tsv", beir_qrels(qrels))) == qrels


scores = st.floats(-1e9, 1e9) | st.sampled_from([0.0, 0.5, 1.0])


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(ids, st.dictionaries(external_ids, scores, min_size=1, max_size=8), min_size=1))
def test_runs_come_back_from_trec_files(scratch: Path, results: dict[str, dict[str, float]]) -> None:
    run = make_run("un système", {topic: list(found.items()) for topic, found in results.items()}, {"k": 3})
    again = read_run(write(scratch, "r.run", trec_run(run)))
    assert again == run


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(external_ids, scores, max_size=12))
def test_a_ranking_has_one_order_whatever_the_order_of_arrival(found: dict[str, float]) -> None:
    ranking = ranked(found.items())
    assert ranking == ranked(reversed(found.items()))
    assert [d for d, _ in ranking] == sorted(found, key=lambda document: (-found[document], document))
    rounded = np.array([score for _, score in ranking], dtype=np.float32)
    assert (np.diff(rounded) < 0).all()


@settings(deadline=None, max_examples=50)
@given(external_ids)
def test_an_external_id_is_one_word_of_a_trec_line(identifier: str) -> None:
    assert len(encode_id(identifier).split()) == 1
    assert decode_id(encode_id(identifier)) == identifier


def test_trec_topics_may_leave_tags_open(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "t",
        "<top>\n<num> Number: 301\n<title> Exportation d'armes\n\n"
        "<desc> Description:\nQuels pays\nexportent ?\n"
        "<narr> Narrative:\nLes prix &lt; 10 ne comptent pas.\n</top>\n",
    )
    assert read_topics(path) == (
        Topic("301", "Exportation d'armes", "Quels pays exportent ?", "Les prix < 10 ne comptent pas."),
    )


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("<top>\n<num>1</num>\n</top>\n", 1, "sans titre"),
        ("<top>\n<num>1</num>\n<title>a</title>\n", 1, "non fermé"),
        ("\n<title>a</title>\n", 2, "hors d'un sujet"),
        ("<top>\n<top>\n", 2, "dans un <top>"),
        ("<top>\n<num>1</num>\n<num>2</num>\n", 3, "en double"),
        ("<top>\n<prix>1</prix>\n", 2, "inconnu"),
        ("<top><num>1</num><title>a</title><split>train</split></top>", 1, "train"),
        ("<top><num>1</num><title>a</title></top>\n<top><num>1</num><title>b</title></top>", 2, "en double"),
    ],
)
def test_a_damaged_topic_file_says_where(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(InputError, match=f"t.trec, ligne {line} : .*{says}"):
        read_topics(write(tmp_path, "t.trec", text))


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("q.tsv", "query-id\tcorpus-id\tscore\nq\td\n", "ligne 2 : 2 colonnes"),
        ("q.tsv", "q\td\tbon\n", "ligne 1 : note « bon »"),
        ("q.txt", "q 0 d -1\n", "ligne 1 : note « -1 »"),
        ("q.txt", "q 0 d 1\nq 0 d 2\n", "ligne 2 : .*jugé deux fois"),
    ],
)
def test_a_damaged_judgment_file_says_where(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_qrels(write(tmp_path, name, text))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("q Q0 d 1 0.5\n", "ligne 1 : 5 colonnes"),
        ("# note\nq Q0 d 1 nan s\n", "ligne 2 : score « nan »"),
        ("q Q0 d 1 2 s\nq Q0 d 2 1 s\n", "ligne 2 : .*rendu deux fois"),
    ],
)
def test_a_damaged_run_says_where(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_run(write(tmp_path, "r.run", text))


def test_the_rank_column_of_a_run_is_not_believed(tmp_path: Path) -> None:
    run = read_run(write(tmp_path, "r.run", "q Q0 a 1 0.1 s\nq Q0 b 2 0.9 s\n"))
    assert run.documents("q") == ("b", "a")


def test_a_file_that_is_not_utf8_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "q.tsv").write_bytes("q\té\t1\n".encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        read_qrels(tmp_path / "q.tsv")


@pytest.mark.parametrize("results", [[("d", 1.0), ("d", 2.0)], [("d", float("nan"))], [("d", float("inf"))]])
def test_what_is_not_a_ranking_is_refused(results: list[tuple[str, float]]) -> None:
    with pytest.raises(InputError):
        ranked(results)


def test_the_split_of_a_topic_never_changes() -> None:
    splits = [split_of(f"S{number:03}").value for number in range(1, 9)]
    assert splits == ["dev", "dev", "test", "dev", "test", "dev", "test", "test"]
    dev = Topic("a", "x", split=Split.DEV)
    assert in_split([dev, Topic("b", "y")], Split.DEV) == (dev,)
    assert len(in_split([dev, Topic("b", "y")], None)) == 2

"""A report stands alone, is the same each time, and shows titles and file names as plain text."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from corpus.errors import InputError
from eval.evaluation import Evaluation, evaluate
from eval.report import Report, make_report, markdown_text
from eval.runs import make_run
from eval.topics import Topic

HOSTILE = 'notes/<img src=x onerror="alert(1)">|*note*.pdf'
TOPICS = [
    Topic("S1", "brevets <script>alert(1)</script> | $x$", category="PI"),
    Topic("S2", "cyber", category="Cyber"),
    Topic("S3", "normes", category="PI"),
    Topic("N1", "rien", answerable=False),
]
QRELS = {"S1": {HOSTILE: 3, "b": 0}, "S2": {"b": 2}, "S3": {"z": 1, "b": 0, HOSTILE: 0}}


def system(name: str, first: str, second: str) -> Evaluation:
    results = {topic.id: [(first, 0.9), (second, 0.5)] for topic in TOPICS}
    provenance = {"collection": "c0ffee", "parameters": {"poids": 0.3}}
    return evaluate(make_run(name, results, provenance), TOPICS, QRELS, milliseconds=[2.0, 4.0])


@pytest.fixture(scope="module")
def report() -> Report:
    return make_report(
        "Essai & mesure", [system("lexical", "b", HOSTILE), system("complet", HOSTILE, "b")], TOPICS, QRELS
    )


def test_nothing_is_fetched_from_elsewhere(report: Report) -> None:
    for form in ('src="http', "href=", "url(http", "@import", "<script", "<link"):
        assert form not in report.html.replace('xlink:href="#', "").replace('href="#', "")


def test_a_hostile_name_is_text_in_both_forms(report: Report) -> None:
    assert "<img" not in report.html
    assert "&lt;img src=x onerror=&#34;alert(1)&#34;&gt;" in report.html
    assert r"\<img src=x onerror=" in report.markdown
    assert r"\|\*note\*.pdf" in report.markdown


def test_figures_are_drawn_inside_the_page_with_their_description(report: Report) -> None:
    assert report.html.count('<svg role="img" aria-label="') == 3
    start = report.html.index("<svg")
    ET.fromstring(report.html[start : report.html.index("</svg>") + len("</svg>")])


def test_every_ndcg_stands_beside_how_much_was_judged(report: Report) -> None:
    header = next(line for line in report.markdown.splitlines() if line.startswith("| système"))
    assert header.startswith("| système | nDCG@10 | jugés à 10 | nDCG@10 condensé |")


def test_the_report_names_failures_missing_answers_and_provenance(report: Report) -> None:
    assert "| S3 | normes |" in report.markdown
    assert "## Sujets sans réponse dans la collection" in report.markdown
    assert "- collection : c0ffee" in report.markdown
    assert "3,0 / 3,9" in report.markdown


def test_tables_of_the_markdown_have_the_columns_of_their_header(report: Report) -> None:
    block: list[str] = []
    for line in [*report.markdown.splitlines(), ""]:
        if line.startswith("|"):
            block.append(line.replace(r"\|", ""))
        elif block:
            assert len({row.count("|") for row in block}) == 1, block
            block = []


def test_the_same_evaluations_give_the_same_bytes(report: Report) -> None:
    again = make_report(
        "Essai & mesure", [system("lexical", "b", HOSTILE), system("complet", HOSTILE, "b")], TOPICS, QRELS
    )
    assert again == report


def test_one_system_alone_can_be_reported() -> None:
    report = make_report("Seul", [system("lexical", "b", HOSTILE)], TOPICS, QRELS, notes=["Une *note*."])
    assert "## Comparaisons" not in report.markdown
    assert r"Une \*note\*." in report.markdown


def test_the_three_forms_are_written(report: Report, tmp_path: Path) -> None:
    html, markdown, data = report.write(tmp_path / "sortie", "relevance")
    assert html.read_text(encoding="utf-8") == report.html
    assert markdown.read_text(encoding="utf-8") == report.markdown
    written = json.loads(data.read_text(encoding="utf-8"))
    assert written["systems"]["complet"]["mrr@10"] == pytest.approx(0.5)
    assert written["per_topic"]["lexical"]["success@1"] == {"S1": 0.0, "S2": 1.0, "S3": 0.0}


@pytest.mark.parametrize("names", [[], ["a", "a"]])
def test_systems_must_have_names_of_their_own(names: list[str]) -> None:
    with pytest.raises(InputError, match="noms différents"):
        make_report("x", [system(name, "b", HOSTILE) for name in names], TOPICS, QRELS)


def test_markdown_text_stays_on_one_line() -> None:
    assert markdown_text("# a\n| b `c`") == r"\# a \| b \`c\`"


def test_every_topic_won_or_lost_shows_both_rankings(report: Report) -> None:
    for title in ("gagnés", "perdus"):
        assert f"sujets {title}, les deux classements côte à côte" in report.html
    for topic in ("S1", "S2", "S3"):
        shown = report.html.partition(f'<details class="topic"><summary>{topic} ·')[2].partition("</details>")[0]
        assert shown.count("<ol>") == 2

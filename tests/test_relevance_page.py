"""The relevance page says what was measured, part by part, and what a change of form costs."""

import re

import pytest

from eval.evaluation import evaluate
from eval.provenance import file_hash
from eval.runs import make_run
from eval.sisse.relevance import FOLDER, ROOT, SYSTEMS, Clear, Part, page, twins
from eval.topics import Split, Topic

NARRATIVE = "Répond : le document. Hors sujet : le reste."
CLEAR = Clear(answered=4, answered_clear=3, unanswerable=2, unanswerable_clear=1, separation=0.875)
QRELS = {"S001": {"a": 3, "b": 0}, "K001": {"a": 3, "b": 0}, "S002": {"a": 1, "b": 3}, "K002": {"a": 0}}
ASKED = (
    Topic("S001", "clair", narrative=NARRATIVE, category="Sigles", split=Split.TEST),
    Topic("K001", "CLR", narrative=NARRATIVE + " Même besoin que S001.", category="Sigles", split=Split.TEST),
    Topic("S002", "autre", narrative=NARRATIVE, category="Budget", split=Split.DEV),
    Topic("K002", "rien", narrative=NARRATIVE, category="Sans réponse", split=Split.DEV, answerable=False),
)


def part(split: Split, awaiting_ocr: int = 0) -> Part:
    topics = tuple(topic for topic in ASKED if topic.split is split)
    systems = []
    for name in SYSTEMS:
        # Only the variant is answered badly, and by words alone.
        wrong = {"K001"} if name == "mots" else set()
        ranked = {
            topic.id: [("b" if topic.id in wrong else "a", 2.0), ("a" if topic.id in wrong else "b", 1.0)]
            for topic in topics
        }
        systems.append(evaluate(make_run(name, ranked), topics, QRELS))
    return Part(split, topics, tuple(systems), {"S": CLEAR}, awaiting_ocr)


@pytest.fixture(scope="module")
def text() -> str:
    return page((part(Split.TEST), part(Split.DEV)), QRELS, "## Discussion\n\nCe qui échoue, et pourquoi.", "## Fiches")


def row(text: str, start: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(start))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_every_system_has_its_line_in_each_part(text: str) -> None:
    for split in Split:
        for name in SYSTEMS:
            assert row(text, f"| {split.value} | {name} |")[2] == str(1 if split is Split.DEV else 2)


def test_judged_documents_stand_beside_every_gain(text: str) -> None:
    header = row(text, "| partie | système |")
    assert header.index("jugés à 10") == header.index("nDCG@10") + 1


def test_scans_that_could_not_be_read_are_said(text: str) -> None:
    unread = page((part(Split.TEST, awaiting_ocr=14), part(Split.DEV, awaiting_ocr=14)), QRELS, "", "")
    assert "14 fichiers attendent la reconnaissance de texte" in unread
    assert "attendent la reconnaissance" not in text


def test_the_discussion_is_kept_as_it_was_written(text: str) -> None:
    assert "Ce qui échoue, et pourquoi." in text


def test_a_variant_is_compared_with_its_twin(text: str) -> None:
    cells = dict(zip(["label", "count", *SYSTEMS], row(text, "| sigle →"), strict=True))
    assert cells["count"] == "1"
    assert cells["mots"] == "100,0 → 63,1"
    assert cells["hybride"] == "100,0 → 100,0"


def test_the_published_page_is_that_of_the_topics_judgments_and_discussion_at_hand() -> None:
    published = (ROOT / "docs" / "relevance.md").read_text(encoding="utf-8")
    assert file_hash(FOLDER / "topics.txt") in published
    assert file_hash(FOLDER / "qrels.tsv") in published
    assert (FOLDER / "discussion.md").read_text(encoding="utf-8").strip() in published


def test_twins_are_read_from_the_narratives() -> None:
    assert twins(ASKED) == {"K001": "S001"}


def test_the_engine_s_own_word_on_misses_is_reported(text: str) -> None:
    assert row(text, "| test, écrits sans voir les documents | 4 |")[1:] == ["4", "3", "2", "1", "0,88"]


def test_what_users_get_is_compared_with_a_plain_fusion(text: str) -> None:
    assert re.search(r"^- Partie test : .*« hybride ».*« fusion »", text, flags=re.MULTILINE)


def test_there_is_one_title_and_the_parts_stand_under_it(text: str) -> None:
    assert re.findall(r"^# .*", text, flags=re.MULTILINE) == ["# Pertinence"]
    assert re.findall(r"^## (?:Partie test|Partie dev).*", text, flags=re.MULTILINE) != []

"""The relevance page says what was measured, part by part, and what a change of form costs."""

import re

import pytest

from corpus.errors import InputError
from eval.evaluation import evaluate
from eval.provenance import file_hash
from eval.runs import make_run
from eval.sisse.discussion import Figure, discuss
from eval.sisse.part import Clear, Part
from eval.sisse.relevance import SYSTEMS, page, twins
from eval.topics import Split, Topic
from eval.workbench import ROOT, SISSE

NARRATIVE = "Répond : le document. Hors sujet : le reste."
CLEAR = Clear(answered=4, answered_clear=3, unanswerable=2, unanswerable_clear=1, separation=0.875)
QRELS = {"S001": {"a": 3, "b": 0}, "K001": {"a": 3, "b": 0}, "S002": {"a": 1, "b": 3}, "K002": {"a": 0}}
DISCUSSION = """## Discussion

<!-- si test.hybride.ndcg@10 > test.mots.ndcg@10 + 5 ; échec.S001 < 1 -->
Réunir mots et sens vaut mieux : {test.hybride.ndcg@10} contre {test.mots.ndcg@10} ;
un sigle coûte aux mots {paires.Sigles.mots.avant} → {paires.Sigles.mots.après}.
"""
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
    written, outdated = page((part(Split.TEST), part(Split.DEV)), QRELS, DISCUSSION, (), 90)
    assert outdated == ()
    return written


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
    unread, _ = page((part(Split.TEST, awaiting_ocr=14), part(Split.DEV, awaiting_ocr=14)), QRELS, "", (), 0)
    assert "14 fichiers attendent la reconnaissance de texte" in unread
    assert "attendent la reconnaissance" not in text


def test_the_discussion_has_the_figures_of_the_page(text: str) -> None:
    assert "Réunir mots et sens vaut mieux : 100,0 contre 81,5 ;\nun sigle coûte aux mots 100,0 → 63,1." in text


FIGURES = {"test.mots.ap": Figure(61.25), "test.sens.ap": Figure(60.0), "échecs": Figure(3, 0)}


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("test.mots.ap > test.sens.ap", ""),
        ("test.mots.ap > test.sens.ap + 2", "« test.mots.ap > test.sens.ap + 2 » est faux (61,25 et 62,00)"),
        ("échecs <= 3 ; test.mots.ap - test.sens.ap >= 1.25", ""),
        ("échecs < 3 ; 4 < échecs", "« échecs < 3 » est faux (3,00 et 3,00)"),
    ],
)
def test_what_no_longer_holds_is_said_to_be_so(condition: str, told: str) -> None:
    found = discuss(f"Avant.\n\n<!-- si {condition} -->\n- Un\n  fait, {{échecs}}.\n- Un autre.", FIGURES)
    assert ("- Un\n  fait, 3." in found.text) is (not told)
    assert (told in found.text) and (told in " ".join(found.outdated))
    assert found.text.startswith("Avant.\n\n- ") and found.text.endswith("\n- Un autre.\n")


def test_what_is_said_in_one_case_only_is_left_out_in_the_other() -> None:
    source = (
        "<!-- seulement si échecs > 2 -->\nPlus de deux.\n\n<!-- seulement si échecs <= 2 -->\nDeux au plus.\n\nFin."
    )
    found = discuss(source, FIGURES)
    assert (found.text.strip(), found.outdated) == ("Plus de deux.\n\nFin.", ())


@pytest.mark.parametrize("source", ["{test.mot.ap}", "<!-- si test.mot.ap > 1 -->\nOui.", "<!-- si échecs -->\nOui."])
def test_a_discussion_cites_nothing_that_was_not_measured(source: str) -> None:
    with pytest.raises(InputError):
        discuss(source, FIGURES)


def test_the_discussion_holds_no_figure_written_by_hand() -> None:
    source = (SISSE / "discussion.md").read_text(encoding="utf-8")
    by_hand = re.sub(r"\{[^{}\n]+\}|<!-- .+ -->|intervalle à 95 %", "", source)
    assert re.findall(r"\d+,\d+|\d+ (?:points?|%)", by_hand) == []


def test_a_variant_is_compared_with_its_twin(text: str) -> None:
    cells = dict(zip(["label", "count", *SYSTEMS], row(text, "| sigle →"), strict=True))
    assert cells["count"] == "1"
    assert cells["mots"] == "100,0 → 63,1"
    assert cells["hybride"] == "100,0 → 100,0"


def test_the_published_page_is_that_of_the_topics_judgments_and_discussion_at_hand() -> None:
    published = (ROOT / "docs" / "relevance.md").read_text(encoding="utf-8")
    for name in ("topics.txt", "qrels.tsv", "discussion.md"):
        assert file_hash(SISSE / name) in published, name


def test_twins_are_read_from_the_narratives() -> None:
    assert twins(ASKED) == {"K001": "S001"}


def test_the_engine_s_own_word_on_misses_is_reported(text: str) -> None:
    assert row(text, "| test, écrits sans voir les documents | 4 |")[1:] == ["4", "3", "2", "1", "0,88"]


def test_what_users_get_is_compared_with_a_plain_fusion(text: str) -> None:
    assert re.search(r"^- Partie test : .*« hybride ».*« fusion »", text, flags=re.MULTILINE)


def test_there_is_one_title_and_the_parts_stand_under_it(text: str) -> None:
    assert re.findall(r"^# .*", text, flags=re.MULTILINE) == ["# Pertinence"]
    assert re.findall(r"^## (?:Partie test|Partie dev).*", text, flags=re.MULTILINE) != []

"""What is an identifier or quoted is found exactly: documents that hold it come before any that does not."""

from pathlib import Path

import pytest

from eval.exact import AROUND, CASES, NOISE, Case, missed, papers, write_papers
from indexer.identifier_forms import indexed_forms, look_alike
from search_api.engine.answer import Answer, Channel, SearchRequest
from search_api.engine.search import Engine
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder


def collection(root: Path, noise: float) -> tuple[Engine, tuple[Case, ...]]:
    texts, cases = papers(noise)
    index(root / "data", FakeEncoder(), write_papers(root / "files", texts), name="lot")
    return engine(root / "data", FakeEncoder()), cases


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, tuple[Case, ...]]:
    return collection(tmp_path_factory.mktemp("clean"), 0.0)


@pytest.mark.parametrize("channel", list(Channel))
def test_two_hundred_identifiers_and_phrases_come_first(
    clean: tuple[Engine, tuple[Case, ...]], channel: Channel
) -> None:
    asked, cases = clean
    assert len(set(cases)) == CASES
    assert list(missed(asked, cases, channel)) == []


def test_among_other_words_they_still_come_first(clean: tuple[Engine, tuple[Case, ...]]) -> None:
    assert list(missed(*clean, around=AROUND)) == []


def test_with_two_in_a_hundred_characters_misread_most_still_come_first(tmp_path: Path) -> None:
    assert len(list(missed(*collection(tmp_path, NOISE)))) <= 0.05 * CASES


REFERENCES = {
    "dashes.txt": "Budget 0218-CEMA-C026 du programme.",
    "spaces.txt": "Budget 0219 CEMA C027 du programme.",
    "spoilt.txt": "Budget O2I8-CEMA-CO99 du programme.",
    "siren.txt": "La société, SIREN 732 829 320, est suivie.",
    "spoilt_siren.txt": "La société, SIREN 552 O81 3I7, est suivie.",
    "tied.txt": "Réf. AB-2024-17, dossier clos.",
    "other.txt": "Budget 0218-CEMA-C027 du programme, la société est suivie, dossier clos.",
    "glued.txt": "Question de juin2019, posée en 2019par le député, tome 2023-A, exercice PLF2024.",
}


@pytest.fixture(scope="module")
def references(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    root = tmp_path_factory.mktemp("references")
    index(root / "data", FakeEncoder(), write_files(root / "files", REFERENCES), name="lot")
    return engine(root / "data", FakeEncoder())


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("0218-CEMA-C026", "dashes.txt"),
        ("0218.CEMA.C026", "dashes.txt"),
        ("0218 CEMA C026", "dashes.txt"),
        ("le budget 0218\u00a0cema\u00a0c026", "dashes.txt"),
        ("0219-CEMA-C027", "spaces.txt"),
        ("0219 CEMA C027", "spaces.txt"),
        ("0218-CEMA-C099", "spoilt.txt"),
        ("732829320", "siren.txt"),
        ("732.829.320", "siren.txt"),
        ("552081317", "spoilt_siren.txt"),
        ("552 081 317", "spoilt_siren.txt"),
        ("AB-2024-17", "tied.txt"),
        ("Réf. AB-2024-17", "tied.txt"),
        ("réf. : AB.2024.17", "tied.txt"),
    ],
)
@pytest.mark.parametrize("channel", list(Channel))
def test_ways_of_writing_are_one(references: Engine, written: str, wanted: str, channel: Channel) -> None:
    assert list(missed(references, [Case(written, wanted)], channel)) == []


def answer(asked: Engine, query: str) -> Answer:
    return asked.search(SearchRequest(query=query))


def test_a_spoilt_reading_is_a_second_tier_and_said(references: Engine) -> None:
    found = answer(references, "budget 0218-CEMA-C099")
    assert "confusion de lecture" in found.messages[0]
    assert "0218-CEMA-C099" in found.messages[0]
    assert not found.clear
    assert answer(references, "0218-CEMA-C026").messages == ()


def test_a_reference_nobody_wrote_finds_those_one_character_away_and_says_so(references: Engine) -> None:
    found = answer(references, "0218-CEMA-C126")
    assert "un caractère" in found.messages[0]
    assert found.hits[0].document.external_id == "dashes.txt"
    assert not found.clear


def test_what_is_exact_is_also_so_when_excluded_or_required(references: Engine) -> None:
    kept = {hit.document.external_id for hit in answer(references, "budget +0218-CEMA-C026").hits}
    assert kept == {"dashes.txt"}
    without = {hit.document.external_id for hit in answer(references, 'budget -"du programme"').hits}
    assert without == {"siren.txt", "spoilt_siren.txt", "tied.txt", "glued.txt"}


def test_pieces_of_a_known_reference_are_no_reference_of_their_own(references: Engine) -> None:
    found = answer(references, "UO 0218 CEMA C026")
    assert found.hits[0].document.external_id == "dashes.txt"
    assert found.clear
    assert found.messages == ()


@pytest.mark.parametrize("query", ["juin 2019", "en 2019 par le député", "dossier qui en 2023 a été clos", "PLF 2024"])
def test_plain_french_is_no_reference_though_some_document_lost_its_blanks(references: Engine, query: str) -> None:
    found = references.search(SearchRequest(query=query, explain=True))
    assert [hit.explanation.exact for hit in found.hits if hit.explanation] == [0] * len(found.hits)


def test_a_phrase_may_let_words_between(references: Engine) -> None:
    assert answer(references, '"budget programme"').hits[0].document.external_id
    held = {hit.document.external_id for hit in answer(references, '+"suivie clos"~1').hits}
    assert held == {"other.txt"}
    assert answer(references, '+"suivie clos"').hits == ()


def test_look_alikes_share_a_form_that_no_identifier_has() -> None:
    assert look_alike("o2i8b") == look_alike("02188") == "~02188"
    assert "~732829320" in indexed_forms("SIREN 73Z 829 320, SIREN 732 829 32O")
    assert indexed_forms("le 12 mars 2019, 12 000 €") == ["20190312", "12000"]

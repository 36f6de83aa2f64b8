"""What is an identifier or quoted is found exactly: documents that hold it come before any that does not."""

import random
import re
from pathlib import Path

import pytest

from indexer.identifier_forms import indexed_forms, look_alike
from search_api.engine.answer import Answer, Channel, SearchRequest
from search_api.engine.search import Engine
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder

WORDS = re.findall(
    r"\w+",
    "convention gestion délégation programme avenant arrêté douane brevet photonique semence logiciel satellite acier "
    "filière entreprise analyse rapport direction service région investissement contrôle autorisation export norme "
    "marché énergie hydrogène batterie usine emploi formation recherche université laboratoire contrat",
)
LOOK_ALIKES = {"0": "O", "1": "l", "5": "S", "8": "B", "O": "0", "I": "1", "S": "5", "B": "8"}
CASES = 200


def sentence(chance: random.Random, length: int) -> str:
    return " ".join(chance.choices(WORDS, k=length))


def identifier(chance: random.Random, n: int) -> str:
    kind = n % 5
    if kind == 0:
        return f"0{chance.randrange(100, 999)}-{''.join(chance.choices('CEMADGRT', k=4))}-C{chance.randrange(100, 999)}"
    if kind == 1:
        return f"{chance.randrange(300, 899)} {chance.randrange(100, 999)} {chance.randrange(100, 999)}"
    if kind == 2:
        return f"{chance.choice('LRD')}. {chance.randrange(100, 999)}-{chance.randrange(1, 99)}"
    if kind == 3:
        return f"20{chance.randrange(10, 24)}-{chance.randrange(100, 1999)}"
    return f"DGE/{chance.randrange(2015, 2024)}/{chance.randrange(1000, 9999)}"


def noisy(text: str, chance: random.Random, rate: float) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return "".join(
        LOOK_ALIKES.get(c, chance.choice(letters)) if c.isalnum() and chance.random() < rate else c for c in text
    )


def collection(root: Path, rate: float) -> tuple[Engine, list[tuple[str, str]]]:
    """A hundred documents, each with an identifier and a phrase of its own, and near ones all around."""
    chance = random.Random(20180707)
    files: dict[str, str] = {}
    cases: list[tuple[str, str]] = []
    for n in range(CASES // 2):
        number, phrase = identifier(chance, n), sentence(chance, 6)
        text = f"# Papier {n}\n\n{sentence(chance, 20)}. Voir {number} pour {phrase} et {sentence(chance, 20)}.\n"
        files[f"p{n}.md"] = noisy(text, chance, rate)
        cases += [(number, f"p{n}.md"), (f'"{phrase}"', f"p{n}.md")]
        # The same words in another order, and another number.
        shuffled = " ".join(sorted(phrase.split()))
        assert phrase != shuffled
        files[f"q{n}.md"] = f"# Papier {n} bis\n\n{shuffled}. {identifier(chance, n)}.\n"
    index(root / "data", FakeEncoder(), write_files(root / "files", files), name="lot")
    return engine(root / "data", FakeEncoder()), cases


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, list[tuple[str, str]]]:
    return collection(tmp_path_factory.mktemp("clean"), 0.0)


def first(asked: Engine, query: str, channel: Channel = Channel.HYBRID) -> str:
    hits = asked.search(SearchRequest(query=query, channel=channel)).hits
    return hits[0].document.external_id if hits else ""


@pytest.mark.parametrize("channel", list(Channel))
def test_two_hundred_identifiers_and_phrases_come_first(
    clean: tuple[Engine, list[tuple[str, str]]], channel: Channel
) -> None:
    asked, cases = clean
    assert len(cases) == CASES
    assert [query for query, wanted in cases if first(asked, query, channel) != wanted] == []


def test_among_other_words_they_still_come_first(clean: tuple[Engine, list[tuple[str, str]]]) -> None:
    asked, cases = clean
    around = "rapport de la direction sur l’hydrogène"
    assert [query for query, wanted in cases if first(asked, f"{around} {query}") != wanted] == []


def test_with_two_in_a_hundred_characters_misread_most_still_come_first(tmp_path: Path) -> None:
    asked, cases = collection(tmp_path, 0.02)
    found = sum(first(asked, query) == wanted for query, wanted in cases) / len(cases)
    print(f"success@1 at 2% character errors: {found:.3f}")
    assert found >= 0.95


REFERENCES = {
    "dashes.txt": "Budget 0218-CEMA-C026 du programme.",
    "spaces.txt": "Budget 0219 CEMA C027 du programme.",
    "spoilt.txt": "Budget O2I8-CEMA-CO99 du programme.",
    "siren.txt": "La société, SIREN 732 829 320, est suivie.",
    "spoilt_siren.txt": "La société, SIREN 552 O81 3I7, est suivie.",
    "tied.txt": "Réf. AB-2024-17, dossier clos.",
    "other.txt": "Budget 0218-CEMA-C027 du programme, la société est suivie, dossier clos.",
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
    assert first(references, written, channel) == wanted


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
    assert without == {"siren.txt", "spoilt_siren.txt", "tied.txt"}


def test_pieces_of_a_known_reference_are_no_reference_of_their_own(references: Engine) -> None:
    found = answer(references, "UO 0218 CEMA C026")
    assert found.hits[0].document.external_id == "dashes.txt"
    assert found.clear
    assert found.messages == ()


def test_a_phrase_may_let_words_between(references: Engine) -> None:
    assert answer(references, '"budget programme"').hits[0].document.external_id
    held = {hit.document.external_id for hit in answer(references, '+"suivie clos"~1').hits}
    assert held == {"other.txt"}
    assert answer(references, '+"suivie clos"').hits == ()


def test_look_alikes_share_a_form_that_no_identifier_has() -> None:
    assert look_alike("o2i8b") == look_alike("02188") == "~02188"
    assert "~732829320" in indexed_forms("SIREN 73Z 829 320, SIREN 732 829 32O")
    assert indexed_forms("le 12 mars 2019, 12 000 €") == ["20190312", "12000"]

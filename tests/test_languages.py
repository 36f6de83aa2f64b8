"""Questions in other languages find French passages."""

from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.french.folding import fold
from indexer.encoder.onnx_encoder import OnnxEncoder
from search_api.engine.answer import Answer, Channel, SearchRequest
from search_api.engine.foreign import function_words
from search_api.engine.foreign_words import ENGLISH, GERMAN, Language, translations
from search_api.engine.part import PartKind
from search_api.engine.readers import Readers
from search_api.engine.reading import read_query
from search_api.engine.search import Engine
from search_api.engine.token_weights import Rareness, known_share
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder

PAPERS = {
    "ief.txt": "Le contrôle des investissements étrangers en France : une autorisation du ministre est requise "
    "lorsqu’un investisseur étranger franchit le seuil de 10 % du capital d’une société cotée.",
    "rancon.txt": "Une petite entreprise industrielle a subi une attaque par rançongiciel ; ses fichiers sont chiffrés "
    "et la production est arrêtée.",
    "terres.txt": "La dépendance aux terres rares et aux métaux critiques expose les fabricants d’aimants, dont "
    "Siemens Gamesa, 华为技术 et Rheinmetall AG.",
    "cantine.txt": "Le menu de la cantine est affiché chaque lundi. The chef of the day is in the kitchen.",
    "teletravail.txt": "Le forfait télétravail est versé aux agents qui télétravaillent au moins un jour par semaine.",
    "brevet.txt": "Le secret des affaires protège ce qu’une entreprise ne dépose pas comme brevet.",
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, real_encoder: OnnxEncoder) -> Engine:
    root = tmp_path_factory.mktemp("langues")
    index(root / "data", real_encoder, write_files(root / "lot", PAPERS))
    return engine(root / "data", real_encoder)


@pytest.mark.parametrize(
    ("query", "document"),
    [
        ("what is the threshold for the control of foreign investments", "ief.txt"),
        ("ransomware attack on a small industrial company", "rancon.txt"),
        ("how are the staff paid when they work from home", "teletravail.txt"),
        ("Wie hängt die Industrie von seltenen Erden ab?", "terres.txt"),
        ("Genehmigung für ausländische Investoren", "ief.txt"),
        ("勒索软件攻击", "rancon.txt"),
        ("外国投资审查", "ief.txt"),
        ("商业秘密 保护", "brevet.txt"),
        ("华为技术", "terres.txt"),
        ("Rheinmetall Lieferkette", "terres.txt"),
    ],
)
def test_a_question_in_another_language_finds_french_passages(asked: Engine, query: str, document: str) -> None:
    assert asked.search(SearchRequest(query=query)).hits[0].document.external_id == document


def test_function_words_of_another_language_are_not_looked_for_and_it_is_said(asked: Engine) -> None:
    found = asked.search(SearchRequest(query="the cost of rare earths"))
    assert found.messages == (
        "La question n'est pas en français : elle est comprise par son sens, ses mots outils ne sont pas cherchés.",
        "Des mots sont cherchés en français : « earths » (terre).",
    )


def by_words(asked: Engine, query: str, *literal: str) -> Answer:
    return asked.search(SearchRequest(query=query, channel=Channel.LEXICAL, literal=literal))


@pytest.mark.parametrize(
    ("query", "document"),
    [
        ("what is the threshold for investors", "ief.txt"),
        ("companies whose patents are protected", "brevet.txt"),
        ("manufacturers", "terres.txt"),
        ("is the Kitchen a company", "cantine.txt"),
    ],
)
def test_english_words_are_looked_for_in_french_and_as_they_are(asked: Engine, query: str, document: str) -> None:
    assert by_words(asked, query).hits[0].document.external_id == document


def test_a_translation_is_a_part_that_can_be_taken_off(asked: Engine) -> None:
    (part,) = [one for one in by_words(asked, "threshold").parts if one.kind is PartKind.TRANSLATION]
    assert (part.text, part.value) == ("threshold", "seuil")
    literal = by_words(asked, "threshold", part.text)
    assert (literal.hits, literal.messages) == ((), ())


@pytest.mark.parametrize("query", ["le threshold", "seuil", "capital", "the zorglub"])
def test_french_questions_and_words_that_are_not_in_the_list_are_not_translated(asked: Engine, query: str) -> None:
    assert not any(part.kind is PartKind.TRANSLATION for part in by_words(asked, query).parts)


@pytest.mark.parametrize(
    ("word", "french"),
    [
        ("loans", ("prêt",)),
        ("subsidies", ("subvention",)),
        ("controlled", ("contrôle",)),
        ("organizing", ("organiser",)),
        ("imposed", ("imposer",)),
        ("vertrage", ("contrat", "convention")),
        ("gekauft", ("acheter",)),
        ("uebernahme", ("rachat", "prise de contrôle")),
        ("exportierende", ()),
        ("zorglub", ()),
    ],
)
def test_forms_of_a_word_are_in_the_list_with_it(word: str, french: tuple[str, ...]) -> None:
    assert translations(word) == french


def test_a_german_word_made_of_two_is_what_both_are() -> None:
    assert translations("wasserstoffstrategie", [GERMAN]) == ("stratégie hydrogène", "stratégie")
    assert translations("investitionskontrollen", [GERMAN])[0] == "contrôle investissement"
    assert translations("luftraumuberwachungszentrum", [GERMAN])[0] == "centre surveillance espace aérien"
    assert translations("wasserstoffzorglub", [GERMAN]) == translations("wasserstoffstrategie", [ENGLISH]) == ()


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_word_is_translated_or_is_not(word: str) -> None:
    assert all(french.strip() == french != "" for french in translations(fold(word)))


@pytest.mark.parametrize("language", [ENGLISH, GERMAN])
def test_a_list_of_words_reads_and_says_each_once(language: Language) -> None:
    lines = files("search_api.engine").joinpath(language.table).read_text(encoding="utf-8").splitlines()
    words = [line.split("\t") for line in lines[1:]]
    assert all(len(one) == 2 and all(one) for one in words)
    folded = [fold(foreign) for foreign, _ in words]
    assert folded == sorted(set(folded))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("wer hat das Land verlassen", {"Land": "pays"}),
        ("who bought the land", {"land": "terrain"}),
        ("Lieferkette", {"Lieferkette": "chaîne d'approvisionnement"}),
    ],
)
def test_words_are_of_the_language_that_function_words_tell(tmp_path: Path, query: str, told: dict[str, str]) -> None:
    fake = FakeEncoder()
    index(tmp_path / "data", fake, write_files(tmp_path / "lot", {"a.txt": "pays terrain chaîne approvisionnement"}))
    parts = engine(tmp_path / "data", fake).search(SearchRequest(query=query)).parts
    assert {part.text: part.value for part in parts if part.kind is PartKind.TRANSLATION} == told


@pytest.mark.parametrize(
    ("query", "left_out"),
    [
        ("what is the threshold", {"what", "is", "the"}),
        ("Wie wird die Schwelle berechnet", {"wie", "wird", "die"}),
        ("seuil de contrôle", set()),
        ("Cloud Act", set()),
        ("le rapport The Lancet", set()),
        ("due diligence or data room", set()),
        ("外国投资审查", set()),
    ],
)
def test_the_language_is_told_by_function_words(query: str, left_out: set[str]) -> None:
    assert function_words(query) == left_out


def test_words_count_for_what_the_collection_knows_of_them(tmp_path: Path, fake: FakeEncoder) -> None:
    index(tmp_path / "data", fake, write_files(tmp_path / "lot", PAPERS))
    snapshot = Readers(tmp_path / "data", fake.identity).snapshot(None)
    all_known, half, none = (
        known_share(read_query(query), Rareness(snapshot)) for query in ("seuil du capital", "seuil zorglub", "zorglub")
    )
    assert (all_known, none) == (1.0, 0.0)
    assert 0 < half < 1


def test_only_a_question_that_may_be_in_another_language_is_asked_its_language(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    index(tmp_path / "data", encoder, write_files(tmp_path / "lot", PAPERS))
    asked, before = engine(tmp_path / "data", encoder), encoder.encoded_texts
    for query in ("seuil du capital", "le seuil de zorglub"):
        asked.search(SearchRequest(query=query))
    assert encoder.encoded_texts == before + 2
    asked.search(SearchRequest(query="zorglub threshold"))
    assert encoder.encoded_texts > before + 3

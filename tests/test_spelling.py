"""A misspelt word is told, helped and never replaced."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.vocabulary import Vocabulary
from search_api.engine.answer import Answer, Channel, SearchRequest
from search_api.engine.part import PartKind
from search_api.engine.search import Engine
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder

PAPERS = {
    "photonique.txt": "La photonique est une filière. Les investisseurs étrangers la regardent.",
    "douane.txt": "La douane contrôle les exportations de semence.",
    "avenant.txt": "Un avenant à la convention de délégation de gestion.",
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    root = tmp_path_factory.mktemp("spelling")
    index(root / "data", FakeEncoder(), write_files(root / "open", PAPERS), name="lot")
    secret = write_files(root / "secret", {"zephyr.txt": "L’opération Zéphyrine commence."})
    index(root / "data", FakeEncoder(), secret, compartment="secret", name="lot")
    return engine(root / "data", FakeEncoder())


def answer(asked: Engine, query: str, channel: Channel = Channel.LEXICAL) -> Answer:
    return asked.search(SearchRequest(query=query, channel=channel))


@pytest.mark.parametrize(
    ("query", "suggestion", "document"),
    [
        ("photnique", "photonique", "photonique.txt"),
        ("la phtoonique ?", "la photonique ?", "photonique.txt"),
        ("doaune", "douane", "douane.txt"),
        ("exportasions de semense", "exportations de semence", "douane.txt"),
        ("convantion de delegassion", "convention de délégation", "avenant.txt"),
        ("l’avenent", "l’avenant", "avenant.txt"),
        ("+phtonique", "+photonique", ""),
        ("la doaune, ses exportasions de semense", "la douane, ses exportations de semence", "douane.txt"),
    ],
)
def test_a_misspelt_word_is_suggested_and_its_nearest_looked_for(
    asked: Engine, query: str, suggestion: str, document: str
) -> None:
    found = answer(asked, query)
    assert found.suggestion == suggestion
    assert [hit.document.external_id for hit in found.hits[:1]] == ([document] if document else [])
    assert found.request.query == query


def test_what_is_helped_is_said(asked: Engine) -> None:
    assert answer(asked, "photnique").messages == (
        "« photnique » n'est dans aucun document ; sont aussi cherchés les mots proches : « photonique ». "
        "Le sens de la question est lu avec « photonique ».",
    )


def test_the_meaning_is_that_of_the_nearest_word(asked: Engine) -> None:
    misspelt, clean = (answer(asked, query, Channel.DENSE) for query in ("la phtonique", "la photonique"))
    assert [hit.score for hit in misspelt.hits] == [hit.score for hit in clean.hits]


def test_a_correction_is_a_part_that_can_be_taken_off(asked: Engine) -> None:
    (correction,) = [part for part in answer(asked, "l’avenent").parts if part.kind is PartKind.CORRECTION]
    assert (correction.text, correction.value) == ("avenent", "avenant")
    request = SearchRequest(query="l’avenent", channel=Channel.LEXICAL, literal=(correction.text,))
    literal = asked.search(request)
    assert (literal.hits, literal.suggestion, literal.messages) == ((), "", ())


def test_what_may_be_a_name_keeps_its_own_meaning_too(asked: Engine) -> None:
    def scores(query: str, *literal: str) -> list[float]:
        request = SearchRequest(query=query, channel=Channel.DENSE, literal=literal)
        return [hit.score for hit in asked.search(request).hits]

    helped = scores("la société Photonuque")
    assert helped == scores("la société Photonuque (photonique)", "Photonuque")
    assert helped != scores("la société photonique")


@pytest.mark.parametrize(
    "query", ["photonique", "filières", "voiture", "DGA", "zéphyr", "zephirine", '"phtonique"', "0218-CEMA", "xyz"]
)
def test_known_words_names_codes_and_what_is_far_are_left_alone(asked: Engine, query: str) -> None:
    assert answer(asked, query).suggestion == ""


def test_a_question_in_another_language_is_not_corrected(asked: Engine) -> None:
    found = answer(asked, "how does customs controle the exportation of photonics")
    assert found.suggestion == ""
    assert not any("mots proches" in message for message in found.messages)


@given(st.text(alphabet="abcde", min_size=4, max_size=12), st.lists(st.text(alphabet="abcde", min_size=3), max_size=30))
def test_the_nearest_begin_alike_and_are_ordered(word: str, others: list[str]) -> None:
    found = Vocabulary((other, 1) for other in others).nearest(word, 5)
    assert all(near[0] == word[0] and 0 <= edits <= 2 for near, edits, _ in found)
    assert [edits for _, edits, _ in found] == sorted(edits for _, edits, _ in found)


def test_frequent_words_come_first_among_equals() -> None:
    words = Vocabulary([("gestion", 5), ("gestions", 1), ("gestuon", 9)])
    assert [word for word, *_ in words.nearest("gestiom", 5)] == ["gestion"]
    assert [word for word, *_ in words.nearest("gestoon", 5)] == ["gestuon", "gestion"]


def test_words_are_given_back_as_documents_write_them(tmp_path: Path) -> None:
    papers = {
        "1.txt": "Les SOCIÉTÉS et les sociétés. La société Évrard.",
        "2.txt": "Les societes, les Sociétés.",
        "3.txt": "NOUVEAUTÉ.",
    }
    index(tmp_path / "data", FakeEncoder(), write_files(tmp_path / "lot", papers))
    found = engine(tmp_path / "data", FakeEncoder())
    assert found.suggest("des soci") == ("des sociétés", "des société")
    assert found.suggest("evr") == ("Évrard",)
    assert found.suggest("nouv") == ("NOUVEAUTÉ",)
    assert answer(found, "les scoietes").suggestion == "les sociétés"

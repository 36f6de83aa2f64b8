import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.french.sentences import sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "L’art. 3 du décret n° 2012-1246 s’applique.",
        "M. Dupont et Mme. Martin signent l’art. L. 151-3 du code.",
        "Le montant s’élève à 1.500 euros environ.",
        "Voir p. 12 et suiv. pour le détail",
    ],
)
def test_abbreviations_do_not_end_a_sentence(text: str) -> None:
    assert cut(text) == [text]


def test_sentences_end_at_marks_and_line_ends() -> None:
    assert cut("Est-ce vrai ? Oui. « Très. » Bon !\nFin") == ["Est-ce vrai ?", "Oui.", "« Très. »", "Bon !", "Fin"]


@given(st.text(alphabet="aB. \n?!«»;1M"))
def test_no_character_is_lost(text: str) -> None:
    position = 0
    for start, end in sentences(text):
        assert not text[position:start].strip()
        assert start < end
        assert text[start] == text[start].strip() and text[end - 1].strip()
        position = end
    assert not text[position:].strip()

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.demo.source import SOURCES
from corpus.french.analyzer import occurrences, stem, terms, words
from corpus.french.folding import fold


def stems(text: str) -> list[str]:
    return [term.term for term in terms(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("l’entreprise", "entreprises"),
        ("L'ENTREPRISE", "entreprise"),
        ("qu’elle investisse", "investisse"),
        ("développée", "DEVELOPPEE"),
        ("données", "DONNEES"),
        ("œuvre", "oeuvres"),
        ("étrangers", "etranger"),
        ("contrôlées", "controlee"),
    ],
)
def test_spellings_of_one_word_share_their_stem(one: str, other: str) -> None:
    assert stems(one) == stems(other)


def test_stop_words_carry_nothing() -> None:
    assert stems("quels sont les délais de la procédure") == stems("délais procédure")


def test_negations_and_exclusions_are_words() -> None:
    assert stems("sans autorisation hors Union contre") == [*stems("sans"), *stems("autorisation hors union contre")]


def test_words_keep_stop_words_and_elided_articles() -> None:
    assert [word.term for word in words("L’arrêté de l’État")] == ["l", "arrete", "de", "l", "etat"]


@given(st.text())
def test_offsets_point_back_to_the_word(text: str) -> None:
    position = 0
    for word in words(text):
        assert position <= word.start < word.end <= len(text)
        assert fold(text[word.start : word.end]) == word.term
        position = word.end


@given(st.text())
def test_terms_never_hold_a_blank(text: str) -> None:
    assert all(term.term and not any(c.isspace() for c in term.term) for term in terms(text))


@given(
    st.lists(
        st.sampled_from(
            ["avis", "Avis", "préavis", "AVIS", "l’avis", "d'avis", "_avis_", "avis2", "de", " ", "-", "\n", "é"]
        )
    )
)
def test_a_stem_occurs_where_the_terms_have_it(pieces: list[str]) -> None:
    text = "".join(pieces)
    wanted = {"avis", "preav", "de", *stems("préavis")}
    assert occurrences(text, wanted) == [(term.start, term.end) for term in terms(text) if term.term in wanted]


@given(st.text(), st.data())
def test_a_stem_occurs_in_any_text_where_the_terms_have_it(text: str, data: st.DataObject) -> None:
    wanted = data.draw(st.sets(st.sampled_from(stems(text) or ["avis"])))
    assert occurrences(text, wanted) == [(term.start, term.end) for term in terms(text) if term.term in wanted]


@given(st.from_regex(r"[a-zA-Z0-9][^\W_]*", fullmatch=True))
def test_a_stem_begins_as_its_word(word: str) -> None:
    assert stem(fold(word))[0] == word[0].lower()


def test_the_stems_of_the_demo_collection_begin_as_their_words() -> None:
    text = "\n".join(path.read_text("utf-8") for path in sorted(SOURCES.rglob("*.md")))
    said = {word.term for word in words(text)}
    assert len(said) > 5_000
    assert {word for word in said if stem(word)[0] != word[0]} == set()

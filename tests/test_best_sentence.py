from hypothesis import given
from hypothesis import strategies as st

from corpus.french.analyzer import words
from corpus.french.sentences import sentences
from search_api.engine.answer import Highlight, HighlightKind
from search_api.engine.highlight import best_sentence


def marked(text: str, *wanted: str) -> tuple[Highlight, ...]:
    return tuple(Highlight(w.start, w.end, HighlightKind.WORD) for w in words(text) if w.term in wanted)


def best(text: str, *wanted: str) -> str:
    return text[slice(*best_sentence(text, marked(text, *wanted), None))]


def test_the_sentence_with_the_most_different_marked_words_is_best() -> None:
    text = "Le seuil, le seuil et encore le seuil. L’autorité fixe le seuil du contrôle. Le contrôle est annuel."
    assert best(text, "seuil", "controle") == "L’autorité fixe le seuil du contrôle."


def test_the_first_sentence_is_best_when_others_are_worth_as_much() -> None:
    text = "La commission rend son avis. L’avis est motivé et publié."
    assert best(text, "avis") == "La commission rend son avis."
    assert best(text) == "La commission rend son avis."


def test_a_title_is_not_best_when_there_is_a_sentence() -> None:
    assert best("Seuil et contrôle\nLes droits de vote sont comptés.", "seuil") == "Les droits de vote sont comptés."
    assert best("Seuil et contrôle", "seuil") == "Seuil et contrôle"


@given(st.lists(st.sampled_from(["seuil", "contrôle", "avis", "de", "la commission nationale", ".", "\n", "; Il"])))
def test_no_sentence_of_the_same_length_or_more_holds_more_different_marked_words(pieces: list[str]) -> None:
    text = " ".join(pieces)
    wanted = ("seuil", "controle", "avis")

    def held(start: int, end: int) -> int:
        return len({word.term for word in words(text[start:end])} & set(wanted))

    chosen = best_sentence(text, marked(text, *wanted), None)
    long_enough = [(start, end) for start, end in sentences(text) if end - start >= 25]
    assert not long_enough or chosen in long_enough
    assert held(*chosen) == max((held(*span) for span in long_enough or sentences(text)), default=0)

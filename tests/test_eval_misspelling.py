"""Slips of the keyboard that the measurements make."""

from hypothesis import given
from hypothesis import strategies as st

from eval.misspelling import misspelt, misspelt_pairs
from eval.topics import Topic

texts = st.text("aàbcdeéfghijklmnopqrstuvwxyz ’-?ABC128", max_size=80)


@given(texts, st.integers(1, 2))
def test_a_text_is_misspelt_in_the_same_way_each_time_and_by_no_more_than_its_slips(text: str, slips: int) -> None:
    said = misspelt(text, slips)
    assert said == misspelt(text, slips)
    assert abs(len(said) - len(text)) <= slips
    # A slip touches two letters at most, in one word.
    assert len(said.split(" ")) == len(text.split(" "))
    assert sum(a != b for a, b in zip(said.split(" "), text.split(" "), strict=True)) <= slips


def test_codes_names_in_capitals_and_short_words_are_left() -> None:
    kept = "UO 0218-CEMA-C026, DGE et COFACE : loi de la mer"
    assert misspelt(kept, 2) == kept
    assert not list(misspelt_pairs([Topic("1", kept)], 1))


def test_words_that_say_something_are_misspelt() -> None:
    title = "Délai de prescription"
    (pair,) = misspelt_pairs([Topic("1", title)], 1)
    assert pair.plain == title
    first, of, last = pair.other.split()
    assert of == "de"
    assert (first == "Délai") != (last == "prescription")
    assert first[0] == "D"
    assert last[0] == "p"

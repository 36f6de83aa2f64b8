"""What is indexed of a passage read by OCR: as it was read, and as it probably stood on the paper."""

from collections import Counter

import pytest

from indexer.passage_terms import LexicalPassage, PassageTerms

READ = "La rnesure du cornité est transrnise à la société Zornbrak."


def terms(text: str, *, recognised: bool) -> PassageTerms:
    return PassageTerms.of(LexicalPassage(0, "Avis", (), text, recognised=recognised))


@pytest.mark.parametrize("word", ["mesure", "comité", "transmise"])
def test_a_misread_word_is_found_as_it_stood_and_as_it_was_read(word: str) -> None:
    scanned = terms(READ, recognised=True)
    (stem,) = terms(word, recognised=False).body
    (misread,) = terms(word.replace("m", "rn"), recognised=False).body
    assert stem in scanned.body
    assert misread in scanned.body


def test_only_what_recognition_read_is_put_right() -> None:
    assert "mesur" not in terms(READ, recognised=False).body


def test_the_words_themselves_are_left_as_they_were_read() -> None:
    assert terms(READ, recognised=True).words == terms(READ, recognised=False).words


def test_nothing_is_added_to_what_was_well_read() -> None:
    text = "Le comité de suivi examine la convention CDG-2018-07 et la société Zornbrak."
    assert Counter(terms(text, recognised=True).body) == Counter(terms(text, recognised=False).body)

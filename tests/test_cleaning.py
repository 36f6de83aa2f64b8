"""Characters, hyphens and OCR faults: what cleaning changes and what it leaves alone."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.cleaning.characters import clean_characters
from corpus.cleaning.hyphenation import is_broken, is_cut, join_cut
from corpus.cleaning.ocr_repair import matching_form
from corpus.extraction.ocr_quality import readability
from corpus.french.wordlist import french_words
from tests.pdf_files import PROSE


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("ef\ufb01cace et con\ufb02it", "efficace et conflit"),
        ("e\u0301tat", "état"),
        ("d´el´egation", "délégation"),
        ("\uf0b7 premier point", "• premier point"),
        ("gou\u00adver\u200bne\u202ement\x00", "gouvernement"),
        ("cœur d’œuvre, ex æquo", "cœur d’œuvre, ex æquo"),
        ("n°\u00a012", "n°\u00a012"),
    ],
)
def test_characters_are_those_a_reader_sees(raw: str, clean: str) -> None:
    assert clean_characters(raw) == clean


@given(st.text())
def test_cleaning_twice_changes_nothing_more_than_once(text: str) -> None:
    once = clean_characters(text)
    assert unicodedata.is_normalized("NFC", once)
    assert clean_characters(once) == once
    assert "\x00" not in once


@pytest.mark.parametrize(
    ("left", "right", "joined"),
    [
        ("la connais-", "sance du dossier", "la connaissance du dossier"),
        ("le gouverne\u00ad", "ment", "le gouvernement"),
        ("le partition\ufffe", "nement du disque", "le partitionnement du disque"),
        ("c’est peut-", "être vrai", "c’est peut-être vrai"),
        ("le vice-", "président", "le vice-président"),
        ("la sous-", "direction", "la sous-direction"),
        ("Île-de-", "France", "Île-de-France"),
        ("de 2018-", "2019", "de 2018-2019"),
        ("peut-on dire-", "vous", "peut-on dire-vous"),
        ("la contre-", "partie financière", "la contrepartie financière"),
        ("les semi-", "conducteurs", "les semi-conducteurs"),
        ("l’entreprise com-", "mune", "l’entreprise commune"),
        ("DGE-", "SISSE", "DGE-SISSE"),
        ("LES GA-", "RANTIES", "LES GARANTIES"),
        ("les sous-trai-", "tants", "les sous-traitants"),
        ("la liste accords-cadres-", "gaz", "la liste accords-cadres-gaz"),
        ("www.economie.gouv.fr/veille-", "economique", "www.economie.gouv.fr/veille-economique"),
        ("et/ou l’entre-", "prise", "et/ou l’entreprise"),
    ],
)
def test_cut_words_follow_the_rules_of_french(left: str, right: str, joined: str) -> None:
    assert is_cut(left)
    assert join_cut(left, right, frozenset(), french_words()) == joined


def test_the_documents_own_spelling_decides_first() -> None:
    assert join_cut("la start-", "up", {"startup"}, french_words()) == "la startup"
    assert join_cut("la start-", "up", {"start-up"}, french_words()) == "la start-up"
    assert join_cut("le low-", "code", {"low", "code"}, french_words()) == "le low-code"


@pytest.mark.parametrize(
    ("left", "right", "broken"),
    [
        ("voir https://www.exemple.fr/notes/", "2024/ief.html pour la suite", True),
        ("voir www.exemple.fr/?page=", "2&tri=date", True),
        ("voir https://www.exemple.fr/notes/", "pour la suite", False),
        ("le champ date_", "limite du fichier", True),
        ("le 3/", "4.5 du texte", False),
        ("à remplir : ____", "date", False),
    ],
)
def test_addresses_and_identifiers_go_on_in_the_next_line(left: str, right: str, broken: bool) -> None:
    assert is_broken(left, right) is broken


@pytest.mark.parametrize("line", ["un tiret -", "-", "fin de phrase.", ""])
def test_a_dash_alone_cuts_no_word(line: str) -> None:
    assert not is_cut(line)


@given(st.text(min_size=1), st.text(min_size=1))
def test_joining_loses_no_letter(left: str, right: str) -> None:
    cut = left.rstrip() + "a-"
    joined = join_cut(cut, right, frozenset(), french_words())
    assert joined.replace("-", "") == (cut + right).replace("-", "")


@pytest.mark.parametrize(
    ("read", "form"),
    [
        ("la conventi0n du mini5tère", "la convention du ministère"),
        ("le cornité de pilotage", "le comité de pilotage"),
        ("en 2O19 et 14O5 euros", "en 2019 et 1405 euros"),
        ("le dclégant", "le délégant"),
        ("Le SISSE et M. Courbes", "Le SISSE et M. Courbes"),
        ("article R. 151-3", "article R. 151-3"),
        ("lO1", "lO1"),
    ],
)
def test_ocr_faults_are_repaired_for_matching(read: str, form: str) -> None:
    assert matching_form(read, french_words()) == form


@given(st.lists(st.sampled_from(sorted(french_words())), max_size=30))
def test_known_words_are_never_repaired(words: list[str]) -> None:
    text = " ".join(words)
    assert matching_form(text, french_words()) == text


def test_french_reads_as_french_and_a_font_without_its_map_as_nothing() -> None:
    assert not readability(PROSE).poor
    assert not readability(PROSE).garbled
    shifted = "".join(chr(ord(char) + 3) if char != " " else char for char in PROSE)
    assert readability(shifted).garbled
    english = (
        "The library provides a portable interface for the encoding of structured data, and every function that it "
        "exports is described in this manual together with the errors that callers should expect from it."
    )
    assert readability(english).poor
    assert not readability(english).garbled

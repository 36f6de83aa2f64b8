import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.french import identifiers
from corpus.french.identifiers import IdentifierKind, find_identifiers


def forms(text: str) -> list[str]:
    return [found.canonical for found in find_identifiers(text)]


@pytest.mark.parametrize(
    "variants",
    [
        ("0218-CEMA-C026", "0218- CEMA- C026", "0218.CEMA.C026", "0218–cema–c026"),
        ("SIREN 732 829 320", "siren 732829320", "SIREN 732\u00a0829\u202f320"),
        ("732 829 320 00074", "73282932000074"),
        ("L. 151-3", "L.151-3", "L151-3", "l. 151‑3", "L\u00a0151-3"),
        ("7 novembre 2012", "07/11/2012", "2012-11-07", "7\u00a0NOVEMBRE 2012"),
        ("400 000 €", "400\u202f000\u00a0€", "400000 euros", "400.000 €"),
        ("décret n° 2012-1246", "décret 2012–1246"),
        ("07-FIN- 21800032429", "07-FIN-21800032429"),
        ("loi n° 78-17", "loi n°\u00a078‑17"),
        ("ISO 9001", "ISO-9001"),
        ("SISSE/BAJ/2020-118", "SISSE-BAJ-2020-118"),
    ],
)
def test_ways_of_writing_one_identifier_are_one(variants: tuple[str, ...]) -> None:
    assert len({tuple(forms(variant)) for variant in variants}) == 1
    assert len(forms(variants[0])) == 1


def test_a_word_in_capitals_before_a_code_is_not_part_of_it() -> None:
    assert forms("l’UO 0218-CEMA-C026") == forms("0218-CEMA-C026")
    assert forms("SIREN 732829320") == ["732829320"]


def test_neighbouring_articles_are_not_confused() -> None:
    assert forms("L. 151-3") != forms("L. 15-13")


@pytest.mark.parametrize(
    "text",
    [
        "au 19e siècle",
        "1914-1918",
        "la guerre de 14-18",
        "covid-19",
        "PLF 2024",
        "le 1er mai",
        "20 €",
        "A4",
        "le 3 mai",
        "article 2",
        "1) et 2)",
        "20 personnes",
        "page 12",
        "en 2019",
    ],
)
def test_ordinary_numbers_are_not_identifiers(text: str) -> None:
    assert forms(text) == []


def test_impossible_dates_are_not_dates() -> None:
    kinds = {found.kind for found in find_identifiers("45/19/2019")}
    assert IdentifierKind.DATE not in kinds


@given(st.text())
def test_identifiers_are_in_order_and_within_the_text(text: str) -> None:
    position = 0
    for found in find_identifiers(text):
        assert position <= found.start < found.end <= len(text)
        assert found.canonical and not any(c.isspace() for c in found.canonical)
        position = found.end


@given(st.text(st.sampled_from("aLOEé19 20-./_*n°€ ,(\u00a0\n²"), max_size=40))
def test_looking_around_digits_only_misses_nothing(text: str) -> None:
    everywhere = [found.span() for found in identifiers._PATTERN.finditer(text)]
    assert [found.span() for found in identifiers._written(text)] == everywhere

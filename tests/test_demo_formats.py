"""How the demo collection writes spreadsheets, slides and messages."""

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.demo.mail import message_file
from corpus.demo.slides import flat_slides
from corpus.demo.source import Source
from corpus.demo.spreadsheet import csv_file, flat_spreadsheet
from corpus.demo.tables import as_number
from corpus.demo.typography import french_date, typeset

FIELDS = {"title": "Suivi", "date": "2024-03-01", "type": "tableur", "service": "DGE"}
SHEET = """## Dépenses

En k€.

| Poste | 2023 | Taux |
|---|---|---|
| Études | 1 200,5 | 12,5 % |
| Essais | 300 | 3 % |
| Total | =SOMME | |
"""


def made(form: str, body: str, **fields: str) -> Source:
    return Source(Path("made.md"), "drop", body, {**FIELDS, "format": form, **fields})


def read(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data, policy=email.policy.default)


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1 200,5", 1200.5), ("-3", -3.0), ("12,5 %", 0.125), ("45 €", 45.0), ("12/01/2023", None), ("GE-01", None)],
)
def test_a_cell_is_a_number_when_it_is_written_as_one(cell: str, value: float | None) -> None:
    assert as_number(cell) == value


@given(st.integers(min_value=0, max_value=10**12))
def test_whole_numbers_grouped_by_thousands_are_read_back(number: int) -> None:
    assert as_number(f"{number:,}".replace(",", " ")) == number


def test_a_sum_is_a_formula_with_its_value_over_the_rows_of_its_table() -> None:
    flat = flat_spreadsheet(made("xlsx", SHEET))
    assert 'table:name="Dépenses"' in flat
    assert 'office:value="1500.5" table:formula="of:=SUM([.B3:.B4])"' in flat
    assert 'office:value-type="percentage" office:value="0.125"' in flat


def test_a_csv_has_semicolons_decimal_commas_and_its_sums_computed() -> None:
    assert csv_file(made("csv", SHEET)).split("\r\n") == [
        "Poste;2023;Taux",
        "Études;1 200,5;12,5 %",
        "Essais;300;3 %",
        "Total;1500,5;",
        "",
    ]


def test_a_slide_has_its_title_its_points_its_table_and_its_notes() -> None:
    body = "## Portes\n\n- Capital\n\n| A | B |\n|---|---|\n| un | deux |\n\n> À dire lentement.\n"
    flat = flat_slides(made("pptx", body))
    assert flat.count("<draw:page ") == 2
    page = flat.split("<draw:page ")[2]
    assert page.index("Portes") < page.index("Capital") < page.index("deux") < page.index("À dire")
    assert "1er mars 2024" in flat
    assert page.index("<presentation:notes>") < page.index("À dire")


def test_a_message_carries_its_headers_its_twin_and_its_attachment() -> None:
    source = made(
        "eml", "Bonjour,\n\n> cité\n", to="b@exemple.invalid", html="yes", **{"from": "Léa <a@exemple.invalid>"}
    )
    message = read(message_file(source, {"note.pdf": b"%PDF-1.7"}))
    assert message["From"] == "Léa <a@exemple.invalid>"
    assert message["Date"] == "Fri, 01 Mar 2024 09:12:00 +0100"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    assert [part.get_filename() for part in message.iter_attachments()] == ["note.pdf"]


def test_an_answer_points_to_the_message_it_answers() -> None:
    base = {"from": "a@exemple.invalid", "to": "b@exemple.invalid"}
    first = read(message_file(made("eml", "Question ?\n", message="question", **base), {}))
    answer = read(message_file(made("eml", "Oui.\n", message="reponse", reply="question", **base), {}))
    assert answer["In-Reply-To"] == first["Message-ID"]
    assert answer["Message-ID"] != first["Message-ID"]


def test_the_same_message_gives_the_same_bytes() -> None:
    source = made("eml", "Texte.\n", to="b@exemple.invalid", html="yes", **{"from": "a@exemple.invalid"})
    assert message_file(source, {"a.pdf": b"x"}) == message_file(source, {"a.pdf": b"x"})


def test_days_are_written_as_in_a_letter() -> None:
    assert french_date("2022-03-01") == "1er mars 2022"
    assert french_date("2019-12-24") == "24 décembre 2019"


@given(st.text(alphabet="abé '«»:;!?0123456789%€\n", max_size=80))
def test_setting_twice_changes_nothing_more(text: str) -> None:
    once = typeset(text)
    assert typeset(once) == once
    assert len(once) == len(text)

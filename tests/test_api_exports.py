"""Hits taken out: every file can be read back, traced, and opened without danger."""

import csv
import io
import json
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from python_calamine import CalamineWorkbook
from starlette.testclient import TestClient

from search_api.http.app import create_app
from search_api.http.exports.note import plain
from search_api.http.exports.tables import COLUMNS, LONGEST_CELL, harmless
from search_api.http.settings import HttpSettings
from tests.hostile import HOSTILE
from tests.service_in_memory import MemoryService, P, held, many, page_of, small_collection

FORMULAS = ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "＝1", "|calc"]


def export(service: MemoryService, form: str, **params: str) -> bytes:
    api = TestClient(create_app(service, HttpSettings()), base_url="http://localhost")
    answer = api.get("/api/v1/search/export", params={"q": "délégation gestion", "format": form, **params})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith('attachment; filename="reuni-')
    return answer.content


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def hostile_titles(titles: list[str]) -> MemoryService:
    return MemoryService(
        [held(f"{at}.pdf", title, [page_of(1, (P, f"La gestion. {title}"))]) for at, title in enumerate(titles)]
    )


def test_a_row_can_be_traced_back() -> None:
    row = table(export(MemoryService(small_collection()), "csv"))[0]
    assert row["Titre"] == "Avenant n° 1 à la convention de délégation de gestion"
    assert row["Page"] == "2"
    assert row["Empreinte SHA-256"] == "a" * 64
    assert row["Versement"] == "2026-47"
    assert row["Génération"] == "7"
    assert row["Phrase"].strip() == "La délégation de gestion est accordée pour un an."
    assert row["Question"] == "délégation gestion"
    assert row["Lien"].startswith("/documents/")


def test_csv_and_xlsx_say_the_same() -> None:
    service = MemoryService([*small_collection(), *many(5)])
    rows = table(export(service, "csv"))
    sheet = openpyxl.load_workbook(io.BytesIO(export(service, "xlsx"))).active
    assert sheet is not None
    cells = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert cells[0] == [name for name, _, _ in COLUMNS]
    for row, line in zip(rows, cells[1:], strict=True):
        assert [row[name] for name in ("Rang", "Titre", "Page", "Fichier")] == [line[0], line[1], line[7], line[12]]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_a_csv_is_a_formula(formula: str) -> None:
    for row in csv.reader(io.StringIO(export(hostile_titles([formula]), "csv").decode("utf-8-sig")), delimiter=";"):
        for cell in row:
            assert not cell.lstrip(" \u00a0").startswith(("=", "+", "@", "\t", "\r", "＝", "|")), cell
            assert not cell.startswith("-"), cell


@given(st.text())
def test_a_harmless_cell_keeps_its_words(text: str) -> None:
    made = harmless(text)
    assert made in {text, f"'{text}"}
    assert not made.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_no_cell_of_an_xlsx_is_a_formula_or_a_link() -> None:
    titles = [*FORMULAS, "https://evil.example/", "mailto:a@b.example", *HOSTILE[::25]]
    book = openpyxl.load_workbook(io.BytesIO(export(hostile_titles(titles), "xlsx")))
    sheet = book.active
    assert sheet is not None
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s", "n"}
    assert all(cell.hyperlink is None for row in sheet.iter_rows() for cell in row)


def ods_cells(content: bytes) -> list[list[Any]]:
    """The cells of an OpenDocument sheet as another library reads them."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def test_an_ods_says_what_the_csv_says_and_none_of_its_cells_is_a_formula_or_a_link() -> None:
    titles = [*FORMULAS, "https://evil.example/", "a\x00\x08b", "<office:annotation/>&amp;", *HOSTILE[::25]]
    service = hostile_titles(titles)
    content = export(service, "ods")
    cells = ods_cells(content)
    assert cells[0] == [name for name, _, _ in COLUMNS]
    assert [row[0] for row in cells[1:]] == list(range(1, len(titles) + 1))
    shown = {" ".join(str(row[1]).split()) for row in cells[1:]}
    assert {"=1+1", "https://evil.example/", "ab", "<office:annotation/>&amp;"} <= shown
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        xml = package.read("content.xml").decode()
    assert "table:formula" not in xml
    assert "<text:a" not in xml
    assert "<office:annotation" not in xml


def test_a_passage_too_long_for_a_cell_is_cut_with_a_sign() -> None:
    long = held("long.pdf", "Long", [page_of(1, (P, "gestion " + "🏛" * 40_000))])
    sheet = openpyxl.load_workbook(io.BytesIO(export(MemoryService([long]), "xlsx"))).active
    assert sheet is not None
    cell = str(sheet.cell(2, 12).value)
    assert cell.endswith("…")
    assert len(cell.encode("utf-16-le")) // 2 <= LONGEST_CELL


def test_json_lines_give_one_object_a_hit() -> None:
    service = hostile_titles(HOSTILE[:40])
    rows = [json.loads(line) for line in export(service, "jsonl").splitlines()]
    assert sorted(row["title"] for row in rows) == sorted(HOSTILE[:40])


def test_a_bibtex_entry_is_closed_and_holds_no_command() -> None:
    text = export(
        hostile_titles(["Budget {2024} & 50 % \\input{/etc/passwd}", "}\n@string{x=1}", "a_b$c^d~e#f"]), "bibtex"
    )
    entries = text.decode().strip().split("\n\n")
    assert len(entries) == 3
    for entry in entries:
        assert entry.startswith("@misc{reuni-")
        bare = entry.replace("\\{", "").replace("\\}", "")
        assert bare.count("{") == bare.count("}")
        assert "\\input" not in entry
        assert len([line for line in entry.splitlines() if line.startswith("@")]) == 1


def test_a_ris_record_has_one_line_a_field() -> None:
    text = export(hostile_titles(["Titre\nER  - \nTY  - BOOK"]), "ris").decode()
    tags = [line[:6] for line in text.split("\r\n") if line]
    assert tags[0] == "TY  - "
    assert tags.count("TY  - ") == tags.count("ER  - ") == 1
    assert all(tag[2:] == "  - " for tag in tags)


def test_the_note_quotes_the_passage_with_its_source() -> None:
    note = MarkdownIt().render(export(MemoryService(small_collection()), "markdown").decode())
    assert "<h1>délégation gestion</h1>" in note
    assert "<blockquote>" in note
    assert "Le délégant signe chaque avenant." in note
    assert "a" * 64 in note


def test_nothing_hostile_becomes_markup_in_the_note() -> None:
    titles = [*HOSTILE[::10], "[x](http://evil.example)", "![x](http://evil.example/x.png)", "# Titre", "| a | b |"]
    note = (
        MarkdownIt("commonmark", {"html": True})
        .enable("table")
        .render(export(hostile_titles(titles), "markdown").decode())
    )
    for tag in ("<script", "<img", "<a ", "<iframe", "<svg", "<table", "<form", "<details", "<input", "<body"):
        assert tag not in note


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029"), min_size=1))
def test_an_escaped_text_reads_as_itself(text: str) -> None:
    from html import unescape

    expected = " ".join(text.split())
    rendered = MarkdownIt().render(f"## {plain(text)}") if expected else "<h2></h2>"
    assert unescape(rendered.strip().removeprefix("<h2>").removesuffix("</h2>")) == expected


def test_up_to_a_thousand_documents_are_exported() -> None:
    assert len(table(export(MemoryService(many(130)), "csv", q="gestion", k="1000"))) == 130
    assert len(table(export(MemoryService(many(130)), "csv", q="gestion"))) == 100


@pytest.mark.parametrize("params", ["q=a", "q=a&format=exe", "q=&format=csv", "q=a&format=csv&k=1001"])
def test_an_export_that_makes_no_sense_is_refused(params: str) -> None:
    api = TestClient(create_app(MemoryService([]), HttpSettings()), base_url="http://localhost")
    answer = api.get(f"/api/v1/search/export?{params}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl", "bibtex", "ris", "markdown"])
def test_no_hit_still_gives_a_file(form: str) -> None:
    export(MemoryService([]), form)

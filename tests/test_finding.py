"""Words looked for inside one document."""

from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from corpus.document import Block, BlockKind, Page
from search_api.engine.finding import MOST_FOUND, find_inside, fold
from search_api.http.app import create_app
from search_api.http.settings import HttpSettings
from tests.service_in_memory import Held, MemoryService, P, held, page_of


def one_page(text: str) -> Page:
    return Page(1, text, (Block(BlockKind.PARAGRAPH, 0, len(text)),))


def words_found(text: str, words: str) -> list[str]:
    return [text[span.start : span.end] for span in find_inside([one_page(text)], words).spans]


@given(st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_accents_capitals_and_line_ends_do_not_matter() -> None:
    text = "La DÉLÉGATION\n de gestion, la délégation de gestion. Une sous-délégation de\u00a0gestion."
    assert words_found(text, "delegation de Gestion") == [
        "DÉLÉGATION\n de gestion",
        "délégation de gestion",
        "délégation de\u00a0gestion",
    ]


def test_a_word_is_found_from_its_beginning_only() -> None:
    assert words_found("Une note, des notes, une cote notée, un cryptonote.", "note") == ["note", "note", "noté"]


@given(st.text(max_size=30), st.text(max_size=60))
def test_what_is_typed_is_never_a_pattern(words: str, text: str) -> None:
    for found in words_found(text, words):
        assert fold(found).split() == fold(words).split()


def test_occurrences_are_bounded_and_said_to_be() -> None:
    findings = find_inside([one_page("a " * 3_000)], "a")
    assert len(findings.spans) == MOST_FOUND
    assert findings.more
    assert not find_inside([one_page("a " * 10)], "a").more


def report() -> Held:
    return held("r.pdf", "Rapport", [page_of(n, (P, f"Page {n}. {'Le seuil.' * (n % 13 == 0)}")) for n in range(1, 41)])


def test_the_document_opens_at_the_first_occurrence_and_lists_the_pages() -> None:
    document = report()
    api = TestClient(create_app(MemoryService([document]), HttpSettings()), base_url="http://localhost")
    html = api.get(f"/documents/{document.document.id}?dans=SEUIL&q=x").text
    assert '<mark class="trouve trouve--ici" id="occurrence" tabindex="-1">seuil</mark>' in html
    assert "3&nbsp;occurrences" in html.replace("\u00a0", "&nbsp;")
    for number in (13, 26, 39):
        assert f"q=x&amp;dans=SEUIL&amp;page={number}#page-{number}" in html
    assert "Page 13." in html
    assert "Page 1." not in html


def test_absent_words_are_said_absent() -> None:
    document = report()
    api = TestClient(create_app(MemoryService([document]), HttpSettings()), base_url="http://localhost")
    assert "Ces mots ne figurent pas dans ce document." in api.get(f"/documents/{document.document.id}?dans=xyz").text
    assert "ne figurent pas" not in api.get(f"/documents/{document.document.id}?dans=+").text

"""A document changes while it is being read: what is told under a version's digits is of that version."""

import hashlib
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from corpus.document import document_id
from search_api.engine.record import Record
from search_api.http import assistants
from search_api.http.app import create_app
from search_api.http.house import House, current_user
from search_api.http.settings import HttpSettings
from search_api.http.wire import document_page_url
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder
from tests.test_web_pages import Visible

NOTE = document_id("general", "note.txt")
SENTENCE = "Le projet Zéphyr dépend d’un fournisseur unique."
BEFORE = f"Note sur le projet Zéphyr\n\n{SENTENCE}"
AFTER = f"Note sur le projet Zéphyr, rendue publique\n\n{SENTENCE.replace('dépend', 'ne dépend plus')}"
FORMER = hashlib.sha256(BEFORE.encode()).hexdigest()
LINK = f"{document_page_url(NOTE)}?passage=1:{BEFORE.index(SENTENCE)}-{len(BEFORE)}"


@pytest.fixture
def api(data: Path, tmp_path: Path, fake: FakeEncoder, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """Where the note is published anew just after it was looked up."""
    index(data, fake, write_files(tmp_path / "1", {"note.txt": BEFORE}), name="2026-47")
    served = engine(data, fake)
    look_up = served.documents.record

    def overtaken(document_id: str, compartments: tuple[str, ...] | None = None) -> Record | None:
        found = look_up(document_id, compartments)
        monkeypatch.setattr(served.documents, "record", look_up)
        index(data, fake, write_files(tmp_path / "2", {"note.txt": AFTER}), name="2026-48")
        served.catch_up()
        return found

    monkeypatch.setattr(served.documents, "record", overtaken)
    return TestClient(create_app(served, HttpSettings()), base_url="http://localhost")


def citation(page: str) -> str:
    return page.partition('id="citation-texte">')[2].partition("</p>")[0]


def test_a_citation_says_the_words_of_the_file_whose_digits_it_bears(api: TestClient) -> None:
    cited = citation(api.get(LINK).text)
    assert SENTENCE in cited and FORMER in cited
    later = citation(api.get(LINK).text)
    assert SENTENCE not in later and FORMER not in later and "SHA-256" in later


def test_words_are_looked_for_in_the_version_that_is_shown(api: TestClient) -> None:
    page = Visible(api.get(f"{LINK}&dans=publique").text)
    assert "Ces mots ne figurent pas dans ce document." in page.text


@pytest.fixture
def house(api: TestClient) -> House:
    found = api.app.state.house  # type: ignore[attr-defined]
    assert isinstance(found, House)
    return found


def test_an_assistant_quotes_the_file_whose_digits_it_gives(house: House) -> None:
    opened = assistants.open_passage(house, current_user(house), LINK)
    assert (opened.quoted_passage, opened.source.file_hash) == (SENTENCE, FORMER)


def test_a_page_an_assistant_opens_is_of_the_file_whose_digits_it_gives(house: House) -> None:
    opened = assistants.open_page(house, current_user(house), NOTE, 1)
    assert (opened.quoted_text, opened.source.file_hash) == (BEFORE, FORMER)

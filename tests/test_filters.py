"""Filters restrict exactly, facets count exactly, and dates order exactly."""

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.document import Document
from indexer.document_fields import Column, confidence_band, document_fields
from indexer.lexical_query import AnyOf
from indexer.selection import Selection
from search_api.engine.answer import Answer, Channel, SearchRequest, Sort
from search_api.engine.search import Engine
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder

KINDS = ("note", "convention", "avenant")
SUBJECTS = ("douane", "photonique", "brevet")


def paper(n: int) -> str:
    date = "" if n % 7 == 6 else f"date: {2015 + n % 5}-0{1 + n % 9}-1{n % 10}\n"
    return (
        f"---\ntitle: {KINDS[n % 3].capitalize()} {n} sur {SUBJECTS[n % 3]}\n{date}service: Service {n % 4}\n---\n\n"
        f"Le papier {n} traite de {SUBJECTS[n % 3]} et de rien d’autre.\n"
    )


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    root = tmp_path_factory.mktemp("filters")
    index(root / "data", FakeEncoder(), write_files(root / "one", {f"p{n}.md": paper(n) for n in range(30)}), name="un")
    more = write_files(root / "two", {f"q{n}.txt": f"Avis {n}. La douane, encore." for n in range(5)})
    index(root / "data", FakeEncoder(), more, name="deux")
    return engine(root / "data", FakeEncoder())


def search(asked: Engine, query: str, **options: object) -> Answer:
    return asked.search(SearchRequest(query=query, k=100, **options))  # type: ignore[arg-type]


def documents(answer: Answer) -> list[Document]:
    return [hit.document for hit in answer.hits]


@pytest.mark.parametrize("channel", list(Channel))
def test_only_what_every_filter_accepts_answers(asked: Engine, channel: Channel) -> None:
    every = documents(search(asked, "douane papier", channel=channel))
    filters = {"kind": ("note", "avenant"), "service": ("Service 1",)}
    found = documents(search(asked, "douane papier", channel=channel, filters=filters))
    wanted = {d.id for d in every if d.kind in ("note", "avenant") and d.metadata.get("service") == "Service 1"}
    assert {d.id for d in found} == wanted
    assert wanted


@pytest.mark.parametrize("query", ["douane", ""])
def test_counts_are_those_of_the_documents_that_answer(asked: Engine, query: str) -> None:
    answer = search(asked, query, filters={"drop": ("un", "deux")})
    said = {
        "kind": [d.kind for d in documents(answer)],
        "service": [d.metadata.get("service", "") for d in documents(answer)],
        "year": [d.date[:4] for d in documents(answer)],
        "drop": [d.drop for d in documents(answer)],
        "format": [d.media_type for d in documents(answer)],
    }
    assert answer.total == len(answer.hits)
    for facet, values in said.items():
        counted = {count.value: count.count for count in answer.facets[facet]}
        assert counted == {value: n for value, n in Counter(values).items() if value}


def test_filters_alone_list_every_document_they_accept(asked: Engine) -> None:
    answer = search(asked, "", filters={"drop": ("deux",)})
    assert {d.external_id for d in documents(answer)} == {f"q{n}.txt" for n in range(5)}
    assert all(hit.passage.text for hit in answer.hits)


def test_nothing_asked_gives_nothing(asked: Engine) -> None:
    assert search(asked, "").hits == ()


def test_a_facet_that_does_not_exist_accepts_nothing_and_says_so(asked: Engine) -> None:
    answer = search(asked, "douane", filters={"couleur": ("bleu",)})
    assert answer.hits == ()
    assert "couleur" in answer.messages[-1]


@pytest.mark.parametrize("query", ["douane papier", ""])
@pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.OLDEST])
def test_dates_order_and_the_undated_come_last(asked: Engine, sort: Sort, query: str) -> None:
    answer = search(asked, query, sort=sort, filters={"drop": ("un", "deux")})
    dates = [d.date for d in documents(answer)]
    dated = [date for date in dates if date]
    assert dated == sorted(dated, reverse=sort is Sort.NEWEST)
    assert dates[len(dated) :] == [""] * (len(dates) - len(dated))
    assert 0 < len(dated) < len(dates)


def test_pages_of_a_list_follow_each_other(asked: Engine) -> None:
    filters: dict[str, tuple[str, ...]] = {"kind": KINDS}
    whole = search(asked, "", filters=filters)
    second = asked.search(SearchRequest(query="", k=5, offset=5, filters=filters))
    assert [h.document.id for h in second.hits] == [h.document.id for h in whole.hits[5:10]]
    assert second.total == whole.total


def test_among_many_rows_the_best_are_those_of_the_plain_search(asked: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    generation = next(iter(asked._readers.snapshot(None).values()))
    lexical, owners = generation.lexical, generation.passages.document_of
    rows = Selection(np.arange(owners.max() + 1) % 3 == 0, owners)
    query = AnyOf(("papi", "douan"))
    plain, plain_scores = lexical.search(query, 5, rows)
    monkeypatch.setattr("indexer.lexical._FEW_ROWS", 0)
    many, many_scores = lexical.search(query, 5, rows)
    assert plain.tolist() == many.tolist()
    assert plain_scores.tolist() == many_scores.tolist()


@given(st.lists(st.sampled_from(["", "a", "b", "c"])), st.sets(st.sampled_from("abcd")))
def test_a_column_accepts_and_counts_as_its_values_do(said: list[str], wanted: set[str]) -> None:
    column = Column.of(said)
    assert column.among(wanted).tolist() == [value in wanted for value in said]
    every = np.arange(len(said))
    assert column.counts(every, np.full(len(said), -1)) == {v: n for v, n in Counter(said).items() if v}
    pairs = {(v, at // 2) for at, v in enumerate(said) if v}
    assert column.counts(every, every // 2) == dict(Counter(v for v, _ in pairs))


def test_confidence_is_told_in_bands() -> None:
    bands = [confidence_band(value) for value in (float("nan"), 0.99, 0.9, 0.5)]
    assert bands == ["sans OCR", "OCR sûr", "OCR moyen", "OCR faible"]


def test_documents_read_without_sureness_are_counted() -> None:
    body = json.dumps({"metadata": {}, "date": "", "kind": "", "drop": "un", "media_type": "image/png"})
    fields = document_fields([body] * 4, np.array([np.nan, 0.5, 0.9, 0.8], np.float32))
    assert fields.weak_ocr == 2
    assert fields.weak_ocr == fields.columns["ocr"].among(["OCR faible"]).sum()


def test_the_coverage_says_how_many_were_read_without_sureness(asked: Engine) -> None:
    assert asked.coverage().weak_ocr == 0


@pytest.mark.parametrize("query", ["douane papier", ""])
def test_beside_a_chosen_value_stand_those_that_could_be_chosen_instead(asked: Engine, query: str) -> None:
    """Each value's count is what asking for it in place of the chosen one shows; other filters still hold."""
    filters = {"kind": ("note",), "drop": ("un", "deux")}
    answer = search(asked, query, filters=filters)
    kinds = {one.value: one.count for one in answer.facets["kind"]}
    assert {"note", "avenant"} <= set(kinds)
    for value, count in kinds.items():
        assert search(asked, query, filters=filters | {"kind": (value,)}).total == count
    assert {one.value for one in answer.facets["service"]} == {
        d.metadata["service"] for d in documents(answer) if "service" in d.metadata
    }

"""The storages under the engine hold to one contract, and give the same answers."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.compartment import Compartment
from indexer.embedded import Embedded
from indexer.lexical_query import BODY, EXACT, IDENTIFIER, TITLE, AnyOf, ExactItem, LexicalQuery, Prefix, StemIn
from indexer.milvus.connection import MilvusAddress
from indexer.milvus.store import MilvusStore
from indexer.selection import Selection
from indexer.storage import Storage
from search_api.engine.answer import SearchRequest
from search_api.engine.readers import Readers
from search_api.engine.search import Engine
from tests.collection import indexing, write_files
from tests.encoders import FakeEncoder

Store = Embedded | MilvusStore
SUBJECTS = ("photonique", "hydrogène", "brevets", "douane", "semi-conducteurs")
TOWNS = ("Nantes", "Grenoble", "Toulouse", "Lille", "Brest", "Dijon", "Rennes")
QUERIES = (
    "convention sur la photonique à Grenoble",
    "CEMA-C012",
    "CEMA-C0122",
    '"fonds de soutien"',
    '"soutien de fonds aux entreprises"',
    '"convention signée"~3',
    "+douane -Nantes",
    "photnique",
    "date:2017 convention",
)


def paper(n: int) -> str:
    subject, town = SUBJECTS[n % 5], TOWNS[n % 7]
    further = "\n\n".join(
        f"## Article {part}\n\nL’article {part} du papier {n} traite de {SUBJECTS[(n + part) % 5]} et de la ville de "
        f"{TOWNS[(n * part) % 7]}. " + "Le montant est versé aux entreprises. " * (n % 3)
        for part in range(1, 2 + n % 4)
    )
    return (
        f"---\ntitle: Convention {n} sur {subject}\nkind: {('convention', 'note')[n % 2]}\n"
        f"date: {2015 + n % 4}-03-0{1 + n % 9}\n---\n\n"
        f"La convention numéro {n}, signée à {town}, porte sur le fonds de soutien à {subject}. "
        f"Référence CEMA-C{n:03}. Le conseil de l’innovation (CI) en est informé.\n\n{further}\n"
    )


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory, lite: str) -> tuple[Path, FakeEncoder, dict[str, Store]]:
    """One catalogue, and its generation in each store."""
    folder = tmp_path_factory.mktemp("stores")
    data, encoder = folder / "data", FakeEncoder()
    drop = write_files(folder / "drop", {f"papier-{n}.md": paper(n) for n in range(40)})
    stores: dict[str, Store] = {"embedded": Embedded(), "milvus": MilvusStore(MilvusAddress(lite, prefix="stores"))}
    indexing(data, encoder).drop(drop)
    replace(indexing(data, encoder), writer=stores["milvus"]).rebuild()
    return data, encoder, stores


@pytest.fixture(params=["embedded", "milvus"])
def storage(request: pytest.FixtureRequest, stored: tuple[Path, FakeEncoder, dict[str, Store]]) -> Iterator[Storage]:
    data, encoder, stores = stored
    with closing(stores[request.param].open(Compartment(data, "general"), encoder.identity)) as opened:
        yield opened


@pytest.fixture
def both(stored: tuple[Path, FakeEncoder, dict[str, Store]]) -> Iterator[tuple[Storage, Storage]]:
    data, encoder, stores = stored
    place = Compartment(data, "general")
    with (
        closing(stores["embedded"].open(place, encoder.identity)) as one,
        closing(stores["milvus"].open(place, encoder.identity)) as other,
    ):
        yield one, other


def some(storage: Storage, every: int) -> Selection:
    texts = storage.passages
    return Selection(np.arange(texts.document_count) % every == 0, texts.document_of)


def body(storage: Storage, row: int) -> str:
    passage = storage.passages.passage(row)
    document = storage.passages.document(int(storage.passages.document_of[row]))
    return "\n".join((document.title, *passage.heading_path, passage.text))


def test_the_nearest_are_those_of_an_exact_scan(storage: Storage, fake: FakeEncoder) -> None:
    everything = np.arange(len(storage.passages))
    vectors = storage.dense.vectors(everything)
    overlaps = []
    for query in QUERIES:
        asked = fake.encode_query(query).dense
        rows, scores = storage.dense.search(asked, 10)
        exact = vectors @ asked
        kept = exact >= np.sort(exact)[-10] - 1e-6
        overlaps.append(kept[rows].mean())
        assert np.allclose(scores, exact[rows], atol=1e-5)
    assert np.mean(overlaps) >= 0.95


def test_scores_of_given_rows_are_inner_products(storage: Storage, fake: FakeEncoder) -> None:
    asked = fake.encode_query("brevets de Brest").dense
    rows = np.array([40, 3, 17, 3])
    assert np.allclose(storage.dense.scores(asked, rows), storage.dense.vectors(rows) @ asked, atol=1e-5)
    assert storage.dense.scores(asked, rows[:0]).shape == (0,)


def test_given_rows_wait_for_a_question_to_come(storage: Storage, fake: FakeEncoder) -> None:
    rows = np.array([40, 3, 17, 3])
    scorer, of_nothing = storage.dense.scorer(rows), storage.dense.scorer(rows[:0])
    for query in QUERIES:
        asked = fake.encode_query(query).dense
        assert np.array_equal(scorer(asked), storage.dense.scores(asked, rows))
        assert of_nothing(asked).shape == (0,)


@pytest.mark.parametrize("field", ["columns", "numbers", "many numbers"])
def test_only_the_documents_selected_are_found(
    storage: Storage, fake: FakeEncoder, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = storage.passages
    column = texts.fields.columns["kind"]
    notes = Selection(column.among(["note"]), texts.document_of, {"kind": column.places(["note"])})
    if field != "columns":
        notes = replace(notes, columns=None)
    if field == "many numbers":
        monkeypatch.setattr("indexer.milvus.partition._FEW_DOCUMENTS", 7)
        monkeypatch.setattr("indexer.milvus.partition.MOST", 20)
    asked = fake.encode_query("convention signée à Lille").dense
    exact = storage.dense.vectors(np.arange(len(texts))) @ asked
    rows, _ = storage.dense.search(asked, 10, notes)
    assert np.allclose(np.sort(exact[rows]), np.sort(exact[notes.rows])[-10:], atol=1e-5)
    assert notes.mask[texts.document_of[rows]].all()
    words = AnyOf(("lill", "convent"))
    found, scores = storage.lexical.search(words, 10, notes)
    assert notes.mask[texts.document_of[found]].all()
    every = storage.lexical.scores(words, notes.rows)
    assert np.allclose(scores, np.sort(every)[::-1][:10], rtol=1e-5)
    documents, _ = storage.lexical.documents.search(words, 5, notes)
    assert notes.mask[documents].all()
    nobody = Selection(np.zeros(texts.document_count, bool), texts.document_of)
    assert len(storage.dense.search(asked, 10, nobody)[0]) == 0


@pytest.mark.parametrize(
    "query",
    [
        AnyOf(("photon", "grenobl")),
        AnyOf(("photon",), ((("brevet", "douan", "absent"), 0.5), (("lill",), 0.7))),
        AnyOf((), ((("brevet", "douan"), 1.0),)),
        AnyOf(("absent",)),
    ],
)
def test_words_score_as_bm25(both: tuple[Storage, Storage], query: AnyOf) -> None:
    one, other = both
    rows = np.arange(len(one.passages))
    assert np.allclose(one.lexical.scores(query, rows), other.lexical.scores(query, rows), rtol=1e-4)
    numbers = np.arange(one.passages.document_count)
    mine, theirs = (storage.lexical.documents.scores(query, numbers) for storage in both)
    assert np.allclose(mine, theirs, rtol=1e-4)
    assert np.array_equal(one.lexical.rows(query), other.lexical.rows(query))
    assert np.array_equal(one.lexical.documents.rows(query), other.lexical.documents.rows(query))


@pytest.mark.parametrize("words", ["photon grenobl", "convent sign", "fond souti entrepris"])
def test_the_best_by_words_are_those_of_their_scores(storage: Storage, words: str) -> None:
    query = AnyOf(tuple(words.split()))
    every = storage.lexical.scores(query, np.arange(len(storage.passages)))
    rows, scores = storage.lexical.search(query, 20)
    assert np.allclose(scores, np.sort(every)[::-1][: len(scores)], rtol=1e-5)
    assert np.allclose(every[rows], scores, rtol=1e-5)


EXACTLY: list[LexicalQuery] = [
    ExactItem(identifier="cemac012"),
    ExactItem(identifier="cemac0122", edits=1),
    ExactItem(identifier="absent1", words=("cema", "c012")),
    ExactItem(words=("grenoble",)),
    ExactItem(words=("fonds", "de", "soutien")),
    ExactItem(words=("de", "la")),
    ExactItem(words=("soutien", "fonds")),
    ExactItem(words=("convention", "signee"), slop=3),
    ExactItem(words=("convention", "signee"), slop=1),
    ExactItem(words=("convention", "numero", "12", "signee", "a", "dijon"), edits=1),
    StemIn(TITLE, "douan"),
    Prefix("hydrog"),
    Prefix("absent"),
]


@pytest.mark.parametrize("query", EXACTLY, ids=str)
def test_what_is_held_exactly_is_the_same_everywhere(both: tuple[Storage, Storage], query: LexicalQuery) -> None:
    one, other = both
    held = one.lexical.rows(query)
    assert np.array_equal(held, other.lexical.rows(query))
    rows = np.arange(len(one.passages))
    mine, theirs = (storage.lexical.scores(query, rows) for storage in both)
    assert np.array_equal(mine > 0, theirs > 0)
    if isinstance(query, ExactItem) and query.words and query.edits:
        assert np.array_equal(np.rint(mine), np.rint(theirs))
    found = other.lexical.search(query, 5, some(other, 2))[0]
    allowed = np.intersect1d(held, some(other, 2).rows)
    assert len(found) == min(5, len(allowed))
    assert set(found.tolist()) <= set(allowed.tolist())


def test_what_is_held_is_in_the_text(storage: Storage) -> None:
    rows = storage.lexical.rows(ExactItem(words=("fonds", "de", "soutien")))
    assert rows.tolist() == [row for row in range(len(storage.passages)) if "fonds de soutien" in body(storage, row)]


def test_words_of_the_collection_are_the_same(both: tuple[Storage, Storage]) -> None:
    one, other = (storage.lexical for storage in both)
    for field, term in ((BODY, "convent"), (EXACT, "convention"), (IDENTIFIER, "cemac012"), (EXACT, "absent")):
        assert one.document_frequency(field, term) == other.document_frequency(field, term)
    assert one.words_with_prefix("con", 3) == other.words_with_prefix("con", 3)
    assert one.vocabulary.nearest("photnique", 3) == other.vocabulary.nearest("photnique", 3) != []
    assert one.acronyms == other.acronyms != {}
    assert one.long_forms == other.long_forms


def test_token_codes_are_the_same(both: tuple[Storage, Storage], fake: FakeEncoder) -> None:
    one, other = both
    rows = np.array([5, 0, 31])
    (mine, lengths), (theirs, same) = one.tokens.codes(rows), other.tokens.codes(rows)
    assert np.array_equal(lengths, same)
    assert np.array_equal(mine.signs, theirs.signs)
    assert np.array_equal(mine.scales, theirs.scales)
    assert np.array_equal(one.tokens.offsets(5), other.tokens.offsets(5))
    assert len(other.tokens.codes(rows[:0])[1]) == 0
    asked = fake.encode_query("convention de photonique").tokens
    ours, milvus = (storage.tokens.matches(asked, rows) for storage in both)
    assert np.array_equal(ours.similarities, milvus.similarities) and np.array_equal(ours.lengths, milvus.lengths)
    assert other.tokens.matches(asked, rows[:0]).best().shape == (0, len(asked))


def test_centres_are_the_same(both: tuple[Storage, Storage], fake: FakeEncoder) -> None:
    numbers, asked = np.array([7, 0, 39]), fake.encode_query("douane").dense
    mine, theirs = (storage.documents.scores(asked, numbers) for storage in both)
    assert np.allclose(mine, theirs, atol=2e-3)


@pytest.mark.parametrize("query", QUERIES)
def test_answers_agree(stored: tuple[Path, FakeEncoder, dict[str, Store]], query: str) -> None:
    data, encoder, stores = stored
    one, other = (Engine(Readers(data, encoder.identity, store), encoder) for store in stores.values())
    mine, theirs = one.search(SearchRequest(query=query)), other.search(SearchRequest(query=query))
    assert mine.total == theirs.total
    assert mine.messages == theirs.messages
    assert mine.facets == theirs.facets
    ids = [{hit.document.id for hit in answer.hits} for answer in (mine, theirs)]
    assert len(ids[0] & ids[1]) >= 0.95 * len(ids[0])
    assert [hit.passage.highlights for hit in mine.hits][:1] == [hit.passage.highlights for hit in theirs.hits][:1]

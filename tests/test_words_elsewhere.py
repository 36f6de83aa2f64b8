"""What another storage than tantivy needs of words: weights, phrases and near terms that say what tantivy says."""

from collections import Counter

import numpy as np
import pytest
import tantivy
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from indexer.bm25 import inverse_frequencies, weights
from indexer.lexical_query import IDENTIFIER
from indexer.phrases import holds
from indexer.term_store import FILE, TermStore, alphabet, write_terms

WORDS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=9)


def tantivy_index(texts: list[list[str]]) -> tuple[tantivy.Schema, tantivy.Searcher]:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", fast=True)
    builder.add_text_field("body", tokenizer_name="whitespace", index_option="position")
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(15_000_000, 1)
    for row, words in enumerate(texts):
        document = tantivy.Document()
        document.add_unsigned("row", row)
        document.add_text("body", " ".join(words))
        writer.add_document(document)
    writer.commit()
    index.reload()
    return schema, index.searcher()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(WORDS, min_size=1, max_size=12),
    st.lists(st.sampled_from("abcd"), min_size=2, max_size=2),
    st.integers(0, 2),
)
def test_a_pair_is_held_where_tantivy_finds_it(texts: list[list[str]], pair: list[str], slop: int) -> None:
    schema, searcher = tantivy_index(texts)
    query = tantivy.Query.phrase_query(schema, "body", [*pair], slop)
    hits = searcher.search(query, limit=len(texts)).hits
    found = set(searcher.fast_field_values("row", [address for _, address in hits])) if hits else set()
    assert found == {row for row, words in enumerate(texts) if holds(words, pair, slop)}


@settings(max_examples=25, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=12), st.lists(st.sampled_from("abcd"), min_size=3, max_size=4))
def test_a_phrase_is_held_where_tantivy_finds_it(texts: list[list[str]], phrase: list[str]) -> None:
    schema, searcher = tantivy_index(texts)
    hits = searcher.search(tantivy.Query.phrase_query(schema, "body", [*phrase], 0), limit=len(texts)).hits
    found = set(searcher.fast_field_values("row", [address for _, address in hits])) if hits else set()
    assert found == {row for row, words in enumerate(texts) if holds(words, phrase, 0)}


@settings(max_examples=25, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=12), st.sets(st.sampled_from("abcd"), min_size=1))
def test_weights_add_up_to_tantivy_s_scores(texts: list[list[str]], asked: set[str]) -> None:
    # Below 40 words tantivy keeps lengths as they are.
    schema, searcher = tantivy_index(texts)
    clauses = [(tantivy.Occur.Should, tantivy.Query.term_query(schema, "body", word)) for word in sorted(asked)]
    hits = searcher.search(tantivy.Query.boolean_query(clauses), limit=len(texts)).hits
    rows = searcher.fast_field_values("row", [address for _, address in hits]) if hits else []
    theirs = dict(zip(rows, (score for score, _ in hits), strict=True))
    frequencies = Counter(word for words in texts for word in set(words))
    average = sum(map(len, texts)) / len(texts)
    for row, words in enumerate(texts):
        counts = Counter(words)
        inverse = inverse_frequencies(len(texts), np.array([frequencies[word] for word in counts]))
        found = weights(inverse, np.array(list(counts.values())), len(words), average)
        mine = sum(weight for word, weight in zip(counts, found.tolist(), strict=True) if word in asked)
        assert mine == pytest.approx(theirs.get(row, 0.0), rel=1e-4)


FORMS = st.text("ab01-", min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(st.sets(FORMS, min_size=1, max_size=20), FORMS)
def test_near_terms_are_those_one_edit_away(
    tmp_path_factory: pytest.TempPathFactory, known: set[str], asked: str
) -> None:
    path = tmp_path_factory.mktemp("terms") / FILE
    write_terms(path, [*((IDENTIFIER, form, 1, 0) for form in sorted(known)), alphabet(IDENTIFIER, known)])
    assert TermStore(path).near(IDENTIFIER, asked, 1) == sorted(
        form for form in known if OSA.distance(form, asked) <= 1
    )

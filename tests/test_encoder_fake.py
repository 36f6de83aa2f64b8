"""The encoder tests use instead of a model keeps the same promises."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.encoders import FakeEncoder


@given(st.text(max_size=80))
def test_vectors_are_of_unit_length_one_row_a_word(text: str) -> None:
    encoded = FakeEncoder().encode_query(text)
    assert np.isclose(np.linalg.norm(encoded.dense), 1)
    assert np.allclose(np.linalg.norm(encoded.tokens, axis=1), 1)
    assert len(encoded.tokens) == len(encoded.offsets)


def test_shared_words_bring_texts_together_whatever_accents_and_case() -> None:
    near, same, far = FakeEncoder().encode_passages(["Arrêté du préfet", "ARRETE DU PREFET", "Budget annexe"])
    assert near.dense @ same.dense > 0.99 > near.dense @ far.dense


def test_salt_makes_another_model() -> None:
    plain, salted = FakeEncoder(), FakeEncoder(salt="b")
    assert plain.identity.fingerprint != salted.identity.fingerprint
    assert plain.encode_query("note").dense @ salted.encode_query("note").dense < 0.9

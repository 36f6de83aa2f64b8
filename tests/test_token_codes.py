"""Token codes: one bit a dimension keeps the order of the best matches."""

import base64

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from indexer import token_codes
from indexer.token_codes import Matches, TokenCodes, encode_tokens, similarities


def unit(dice: np.random.Generator, count: int, dimension: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    vectors = dice.standard_normal((count, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


@pytest.mark.parametrize("dimension", [20, 64, 384])
def test_a_token_has_similarity_one_with_itself(dimension: int) -> None:
    tokens = unit(np.random.default_rng(0), 5, dimension)
    assert np.diag(similarities(tokens, encode_tokens(tokens))) == pytest.approx(1, abs=0.01)


def test_similarities_estimate_inner_products_without_bias() -> None:
    dice = np.random.default_rng(1)
    query = unit(dice, 40, 384)
    tokens = np.repeat(query, 50, axis=0) * dice.uniform(0, 2, (2000, 1)).astype(np.float32) + unit(dice, 2000, 384)
    tokens /= np.linalg.norm(tokens, axis=1, keepdims=True)
    errors = similarities(query, encode_tokens(tokens)) - tokens @ query.T
    assert abs(errors.mean()) < 0.01
    assert errors.std() < 0.05


def test_signs_are_used_to_the_last_token_of_the_last_chunk() -> None:
    tokens = unit(np.random.default_rng(2), 2 * 2048 + 3, 64)
    codes = encode_tokens(tokens)
    whole = similarities(tokens[:4], codes)
    for row in (0, 2047, 2048, 4095, 4096, 4098):
        alone = similarities(tokens[:4], TokenCodes(codes.signs[row : row + 1], codes.scales[row : row + 1]))
        assert np.array_equal(alone[0], whole[row])


def test_best_matches_are_taken_inside_each_passage() -> None:
    tokens = unit(np.random.default_rng(3), 9, 64)
    matches = Matches(similarities(tokens[[1, 6]], encode_tokens(tokens)), np.array([3, 0, 4, 2]))
    found = matches.best()
    assert found.shape == (4, 2)
    assert found[0, 0] == pytest.approx(1, abs=0.05) and found[2, 1] == pytest.approx(1, abs=0.05)
    assert not found[1].any()
    assert found[2, 0] < 0.7 and found[0, 1] < 0.7
    assert [one.shape for one in matches.by_passage()] == [(3, 2), (0, 2), (4, 2), (2, 2)]


def test_passages_compared_by_two_threads_score_as_each_alone() -> None:
    dice = np.random.default_rng(4)
    lengths = np.array([0, 3000, 1, 0, 2500, 60, 0])
    codes = encode_tokens(unit(dice, int(lengths.sum()), 64))
    query = unit(dice, 5, 64)
    together = Matches(similarities(query, codes), lengths)
    for found, best, n, end in zip(
        together.by_passage(), together.best(), lengths.tolist(), np.cumsum(lengths).tolist(), strict=True
    ):
        alone = similarities(query, TokenCodes(codes.signs[end - n : end], codes.scales[end - n : end]))
        assert np.array_equal(found, alone)
        assert np.array_equal(best, alone.max(axis=0, initial=-np.inf) if n else np.zeros(5))


def test_a_query_or_passages_without_tokens_score_nothing() -> None:
    tokens = unit(np.random.default_rng(4), 3, 64)
    codes = encode_tokens(tokens)
    assert Matches(similarities(tokens[:0], codes), np.array([2, 1])).best().shape == (2, 0)
    empty = TokenCodes(np.empty((0, 0), np.uint8), np.empty(0, np.float16))
    assert np.array_equal(Matches(similarities(tokens, empty), np.array([0, 0])).best(), np.zeros((2, 3)))
    nothing = Matches(similarities(tokens, empty), np.empty(0, np.int64))
    assert nothing.by_passage() == [] and nothing.best().shape == (0, 3)


def test_the_stored_graph_is_one_product_of_bytes() -> None:
    shapes = {"bits": (TensorProto.UINT8, ["n", "d"]), "query": (TensorProto.INT8, ["d", "m"])}
    inputs = [helper.make_tensor_value_info(name, *shape) for name, shape in shapes.items()]
    output = helper.make_tensor_value_info("dots", TensorProto.INT32, ["n", "m"])
    node = helper.make_node("MatMulInteger", ["bits", "query"], ["dots"])
    stored = onnx.load_model_from_string(base64.b64decode(token_codes._DOTS))
    assert stored.graph == helper.make_graph([node], "dots", inputs, [output])

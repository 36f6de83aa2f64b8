"""The graph of a BERT-like encoder, written for ONNX Runtime on a CPU.

One text a run, without padding: vectors depend on the text alone (a batch's activations would share one
quantisation scale), and small tensors stay in the core's cache, which gives more tokens a second than batches.

Weights are int8, one scale an output column. What enters a matrix product is quantised as it comes:

* the input of the last product of a layer (after GELU, where outliers live): one scale a token, on an asymmetric
  range, as GELU never goes under -0.17;
* elsewhere one scale a text, after the channels were evened out by powers of two taken from a reference text, as in
  SmoothQuant (Xiao et al., 2023, https://arxiv.org/abs/2211.10438) with alpha 0.5; the weights take the inverse.

Tokens a CPU second on passages of 200 tokens, one thread, beside sentence-transformers float32 at 1,530 in the same
run, and mean cosine to float32 of the embeddings and of the centred token vectors:

====================================================================  ======  =======  ======
graph                                                                 tokens  cosine   tokens
====================================================================  ======  =======  ======
exported by torch, float32                                             2,000  1.0000   1.000
exported, int8 by onnxruntime.quantization, batches of 4,096 tokens    2,200  0.9971   .
the same, batches of 1,024                                             3,200  0.9973   .
this one, fused by hand, one scale a text, SkipLayerNormalization      4,750  0.9975   .
with Add and LayerNormalization instead                                6,250  0.9975   .
without a mask (flash attention)                                       6,900  0.9971   0.977
with one scale a token everywhere                                      5,300  0.9993   0.997
with one scale a token after GELU                                      7,000  0.9991   0.993
with channels evened out as well: this one                             6,900  0.9997   0.998
MatMulNBits, the model's own 4 bits, int8 activations                  1,560  0.99995  .
MatMulNBits, 8 bits                                                    1,670  0.9999   .
====================================================================  ======  =======  ======

``onnxruntime.transformers.optimizer`` cannot sort the graph torch exports (its GELU fusion makes a cycle).
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from indexer.encoder.bert_source import BertShape, ChannelRanges
from indexer.encoder.protocol import Floats

_CONTRIB = "com.microsoft"
_GELU_MIN = 0.17
_LEAST_PEAK = 1.0
"""The range after GELU never shrinks under [-0.17, 1]."""


def bert_graph(weights: dict[str, Floats], shape: BertShape, ranges: ChannelRanges | None) -> onnx.ModelProto:
    """The graph of a BERT-like encoder; the same bytes for the same arguments.

    From ``input_ids``, ``(1, length)`` int64, to ``dense``, ``(1, hidden)`` of unit length, and ``states``,
    ``(1, length, hidden)``.

    Args:
        weights: a state dictionary with the names of Hugging Face's ``BertModel``.
        shape: of the network.
        ranges: for int8 weights; None keeps float32.
    """
    return _Writer(weights, shape, ranges).model()


class _Writer:
    """Adds nodes and weights one after the other; a value is known by its name."""

    def __init__(self, weights: dict[str, Floats], shape: BertShape, ranges: ChannelRanges | None) -> None:
        self._weights = weights
        self._shape = shape
        self._ranges = ranges
        self._hidden = weights["embeddings.word_embeddings.weight"].shape[1]
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: dict[str, onnx.TensorProto] = {}

    def model(self) -> onnx.ModelProto:
        """The whole graph."""
        states = self._embeddings()
        for layer in range(self._shape.layers):
            states = self._layer(states, layer)
        self._node("Identity", [states], out="states")
        self._pool(states)
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "length"])],
            [
                helper.make_tensor_value_info("dense", TensorProto.FLOAT, [1, self._hidden]),
                helper.make_tensor_value_info("states", TensorProto.FLOAT, [1, "length", self._hidden]),
            ],
            list(self._initializers.values()),
        )
        opsets = [helper.make_opsetid("", 19), helper.make_opsetid(_CONTRIB, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="reuni")

    def _node(self, kind: str, inputs: list[str], out: str = "", **attributes: Any) -> str:
        out = out or f"{kind}_{len(self._nodes)}"
        contrib = {"DynamicQuantizeMatMul", "MatMulIntegerToFloat", "MultiHeadAttention", "Gelu"}
        domain = _CONTRIB if kind in contrib else ""
        self._nodes.append(helper.make_node(kind, inputs, [out], name=out, domain=domain, **attributes))
        return out

    def _constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        if name not in self._initializers:
            self._initializers[name] = numpy_helper.from_array(np.asarray(value, order="C"), name)
        return name

    def _ints(self, *values: int) -> str:
        return self._constant(f"ints_{'_'.join(map(str, values))}", np.array(values, dtype=np.int64))

    def _float(self, value: float) -> str:
        return self._constant(f"float_{value!r}", np.array(value, dtype=np.float32))

    def _norm(self, x: str, path: str) -> str:
        gain = self._constant(f"{path}.weight", self._weights[f"{path}.weight"])
        bias = self._constant(f"{path}.bias", self._weights[f"{path}.bias"])
        return self._node("LayerNormalization", [x, gain, bias], axis=-1, epsilon=self._shape.eps)

    def _embeddings(self) -> str:
        words = self._weights["embeddings.word_embeddings.weight"]
        positions = self._weights["embeddings.position_embeddings.weight"][self._shape.first_position :]
        positions = positions + self._weights["embeddings.token_type_embeddings.weight"][0]
        if self._ranges is None:
            x = self._node("Gather", [self._constant("words", words), "input_ids"])
        else:
            # int8 with a scale a row: 96 MB instead of 384 for 250,000 tokens.
            scale = _scale(words, axis=1)
            rows = self._node("Gather", [self._constant("words", _to_int8(words, scale)), "input_ids"])
            scales = self._node("Gather", [self._constant("word_scales", scale), "input_ids"])
            x = self._node("Mul", [self._node("Cast", [rows], to=TensorProto.FLOAT), scales])
        length = self._node("Shape", ["input_ids"], start=1, end=2)
        here = self._node("Slice", [self._constant("positions", positions), self._ints(0), length, self._ints(0)])
        return self._norm(self._node("Add", [x, here]), "embeddings.LayerNorm")

    def _layer(self, x: str, layer: int) -> str:
        path = f"encoder.layer.{layer}"
        ranges = self._ranges
        evened = None if ranges is None else ranges.attention[layer]
        parts = [f"{path}.attention.self.{name}" for name in ("query", "key", "value")]
        q, k, v = self._products(x, parts, evened)
        context = self._node("MultiHeadAttention", [q, k, v], num_heads=self._shape.heads)
        (y,) = self._products(context, [f"{path}.attention.output.dense"], None)
        x = self._norm(self._node("Add", [y, x]), f"{path}.attention.output.LayerNorm")
        evened = None if ranges is None else ranges.feed_forward[layer]
        (y,) = self._products(x, [f"{path}.intermediate.dense"], evened)
        y = self._after_gelu(self._node("Gelu", [y]), f"{path}.output.dense")
        return self._norm(self._node("Add", [y, x]), f"{path}.output.LayerNorm")

    def _products(self, x: str, paths: list[str], evened: npt.NDArray[np.float64] | None) -> list[str]:
        """``x @ weight.T + bias`` for each path; ``x`` is quantised with one scale."""
        weights = [self._weights[f"{path}.weight"].T for path in paths]
        biases = [self._constant(f"{path}.bias", self._weights[f"{path}.bias"]) for path in paths]
        if self._ranges is None:
            return [self._float_product(x, path) for path in paths]
        if evened is not None:
            factors = _even_out(evened, np.concatenate(weights, axis=1))
            x = self._node("Mul", [x, self._constant(f"{paths[0]}.factors", factors)])
            weights = [weight / factors[:, None] for weight in weights]
        found = []
        for path, weight, bias in zip(paths, weights, biases, strict=True):
            scale = _scale(weight, axis=0)
            quantised = self._constant(f"{path}.weight", _to_int8(weight, scale))
            scales = self._constant(f"{path}.scale", scale.reshape(-1))
            zero = self._constant(f"zeros_{scale.size}", np.zeros(scale.size, dtype=np.int8))
            found.append(self._node("DynamicQuantizeMatMul", [x, quantised, scales, zero, bias]))
        return found

    def _float_product(self, x: str, path: str) -> str:
        y = self._node("MatMul", [x, self._constant(f"{path}.weight", self._weights[f"{path}.weight"].T)])
        return self._node("Add", [y, self._constant(f"{path}.bias", self._weights[f"{path}.bias"])])

    def _after_gelu(self, x: str, path: str) -> str:
        """The product after GELU: ``x`` is quantised with one scale a token."""
        if self._ranges is None:
            return self._float_product(x, path)
        weight = self._weights[f"{path}.weight"].T
        scale = _scale(weight, axis=0)
        zero = int(np.ceil(255 * _GELU_MIN / (_GELU_MIN + _LEAST_PEAK)))
        rows = self._node("Reshape", [x, self._ints(-1, weight.shape[0])])
        peaks = self._node("ReduceMax", [rows, self._ints(-1)], keepdims=0)
        peaks = self._node("Max", [peaks, self._float(_LEAST_PEAK)])
        steps = self._node("Mul", [peaks, self._float(1 / (255 - zero))])
        zero_point = self._constant("gelu_zero", np.array(zero, dtype=np.uint8))
        zeros = self._node("Expand", [zero_point, self._node("Shape", [steps])])
        quantised = self._node("QuantizeLinear", [rows, steps, zeros], axis=0)
        inputs = [
            quantised,
            self._constant(f"{path}.weight", _to_int8(weight, scale)),
            self._float(1.0),
            self._constant(f"{path}.scale", scale.reshape(-1)),
            zero_point,
        ]
        y = self._node("MatMulIntegerToFloat", inputs)
        y = self._node("Mul", [y, self._node("Unsqueeze", [steps, self._ints(1)])])
        y = self._node("Add", [y, self._constant(f"{path}.bias", self._weights[f"{path}.bias"])])
        return self._node("Unsqueeze", [y, self._ints(0)])

    def _pool(self, states: str) -> None:
        if self._shape.pooling == "cls":
            pooled = self._node("Gather", [states, self._constant("first", np.array(0, dtype=np.int64))], axis=1)
        else:
            pooled = self._node("ReduceMean", [states, self._ints(1)], keepdims=0)
        length = self._node("ReduceL2", [pooled, self._ints(-1)], keepdims=1)
        length = self._node("Max", [length, self._float(1e-12)])
        self._node("Div", [pooled, length], out="dense")


def _scale(weight: Floats, axis: int) -> Floats:
    peak = np.abs(weight).max(axis=axis, keepdims=True)
    return np.where(peak == 0, np.float32(1), peak / np.float32(127)).astype(np.float32)


def _to_int8(weight: Floats, scale: Floats) -> npt.NDArray[np.int8]:
    rounded: Floats = np.rint(weight / scale)
    return rounded.clip(-127, 127).astype(np.int8)


def _even_out(seen: npt.NDArray[np.float64], weight: Floats) -> Floats:
    """A power of two a channel: near ``sqrt(largest weight / largest value)``.

    Powers of two are exact in float32, and the rounding makes the factors the same on machines whose arithmetic
    differs in the last digits.
    """
    largest = np.abs(weight).max(axis=1).astype(np.float64)
    ratio = np.maximum(largest, 1e-5) / np.maximum(seen, 1e-3)
    factors: Floats = np.exp2(np.rint(np.log2(ratio) / 2)).astype(np.float32)
    return factors

"""One text's token ids through a graph."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from indexer.encoder.protocol import Floats


class GraphSession:
    """A graph on one core of the CPU. Safe to call from several threads: each call then uses its own core."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._masked = "attention_mask" in {given.name for given in session.get_inputs()}

    @classmethod
    def open(cls, graph: Path) -> "GraphSession":
        """Load a graph that gives ``dense`` and ``states`` from ``input_ids`` (and ``attention_mask``)."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return cls(onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"]))

    def run(self, ids: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Embed one text.

        Args:
            ids: ``(n,)``.

        Returns:
            The embedding ``(dimension,)``, unit length, and the states ``(n, dimension)``.
        """
        inputs = {"input_ids": ids[None, :]}
        if self._masked:
            inputs["attention_mask"] = np.ones_like(inputs["input_ids"])
        dense, states = self._session.run(["dense", "states"], inputs)
        return dense[0], states[0]

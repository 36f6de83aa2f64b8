"""From a sentence-transformers model to a quantised ONNX graph.

Heavy libraries (torch, transformers, sentence-transformers, onnx) are imported inside the functions: nothing
of this module is needed once a model is prepared.
"""

import contextlib
import io
import logging
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.encoder import folder as layout
from indexer.encoder.bert_source import bert_shape, bert_weights, channel_ranges
from indexer.encoder.protocol import Floats
from indexer.errors import EncoderUnsupported

if TYPE_CHECKING:
    import onnx
    from sentence_transformers import SentenceTransformer

MIN_COSINE = 0.995
"""Below it, mean over the reference text, the quantised graph is not taken."""

_REMEDY = "Vérifiez le nom ou le dossier : reuni model prepare --model NOM-OU-DOSSIER"
_E5_PREFIXES = ("query: ", "passage: ")


@dataclass(frozen=True, slots=True)
class Traits:
    """What an encoder must know of its source model."""

    dimension: int
    max_length: int
    pooling: str
    query_prefix: str
    passage_prefix: str
    vocabulary: int


def load(source: str) -> "SentenceTransformer":
    """Load a sentence-transformers model: a hub name or a folder.

    Raises:
        EncoderUnsupported: it cannot be loaded.
    """
    with _quiet():
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415

        try:
            model = SentenceTransformer(source, device="cpu")
        except Exception as error:  # the hub client and every architecture raise their own
            raise EncoderUnsupported(f"Le modèle « {source} » ne peut pas être chargé", remedy=_REMEDY) from error
    return model.float().eval()


def traits(model: "SentenceTransformer", source: str) -> Traits:
    """Read what matters of a loaded model.

    Raises:
        EncoderUnsupported: no fast tokenizer, or a token dimension other than the embedding's.
    """
    from sentence_transformers.sentence_transformer.modules import Pooling  # noqa: PLC0415

    tokenizer = model.tokenizer
    if getattr(tokenizer, "backend_tokenizer", None) is None:
        raise EncoderUnsupported(f"Le modèle « {source} » n'a pas de fichier tokenizer.json", remedy=_REMEDY)
    dimension = model.get_embedding_dimension()
    pooling = next((module for module in model if isinstance(module, Pooling)), None)
    if dimension is None or pooling is None:
        raise EncoderUnsupported(f"Le modèle « {source} » n'a pas d'étape de moyenne connue", remedy=_REMEDY)
    prompts = model.prompts
    query = prompts.get("query") or ""
    passage = prompts.get("passage") or prompts.get("document") or prompts.get("corpus") or ""
    if not query and not passage and "e5-" in source.lower().rsplit("/", 1)[-1]:
        # The first E5 models ask for these prefixes in their card only.
        query, passage = _E5_PREFIXES
    return Traits(
        dimension=dimension,
        max_length=min(model.max_seq_length or 512, 512),
        pooling=str(pooling.get_config_dict().get("pooling_mode", "mean")),
        query_prefix=query,
        passage_prefix=passage,
        vocabulary=len(tokenizer),
    )


def graphs(model: "SentenceTransformer", texts: list[str], float_graph: Path) -> Iterator["Attempt"]:
    """Ways to write the graph, best first: int8, then float32.

    Args:
        model: loaded.
        texts: representative, to see the range of the activations.
        float_graph: where the graph torch exports is kept between the attempts (and after a cut).

    Raises:
        EncoderUnsupported: on writing, the architecture cannot be exported.
    """
    from indexer.encoder.bert_graph import bert_graph  # noqa: PLC0415  (imports onnx)

    shape = bert_shape(model)
    if shape is not None:
        weights = bert_weights(model)
        ranges = channel_ranges(model, shape, texts)
        yield Attempt("int8", lambda folder: _save(bert_graph(weights, shape, ranges), folder))
        yield Attempt("float32", lambda folder: _save(bert_graph(weights, shape, None), folder))
    else:
        yield Attempt("int8, exporté par torch", lambda folder: _quantised_export(model, float_graph, folder))
        yield Attempt("float32, exporté par torch", lambda folder: _save(_load(float_graph), folder))


@dataclass(frozen=True, slots=True)
class Attempt:
    """A way to write the graph: its name for people, and what writes it in a folder."""

    label: str
    write: Callable[[Path], None]


def _save(graph: "onnx.ModelProto", folder: Path) -> None:
    """Weights go in a file beside, which the runtime maps: 37 MB resident instead of 150 for the bundled model."""
    import onnx  # noqa: PLC0415

    # The library adds to a weights file that exists.
    (folder / layout.WEIGHTS).unlink(missing_ok=True)
    onnx.save(graph, folder / layout.GRAPH, save_as_external_data=True, location=layout.WEIGHTS, size_threshold=1024)


def _load(file: Path) -> "onnx.ModelProto":
    import onnx  # noqa: PLC0415

    return onnx.load(file)


def _quantised_export(model: "SentenceTransformer", float_graph: Path, folder: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

    if not float_graph.is_file():
        fresh = float_graph.with_suffix(".partial")
        _export(model, fresh)
        fresh.rename(float_graph)
    whole = float_graph.with_suffix(".int8")
    with _quiet():
        quantize_dynamic(
            float_graph,
            whole,
            per_channel=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gather"],
        )
    _save(_load(whole), folder)
    whole.unlink()


def _export(model: "SentenceTransformer", file: Path) -> None:
    """Let torch write the float32 graph of any architecture."""
    import torch  # noqa: PLC0415

    class TwoOutputs(torch.nn.Module):
        def __init__(self, model: "SentenceTransformer") -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> tuple[Any, Any]:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            if "token_type_ids" in model.tokenizer.model_input_names:
                features["token_type_ids"] = torch.zeros_like(input_ids)
            found = self.model(features)
            dense = torch.nn.functional.normalize(found["sentence_embedding"], dim=1)
            return dense, found["token_embeddings"]

    ids = torch.tensor([[0, 5, 6, 7, 2], [0, 5, 2, 1, 1]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=512)}
    with _quiet():
        try:
            torch.onnx.export(
                TwoOutputs(model).eval(),
                (ids, mask),
                file,
                input_names=["input_ids", "attention_mask"],
                output_names=["dense", "states"],
                dynamic_shapes=(axes, axes),
                opset_version=18,
                external_data=False,
                dynamo=True,
                verbose=False,
            )
        except Exception as error:  # the exporter wraps whatever an architecture does
            raise EncoderUnsupported(
                "L'architecture de ce modèle ne peut pas être exportée", remedy="Choisissez un autre modèle"
            ) from error


def embed(model: "SentenceTransformer", texts: list[str], prefix: str) -> Floats:
    """The source model's own embeddings, ``(texts, dimension)``, unit length."""
    return model.encode([prefix + text for text in texts], normalize_embeddings=True, show_progress_bar=False)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The libraries print progress and warn about themselves: nothing there for the operator."""
    noisy = [logging.getLogger(name) for name in ("root", "transformers", "sentence_transformers", "torch.onnx")]
    levels = [logger.level for logger in noisy]
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        with contextlib.redirect_stderr(io.StringIO()):
            for logger in noisy:
                logger.setLevel(logging.CRITICAL)
            try:
                yield
            finally:
                for logger, level in zip(noisy, levels, strict=True):
                    logger.setLevel(level)

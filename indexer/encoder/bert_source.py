"""Reading a loaded sentence-transformers model as a BERT-like network, where it is one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from indexer.encoder.protocol import Floats

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_FIRST_POSITION_AFTER_PAD = frozenset({"roberta", "xlm-roberta", "camembert"})
_BERT_LIKE = _FIRST_POSITION_AFTER_PAD | {"bert"}


@dataclass(frozen=True, slots=True)
class BertShape:
    """What the weights do not say.

    Attributes:
        first_position: row of the position table for the first token (2 for RoBERTa's kind).
        pooling: ``mean`` or ``cls``.
    """

    layers: int
    heads: int
    eps: float
    first_position: int
    pooling: str


@dataclass(frozen=True, slots=True)
class ChannelRanges:
    """The largest absolute value seen in each channel, by layer: ``(layers, hidden)`` float64.

    Attributes:
        attention: of what enters the query, key and value products.
        feed_forward: of what enters the first feed-forward product.
    """

    attention: npt.NDArray[np.float64]
    feed_forward: npt.NDArray[np.float64]


def bert_shape(model: "SentenceTransformer") -> BertShape | None:
    """The shape of the network, or None when :mod:`indexer.encoder.bert_graph` cannot write it.

    That asks for one of BERT's kin with GELU and absolute positions, then mean or first-token pooling, then at most a
    normalisation.
    """
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling  # noqa: PLC0415

    network: Any = model[0].auto_model
    config = network.config
    modules = list(model)
    if config.model_type not in _BERT_LIKE or config.hidden_act != "gelu":
        return None
    if getattr(config, "position_embedding_type", "absolute") not in {None, "absolute"}:
        return None
    pooling = modules[1] if len(modules) > 1 else None
    if not isinstance(pooling, Pooling) or pooling.pooling_mode not in {"mean", "cls"}:
        return None
    if not all(isinstance(module, Normalize) for module in modules[2:]):
        return None
    after_pad = config.model_type in _FIRST_POSITION_AFTER_PAD
    return BertShape(
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        eps=config.layer_norm_eps,
        first_position=config.pad_token_id + 1 if after_pad else 0,
        pooling=pooling.pooling_mode,
    )


def bert_weights(model: "SentenceTransformer") -> dict[str, Floats]:
    """The state dictionary, float32."""
    network: Any = model[0].auto_model
    return {name: value.detach().float().numpy() for name, value in network.state_dict().items()}


def channel_ranges(model: "SentenceTransformer", shape: BertShape, texts: list[str]) -> ChannelRanges:
    """Run the texts in float64 and keep the largest value of each channel.

    In float64 so that machines agree: see :func:`indexer.encoder.bert_graph._even_out`.
    """
    import torch  # noqa: PLC0415

    network: Any = model[0].auto_model
    hidden = int(network.config.hidden_size)
    attention = np.zeros((shape.layers, hidden))
    feed_forward = np.zeros((shape.layers, hidden))
    hooks = []

    def watch(module: Any, seen: np.ndarray) -> None:
        def before(_: Any, inputs: tuple[Any, ...]) -> None:
            peaks = inputs[0].detach().abs().amax(dim=(0, 1)).numpy()
            np.maximum(seen, peaks, out=seen)

        hooks.append(module.register_forward_pre_hook(before))

    for row, layer in enumerate(network.encoder.layer):
        watch(layer.attention.self.query, attention[row])
        watch(layer.intermediate.dense, feed_forward[row])
    network.double()
    try:
        with torch.inference_mode():
            for text in texts:
                read = model.tokenizer(text, return_tensors="pt", truncation=True, max_length=512)
                network(input_ids=read["input_ids"], attention_mask=read["attention_mask"])
    finally:
        network.float()
        for hook in hooks:
            hook.remove()
    return ChannelRanges(attention, feed_forward)

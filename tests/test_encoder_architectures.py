"""Any sentence-transformers model becomes an encoder: our own graph for BERT's kin, torch's export for the others."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer.encoder import bundled, folder, prepare
from indexer.encoder.onnx_encoder import OnnxEncoder
from indexer.errors import EncoderUnsupported
from tests.encoders import write_tiny_packed

TEXTS = ["La convention.", "L’arrêté du 3 mars 2023 fixe le montant de la subvention", "œuvre", "", "a " * 700]
SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "pad_token_id": 1,
}


def save_model(folder: Path, config: Any, pooling: str, prompts: dict[str, str]) -> Path:
    """A random sentence-transformers folder with the tiny tokenizer."""
    import torch
    import transformers

    packed = folder.parent / "tiny.bin"
    write_tiny_packed(packed)
    bundled.unpack(bundled.read_packed(packed), folder)
    config.vocab_size = bundled.read_packed(packed).vocabulary
    torch.manual_seed(3)
    network: Any = transformers.AutoModel.from_config(config)
    network.save_pretrained(folder)
    modes = {"mean": "pooling_mode_mean_tokens", "cls": "pooling_mode_cls_token"}
    pooling_config = {"word_embedding_dimension": 32, **{key: mode == pooling for mode, key in modes.items()}}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling_config))
    (folder / "config_sentence_transformers.json").write_text(json.dumps({"prompts": prompts}))
    return folder


def model(kind: str, folder: Path) -> Path:
    import transformers

    e5 = {"query": "query: ", "passage": "passage: "}
    if kind == "xlm-roberta":
        return save_model(
            folder, transformers.XLMRobertaConfig(**SIZES, max_position_embeddings=514, type_vocab_size=1), "cls", {}
        )
    if kind == "camembert":
        return save_model(
            folder, transformers.CamembertConfig(**SIZES, max_position_embeddings=514, type_vocab_size=1), "mean", e5
        )
    if kind == "bert with relu":
        return save_model(folder, transformers.BertConfig(**SIZES, hidden_act="relu"), "mean", e5)
    return save_model(
        folder,
        transformers.DistilBertConfig(dim=32, n_layers=2, n_heads=4, hidden_dim=64, pad_token_id=1),
        "mean",
        {"query": "Question : ", "document": "Texte : "},
    )


@pytest.mark.parametrize(
    ("kind", "own_graph", "prefixes"),
    [
        ("xlm-roberta", True, ("", "")),
        ("camembert", True, ("query: ", "passage: ")),
        ("bert with relu", False, ("query: ", "passage: ")),
        ("distilbert", False, ("Question : ", "Texte : ")),
    ],
)
def test_the_encoder_gives_the_vectors_of_its_source_and_has_its_prefixes(
    kind: str, own_graph: bool, prefixes: tuple[str, str], tmp_path: Path
) -> None:
    source_folder = model(kind, tmp_path / "source")
    made = prepare.prepare(tmp_path / "models", str(source_folder), lambda step, share: None)
    encoder = OnnxEncoder.open(made)
    source = prepare.load_source(made)
    assert (encoder.identity.query_prefix, encoder.identity.passage_prefix) == prefixes
    prefix = prefixes[1]
    expected = source.encode([prefix + text for text in TEXTS], normalize_embeddings=True)
    found = np.stack([encoded.dense for encoded in encoder.encode_passages(TEXTS)])
    assert (found * expected).sum(axis=1).min() > 0.99
    assert ("torch" not in folder.read_description(made).quantisation) is own_graph


def test_a_changed_source_folder_is_prepared_anew(tmp_path: Path) -> None:
    source = model("xlm-roberta", tmp_path / "source")
    first = prepare.prepare(tmp_path / "models", str(source), lambda step, share: None)
    before = folder.read_description(first).identity
    (source / "config_sentence_transformers.json").write_text(json.dumps({"prompts": {"query": "Q: "}}))
    again = prepare.prepare(tmp_path / "models", str(source), lambda step, share: None)
    assert again == first
    assert folder.read_description(again).identity.query_prefix == "Q: "
    assert before.query_prefix == ""


def test_a_model_that_shortens_its_embeddings_is_refused(tmp_path: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense

    loaded = SentenceTransformer(str(model("xlm-roberta", tmp_path / "source")), device="cpu")
    shortened = SentenceTransformer(
        modules=[loaded[0], loaded[1], Dense(32, 16, activation_function=torch.nn.Identity())], device="cpu"
    )
    shortened.save(str(tmp_path / "shortened"))
    with pytest.raises(EncoderUnsupported, match="dimension"):
        prepare.prepare(tmp_path / "models", str(tmp_path / "shortened"), lambda step, share: None)

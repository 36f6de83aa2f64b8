"""From a model's name to a folder that serves.

The folder is made beside its place, step by step, each step's result renamed into being, so that a
preparation that was cut goes on where it stopped; the whole is flushed to the disk, then takes its place by
one rename.
"""

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import numpy as np

from indexer.encoder import bundled, export
from indexer.encoder import folder as layout
from indexer.encoder.onnx_encoder import OnnxEncoder, batches, open_session
from indexer.encoder.protocol import EncoderIdentity, Floats
from indexer.encoder.tokens import TextTokenizer, speaking_tokens
from indexer.errors import EncoderDamaged, EncoderMissing, EncoderUnsupported

Progress = Callable[[str, float], None]
"""Told what is being done, in French, and how much of the whole is done, 0 to 1."""

_FLOAT_GRAPH = "float32.onnx"


def default_name(model: str | None) -> str:
    """The name of a model's folder: the last part of its hub name or path, made safe, and a short hash."""
    if model is None:
        return bundled.NAME
    where = Path(model).expanduser()
    full = str(where.resolve()) if where.is_dir() else model
    safe = re.sub(r"[^a-z0-9._-]+", "-", Path(full).name.lower()).strip("-.") or "modele"
    return f"{safe[:60]}-{hashlib.sha256(full.encode()).hexdigest()[:8]}"


def prepare(models_dir: Path, model: str | None, progress: Progress) -> Path:
    """Make the encoder folder of a model, or find it already made and intact.

    Args:
        models_dir: where encoders are kept; created.
        model: a hub name or a folder that sentence-transformers loads; None for the bundled model.
        progress: called as work goes on.

    Returns:
        The folder, to be given to :meth:`OnnxEncoder.open`.

    Raises:
        EncoderUnsupported: the model cannot be loaded or exported here.
        EncoderDamaged: the installed package's model file is cut or changed.
    """
    models_dir.mkdir(parents=True, exist_ok=True)
    name = default_name(model)
    place = models_dir / name
    with _one_at_a_time(models_dir / f".{name}.lock"):
        stamp = _source_stamp(model)
        if _is_ready(place, stamp):
            progress("Modèle déjà prêt", 1.0)
            return place
        work = models_dir / f".{name}.partial"
        if (work / "stamp").is_file() and (work / "stamp").read_text(encoding="utf-8") != stamp:
            shutil.rmtree(work)
        work.mkdir(exist_ok=True)
        (work / "stamp").write_text(stamp, encoding="utf-8")
        _build(work, name, model, stamp, progress)
        (work / "stamp").unlink()
        progress("Mise en place", 0.97)
        _flush(work)
        if place.exists():
            shutil.rmtree(place)
        work.rename(place)
        _flush_folder(models_dir)
        progress("Modèle prêt", 1.0)
        return place


def _is_ready(place: Path, stamp: str) -> bool:
    try:
        description = layout.read_description(place)
        layout.check(place, description)
    except (EncoderMissing, EncoderDamaged):
        return False
    return description.source_stamp == stamp


def _build(work: Path, name: str, model: str | None, stamp: str, progress: Progress) -> None:
    source = model
    if source is None:
        source = str(work / layout.SOURCE)
        if not Path(source).is_dir():
            progress("Lecture du modèle fourni", 0.0)
            fresh = work / "source.partial"
            shutil.rmtree(fresh, ignore_errors=True)
            bundled.unpack(bundled.read_packed(bundled.bundled_file()), fresh)
            fresh.rename(source)
    progress("Chargement du modèle", 0.1)
    loaded = export.load(source)
    traits = export.traits(loaded, source)
    if not (work / _FLOAT_GRAPH).is_file():
        progress("Export du graphe", 0.25)
        export.export_graph(loaded, work / "float32.partial")
        (work / "float32.partial").rename(work / _FLOAT_GRAPH)
    loaded.tokenizer.backend_tokenizer.save(str(work / layout.TOKENIZER), pretty=False)
    tokenizer = TextTokenizer.open(work / layout.TOKENIZER, traits.max_length)
    progress("Quantification", 0.6)
    export.quantise(work / _FLOAT_GRAPH, work / layout.GRAPH)
    progress("Vérification sur un texte de référence", 0.75)
    texts = reference_texts()
    expected = export.embed(loaded, texts, traits.passage_prefix)
    kept = speaking_tokens(loaded.tokenizer.backend_tokenizer, traits.vocabulary)
    np.save(work / layout.KEPT_TOKENS, kept)
    quantisation = "int8 dynamique, une échelle par colonne"
    dense, mean = _measure(work / layout.GRAPH, tokenizer, traits, texts, kept)
    cosine = float((dense * expected).sum(axis=1).mean())
    if cosine < export.MIN_COSINE:
        progress("Quantification trop infidèle : le graphe reste en float32", 0.9)
        shutil.copyfile(work / _FLOAT_GRAPH, work / layout.GRAPH)
        quantisation = f"aucune (int8 : cosinus {cosine:.4f})"
        dense, mean = _measure(work / layout.GRAPH, tokenizer, traits, texts, kept)
        cosine = float((dense * expected).sum(axis=1).mean())
        if cosine < export.MIN_COSINE:
            raise EncoderUnsupported(
                "Le graphe exporté ne donne pas les vecteurs du modèle", remedy="Choisissez un autre modèle"
            )
    np.save(work / layout.TOKEN_MEAN, mean)
    (work / _FLOAT_GRAPH).unlink()
    identity = EncoderIdentity(
        name=bundled.NAME if model is None else name,
        fingerprint=layout.fingerprint(work),
        dimension=traits.dimension,
        max_length=traits.max_length,
        query_prefix=traits.query_prefix,
        passage_prefix=traits.passage_prefix,
    )
    sizes = {file: (work / file).stat().st_size for file in layout.HASHED}
    layout.write_description(
        work,
        layout.Description(
            identity=identity,
            source=model or "",
            source_stamp=stamp,
            pooling=traits.pooling,
            quantisation=quantisation,
            cosine=round(cosine, 5),
            pad_id=traits.pad_id,
            vocabulary=traits.vocabulary,
            kept_tokens=int(kept.sum()),
            files={file: (layout.sha256_file(work / file), size) for file, size in sizes.items()},
        ),
    )
    OnnxEncoder.open(work)


def _measure(
    graph: Path, tokenizer: TextTokenizer, traits: export.Traits, texts: list[str], kept: np.ndarray
) -> tuple[Floats, Floats]:
    """Embeddings of the texts, and the mean vector of their kept tokens (of all, when none is kept)."""
    session = open_session(graph, None)
    read = [tokenizer.read(text, traits.passage_prefix) for text in texts]
    dense = np.zeros((len(texts), traits.dimension), dtype=np.float32)
    total = np.zeros(traits.dimension, dtype=np.float64)
    count = 0
    for batch in batches([len(tokens.ids) for tokens in read], 2048):
        length = max(len(read[row].ids) for row in batch)
        ids = np.full((len(batch), length), traits.pad_id, dtype=np.int64)
        mask = np.zeros((len(batch), length), dtype=np.int64)
        for line, row in enumerate(batch):
            ids[line, : len(read[row].ids)] = read[row].ids
            mask[line, : len(read[row].ids)] = 1
        found, states = session.run(["dense", "states"], {"input_ids": ids, "attention_mask": mask})
        dense[batch] = found
        if states.shape[-1] != traits.dimension:
            raise EncoderUnsupported(
                "Ce modèle donne aux mots une autre dimension qu'aux textes",
                remedy="Choisissez un autre modèle",
            )
        for line, row in enumerate(batch):
            speaking = states[line, : len(read[row].ids)][read[row].content & kept[read[row].ids]]
            total += speaking.sum(axis=0, dtype=np.float64)
            count += len(speaking)
    return dense, (total / max(count, 1)).astype(np.float32)


def reference_texts() -> list[str]:
    """The French sentences the token mean and the fidelity of the graph are measured on."""
    return files("indexer.encoder").joinpath("reference_fr.txt").read_text(encoding="utf-8").splitlines()


def _source_stamp(model: str | None) -> str:
    """What tells that the source changed: the package's file, or a local folder's files, sizes and dates."""
    where = bundled.bundled_file() if model is None else Path(model).expanduser()
    if not where.exists():
        return ""
    listed = [where] if where.is_file() else sorted(path for path in where.rglob("*") if path.is_file())
    seen = [f"{path.name}\0{path.stat().st_size}\0{path.stat().st_mtime_ns}" for path in listed]
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _flush(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            _flush_folder(path)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

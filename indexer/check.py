"""Is what is on the disk what was written, and does it agree? Nothing is changed by looking."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from corpus.beir_corpus import MEDIA_TYPE as BEIR
from corpus.catalogue import Catalogue
from corpus.drop import original_path
from corpus.errors import CatalogueError
from indexer.compartment import Compartment, compartments
from indexer.durable import sha256_of
from indexer.embedded import Embedded
from indexer.embedding_cache import checksum_of, is_segment
from indexer.encoder.protocol import Encoder
from indexer.errors import IndexFault, IndexMissing
from indexer.files_below import files_below
from indexer.generation import Verified
from indexer.lock import is_held
from indexer.publish import collected
from indexer.storage import GenerationReader, Storage

# A passage may tie with one that says nearly the same; another passage altogether is much further than this.
_TIE = 0.01
# A vector kept on 16 bits a dimension is within 0.001 of the float one.
_SAME = 0.99
SAMPLE = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it should be: French, without the final full stops."""

    compartment: str
    message: str
    remedy: str


@dataclass(slots=True)
class Checked:
    """What was looked at, and what was wrong.

    Attributes:
        generations, segments, originals: read whole and compared with their checksums.
        passages: of the current generations.
        sampled: passages encoded again and looked for.
    """

    compartments: int = 0
    generations: int = 0
    segments: int = 0
    originals: int = 0
    passages: int = 0
    sampled: int = 0
    faults: list[Fault] = field(default_factory=list)


def check(data: Path, encoder: Encoder, store: GenerationReader | None = None, *, sample: int = SAMPLE) -> Checked:
    """Look at everything below a data directory; safe while it serves and while a writer runs."""
    done = Checked()
    for name in compartments(data):
        done.compartments += 1
        _Look(Compartment(data, name), encoder, store or Embedded(), done, sample).everything()
    return done


_REINDEX = "Lancez « reuni index --rebuild »"
_RESTORE = "Restaurez la dernière sauvegarde avec « reuni restore FICHIER »"


class _Look:
    def __init__(
        self, compartment: Compartment, encoder: Encoder, store: GenerationReader, done: Checked, sample: int
    ) -> None:
        self._compartment = compartment
        self._encoder = encoder
        self._store = store
        self._done = done
        self._sample = sample
        self._verified: Verified = {}

    def everything(self) -> None:
        # Looked at while nobody writes, or what a writer is doing would look like a fault.
        writing = is_held(self._compartment.lock)
        catalogue = self._catalogue()
        self._segments()
        generation = self._generations()
        if generation is not None:
            with closing(generation):
                self._sample_finds_itself(generation)
                if catalogue is not None and not writing and not is_held(self._compartment.lock):
                    self._counts(catalogue, generation)
        if catalogue is not None:
            with catalogue:
                self._originals(catalogue)

    def _fault(self, message: str, remedy: str) -> None:
        self._done.faults.append(Fault(self._compartment.name, message, remedy))

    def _catalogue(self) -> Catalogue | None:
        path = self._compartment.catalogue
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
                found = [row[0] for row in db.execute("PRAGMA integrity_check(5)")]
            if found != ["ok"]:
                self._fault(f"le catalogue est endommagé ({found[0]})", _RESTORE)
                return None
            return Catalogue.open(path, read_only=True)
        except (CatalogueError, sqlite3.DatabaseError) as error:
            self._fault(f"le catalogue ne peut pas être lu ({error})", _RESTORE)
            return None

    def _segments(self) -> None:
        for path in sorted(path for path, _ in files_below(self._compartment.embeddings)):
            if not is_segment(path):
                continue
            try:
                found = self._sha256(path)
            except FileNotFoundError:
                continue  # A writer has just merged it into another.
            self._done.segments += 1
            if found != checksum_of(path):
                self._fault(f"le fichier {path} est endommagé (somme de contrôle différente)", _REINDEX)

    def _sha256(self, path: Path) -> str:
        """Of a file, read once even when it has several names."""
        status = path.stat()
        key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if key not in self._verified:
            self._verified[key] = sha256_of(path)
        return self._verified[key]

    def _generations(self) -> Storage | None:
        """Every sealed generation; the current one open."""
        compartment = self._compartment
        current = self._store.current_id(compartment)
        served: Storage | None = None
        for name in self._store.sealed(compartment):
            try:
                generation = self._store.opened(compartment, name, self._verified)
            except IndexFault as fault:
                if name in self._store.sealed(compartment):
                    self._fault(fault.message, _REINDEX)
                continue
            self._done.generations += 1
            if name == current:
                served = generation
            else:
                generation.close()
        if current is None:
            missing = IndexMissing("ce compartiment n’a pas d’index publié", remedy=_REINDEX)
            self._fault(missing.message, missing.remedy)
        elif served is None and self._store.current_id(compartment) == current:
            self._fault(f"la génération publiée ({current}) ne peut pas servir", _REINDEX)
        return served

    def _counts(self, catalogue: Catalogue, generation: Storage) -> None:
        """Catalogue against passages, vectors and terms (whose agreement opening has seen to)."""
        if collected(catalogue) != generation.manifest.collected:
            self._fault("l’index est en retard sur le catalogue", _REINDEX)
            return
        counts = catalogue.counts()
        if counts["passages"] != len(generation.passages) or sum(1 for _ in catalogue.passages()) != len(
            generation.passages
        ):
            self._fault(
                f"le catalogue compte {counts['passages']} passages et l’index {len(generation.passages)}", _REINDEX
            )
        if counts["documents"] != generation.passages.document_count:
            self._fault(
                f"le catalogue compte {counts['documents']} documents et l’index {generation.passages.document_count}",
                _REINDEX,
            )

    def _sample_finds_itself(self, generation: Storage) -> None:
        """Some passages encoded again are the vectors of their rows, and nothing else is nearer."""
        self._done.passages += len(generation.passages)
        if generation.manifest.encoder != self._encoder.identity:
            self._fault(
                f"l’index a été construit avec un autre encodeur ({generation.manifest.encoder.name})",
                f"Préparez cet encodeur avec « reuni model prepare », sinon : {_REINDEX}",
            )
            return
        rows = np.unique(np.linspace(0, max(len(generation.passages) - 1, 0), self._sample).astype(np.int64))
        if not len(generation.passages):
            return
        store = generation.passages
        passages = store.passages(rows.tolist())
        documents = (store.document(int(store.document_of[row])) for row in rows)
        texts = [p.embedded_text(d.introduction) for p, d in zip(passages, documents, strict=True)]
        for row, encoded in zip(rows, self._encoder.encode_passages(texts), strict=True):
            self._done.sampled += 1
            own = float(generation.dense.scores(encoded.dense, np.array([row]))[0])
            _, best = generation.dense.search(encoded.dense, 1)
            # Looked for among the codes, scored by the vectors: both must agree.
            if own < _SAME or abs(own - float(best[0])) > _TIE:
                self._fault(f"le passage {row} ne se retrouve pas lui-même (score {own:.3f})", _REINDEX)

    def _originals(self, catalogue: Catalogue) -> None:
        for sha256, name in _stored(catalogue):
            path = original_path(self._compartment.originals, sha256)
            self._done.originals += 1
            try:
                whole = sha256_of(path) == sha256
            except OSError:
                self._fault(
                    f"l’original de « {name} » est absent ou illisible", f"Remettez ce fichier dans un lot. {_RESTORE}"
                )
                continue
            if not whole:
                self._fault(f"l’original de « {name} » est endommagé", f"Remettez ce fichier dans un lot. {_RESTORE}")


def _stored(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Contents whose bytes are kept: SHA-256 and a name, once each. Lines of a corpus.jsonl have no file."""
    seen: set[str] = set()
    for document in catalogue.documents():
        if document.media_type != BEIR and document.version not in seen:
            seen.add(document.version)
            yield document.version, document.external_id
    for record in catalogue.failures():
        if record.sha256 and record.sha256 not in seen:
            seen.add(record.sha256)
            yield record.sha256, record.path

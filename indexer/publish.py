"""From the catalogue to a published generation; only what was never encoded is encoded."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from corpus.catalogue import Catalogue
from corpus.document import Document
from corpus.passage import Passage
from indexer.compartment import Compartment
from indexer.dense import FILE as DENSE_FILE
from indexer.dense import write_dense
from indexer.document_vectors import FILE as DOCUMENTS_FILE
from indexer.document_vectors import write_document_vectors
from indexer.durable import sync_folder
from indexer.embedding_cache import CodedPassage, EmbeddingCache, coded, text_key
from indexer.encoder.protocol import Encoder, EncoderIdentity, Floats
from indexer.generation import FORMAT, Collected, Manifest, file_entries, write_manifest
from indexer.lexical import FOLDER as LEXICAL_FOLDER
from indexer.lexical import write_lexical
from indexer.page_images import forget_withdrawn
from indexer.passage_store import FILE as PASSAGES_FILE
from indexer.passage_store import PassageStore, write_passages
from indexer.passage_terms import lexical_passages
from indexer.token_store import FOLDER as TOKENS_FOLDER
from indexer.token_store import write_tokens
from indexer.withdrawal import leave

Progress = Callable[[str, int, int], None]
"""Called with a French stage name, what is done and what there is to do."""


Coding = Callable[[Sequence[str]], Iterator[CodedPassage]]
"""Encodes texts as they are kept, one for each, in the order given."""

STAGES = (
    "Écriture des passages",
    "Écriture des vecteurs",
    "Écriture des codes",
    "Écriture des termes",
    "Scellement de l’index",
)
"""What building a generation goes through."""


class Content(Protocol):
    """What a generation is made of; a catalogue is one."""

    def documents(self) -> Iterator[Document]:
        """The documents, in order of number."""
        ...

    def passages(self) -> Iterator[Passage]:
        """The passages in order of row, those of a document together, documents in the same order."""
        ...


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did.

    Attributes:
        generation: id of the current generation after it.
        built: False when the current generation already said what the catalogue says.
        encoded: passages that went through the encoder.
    """

    generation: str
    built: bool
    encoded: int
    documents: int
    passages: int


class GenerationWriter(Protocol):
    """Where the generations of compartments are written. The caller holds the compartment's writer lock."""

    def current(self, compartment: Compartment, *, thorough: bool) -> Manifest | None:
        """What the current generation is; None when there is none, or none that can be trusted.

        ``thorough`` trusts nothing that was not looked at again.
        """
        ...

    def write(
        self,
        compartment: Compartment,
        content: Content,
        cache: EmbeddingCache,
        keys: Sequence[bytes],
        encoder: EncoderIdentity,
        now: Collected,
        progress: Progress,
    ) -> Published:
        """Write a generation whose embeddings are all in the cache, under ``keys`` in order, and make it current in
        one step."""
        ...

    def clean(self, compartment: Compartment) -> None:
        """Remove what no reader needs."""
        ...

    def keep_only_the_current(self, compartment: Compartment) -> bool:
        """Remove every other generation, wherever it is; False when one is being read."""
        ...


def collected(catalogue: Catalogue) -> Collected:
    """What the catalogue says of what came in."""
    counts = catalogue.counts()
    return Collected(
        revision=catalogue.revision,
        unreadable=counts["unreadable"],
        awaiting_ocr=counts["awaiting_ocr"],
        partial=counts["partial"],
        drops=tuple(catalogue.drops()),
    )


def publish(
    compartment: Compartment,
    catalogue: Catalogue,
    encoder: Encoder,
    writer: GenerationWriter,
    progress: Progress,
    *,
    code: Coding | None = None,
    thorough: bool = False,
) -> Published:
    """Build the generation that says what the catalogue says, and make it current.

    The caller holds the writer's lock. Cut at any point, it leaves the former generation current; run again, it
    takes up the embeddings already made. With another encoder than the one that serves, the former generation is
    current until all embeddings are there, and indexing with its encoder may go on meanwhile. ``thorough`` reads
    every byte of what is already there, and builds again what is damaged; otherwise a current generation is trusted.
    """
    now = collected(catalogue)
    manifest = writer.current(compartment, thorough=thorough)
    if manifest is not None and manifest.collected == now and manifest.encoder == encoder.identity:
        # A writer cut off between publishing and cleaning left something.
        writer.clean(compartment)
        forget_withdrawn(compartment.folder, catalogue.history.contents)
        if catalogue.withdrawn.leaving:
            leave(compartment, catalogue, lambda: writer.keep_only_the_current(compartment))
        return Published(manifest.id, False, 0, manifest.documents, manifest.passages)

    cache = EmbeddingCache(compartment.embeddings, encoder.identity, thorough=thorough)
    if manifest is not None and manifest.encoder != encoder.identity:
        cache.begin()
    keys, encoded = _encode_missing(catalogue, code or _here(encoder), cache, progress)
    cache.compact(keys, everything=catalogue.withdrawn.leaving)

    written = writer.write(compartment, catalogue, cache, keys, encoder.identity, now, progress)
    cache.finish()
    forget_withdrawn(compartment.folder, catalogue.history.contents)
    if catalogue.withdrawn.leaving:
        leave(compartment, catalogue, lambda: writer.keep_only_the_current(compartment))
    return replace(written, encoded=encoded)


def write_generation(
    compartment: Compartment,
    content: Content,
    cache: EmbeddingCache,
    keys: Sequence[bytes],
    encoder: EncoderIdentity,
    now: Collected,
    progress: Progress,
) -> Published:
    """Write, seal and publish a generation whose embeddings are all in the cache.

    ``keys`` are those of the content's passages, in order.
    """
    generation = compartment.next_id()
    folder = compartment.generations / generation
    folder.mkdir(parents=True)
    sync_folder(compartment.generations)
    progress(STAGES[0], 0, 1)
    places = cache.locate(keys)
    with ThreadPoolExecutor(1, "vectors") as beside:
        # Passages are written by Python and SQLite, with one core; vectors by FAISS, with another.
        written = beside.submit(_write_dense, folder / DENSE_FILE, cache, places)
        documents, passages = write_passages(folder / PASSAGES_FILE, content.documents(), content.passages())
        progress(STAGES[1], 0, 1)
        vectors = written.result()
    document_of = PassageStore(folder / PASSAGES_FILE).document_of
    write_document_vectors(folder / DOCUMENTS_FILE, vectors, document_of, documents)
    del vectors
    progress(STAGES[2], 0, 1)
    segments = write_tokens(folder / TOKENS_FOLDER, cache, places)
    progress(STAGES[3], 0, 1)
    write_lexical(folder / LEXICAL_FOLDER, lexical_passages(content.documents(), content.passages()))
    progress(STAGES[4], 0, 1)
    write_manifest(
        folder,
        Manifest(
            format=FORMAT,
            id=generation,
            compartment=compartment.name,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            encoder=encoder,
            documents=documents,
            passages=passages,
            collected=now,
            segments=tuple(segments),
            files=file_entries(folder, {f"{TOKENS_FOLDER}/{name}": cache.checksums[name] for name in segments}),
        ),
    )
    compartment.publish(generation)
    progress(STAGES[4], 1, 1)
    compartment.clean()
    return Published(generation, True, 0, documents, passages)


def _write_dense(path: Path, cache: EmbeddingCache, places: npt.NDArray[np.int64]) -> Floats:
    vectors = cache.dense(places)
    write_dense(path, vectors)
    return vectors


def _here(encoder: Encoder) -> Coding:
    return lambda texts: coded(encoder.encode_passages(texts))


def _encode_missing(
    catalogue: Catalogue, code: Coding, cache: EmbeddingCache, progress: Progress
) -> tuple[list[bytes], int]:
    """Keys of all passages in row order, and how many were encoded."""
    # A document without a title is introduced by its first sentence.
    titles = {document.id: document.introduction for document in catalogue.documents()}
    keys: list[bytes] = []
    missing: dict[bytes, str] = {}
    for passage in catalogue.passages():
        text = passage.embedded_text(titles[passage.document_id])
        key = text_key(text)
        keys.append(key)
        if key not in cache:
            missing[key] = text
    total = len(missing)
    progress("Encodage des passages", 0, total)
    for done in cache.append(list(missing), code(list(missing.values()))):
        progress("Encodage des passages", done, total)
    return keys, total

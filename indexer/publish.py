"""From the catalogue to a published generation; only what was never encoded is encoded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from corpus.catalogue import Catalogue
from indexer.compartment import Compartment
from indexer.dense import FILE as DENSE_FILE
from indexer.dense import write_dense
from indexer.document_vectors import FILE as DOCUMENTS_FILE
from indexer.document_vectors import write_document_vectors
from indexer.durable import sync_folder
from indexer.embedding_cache import EmbeddingCache, text_key
from indexer.encoder.protocol import Encoder
from indexer.errors import IndexDamaged
from indexer.generation import FORMAT, Collected, Manifest, file_entries, read_manifest, verify, write_manifest
from indexer.lexical import FOLDER as LEXICAL_FOLDER
from indexer.lexical import LexicalPassage, write_lexical
from indexer.passage_store import FILE as PASSAGES_FILE
from indexer.passage_store import write_passages
from indexer.token_store import FOLDER as TOKENS_FOLDER
from indexer.token_store import write_tokens

Progress = Callable[[str, int, int], None]
"""Called with a French stage name, what is done and what there is to do."""


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
    compartment: Compartment, catalogue: Catalogue, encoder: Encoder, progress: Progress, *, thorough: bool = False
) -> Published:
    """Build the generation that says what the catalogue says, and make it current.

    The caller holds the writer's lock. Cut at any point, it leaves the former generation current; run again, it
    takes up the embeddings already made. ``thorough`` reads every byte of what is already there, and builds
    again what is damaged; otherwise a generation that is current is trusted.
    """
    compartment.generations.mkdir(parents=True, exist_ok=True)
    now = collected(catalogue)
    manifest = _current(compartment, thorough=thorough)
    if manifest is not None and manifest.collected == now and manifest.encoder == encoder.identity:
        # A writer cut off between publishing and cleaning left something.
        compartment.clean()
        return Published(manifest.id, False, 0, manifest.documents, manifest.passages)

    cache = EmbeddingCache(compartment.embeddings, encoder.identity, thorough=thorough)
    keys, encoded = _encode_missing(catalogue, encoder, cache, progress)
    cache.compact(keys)

    generation = compartment.next_id()
    folder = compartment.generations / generation
    folder.mkdir()
    sync_folder(compartment.generations)
    progress("Écriture de l’index", 0, 4)
    documents, passages = write_passages(folder / PASSAGES_FILE, catalogue.documents(), catalogue.passages())
    progress("Écriture de l’index", 1, 4)
    places = cache.locate(keys)
    vectors = cache.dense(places)
    write_dense(folder / DENSE_FILE, vectors)
    numbers = {document.id: number for number, document in enumerate(catalogue.documents())}
    document_of = np.fromiter((numbers[passage.document_id] for passage in catalogue.passages()), np.int32)
    write_document_vectors(folder / DOCUMENTS_FILE, vectors, document_of, documents)
    del vectors
    progress("Écriture de l’index", 2, 4)
    segments = write_tokens(folder / TOKENS_FOLDER, cache, places)
    progress("Écriture de l’index", 3, 4)
    write_lexical(folder / LEXICAL_FOLDER, _lexical_passages(catalogue))
    write_manifest(
        folder,
        Manifest(
            format=FORMAT,
            id=generation,
            compartment=compartment.name,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            encoder=encoder.identity,
            documents=documents,
            passages=passages,
            collected=now,
            segments=tuple(segments),
            files=file_entries(folder, {f"{TOKENS_FOLDER}/{name}": cache.checksums[name] for name in segments}),
        ),
    )
    compartment.publish(generation)
    progress("Écriture de l’index", 4, 4)
    compartment.clean()
    return Published(generation, True, encoded, documents, passages)


def _current(compartment: Compartment, *, thorough: bool) -> Manifest | None:
    current = compartment.current_id()
    if current is None:
        return None
    try:
        manifest = read_manifest(compartment.generations / current)
        if thorough:
            verify(compartment.generations / current, manifest)
        return manifest
    except IndexDamaged:
        return None


def _encode_missing(
    catalogue: Catalogue, encoder: Encoder, cache: EmbeddingCache, progress: Progress
) -> tuple[list[bytes], int]:
    """Keys of all passages in row order, and how many were encoded."""
    # A document without a title is introduced by its first sentence.
    titles = {document.id: document.metadata.get("lead", document.title) for document in catalogue.documents()}
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
    for done in cache.append(list(missing), encoder.encode_passages(list(missing.values()))):
        progress("Encodage des passages", done, total)
    return keys, total


def _lexical_passages(catalogue: Catalogue) -> Iterator[LexicalPassage]:
    documents = {document.id: (number, document.title) for number, document in enumerate(catalogue.documents())}
    for passage in catalogue.passages():
        number, title = documents[passage.document_id]
        yield LexicalPassage(number, title, passage.heading_path, passage.text)

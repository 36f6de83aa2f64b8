"""From the catalogue to a published generation; only what was never encoded is encoded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from corpus.catalogue import Catalogue
from indexer.compartment import Compartment
from indexer.dense import FILE as DENSE_FILE
from indexer.dense import write_dense
from indexer.durable import sync_folder
from indexer.embedding_cache import EmbeddingCache, text_key
from indexer.encoder.protocol import Encoder
from indexer.errors import IndexDamaged
from indexer.generation import FORMAT, Collected, Manifest, file_entries, read_manifest, write_manifest
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


def publish(compartment: Compartment, catalogue: Catalogue, encoder: Encoder, progress: Progress) -> Published:
    """Build the generation that says what the catalogue says, and make it current.

    The caller holds the writer's lock. Cut at any point, it leaves the former generation current; run again, it
    takes up the embeddings already made.
    """
    compartment.generations.mkdir(parents=True, exist_ok=True)
    now = collected(catalogue)
    manifest = _current(compartment)
    if manifest is not None and manifest.collected == now and manifest.encoder == encoder.identity:
        return Published(manifest.id, False, 0, manifest.documents, manifest.passages)

    cache = EmbeddingCache(compartment.embeddings, encoder.identity)
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
    write_dense(folder / DENSE_FILE, cache.dense(places))
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
            files=file_entries(folder),
        ),
    )
    compartment.publish(generation)
    progress("Écriture de l’index", 4, 4)
    compartment.clean()
    return Published(generation, True, encoded, documents, passages)


def _current(compartment: Compartment) -> Manifest | None:
    current = compartment.current_id()
    if current is None:
        return None
    try:
        return read_manifest(compartment.generations / current)
    except IndexDamaged:
        return None


def _encode_missing(
    catalogue: Catalogue, encoder: Encoder, cache: EmbeddingCache, progress: Progress
) -> tuple[list[bytes], int]:
    """Keys of all passages in row order, and how many were encoded."""
    titles = {document.id: document.title for document in catalogue.documents()}
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
    titles = {document.id: document.title for document in catalogue.documents()}
    for passage in catalogue.passages():
        yield LexicalPassage(titles[passage.document_id], passage.heading_path, passage.text)

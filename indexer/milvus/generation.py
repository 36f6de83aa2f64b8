"""An open generation of a Milvus cluster: a collection, and the few files of it that stay on this machine."""

import os
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from indexer.embedding_cache import damaged
from indexer.generation import Manifest
from indexer.milvus.partition import Partition
from indexer.milvus.schema import Part
from indexer.milvus.vectors import MilvusCentres, MilvusCodes, MilvusVectors
from indexer.milvus.words import MilvusWords, Passages
from indexer.passage_store import FILE as PASSAGES_FILE
from indexer.passage_store import PassageStore
from indexer.term_store import FILE as TERMS_FILE
from indexer.term_store import TermStore

if TYPE_CHECKING:
    from pymilvus import MilvusClient


class MilvusGeneration:
    """See :class:`indexer.storage.Storage`. The collection is searched by its name, whatever the alias says since.

    Args:
        folder: of its files, verified.
        pin: a lock on it, closed with it.
    """

    def __init__(self, client: "MilvusClient", collection: str, folder: Path, manifest: Manifest, pin: int) -> None:
        self._unpin = weakref.finalize(self, os.close, pin)
        self.manifest = manifest
        self.passages = PassageStore(folder / PASSAGES_FILE)
        entries, documents = (Partition(client, collection, part) for part in (Part.PASSAGES, Part.DOCUMENTS))
        has_passages = np.bincount(self.passages.document_of, minlength=self.passages.document_count) > 0
        dimension = manifest.encoder.dimension
        self.lexical = MilvusWords(Passages(entries, self.passages), documents, TermStore(folder / TERMS_FILE), folder)
        self.dense = MilvusVectors(entries, dimension)
        self.documents = MilvusCentres(documents, has_passages)
        self.tokens = MilvusCodes(entries, dimension)
        found = (entries.count(), documents.count())
        if found != (manifest.passages, int(has_passages.sum())):
            self.close()
            raise damaged(folder, f"la collection {collection} n’a pas le compte de passages attendu : {found[0]}")

    def close(self) -> None:
        """See :class:`indexer.storage.Storage`."""
        self._unpin()

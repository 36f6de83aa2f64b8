"""Generations of compartments in a Milvus cluster: a generation is a collection, an alias says which one is current.

The files of a generation that stay on this machine (texts, words, manifest) are below ``milvus/`` in the compartment's
folder. Order of a publication: the files, the collection, its count, the manifest, then the alias, in one step.
"""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from corpus.errors import InputError
from indexer.compartment import Compartment, sealed
from indexer.durable import sync_folder
from indexer.embedding_cache import EmbeddingCache
from indexer.encoder.protocol import EncoderIdentity
from indexer.errors import IndexDamaged, IndexMissing
from indexer.generation import (
    FORMAT,
    Collected,
    Manifest,
    Verified,
    file_entries,
    pinned,
    read_manifest,
    remove,
    write_manifest,
)
from indexer.milvus import schema
from indexer.milvus.connection import MilvusAddress, connect, told
from indexer.milvus.generation import MilvusGeneration
from indexer.milvus.writer import Words, write_collection
from indexer.passage_store import FILE as PASSAGES_FILE
from indexer.passage_store import PassageStore, write_passages
from indexer.passage_terms import lexical_passages
from indexer.publish import Content, Progress, Published

if TYPE_CHECKING:
    from pymilvus import MilvusClient

STAGES = ("Écriture des passages", "Lecture des mots", "Envoi à Milvus", "Scellement de l’index")
"""What writing a generation goes through."""

# Between a compartment's name, which has no capital and whose dashes become underscores, and a generation's number.
_GENERATION = "_G"


class MilvusStore:
    """Reader and writer of the generations of compartments in a cluster. Safe to call from several threads."""

    def __init__(self, address: MilvusAddress) -> None:
        self._address = address
        self._client: MilvusClient | None = None
        self._lock = threading.Lock()

    @property
    def prefix(self) -> str:
        """What the names of its collections begin with."""
        return self._address.prefix

    def current_id(self, compartment: Compartment) -> str | None:
        """See :class:`indexer.storage.GenerationReader`: what the alias points to."""
        client, alias = self._connected(), self._alias(compartment)
        from pymilvus import MilvusException  # noqa: PLC0415 - an extra

        with told(self._address.uri):
            try:
                found = client.describe_alias(alias)
            except MilvusException:
                # Its absence has not the same code everywhere.
                if alias in client.list_aliases()["aliases"]:
                    raise
                return None
        return str(found["collection_name"]).rpartition(_GENERATION)[2]

    def open(
        self, compartment: Compartment, encoder: EncoderIdentity | None = None, verified: Verified | None = None
    ) -> MilvusGeneration:
        """See :class:`indexer.storage.GenerationReader`; the last good one when the current one is damaged."""
        current = self.current_id(compartment)
        if current is None:
            raise IndexMissing(
                f"le compartiment « {compartment.name} » n’a pas encore d’index dans Milvus",
                remedy="Indexez un lot avec « reuni index DOSSIER », ou reconstruisez avec « reuni index --rebuild »",
            )
        fault: IndexDamaged | None = None
        for name in [current, *(one for one in reversed(self.sealed(compartment)) if one < current)]:
            try:
                return self._opened(compartment, name, encoder, verified)
            except IndexDamaged as found:
                fault = fault or found
        assert fault is not None  # noqa: S101 - the loop ran at least once
        raise fault

    def sealed(self, compartment: Compartment) -> list[str]:
        """See :class:`indexer.storage.GenerationReader`."""
        return sealed(compartment.remote)

    def opened(self, compartment: Compartment, generation: str, verified: Verified | None = None) -> MilvusGeneration:
        """See :class:`indexer.storage.GenerationReader`."""
        return self._opened(compartment, generation, None, verified)

    def manifest(self, compartment: Compartment) -> Manifest | None:
        """See :class:`indexer.storage.GenerationReader`."""
        current = self.current_id(compartment)
        return None if current is None else read_manifest(compartment.remote / current)

    def current(self, compartment: Compartment, *, thorough: bool) -> Manifest | None:
        """See :class:`indexer.publish.GenerationWriter`."""
        try:
            manifest = self.manifest(compartment)
            if thorough and manifest is not None:
                self.opened(compartment, manifest.id).close()
            return manifest
        except IndexDamaged:
            return None

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
        """See :class:`indexer.publish.GenerationWriter`."""
        client = self._connected()
        self._refuse_another_owner(compartment)
        generation = self._next_id(compartment)
        folder = compartment.remote / generation
        folder.mkdir(parents=True)
        sync_folder(compartment.remote)
        progress(STAGES[0], 0, 1)
        documents, passages = write_passages(folder / PASSAGES_FILE, content.documents(), content.passages())
        progress(STAGES[1], 0, 1)
        words = Words.read(folder, lexical_passages(content.documents(), content.passages()))
        progress(STAGES[2], 0, 1)
        name = self._collection(compartment, generation)
        with told(name):
            schema.create(client, name, encoder.dimension, lite=self._address.lite)
        write_collection(client, name, words, PassageStore(folder / PASSAGES_FILE), cache, cache.locate(keys))
        words.forget()
        progress(STAGES[3], 0, 1)
        manifest = Manifest(
            format=FORMAT,
            id=generation,
            compartment=compartment.name,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            encoder=encoder,
            documents=documents,
            passages=passages,
            collected=now,
            segments=(),
            files=file_entries(folder, {}),
        )
        write_manifest(folder, manifest)
        # Opening counts what can be searched: what is not all there is not published.
        self._opened(compartment, generation, encoder, None).close()
        self._publish(client, compartment, name)
        progress(STAGES[3], 1, 1)
        self.clean(compartment)
        return Published(generation, True, 0, documents, passages)

    def keep_only_the_current(self, compartment: Compartment) -> bool:
        """See :class:`indexer.publish.GenerationWriter`; generations on disk, of before Milvus, go too."""
        current = self.current_id(compartment)
        read = [name for name in self.sealed(compartment) if name != current and not remove(compartment.remote / name)]
        self.clean(compartment)
        return compartment.withdraw() and not read

    def clean(self, compartment: Compartment) -> None:
        """See :class:`indexer.publish.GenerationWriter`; the previous generation is kept to fall back on."""
        client, current = self._connected(), self.current_id(compartment)
        kept = {current, *[name for name in self.sealed(compartment) if current and name < current][-1:]}
        for folder in compartment.remote.glob("*") if compartment.remote.is_dir() else ():
            if folder.name not in kept and not remove(folder):
                kept.add(folder.name)
        with told(self._address.uri):
            for name in self._collections(client, compartment):
                if name.rpartition(_GENERATION)[2] not in kept:
                    client.drop_collection(name)
        compartment.clean_leftovers()

    def _opened(
        self, compartment: Compartment, generation: str, encoder: EncoderIdentity | None, verified: Verified | None
    ) -> MilvusGeneration:
        folder = compartment.remote / generation
        manifest, pin = pinned(folder, encoder, verified)
        return MilvusGeneration(self._connected(), self._collection(compartment, generation), folder, manifest, pin)

    def _refuse_another_owner(self, compartment: Compartment) -> None:
        current = self.current_id(compartment)
        if current is not None and not (compartment.remote / current).is_dir():
            raise InputError(
                f"Milvus contient déjà un index « {self._alias(compartment)} » qui n’est pas de ce dossier de données",
                remedy="Donnez à ce dossier un autre REUNI_MILVUS_PREFIX, ou supprimez cet alias s’il ne sert plus",
            )

    def _publish(self, client: "MilvusClient", compartment: Compartment, name: str) -> None:
        alias = self._alias(compartment)
        with told(name):
            if self.current_id(compartment) is None:
                client.create_alias(name, alias)
            else:
                client.alter_alias(name, alias)

    def _connected(self) -> "MilvusClient":
        with self._lock:
            if self._client is None:
                self._client = connect(self._address)
            return self._client

    def _alias(self, compartment: Compartment) -> str:
        return f"{self._address.prefix}_{compartment.name.replace('-', '_')}"

    def _collection(self, compartment: Compartment, generation: str) -> str:
        return f"{self._alias(compartment)}{_GENERATION}{generation}"

    def _collections(self, client: "MilvusClient", compartment: Compartment) -> list[str]:
        """Names of the collections of a compartment."""
        start = self._alias(compartment) + _GENERATION
        names: list[str] = client.list_collections()
        return [name for name in names if name.startswith(start) and name.removeprefix(start).isdigit()]

    def _next_id(self, compartment: Compartment) -> str:
        """Numbers grow, and are never used twice."""
        with told(self._address.uri):
            names = self._collections(self._connected(), compartment)
        folders = [path.name for path in compartment.remote.glob("*") if path.name.isdigit()]
        numbers = [int(name.rpartition(_GENERATION)[2]) for name in (*names, *folders)]
        return f"{max(numbers, default=0) + 1:08d}"

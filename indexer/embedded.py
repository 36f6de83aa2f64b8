"""Generations kept as files of the data directory: the store of one machine."""

from collections.abc import Sequence

from indexer.compartment import Compartment
from indexer.embedding_cache import EmbeddingCache
from indexer.encoder.protocol import EncoderIdentity
from indexer.errors import IndexDamaged
from indexer.generation import Collected, Generation, Manifest, Verified, read_manifest, verify
from indexer.publish import Content, Progress, Published, write_generation


class Embedded:
    """Reader and writer of the generations of compartments on disk."""

    def current_id(self, compartment: Compartment) -> str | None:
        """See :class:`indexer.storage.GenerationReader`."""
        return compartment.current_id()

    def open(
        self, compartment: Compartment, encoder: EncoderIdentity | None = None, verified: Verified | None = None
    ) -> Generation:
        """See :class:`indexer.storage.GenerationReader`."""
        return compartment.open(encoder, verified)

    def sealed(self, compartment: Compartment) -> list[str]:
        """See :class:`indexer.storage.GenerationReader`."""
        return compartment.sealed()

    def opened(self, compartment: Compartment, generation: str, verified: Verified | None = None) -> Generation:
        """See :class:`indexer.storage.GenerationReader`."""
        return Generation.open(compartment.generations / generation, verified=verified)

    def manifest(self, compartment: Compartment) -> Manifest | None:
        """See :class:`indexer.storage.GenerationReader`."""
        current = compartment.current_id()
        return None if current is None else read_manifest(compartment.generations / current)

    def current(self, compartment: Compartment, *, thorough: bool) -> Manifest | None:
        """See :class:`indexer.publish.GenerationWriter`."""
        try:
            manifest = self.manifest(compartment)
            if thorough and manifest is not None:
                verify(compartment.generations / manifest.id, manifest)
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
        return write_generation(compartment, content, cache, keys, encoder, now, progress)

    def clean(self, compartment: Compartment) -> None:
        """See :class:`indexer.publish.GenerationWriter`."""
        compartment.clean()

    def keep_only_the_current(self, compartment: Compartment) -> bool:
        """See :class:`indexer.publish.GenerationWriter`."""
        return compartment.keep_only_the_current()

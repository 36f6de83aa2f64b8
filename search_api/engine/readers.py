"""Open generations: who searches holds one snapshot, and a newly published one is taken up at the next search."""

import threading
from collections.abc import Sequence
from pathlib import Path

from corpus.catalogue import Catalogue
from indexer.compartment import DEFAULT, Compartment, compartments
from indexer.embedded import Embedded
from indexer.encoder.protocol import EncoderIdentity
from indexer.errors import IndexMissing
from indexer.generation import Verified
from indexer.storage import GenerationReader, Storage
from search_api.engine.errors import UnknownCompartment

Snapshot = dict[str, Storage]
"""Compartment name to its generation, in order of name; frozen for the length of one search."""


class Readers:
    """Generations of a data directory, opened once and shared by threads.

    The pointer is read at each snapshot (some 20 µs), so a new generation is seen at once, in any process.
    """

    def __init__(self, data: Path, encoder: EncoderIdentity | None, store: GenerationReader | None = None) -> None:
        self.data = data
        self._encoder = encoder
        self._store = store or Embedded()
        self._lock = threading.Lock()
        self._open: dict[str, tuple[str, Storage]] = {}
        self._verified: Verified = {}

    def names(self) -> tuple[str, ...]:
        """Compartments that have something to search."""
        return tuple(n for n in compartments(self.data) if self._current_id(n) is not None)

    def _current_id(self, name: str) -> str | None:
        return self._store.current_id(Compartment(self.data, name))

    def snapshot(self, wanted: Sequence[str] | None) -> Snapshot:
        """The current generations of some compartments; the default one alone when nobody says anything.

        Raises:
            UnknownCompartment: one is not there.
            IndexMissing: nobody named any, and nothing was ever indexed.
            IndexDamaged, EncoderMismatch: see :meth:`indexer.compartment.Compartment.open`.
        """
        names = sorted(set(wanted)) if wanted is not None else [DEFAULT]
        return {name: self._generation(name, named=wanted is not None) for name in names}

    def catalogue(self, name: str) -> Catalogue:
        """The catalogue of a compartment, to read; the caller closes it."""
        return Catalogue.open(Compartment(self.data, name).catalogue, read_only=True)

    def originals(self, name: str) -> Path:
        """Where a compartment keeps the files it was given."""
        return Compartment(self.data, name).originals

    def _generation(self, name: str, *, named: bool) -> Storage:
        compartment = Compartment(self.data, name)
        current = self._store.current_id(compartment)
        if current is None and named:
            raise UnknownCompartment(
                f"le compartiment « {name} » n’existe pas ou ne vous est pas ouvert",
                remedy="Vérifiez son nom avec « reuni status », ou demandez l’accès",
            )
        if current is None:
            raise IndexMissing("aucun document n’est indexé", remedy="Indexez un lot avec « reuni index DOSSIER »")
        with self._lock:
            known = self._open.get(name)
            if known is None or known[0] != current:
                # The former generation closes itself once the last search lets go of it.
                known = (current, self._store.open(compartment, self._encoder, self._verified))
                self._open[name] = known
            return known[1]

"""Open generations: who searches holds one snapshot, and a newly published one is taken up at the next search."""

import logging
import threading
import time
import weakref
from collections.abc import Sequence
from pathlib import Path

from corpus.catalogue import Catalogue
from indexer.compartment import DEFAULT, Compartment, compartments
from indexer.embedded import Embedded
from indexer.encoder.protocol import EncoderIdentity
from indexer.errors import IndexFault, IndexMissing
from indexer.generation import Verified
from indexer.storage import GenerationReader, Storage
from search_api.engine.errors import UnknownCompartment

_log = logging.getLogger(__name__)

Snapshot = dict[str, Storage]
"""Compartment name to its generation, in order of name; frozen for the length of one search."""


State = tuple[str, int]
"""What tells one state of a compartment from another: the id of its generation, and the inode of its folder, which a
restored backup changes."""


class Readers:
    """Generations of a data directory, opened once and shared by threads.

    The pointer is read at each snapshot (some 20 µs), so a new generation is seen at once, in any process. Once
    :meth:`follow` was called, a thread of its own looks instead, and no search waits while a generation is verified.
    """

    def __init__(self, data: Path, encoder: EncoderIdentity | None, store: GenerationReader | None = None) -> None:
        self.data = data
        self._encoder = encoder
        self._store = store or Embedded()
        self._lock = threading.Lock()
        self._open: dict[str, tuple[State, Storage]] = {}
        self._verified: Verified = {}
        self._followed = False
        self._refused: dict[str, State] = {}

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
        known = self._open.get(name)
        if known is not None and (self._followed or known[0] == _state(compartment, current)):
            return known[1]
        with self._lock:
            return self._newest(compartment, current)

    def _newest(self, compartment: Compartment, current: str) -> Storage:
        """The current generation, opened if it is not; under the lock."""
        state = _state(compartment, current)
        known = self._open.get(compartment.name)
        if known is None or known[0] != state:
            # The former generation closes itself once the last search lets go of it.
            known = (state, self._store.open(compartment, self._encoder, self._verified))
            self._open[compartment.name] = known
        return known[1]

    def follow(self, every: float = 0.5) -> None:
        """From now on take up new generations, also those of a restored backup, every so many seconds.

        One that cannot be opened, or that another encoder made, leaves the former one serving, and is told once in the
        log.
        """
        self._followed = True
        # The thread ends with the readers, whom it does not keep.
        threading.Thread(target=_follow, args=(weakref.ref(self), every), name="generations", daemon=True).start()

    def look(self) -> None:
        """Take up what was published since."""
        for name in list(self._open):
            self._take_up(Compartment(self.data, name))

    def _take_up(self, compartment: Compartment) -> None:
        state: State | None = None
        try:
            current = self._store.current_id(compartment)
            if current is None:
                # The compartment was removed: it is not there for the next search.
                self._open.pop(compartment.name, None)
                return
            state = _state(compartment, current)
            if self._refused.get(compartment.name) == state:
                return
            with self._lock:
                self._newest(compartment, current)
        except OSError:
            # Seen while a backup was being put in its place: looked at again soon.
            return
        except IndexFault as fault:
            if state is not None:
                self._refused[compartment.name] = state
            _log.warning("%s: the generation served stays the former one: %s", compartment.name, fault)


def _follow(followed: "weakref.ref[Readers]", every: float) -> None:
    while (readers := followed()) is not None:
        readers.look()
        del readers
        time.sleep(every)


def _state(compartment: Compartment, current: str) -> State:
    return current, compartment.folder.stat().st_ino

"""What is withdrawn leaves the disk: originals, readings of scans, older generations, and the catalogue's text.

The generation published after a withdrawal does not have it, and the embedding cache is rewritten without it just
before; here goes what is left. A process that still reads the generation before keeps it for as long as that lasts; it
then leaves with the next publication.
"""

import time
from collections.abc import Callable

from corpus.catalogue import Catalogue
from corpus.drop import original_path
from corpus.extraction.ocr_cache import ReadingStore
from indexer.compartment import Compartment

# Readers take up a new generation within a second.
_PATIENCE = 3.0
_PAUSE = 0.1


def leave(compartment: Compartment, catalogue: Catalogue, keep_only_the_current: Callable[[], bool]) -> bool:
    """Remove what withdrawn documents left; False when a reader still holds an older generation.

    The caller holds the writer's lock, and has published a generation without them.

    Args:
        keep_only_the_current: removes the older generations; False when one is being read.
    """
    kept = {record.sha256 for record in catalogue.failures()}
    readings = ReadingStore(compartment.readings)
    for sha256 in catalogue.withdrawn.contents() - kept:
        original_path(compartment.originals, sha256).unlink(missing_ok=True)
        readings.forget(sha256)
    catalogue.withdrawn.forget()
    until = time.monotonic() + _PATIENCE
    while not (gone := keep_only_the_current()) and time.monotonic() < until:
        time.sleep(_PAUSE)
    if gone:
        catalogue.withdrawn.left()
    return gone

"""What withdrawn documents leave in a catalogue, and in the store of originals: nothing that they said.

Their paths, dates and contents' checksums stay: they tell what was withdrawn, and when. An archive that brought a
withdrawn document is let go of too, as its bytes hold it; what else it brought is kept file by file. A message stays
as long as it is not withdrawn itself, with what is attached to it.
"""

import sqlite3

_OWN = (
    "SELECT sha256 FROM document WHERE withdrawn = {0} UNION "
    "SELECT h.sha256 FROM history h JOIN document d ON d.id = h.document_id WHERE d.withdrawn = {0}"
)
_ONLY_THEIRS = f"{_OWN.format(1)} EXCEPT SELECT sha256 FROM ({_OWN.format(0)})"  # noqa: S608 - constants
_AROUND = (
    "WITH RECURSIVE around (path) AS ("  # noqa: S608 - constants
    "SELECT f.parent FROM file f JOIN document d ON d.external_id = f.path WHERE d.withdrawn = 1 AND f.parent != '' "
    "UNION SELECT f.parent FROM file f JOIN around a ON f.path = a.path WHERE f.parent != '') "
    f"SELECT DISTINCT sha256 FROM file WHERE path IN around AND sha256 NOT IN ({_OWN.format(0)})"
)
_LEAVING = "leaving"


class Withdrawn:
    """The withdrawn documents of a catalogue; writes are transactions of their own, but :meth:`mark`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def mark(self) -> None:
        """Say that something was withdrawn: to be called in the transaction that does it."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, '1')", (_LEAVING,))

    @property
    def leaving(self) -> bool:
        """Whether something was withdrawn and may still be found somewhere on the disk."""
        return self._db.execute("SELECT 1 FROM meta WHERE key = ?", (_LEAVING,)).fetchone() is not None

    def left(self) -> None:
        """Say that nothing of it remains."""
        with self._db:
            self._db.execute("DELETE FROM meta WHERE key = ?", (_LEAVING,))

    def forget(self) -> None:
        """Overwrite what the catalogue holds of their text, in every version they had, and of what manifests said."""
        with self._db:
            self._db.execute(f"DELETE FROM page WHERE sha256 IN ({_ONLY_THEIRS})")  # noqa: S608
            # Without an extractor's name the content is read again if it ever comes back.
            self._db.execute(
                "UPDATE version SET extractor = '', title = '', metadata = '{}', origins = '{}', warnings = '[]' "  # noqa: S608
                f"WHERE failure = '' AND sha256 IN ({_ONLY_THEIRS})"
            )
            self._db.execute(
                "DELETE FROM described WHERE path IN (SELECT external_id FROM document WHERE withdrawn = 1) "
                "AND path NOT IN (SELECT path FROM place)"
            )
        # What was overwritten is in the file itself once the journal of writes is empty.
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def contents(self) -> set[str]:
        """SHA-256 of the files that only they had, and of the archives that brought them."""
        return {sha256 for query in (_ONLY_THEIRS, _AROUND) for (sha256,) in self._db.execute(query)}

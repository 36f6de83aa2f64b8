"""What became of a document: its versions, what it holds, how it left; part of the catalogue."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivered:
    """One content that a document had.

    Attributes:
        sha256: of the content.
        drop: name of the drop that brought it.
        at: when that drop began, ISO 8601 in UTC.
        media_type: of the content.
        pages: how many it has.
    """

    sha256: str
    drop: str
    at: str
    media_type: str
    pages: int


class History:
    """Reads the tables ``history``, ``place`` and ``file`` of a catalogue."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def versions(self, document_id: str) -> list[Delivered]:
        """The contents of a document, oldest first; a content that came back is there again."""
        rows = self._db.execute(
            "SELECT h.sha256, r.name, r.started_at, v.media_type, v.pages FROM history h "
            "JOIN drop_run r ON r.id = h.drop_id JOIN version v ON v.sha256 = h.sha256 "
            "WHERE h.document_id = ? ORDER BY h.sequence",
            (document_id,),
        )
        return [Delivered(*row) for row in rows]

    def inside(self, path: str) -> list[tuple[str, str]]:
        """``(path, document id)`` of what was delivered inside a file, directly or not, by path."""
        # The stroke's next character bounds what begins with the path and a stroke: the primary key is used.
        rows = self._db.execute(
            "SELECT path, document_id FROM place WHERE path > ? AND path < ? ORDER BY path",
            (f"{path}/", f"{path}0"),
        )
        return list(rows)

    def withdrawn_by(self, document_id: str) -> str | None:
        """Name of the drop that took a document out; None when it was never there, or still is."""
        row = self._db.execute(
            "SELECT name FROM document d JOIN drop_run r ON r.id = d.drop_id WHERE d.id = ? AND d.withdrawn = 1",
            (document_id,),
        ).fetchone()
        return row[0] if row else None

    def contents(self) -> set[str]:
        """SHA-256 of every content that a document not withdrawn has or had."""
        rows = self._db.execute(
            "SELECT sha256 FROM document WHERE withdrawn = 0 UNION SELECT h.sha256 FROM history h "
            "JOIN document d ON d.id = h.document_id WHERE d.withdrawn = 0"
        )
        return {sha256 for (sha256,) in rows}

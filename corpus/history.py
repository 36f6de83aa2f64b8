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


@dataclass(frozen=True, slots=True)
class Gone:
    """A document that was withdrawn: nothing that it said is kept.

    Attributes:
        path: of its file, as it was delivered.
        brought_by: name of the drop that brought its last content, "" when that is not known.
        drop: name of the drop that took it out.
        at: when that drop began, ISO 8601 in UTC.
    """

    path: str
    brought_by: str
    drop: str
    at: str


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

    def withdrawn(self, most: int, offset: int = 0) -> tuple[list[Gone], int]:
        """Withdrawn documents, those withdrawn last first, then by path; and how many there are in all."""
        rows = self._db.execute(
            "SELECT d.external_id, COALESCE((SELECT b.name FROM history h JOIN drop_run b ON b.id = h.drop_id "
            "WHERE h.document_id = d.id ORDER BY h.sequence DESC LIMIT 1), ''), r.name, r.started_at FROM document d "
            "JOIN drop_run r ON r.id = d.drop_id WHERE d.withdrawn = 1 ORDER BY r.id DESC, d.external_id "
            "LIMIT ? OFFSET ?",
            (most, offset),
        )
        total = self._db.execute("SELECT COUNT(*) FROM document WHERE withdrawn = 1").fetchone()[0]
        return [Gone(*row) for row in rows], total

    def contents(self) -> set[str]:
        """SHA-256 of every content that a document not withdrawn has or had."""
        rows = self._db.execute(
            "SELECT sha256 FROM document WHERE withdrawn = 0 UNION SELECT h.sha256 FROM history h "
            "JOIN document d ON d.id = h.document_id WHERE d.withdrawn = 0"
        )
        return {sha256 for (sha256,) in rows}

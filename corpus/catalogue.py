"""The catalogue: everything known about the documents of one compartment, in SQLite.

One writer at a time (the indexer's lock sees to it), any number of readers. A change that the index must
follow bumps :attr:`Catalogue.revision` in the same transaction.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

from corpus.catalogue_format import connect
from corpus.document import Document, Span
from corpus.families import Families
from corpus.history import History
from corpus.passage import Passage
from corpus.states import FAILED, DropReport, FileRecord, FileState
from corpus.versions import Versions
from corpus.withdrawn import Withdrawn

_SPANS = TypeAdapter(tuple[Span, ...])
_RECORD = "path, sha256, size, state, reason, remedy, document_id, parent, depth"


class Catalogue:
    """Open catalogue of one compartment; a context manager."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self.path = path
        self.versions = Versions(connection)
        self.families = Families(connection)
        self.history = History(connection)
        self.withdrawn = Withdrawn(connection)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """Open, creating it when it does not exist and may be written.

        Raises:
            CatalogueError: it is damaged, missing (read only) or of another format.
        """
        return cls(connect(path, read_only=read_only), path)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All the writes inside happen, or none."""
        with self._db:
            yield

    @property
    def revision(self) -> int:
        """Grows with each change that the index must follow."""
        row = self._db.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()
        return int(row[0])

    def touch(self) -> None:
        """Say that the index must follow: to be called in the transaction of the change."""
        self._db.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'")

    # Drops

    def begin_drop(self, name: str, mode: str) -> int:
        """Start a drop, or take up the one of that name and mode that was cut off; returns its id."""
        row = self._db.execute(
            "SELECT id FROM drop_run WHERE name = ? AND mode = ? AND finished_at = '' ORDER BY id DESC",
            (name, mode),
        ).fetchone()
        if row:
            return int(row[0])
        with self._db:
            cursor = self._db.execute(
                "INSERT INTO drop_run (name, mode, started_at) VALUES (?, ?, ?)", (name, mode, _now())
            )
        return int(cursor.lastrowid or 0)

    def warn(self, drop_id: int, warnings: Sequence[str]) -> None:
        """Keep what people should know of a drop besides its files: French sentences."""
        with self._db:
            self._db.execute(
                "UPDATE drop_run SET warnings = ? WHERE id = ?", (json.dumps(warnings, ensure_ascii=False), drop_id)
            )

    def describe(self, fields: Mapping[str, Mapping[str, str]]) -> None:
        """Keep what a manifest says, by path; a path described again is described anew."""
        with self._db:
            self._db.executemany(
                "INSERT OR REPLACE INTO described VALUES (?, ?)",
                ((path, json.dumps(dict(said), ensure_ascii=False)) for path, said in fields.items()),
            )

    def described(self, path: str) -> dict[str, str]:
        """What the last manifest that named a path said of it; empty when none did."""
        row = self._db.execute("SELECT fields FROM described WHERE path = ?", (path,)).fetchone()
        return json.loads(row[0]) if row else {}

    def finish_drop(self, drop_id: int) -> None:
        """Mark a drop as complete."""
        with self._db:
            self._db.execute("UPDATE drop_run SET finished_at = ? WHERE id = ?", (_now(), drop_id))

    def record(self, drop_id: int, record: FileRecord) -> None:
        """Write one line of the report; a file recorded again in the same drop replaces its line."""
        self._db.execute(
            "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                drop_id,
                record.path,
                record.sha256,
                record.size,
                record.state.value,
                record.reason,
                record.remedy,
                record.document_id,
                record.parent,
                record.depth,
            ),
        )

    def recorded(self, drop_id: int) -> dict[str, FileRecord]:
        """The lines written so far for a drop, by path."""
        return {record.path: record for record in self._records(drop_id)}

    def line(self, drop_id: int, path: str) -> FileRecord | None:
        """The line written for a file of a drop, or None."""
        query = f"SELECT {_RECORD} FROM file WHERE drop_id = ? AND path = ?"  # noqa: S608
        for found, sha256, size, state, *rest in self._db.execute(query, (drop_id, path)):
            return FileRecord(found, sha256, size, FileState(state), *rest)
        return None

    def standing(self, path: str) -> tuple[str, int]:
        """What holds the file last delivered at a path: the archive's or message's path ("" for none), and how
        many stand around it."""
        row = self._db.execute(
            "SELECT parent, depth FROM file WHERE path = ? ORDER BY drop_id DESC LIMIT 1", (path,)
        ).fetchone()
        return (row[0], row[1]) if row else ("", 0)

    def _records(self, drop_id: int) -> Iterator[FileRecord]:
        for path, sha256, size, state, *rest in self._db.execute(
            f"SELECT {_RECORD} FROM file WHERE drop_id = ? ORDER BY path",  # noqa: S608
            (drop_id,),
        ):
            yield FileRecord(path, sha256, size, FileState(state), *rest)

    def report(self, compartment: str, name: str | None = None) -> DropReport | None:
        """The report of the last drop of that name, or of the last drop; None when there is none."""
        row = self._db.execute(
            "SELECT id, name, mode, started_at, finished_at, withdrawn, warnings FROM drop_run "
            "WHERE ? IS NULL OR name = ? ORDER BY id DESC LIMIT 1",
            (name, name),
        ).fetchone()
        if row is None:
            return None
        records = tuple(self._records(row[0]))
        counts = dict.fromkeys(FileState, 0)
        for record in records:
            counts[record.state] += 1
        warnings = tuple(json.loads(row[6]))
        return DropReport(row[1], row[2], compartment, row[3], row[4], len(records), counts, row[5], records, warnings)

    def drops(self) -> list[str]:
        """Names of the drops, oldest first, once each."""
        return [name for (name,) in self._db.execute("SELECT name FROM drop_run GROUP BY name ORDER BY MIN(id)")]

    def records_below(self, path: str, sha256: str) -> list[FileRecord]:
        """Lines of the files inside an archive or message, from the last finished drop that delivered it with
        this content; empty when there is none."""
        row = self._db.execute(
            "SELECT drop_id FROM file JOIN drop_run r ON r.id = drop_id WHERE path = ? AND sha256 = ? "
            "AND r.finished_at != '' ORDER BY drop_id DESC LIMIT 1",
            (path, sha256),
        ).fetchone()
        if row is None:
            return []
        return [record for record in self._records(row[0]) if record.path.startswith(path + "/")]

    def failures(self) -> list[FileRecord]:
        """Files whose latest state gave no text or only a part, by path; what a full drop did not bring is gone."""
        latest = self._db.execute(
            f"SELECT {_RECORD}, MAX(drop_id) FROM file WHERE drop_id >= (SELECT COALESCE(MAX(id), 0) "  # noqa: S608
            "FROM drop_run WHERE mode = 'full' AND finished_at != '') GROUP BY path"
        )
        wanted = FAILED | {FileState.PARTIAL}
        return [
            FileRecord(path, sha, size, FileState(state), *rest)
            for path, sha, size, state, *rest, _ in latest
            if FileState(state) in wanted
        ]

    # Documents

    def document_at(self, path: str) -> str | None:
        """Id of the document delivered at a path, withdrawn or not."""
        row = self._db.execute("SELECT document_id FROM place WHERE path = ?", (path,)).fetchone()
        return row[0] if row else None

    def document_with(self, sha256: str) -> str | None:
        """Id of the live document whose current content this is."""
        row = self._db.execute(
            "SELECT id FROM document WHERE sha256 = ? AND withdrawn = 0 ORDER BY id", (sha256,)
        ).fetchone()
        return row[0] if row else None

    def document(self, document_id: str) -> Document | None:
        """A live document."""
        return next(self._documents("d.id = ? AND d.withdrawn = 0", (document_id,)), None)

    def documents(self) -> Iterator[Document]:
        """The live documents, by external id."""
        return self._documents("d.withdrawn = 0", ())

    def _documents(self, where: str, values: Sequence[str]) -> Iterator[Document]:
        rows = self._db.execute(
            "SELECT d.id, external_id, sha256, title, name, media_type, pages, kind, date, metadata "  # noqa: S608
            f"FROM document d JOIN drop_run r ON r.id = d.drop_id WHERE {where} ORDER BY external_id",
            tuple(values),
        )
        for row in rows:
            yield Document(
                id=row[0],
                external_id=row[1],
                version=row[2],
                title=row[3],
                drop=row[4],
                media_type=row[5],
                pages=row[6],
                kind=row[7],
                date=row[8],
                metadata=json.loads(row[9]),
            )

    def save_document(
        self,
        drop_id: int,
        document: Document,
        passages: Sequence[Passage],
        *,
        partial: bool,
        origins: Mapping[str, str] | None = None,
    ) -> None:
        """Write a document's current version and its passages, whatever stood there before.

        ``origins`` says where its title, kind, date and metadata were found.
        """
        # Taken out earlier in the same drop, it was only changing places.
        self._db.execute(
            "UPDATE drop_run SET withdrawn = withdrawn - 1 WHERE id = ? AND EXISTS "
            "(SELECT 1 FROM document d WHERE d.id = ? AND d.withdrawn = 1 AND d.drop_id = drop_run.id)",
            (drop_id, document.id),
        )
        self._db.execute(
            "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT (id) DO UPDATE SET "
            "external_id = excluded.external_id, sha256 = excluded.sha256, drop_id = excluded.drop_id, "
            "title = excluded.title, media_type = excluded.media_type, pages = excluded.pages, "
            "kind = excluded.kind, date = excluded.date, metadata = excluded.metadata, "
            "passages = excluded.passages, partial = excluded.partial, withdrawn = 0, origins = excluded.origins",
            (
                document.id,
                document.external_id,
                document.version,
                drop_id,
                document.title,
                document.media_type,
                document.pages,
                document.kind,
                document.date,
                json.dumps(document.metadata, ensure_ascii=False, sort_keys=True),
                len(passages),
                int(partial),
                json.dumps(dict(origins or {}), ensure_ascii=False, sort_keys=True),
            ),
        )
        last = self._db.execute(
            "SELECT sha256, sequence FROM history WHERE document_id = ? ORDER BY sequence DESC", (document.id,)
        ).fetchone()
        if last is None or last[0] != document.version:
            self._db.execute(
                "INSERT INTO history VALUES (?, ?, ?, ?)",
                (document.id, last[1] + 1 if last else 1, document.version, drop_id),
            )
        self._db.execute("DELETE FROM passage WHERE document_id = ?", (document.id,))
        self._db.executemany(
            "INSERT INTO passage VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    document.id,
                    passage.ordinal,
                    passage.id,
                    json.dumps(passage.heading_path, ensure_ascii=False),
                    _SPANS.dump_json(passage.spans).decode(),
                    passage.text,
                    passage.ocr_confidence,
                )
                for passage in passages
            ),
        )
        # Text or title may have changed: it is to be compared anew.
        self.families.forget(document.id)
        self.add_place(drop_id, document.external_id, document.id)
        self.touch()

    def add_place(self, drop_id: int, path: str, document_id: str) -> None:
        """Say that a document is found at a path."""
        self._db.execute("INSERT OR REPLACE INTO place VALUES (?, ?, ?)", (path, document_id, drop_id))

    def move(self, drop_id: int, document_id: str, path: str) -> None:
        """Give a document the path at which it now stands; its id and passages stay."""
        self._db.execute("UPDATE document SET external_id = ? WHERE id = ?", (path, document_id))
        self.add_place(drop_id, path, document_id)
        self.touch()

    def places(self, document_id: str) -> list[str]:
        """Every path at which a document was delivered."""
        rows = self._db.execute("SELECT path FROM place WHERE document_id = ? ORDER BY path", (document_id,))
        return [path for (path,) in rows]

    def drop_place(self, path: str) -> None:
        """Forget a path that is not delivered any more."""
        self._db.execute("DELETE FROM place WHERE path = ?", (path,))

    def withdraw(self, drop_id: int, document_id: str) -> None:
        """Take a document out: its passages leave at once, the rest of its text with :meth:`Withdrawn.forget`."""
        self._db.execute("DELETE FROM passage WHERE document_id = ?", (document_id,))
        self._db.execute("DELETE FROM place WHERE document_id = ?", (document_id,))
        self._db.execute(
            "UPDATE document SET withdrawn = 1, passages = 0, drop_id = ? WHERE id = ?", (drop_id, document_id)
        )
        self.families.forget(document_id)
        self._db.execute("UPDATE drop_run SET withdrawn = withdrawn + 1 WHERE id = ?", (drop_id,))
        self._db.execute("UPDATE document SET title = '', metadata = '{}', origins = '{}' WHERE id = ?", (document_id,))
        self.withdrawn.mark()
        self.touch()

    def origins(self, document_id: str) -> dict[str, str]:
        """Where a document's title, kind, date and metadata were found, in French; empty when it is not known."""
        row = self._db.execute("SELECT origins FROM document WHERE id = ?", (document_id,)).fetchone()
        return json.loads(row[0]) if row else {}

    def family(self, document_id: str) -> list[Document]:
        """The version family of a document, newest first, itself included; alone when it has no near-duplicate."""
        ids = self.families.members(document_id)
        marks = ", ".join("?" * len(ids))
        found = list(self._documents(f"d.withdrawn = 0 AND d.id IN ({marks})", ids))
        drops = dict(self._db.execute(f"SELECT id, drop_id FROM document WHERE id IN ({marks})", ids))  # noqa: S608
        return sorted(found, key=lambda document: (document.date, drops[document.id]), reverse=True)

    def is_partial(self, document_id: str) -> bool:
        """Whether some pages of a document gave no text."""
        return (
            self._db.execute("SELECT 1 FROM document WHERE id = ? AND partial = 1", (document_id,)).fetchone()
            is not None
        )

    def exists(self, document_id: str) -> bool:
        """Whether a live document has this id."""
        query = "SELECT 1 FROM document WHERE id = ? AND withdrawn = 0"
        return self._db.execute(query, (document_id,)).fetchone() is not None

    # Passages

    def passages(self) -> Iterator[Passage]:
        """The passages of the live documents, by external id then place."""
        rows = self._db.execute(
            "SELECT p.id, p.document_id, ordinal, heading_path, spans, text, ocr_confidence FROM passage p "
            "JOIN document d ON d.id = p.document_id WHERE d.withdrawn = 0 ORDER BY d.external_id, ordinal"
        )
        for row in rows:
            yield Passage(
                id=row[0],
                document_id=row[1],
                ordinal=row[2],
                heading_path=tuple(json.loads(row[3])),
                spans=_SPANS.validate_json(row[4]),
                text=row[5],
                ocr_confidence=row[6],
            )

    def counts(self) -> dict[str, int]:
        """``documents``, ``passages``, ``partial`` documents, and files that gave no text, now."""
        documents, passages, partial = self._db.execute(
            "SELECT COUNT(*), COALESCE(SUM(passages), 0), COALESCE(SUM(partial), 0) FROM document WHERE withdrawn = 0"
        ).fetchone()
        failures = [record.state for record in self.failures()]
        awaiting = failures.count(FileState.AWAITING_OCR)
        return {
            "documents": documents,
            "passages": passages,
            "partial": partial,
            "awaiting_ocr": awaiting,
            "unreadable": sum(state in FAILED for state in failures) - awaiting,
        }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

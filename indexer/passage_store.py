"""The passages of a generation as rows, writer and reader of ``passages.sqlite``.

The file is written once and opened immutable; row numbers are those of the vectors and of the terms.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from corpus.document import Document, Span
from corpus.passage import Passage
from indexer.document_fields import DocumentFields, document_fields

FILE = "passages.sqlite"
_SPANS = TypeAdapter(tuple[Span, ...])
_DOCUMENT = TypeAdapter(Document)

_SCHEMA = """
CREATE TABLE document (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
CREATE TABLE passage (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    document INTEGER NOT NULL REFERENCES document(number),
    ordinal INTEGER NOT NULL,
    heading_path TEXT NOT NULL,
    spans TEXT NOT NULL,
    text TEXT NOT NULL,
    ocr_confidence REAL
);
"""


def write_passages(path: Path, documents: Iterable[Document], passages: Iterable[Passage]) -> tuple[int, int]:
    """Write documents and passages, rows in the order given; returns how many of each.

    Raises:
        KeyError: a passage's document was not given.
    """
    db = sqlite3.connect(path)
    try:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.executescript(_SCHEMA)
        numbers: dict[str, int] = {}
        for number, document in enumerate(documents):
            numbers[document.id] = number
            db.execute(
                "INSERT INTO document VALUES (?, ?, ?)",
                (number, document.id, _DOCUMENT.dump_json(document).decode()),
            )
        count = 0
        for row, passage in enumerate(passages):
            db.execute(
                "INSERT INTO passage VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    row,
                    passage.id,
                    numbers[passage.document_id],
                    passage.ordinal,
                    json.dumps(passage.heading_path, ensure_ascii=False),
                    _SPANS.dump_json(passage.spans).decode(),
                    passage.text,
                    passage.ocr_confidence,
                ),
            )
            count += 1
        db.execute("CREATE INDEX passage_by_document ON passage (document, ordinal)")
        db.execute("CREATE INDEX passage_by_id ON passage (id)")
        db.commit()
        return len(numbers), count
    finally:
        db.close()


class PassageStore:
    """Reader of ``passages.sqlite``. Safe to call from several threads.

    Attributes:
        document_of: ``(passages,)`` int32, the document number of each row.
        confidence_of: ``(passages,)`` float32, the OCR confidence of each row, ``nan`` for what was not read by OCR.
    """

    def __init__(self, path: Path) -> None:
        # Opened once: by another thread later, the path might be another generation's, put there by a restore.
        self._db = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        self._db_lock = threading.Lock()
        rows = self._db.execute("SELECT document, COALESCE(ocr_confidence, -1) FROM passage ORDER BY row")
        read = np.fromiter(rows, np.dtype([("document", np.int32), ("confidence", np.float32)]))
        self.document_of: npt.NDArray[np.int32] = np.ascontiguousarray(read["document"])
        self.confidence_of: npt.NDArray[np.float32] = np.where(read["confidence"] < 0, np.nan, read["confidence"])
        ((self.document_count,),) = self._rows("SELECT COUNT(*) FROM document")
        self._first_rows = np.searchsorted(self.document_of, np.arange(self.document_count + 1, dtype=np.int32))
        self._fields: DocumentFields | None = None
        self._fields_lock = threading.Lock()

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._db_lock:
            return self._db.execute(query, values).fetchall()

    def __len__(self) -> int:
        return len(self.document_of)

    def passage(self, row: int) -> Passage:
        """The passage of a row.

        Raises:
            IndexError: there is no such row.
        """
        return self.passages([row])[0]

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of some rows, in the order asked."""
        marks = ",".join("?" * len(rows))
        found = {
            row[0]: _passage(row)
            for row in self._rows(
                "SELECT row, p.id, d.id, ordinal, heading_path, spans, text, ocr_confidence FROM passage p "  # noqa: S608
                f"JOIN document d ON d.number = p.document WHERE row IN ({marks})",
                tuple(int(row) for row in rows),
            )
        }
        missing = [row for row in rows if int(row) not in found]
        if missing:
            raise IndexError(f"no passage at rows {missing}")
        return [found[int(row)] for row in rows]

    def rows_of(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The rows of some documents by their numbers, in the order given; a document's stand together, in reading
        order."""
        firsts, counts = self._first_rows[numbers], self.lengths_of(numbers)
        rows: npt.NDArray[np.int64] = np.arange(counts.sum()) + np.repeat(firsts - np.cumsum(counts) + counts, counts)
        return rows

    def lengths_of(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """How many passages some documents have, by their numbers."""
        return self._first_rows[numbers + 1] - self._first_rows[numbers]

    @property
    def fields(self) -> DocumentFields:
        """What documents can be filtered, counted and sorted by; read at first use (some 5 µs a document)."""
        with self._fields_lock:
            if self._fields is None:
                with self._db_lock:
                    bodies = (body for (body,) in self._db.execute("SELECT body FROM document ORDER BY number"))
                    self._fields = document_fields(bodies, self._document_confidences())
            return self._fields

    def _document_confidences(self) -> npt.NDArray[np.float32]:
        read = ~np.isnan(self.confidence_of)
        owners = self.document_of[read]
        counts = np.bincount(owners, minlength=self.document_count)
        sums = np.bincount(owners, self.confidence_of[read], minlength=self.document_count)
        return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan).astype(np.float32)

    def document(self, number: int) -> Document:
        """A document by its number (see :attr:`document_of`)."""
        row = next(iter(self._rows("SELECT body FROM document WHERE number = ?", (int(number),))), None)
        if row is None:
            raise IndexError(f"no document number {number}")
        return _DOCUMENT.validate_json(row[0])

    def document_by_id(self, document_id: str) -> Document | None:
        """A document by its id."""
        row = next(iter(self._rows("SELECT body FROM document WHERE id = ?", (document_id,))), None)
        return None if row is None else _DOCUMENT.validate_json(row[0])

    def number_of(self, document_id: str) -> int | None:
        """The number of a document by its id."""
        row = next(iter(self._rows("SELECT number FROM document WHERE id = ?", (document_id,))), None)
        return None if row is None else int(row[0])

    def numbers(self, ids: Iterable[str]) -> list[int]:
        """The numbers of the documents of some ids, sorted; ids that are not held are left out."""
        wanted = json.dumps(sorted(ids))
        rows = self._rows(
            "SELECT number FROM document WHERE id IN (SELECT value FROM json_each(?)) ORDER BY number", (wanted,)
        )
        return [number for (number,) in rows]

    def versions(self) -> list[tuple[str, str, str]]:
        """Id, version and drop of every document, in order of number, without reading the rest of it."""
        return self._rows("SELECT id, body ->> 'version', body ->> 'drop' FROM document ORDER BY number")

    def all_documents(self) -> list[Document]:
        """Every document, in order of number."""
        rows = self._rows("SELECT body FROM document ORDER BY number")
        return [_DOCUMENT.validate_json(body) for (body,) in rows]


def _passage(row: Sequence[object]) -> Passage:
    _, passage_id, document_id, ordinal, heading_path, spans, text, confidence = row
    return Passage(
        id=str(passage_id),
        document_id=str(document_id),
        ordinal=int(str(ordinal)),
        heading_path=tuple(json.loads(str(heading_path))),
        spans=_SPANS.validate_json(str(spans)),
        text=str(text),
        ocr_confidence=confidence if isinstance(confidence, float) else None,
    )

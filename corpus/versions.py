"""Contents as they were extracted, each once: part of the catalogue."""

import json
import sqlite3
import zlib
from dataclasses import dataclass

from pydantic import TypeAdapter

from corpus.document import Page
from corpus.extraction.extracted import Extracted, ExtractionFailure, FailureState

_PAGE = TypeAdapter(Page)


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """What is known of a content without its pages: extracted, or failed.

    Attributes:
        pages: how many it has; an archive has none.
        children: how many files it holds (members, attachments).
    """

    sha256: str
    extractor: str
    pages: int
    children: int
    extracted: Extracted | None
    failure: ExtractionFailure | None


class Versions:
    """The tables ``version`` and ``page`` of a catalogue; writes belong in the catalogue's transactions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def get(self, sha256: str) -> StoredVersion | None:
        """What extraction gave for a content (its pages through :meth:`pages`), or None if never tried."""
        row = self._db.execute(
            "SELECT extractor, media_type, title, metadata, origins, unread_pages, awaiting_ocr, warnings, "
            "failure, reason, remedy, pages, children FROM version WHERE sha256 = ?",
            (sha256,),
        ).fetchone()
        if row is None:
            return None
        if row[8]:
            failure = ExtractionFailure(FailureState(row[8]), row[9], remedy=row[10])
            return StoredVersion(sha256, row[0], 0, 0, None, failure)
        extracted = Extracted(
            media_type=row[1],
            pages=(),
            title=row[2],
            metadata=json.loads(row[3]),
            origins=json.loads(row[4]),
            unread_pages=tuple(json.loads(row[5])),
            awaiting_ocr=tuple(json.loads(row[6])),
            warnings=tuple(json.loads(row[7])),
        )
        return StoredVersion(sha256, row[0], row[11], row[12], extracted, None)

    def save(self, sha256: str, extractor: str, outcome: Extracted | ExtractionFailure) -> None:
        """Keep what extraction gave for a content, so that it is never extracted again.

        Written over what was there: an earlier failure, or an older extractor's result.
        """
        self._db.execute("DELETE FROM page WHERE sha256 = ?", (sha256,))
        upsert = "INSERT INTO version ({0}) VALUES ({1}) ON CONFLICT (sha256) DO UPDATE SET {2}"
        if isinstance(outcome, ExtractionFailure):
            columns: tuple[str, ...] = ("sha256", "extractor", "failure", "reason", "remedy")
            values: tuple[object, ...] = (sha256, extractor, outcome.state.value, outcome.message, outcome.remedy)
        else:
            columns = (
                *("sha256", "extractor", "media_type", "title", "metadata", "origins", "pages"),
                *("children", "unread_pages", "awaiting_ocr", "warnings", "failure"),
            )
            values = (
                sha256,
                extractor,
                outcome.media_type,
                outcome.title,
                json.dumps(outcome.metadata, ensure_ascii=False, sort_keys=True),
                json.dumps(outcome.origins, ensure_ascii=False, sort_keys=True),
                len(outcome.pages),
                len(outcome.attachments),
                json.dumps(outcome.unread_pages),
                json.dumps(outcome.awaiting_ocr),
                json.dumps(outcome.warnings, ensure_ascii=False),
                "",
            )
        self._db.execute(
            upsert.format(
                ", ".join(columns),
                ", ".join("?" * len(columns)),
                ", ".join(f"{c} = excluded.{c}" for c in columns[1:]),
            ),
            values,
        )
        if isinstance(outcome, Extracted):
            self._db.executemany(
                "INSERT INTO page VALUES (?, ?, ?)",
                ((sha256, page.number, zlib.compress(_PAGE.dump_json(page), 6)) for page in outcome.pages),
            )

    def pages(self, sha256: str) -> tuple[Page, ...]:
        """The pages of a content, in order."""
        rows = self._db.execute("SELECT body FROM page WHERE sha256 = ? ORDER BY number", (sha256,))
        return tuple(_PAGE.validate_json(zlib.decompress(body)) for (body,) in rows)

    def page(self, sha256: str, number: int) -> Page | None:
        """One page of a content."""
        row = self._db.execute("SELECT body FROM page WHERE sha256 = ? AND number = ?", (sha256, number)).fetchone()
        return None if row is None else _PAGE.validate_json(zlib.decompress(row[0]))

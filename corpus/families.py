"""Version families: documents that say nearly the same thing, found by MinHash; part of the catalogue."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FIELD = "family"
"""Field of a document's metadata that names its family, when it has more than one member."""

SAME = 0.9
"""From this estimated share of common shingles on, two texts are one, whatever their titles."""
VERSION = 0.4
"""From this share on, they are versions of one another when their titles are alike too: in the demo collection a
draft and its final version share 0.47; two avenants to one convention, the nearest of all other pairs, 0.24."""
_MOST_CANDIDATES = 50


@dataclass(frozen=True, slots=True)
class Sketching:
    """How texts are compared: see :mod:`corpus.signatures`."""

    signature: Callable[[str], bytes]
    bands: Callable[[bytes], list[int]]
    similarity: Callable[[bytes, bytes], float]
    titles_alike: Callable[[str, str], bool]


class Families:
    """The tables ``signature``, ``band`` and ``near`` of a catalogue; writes belong in its transactions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def members(self, document_id: str) -> list[str]:
        """Ids of the family of a document, itself included, in no order."""
        found = {document_id}
        waiting = [document_id]
        while waiting:
            here = waiting.pop()
            others = [other for (other,) in self._db.execute(_NEIGHBOURS, (here, here)) if other not in found]
            found.update(others)
            waiting.extend(others)
        return sorted(found)

    def forget(self, document_id: str) -> None:
        """Take a document out of its family: nothing of its text remains in the tables."""
        self._db.execute("DELETE FROM near WHERE document_id = ? OR other = ?", (document_id, document_id))
        self._db.execute("DELETE FROM band WHERE document_id = ?", (document_id,))
        self._db.execute("DELETE FROM signature WHERE document_id = ?", (document_id,))

    def unsigned(self, leave_out: str) -> list[tuple[str, str]]:
        """``(document id, sha256)`` of the live documents to be signed; those of one media type are left out."""
        rows = self._db.execute(
            "SELECT d.id, d.sha256 FROM document d LEFT JOIN signature s ON s.document_id = d.id AND "
            "s.sha256 = d.sha256 WHERE d.withdrawn = 0 AND d.media_type != ? AND s.document_id IS NULL ORDER BY d.id",
            (leave_out,),
        )
        return list(rows)

    def sign(self, document_id: str, sha256: str, how: Sketching) -> None:
        """Sign a document's passages and find which others are alike."""
        self.forget(document_id)
        texts = self._db.execute("SELECT text FROM passage WHERE document_id = ? ORDER BY ordinal", (document_id,))
        sketch = how.signature("\n".join(text for (text,) in texts))
        self._db.execute("INSERT INTO signature VALUES (?, ?, ?)", (document_id, sha256, sketch))
        keys = how.bands(sketch)
        (title,) = self._db.execute("SELECT title FROM document WHERE id = ?", (document_id,)).fetchone()
        for other, hashes, other_title in self._candidates(keys):
            alike = how.similarity(sketch, hashes)
            if alike >= SAME or (alike >= VERSION and how.titles_alike(title, other_title)):
                self._db.execute("INSERT INTO near VALUES (?, ?, ?)", (document_id, other, alike))
        self._db.executemany("INSERT OR IGNORE INTO band VALUES (?, ?)", ((key, document_id) for key in keys))

    def _candidates(self, keys: list[int]) -> Iterator[tuple[str, bytes, str]]:
        marks = ", ".join("?" * len(keys))
        sharing = (
            f"SELECT document_id, COUNT(*) AS shared FROM band WHERE key IN ({marks}) "  # noqa: S608
            f"GROUP BY document_id ORDER BY shared DESC, document_id LIMIT {_MOST_CANDIDATES}"
        )
        query = (
            "SELECT s.document_id, s.hashes, d.title FROM signature s "  # noqa: S608
            f"JOIN ({sharing}) b USING (document_id) JOIN document d ON d.id = s.document_id"
        )
        return self._db.execute(query, keys)

    def name(self) -> int:
        """Write each family's name in the metadata of its members, and take it from those that are alone.

        A family keeps its name as long as one member bears it. Returns how many documents changed.
        """
        borne: dict[str, str] = dict(
            self._db.execute(
                f"SELECT id, json_extract(metadata, '$.{FIELD}') FROM document WHERE withdrawn = 0 "  # noqa: S608
                f"AND json_extract(metadata, '$.{FIELD}') IS NOT NULL"
            )
        )
        wanted: dict[str, str] = {}
        used: set[str] = set()
        for (start,) in self._db.execute("SELECT document_id FROM near UNION SELECT other FROM near ORDER BY 1"):
            if start not in wanted:
                family = self.members(start)
                names = sorted({borne[member] for member in family if member in borne})
                name = next(name for name in (*names, *family) if name not in used)
                used.add(name)
                wanted.update(dict.fromkeys(family, name))
        changed = {key for key in borne.keys() | wanted.keys() if borne.get(key) != wanted.get(key)}
        for document_id in changed:
            (metadata,) = self._db.execute("SELECT metadata FROM document WHERE id = ?", (document_id,)).fetchone()
            fields = json.loads(metadata)
            fields.pop(FIELD, None)
            if document_id in wanted:
                fields[FIELD] = wanted[document_id]
            self._db.execute(
                "UPDATE document SET metadata = ? WHERE id = ?",
                (json.dumps(fields, ensure_ascii=False, sort_keys=True), document_id),
            )
        return len(changed)


_NEIGHBOURS = (
    "SELECT other FROM near WHERE document_id = ? UNION SELECT document_id FROM near WHERE other = ? ORDER BY 1"
)

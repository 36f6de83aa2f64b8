"""Opening a catalogue's file: made when new, brought from an older format, refused when it cannot be read."""

import sqlite3
from importlib import resources
from pathlib import Path

from corpus.errors import CatalogueError

FORMAT = "2"
# What brings a catalogue of one format to the next; the tables that are new are taken from the schema.
_CHANGES = {
    "1": (
        "ALTER TABLE drop_run ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE file ADD COLUMN parent TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE file ADD COLUMN depth INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE document ADD COLUMN origins TEXT NOT NULL DEFAULT '{}'",
    )
}
_NEXT = {"1": "2"}
_ADDED = {"1": ("described", "signature", "band", "near")}


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """A connection to a catalogue of the current format.

    Raises:
        CatalogueError: it is damaged, missing (read only) or of another format.
    """
    fresh = not path.exists()
    if fresh and read_only:
        raise CatalogueError(f"le catalogue {path} n’existe pas", remedy="Indexez un lot avec « reuni index DOSSIER »")
    try:
        if read_only:
            db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
        else:
            db = sqlite3.connect(path, check_same_thread=False)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            # What is deleted is overwritten: a withdrawn text does not stay in the free pages of the file.
            db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA busy_timeout = 30000")
        if fresh or not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            db.executescript(f"BEGIN; {_schema()}")
            db.execute("INSERT INTO meta VALUES ('format', ?), ('revision', '0')", (FORMAT,))
            db.commit()
        row = db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
        found = str(row[0]) if row else ""
        while not read_only and found in _CHANGES:
            found = _changed(db, found)
    except sqlite3.DatabaseError as error:
        raise CatalogueError(
            f"le catalogue {path} est illisible ({error})",
            remedy="Restaurez la dernière sauvegarde avec « reuni restore FICHIER »",
        ) from error
    if found in _CHANGES:
        raise CatalogueError(
            f"le catalogue {path} est d’un format ancien ({found}, celui-ci attend {FORMAT})",
            remedy="Mettez-le à jour avec « reuni index --rebuild »",
        )
    if found != FORMAT:
        raise CatalogueError(
            f"le catalogue {path} est au format {found or 'inconnu'}, celui-ci attend {FORMAT}",
            remedy="Utilisez la version de Réuni qui l’a écrit, ou réindexez",
        )
    return db


def _schema() -> str:
    return resources.files("corpus").joinpath("catalogue_schema.sql").read_text("utf-8")


def _changed(db: sqlite3.Connection, old: str) -> str:
    """Bring the file to the format after ``old``, in one transaction; returns that format."""
    new = sqlite3.connect(":memory:")
    new.executescript(_schema())
    wanted = [
        sql
        for table in _ADDED[old]
        for (sql,) in new.execute("SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL", (table,))
    ]
    new.close()
    with db:
        db.execute("BEGIN IMMEDIATE")
        for change in (*_CHANGES[old], *wanted):
            db.execute(change)
        db.execute("UPDATE meta SET value = ? WHERE key = 'format'", (_NEXT[old],))
    return _NEXT[old]

"""What people make, on disk: one SQLite file a subject below ``DATA/desk``, apart from every index.

A file says which format it has (``user_version``), is written ahead (WAL) and is opened anew for each use, so that
threads and processes can share it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import ReuniError

_BUSY_S = 30.0


class Conflict(ReuniError):
    """What is there already stands in the way: a name that is taken, a place that is full, work under way."""

    exit_code = 2


class Missing(ReuniError):
    """What is named is not there, or not for whoever names it: the words are the same."""

    exit_code = 2


class DeskError(ReuniError):
    """A file of the desk cannot be used: damaged, or written by another version of the programme."""


class Desk:
    """One file of the desk.

    Args:
        path: of the file, created at first use.
        version: of its format, 1 or more.
        schema: SQL that makes an empty file of this format.
    """

    def __init__(self, path: Path, version: int, schema: str) -> None:
        self.path = path
        self._version = version
        self._schema = schema

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for look-ups, which all see the file as it was at the first of them.

        Raises:
            DeskError: the file is damaged or of another format.
        """
        with self._open() as db:
            db.execute("BEGIN")
            yield db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction of its own: all of it is written, or nothing.

        Raises:
            DeskError: the file is damaged or of another format.
        """
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.rollback()
                raise
            db.commit()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None)
        try:
            self._prepare(db)
            yield db
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.OperationalError):
                raise
            raise DeskError(
                f"le fichier « {self.path.name} » est endommagé", remedy="Remettez en place la dernière sauvegarde"
            ) from error
        finally:
            db.close()

    def _prepare(self, db: sqlite3.Connection) -> None:
        db.execute("PRAGMA foreign_keys = ON")
        if _version(db) == 0:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("BEGIN IMMEDIATE")
            # Another may have made it while this one waited.
            if _version(db) == 0 and not db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall():
                for statement in self._schema.split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {self._version}")
            db.execute("COMMIT")
        found = _version(db)
        if found != self._version:
            raise DeskError(
                f"le fichier « {self.path.name} » est au format {found}, cette version attend le {self._version}",
                remedy="Employez la version de Réuni qui l’a écrit, ou restaurez une sauvegarde",
            )


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])

"""Files on their way in: sent in pieces, kept below ``DATA/desk/deliveries`` until they are indexed.

A delivery is a folder named by us; its files are numbered. The names they came with stand in ``deliveries.sqlite`` as
data, and never name anything on disk. How much of a file has come is the length of its file: a piece is written
before it is acknowledged, so an upload that was cut, or a server that was, goes on from there.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from corpus.drop import Incoming
from corpus.errors import InputError
from search_api.engine.desk import Conflict, Desk

FILE = "deliveries.sqlite"
FOLDER = "deliveries"
MOST_FILES = 20_000
LONGEST_NAME = 120
LONGEST_PATH = 1_024
KEPT = timedelta(days=7)
"""How long a delivery that was not indexed is kept after its last file was announced."""

_FORMAT = 1
_SCHEMA = """
CREATE TABLE delivery (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, compartment TEXT NOT NULL, mode TEXT NOT NULL,
    touched_at TEXT NOT NULL, job TEXT NOT NULL
);
CREATE TABLE file (
    delivery TEXT NOT NULL REFERENCES delivery(id) ON DELETE CASCADE, number INTEGER NOT NULL, path TEXT NOT NULL,
    size INTEGER NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (delivery, number), UNIQUE (delivery, path)
)
"""


class TooLarge(InputError):
    """A delivery is past what may be delivered, or past what the disk can take."""


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """A file on its way in.

    Attributes:
        number: its place in the delivery, 1 for the first.
        path: its name in the drop, ``/`` between folders; data, never a path here.
        size: announced, in bytes.
        sha256: announced, hexadecimal, or "".
        received: bytes that came.
    """

    number: int
    path: str
    size: int
    sha256: str
    received: int

    @property
    def complete(self) -> bool:
        """Whether all of it came."""
        return self.received == self.size


@dataclass(frozen=True, slots=True)
class Delivery:
    """What somebody is sending.

    Attributes:
        mode: ``delta`` (what is not in it stays) or ``full`` (it is withdrawn).
        job: id of the job that indexes it, or "".
    """

    id: str
    owner: str
    name: str
    compartment: str
    mode: str
    job: str
    files: tuple[DeliveredFile, ...]


class DeliveryStore:
    """The deliveries of a data directory. Safe to use from several threads and processes.

    Args:
        most_bytes: largest delivery, in bytes.
        spare_bytes: bytes that a delivery must leave free on the disk.
    """

    def __init__(self, data: Path, *, most_bytes: int, spare_bytes: int) -> None:
        self._desk = Desk(data / "desk" / FILE, _FORMAT, _SCHEMA)
        self._root = data / "desk" / FOLDER
        self._most = most_bytes
        self._spare = spare_bytes

    def open(self, owner: str, name: str, compartment: str, mode: str) -> Delivery:
        """Start a delivery.

        Raises:
            InputError: the name is blank or too long.
        """
        self._expire()
        delivery = Delivery(secrets.token_hex(8), owner, checked_name(name), compartment, mode, "", ())
        with self._desk.writing() as db:
            values = (delivery.id, owner, delivery.name, compartment, mode, _now())
            db.execute("INSERT INTO delivery VALUES (?, ?, ?, ?, ?, ?, '')", values)
            # In the transaction: see _expire.
            (self._root / delivery.id).mkdir(parents=True)
        return delivery

    def delivery(self, owner: str, delivery_id: str) -> Delivery | None:
        """A delivery of an owner."""
        with self._desk.reading() as db:
            row = db.execute(
                "SELECT id, owner, name, compartment, mode, job FROM delivery WHERE id = ? AND owner = ?",
                (delivery_id, owner),
            ).fetchone()
            files = db.execute(
                "SELECT number, path, size, sha256 FROM file WHERE delivery = ? ORDER BY number", (delivery_id,)
            ).fetchall()
        if row is None:
            return None
        found = tuple(
            DeliveredFile(number, path, size, sha256, self._received(delivery_id, number))
            for number, path, size, sha256 in files
        )
        return Delivery(row[0], row[1], row[2], row[3], row[4], row[5], found)

    def announce(self, delivery: Delivery, path: str, size: int, sha256: str = "") -> DeliveredFile:
        """Say that a file will come; announced again as it was, it is the same one.

        Raises:
            InputError: it has no name, or the delivery has too many files.
            TooLarge: the delivery would be past what may be delivered, or past what the disk can take.
            Conflict: another content was announced under this name, or the delivery is being indexed.
        """
        path = checked_path(path)
        _refuse_indexed(delivery)
        with self._desk.writing() as db:
            known = db.execute(
                "SELECT number, size, sha256 FROM file WHERE delivery = ? AND path = ?", (delivery.id, path)
            ).fetchone()
            if known is not None:
                if known[1:] != (size, sha256):
                    raise Conflict(
                        f"un autre fichier s’appelle déjà « {path} » dans cet envoi",
                        remedy="Renommez l’un des deux, ou faites un autre envoi",
                    )
                return DeliveredFile(known[0], path, size, sha256, self._received(delivery.id, known[0]))
            count, total = db.execute(
                "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM file WHERE delivery = ?", (delivery.id,)
            ).fetchone()
            self._check_room(count, total + size, size)
            number = count + 1
            # Before it is known: whoever knows of it writes in it.
            self._place(delivery.id, number).touch()
            db.execute("INSERT INTO file VALUES (?, ?, ?, ?, ?)", (delivery.id, number, path, size, sha256))
            db.execute("UPDATE delivery SET touched_at = ? WHERE id = ?", (_now(), delivery.id))
        return DeliveredFile(number, path, size, sha256, 0)

    def write(self, delivery: Delivery, file: DeliveredFile, offset: int, piece: bytes) -> int:
        """Write a piece of a file at its end; returns how many bytes have come.

        Raises:
            Conflict: the piece does not start where the file ends now; the error says where that is.
            InputError: it goes past the announced size, or the whole is not what was announced: it starts again.
            TooLarge: the disk is full.
        """
        _refuse_indexed(delivery)
        place = self._place(delivery.id, file.number)
        with place.open("r+b") as written:
            # A piece sent again while its first sending is still being written, perhaps by another process, waits.
            fcntl.flock(written, fcntl.LOCK_EX)
            received = self._received(delivery.id, file.number)
            if offset != received:
                raise Conflict(
                    f"{received} octets de « {file.path} » sont arrivés, ce morceau commence à {offset}",
                    remedy=f"Reprenez à l’octet {received}",
                )
            if received + len(piece) > file.size:
                raise InputError(
                    f"« {file.path} » dépasse les {file.size} octets annoncés", remedy="Annoncez-le de nouveau"
                )
            self._check_room(0, 0, len(piece))
            written.seek(offset)
            written.write(piece)
            written.flush()
            os.fsync(written.fileno())
            received += len(piece)
            if received == file.size and file.sha256 and _sha256(place) != file.sha256:
                os.truncate(place, 0)
                raise InputError(
                    f"« {file.path} » n’est pas arrivé tel qu’annoncé (empreinte SHA-256 différente)",
                    remedy="Envoyez-le de nouveau depuis le début",
                )
        return received

    def incoming(self, delivery: Delivery) -> list[Incoming]:
        """The files as a drop takes them in.

        Raises:
            InputError: a file did not come whole, or there is none.
        """
        if not delivery.files:
            raise InputError(
                "cet envoi ne contient aucun fichier", remedy="Choisissez des fichiers, une archive ou un dossier"
            )
        missing = next((file for file in delivery.files if not file.complete), None)
        if missing is not None:
            raise InputError(
                f"« {missing.path} » n’est arrivé qu’en partie ({missing.received} octets sur {missing.size})",
                remedy="Reprenez l’envoi, il continuera où il s’est arrêté",
            )
        return [Incoming(file.path, self._place(delivery.id, file.number)) for file in delivery.files]

    def given_to(self, delivery: Delivery, job: str) -> None:
        """Say which job indexes a delivery: nothing can be added to it any more."""
        with self._desk.writing() as db:
            db.execute("UPDATE delivery SET job = ?, touched_at = ? WHERE id = ?", (job, _now(), delivery.id))

    def discard(self, delivery_id: str) -> None:
        """Remove a delivery and its files."""
        with self._desk.writing() as db:
            db.execute("DELETE FROM delivery WHERE id = ?", (delivery_id,))
        shutil.rmtree(self._root / delivery_id, ignore_errors=True)

    def _expire(self) -> None:
        limit = (datetime.now(UTC) - KEPT).isoformat(timespec="seconds")
        # As who opens a delivery makes its folder: none is seen here without its delivery.
        with self._desk.writing() as db:
            old = db.execute("SELECT id FROM delivery WHERE touched_at < ?", (limit,)).fetchall()
            known = {delivery for (delivery,) in db.execute("SELECT id FROM delivery")}
            there = list(self._root.iterdir()) if self._root.is_dir() else []
        for (delivery,) in old:
            self.discard(delivery)
        for folder in there:
            # Left by a discard that was cut.
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)

    def _check_room(self, count: int, total: int, coming: int) -> None:
        if count >= MOST_FILES:
            raise InputError(
                f"un envoi compte {MOST_FILES} fichiers au plus", remedy="Envoyez une archive, ou plusieurs lots"
            )
        if total > self._most:
            raise TooLarge(f"cet envoi dépasse {self._most // (1 << 20)} Mio", remedy="Coupez-le en plusieurs lots")
        self._root.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self._root).free < coming + self._spare:
            raise TooLarge(
                "il n’y a plus assez de place sur le disque du serveur",
                remedy="Prévenez l’exploitant : « reuni status » dit ce qui occupe le disque",
            )

    def _received(self, delivery_id: str, number: int) -> int:
        place = self._place(delivery_id, number)
        return place.stat().st_size if place.exists() else 0

    def _place(self, delivery_id: str, number: int) -> Path:
        return self._root / delivery_id / f"{number:06d}"


def checked_name(name: str) -> str:
    """The name of a drop, blanks made plain.

    Raises:
        InputError: it is blank or too long.
    """
    kept = " ".join(name.split())
    if not kept:
        raise InputError("le lot n’a pas de nom", remedy="Donnez-lui un nom, par exemple la semaine : 2026-s48")
    if len(kept) > LONGEST_NAME:
        raise InputError(
            f"ce nom fait {len(kept)} caractères", remedy=f"Donnez-en un de {LONGEST_NAME} caractères au plus"
        )
    return kept


def checked_path(path: str) -> str:
    """The name of a file in its drop, as text: separators made plain, and no way up or out.

    Raises:
        InputError: nothing is left of it, or it is too long.
    """
    steps: Sequence[str] = [step for step in path.replace("\\", "/").split("/") if step not in ("", ".", "..")]
    kept = "/".join(steps).replace("\x00", "\\x00")
    if not kept or len(kept) > LONGEST_PATH:
        raise InputError(
            "un fichier n’a pas de nom" if not kept else f"le nom d’un fichier fait {len(kept)} caractères",
            remedy=f"Donnez-lui un nom de {LONGEST_PATH} caractères au plus, dossiers compris",
        )
    return kept


def _refuse_indexed(delivery: Delivery) -> None:
    if delivery.job:
        raise Conflict("cet envoi est déjà en cours d’indexation", remedy="Faites un autre envoi")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

"""Writes what is inside a file to the unpacking folder, under the limits against bombs."""

from collections.abc import Iterable
from pathlib import Path
from typing import IO

from corpus.extraction.extracted import Attachment
from corpus.extraction.failures import quarantined
from corpus.extraction.limits import Limits
from corpus.extraction.packages import bomb
from corpus.extraction.page_builder import one_line

_CHUNK = 1 << 18
_LONGEST_NAME = 500


class Unpacker:
    """Collects the files inside one file.

    Args:
        folder: existing folder that receives them, or None to count them only.
        what: French for the outer file ("l'archive ZIP").
        packed: its size in bytes, which the ratio is measured against.
    """

    def __init__(self, folder: Path | None, limits: Limits, what: str, packed: int) -> None:
        self._folder = folder
        self._limits = limits
        self._what = what
        self._packed = max(1, packed)
        self._total = 0
        self._count = 0
        self._attachments: list[Attachment] = []
        self._members: list[Member] = []
        self._warnings: list[str] = []

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """What was written, in order."""
        return tuple(self._attachments)

    @property
    def members(self) -> int:
        """How many were read to their end, kept or only counted."""
        return sum(member.whole for member in self._members)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was not, in French; a long list is cut, with the count of what it does not say."""
        shown = self._warnings[:50]
        if len(self._warnings) > len(shown):
            shown.append(f"… et {len(self._warnings) - len(shown)} autres éléments non extraits")
        if self._folder is None and self._count:
            shown.append(f"{self._count} fichiers contenus n’ont pas été extraits")
        return tuple(shown)

    def warn(self, name: str, reason: str) -> None:
        """Say that a member was left out."""
        self._warnings.append(f"« {tidy_name(name)} » n’a pas été extrait : {reason}")

    def announce(self, members: int, size: int) -> None:
        """Check what the file says of itself before anything is unpacked.

        Raises:
            ExtractionFailure: QUARANTINED.
        """
        self._check(members, size)

    def add(self, name: str, content: IO[bytes]) -> None:
        """Write one member, reading until its end.

        Raises:
            ExtractionFailure: QUARANTINED, the limits are passed: everything written is removed.
        """
        self.add_chunks(name, iter(lambda: content.read(_CHUNK), b""))

    def add_chunks(self, name: str, chunks: Iterable[bytes]) -> None:
        """The same from pieces."""
        member = self.open(name)
        try:
            for chunk in chunks:
                member.write(chunk)
        except BaseException:
            member.discard()
            raise
        member.close()

    def open(self, name: str) -> "Member":
        """Begin one member, written piece by piece."""
        self._count += 1
        self._check(self._count, self._total)
        member = Member(self, tidy_name(name), self._folder / f"{self._count:05}" if self._folder else None)
        self._members.append(member)
        return member

    def grow(self, size: int) -> None:
        """Count bytes about to be written.

        Raises:
            ExtractionFailure: QUARANTINED, the limits are passed: everything written is removed.
        """
        self._total += size
        self._check(self._count, self._total)

    def keep(self, attachment: Attachment) -> None:
        """Keep a member that was written to its end."""
        self._attachments.append(attachment)

    def _check(self, members: int, size: int) -> None:
        limits = self._limits
        too_dense = size > limits.archive_ratio_floor and size > self._packed * limits.archive_ratio
        if size > limits.archive_bytes or too_dense:
            self.discard()
            raise bomb(self._what)
        if members > limits.archive_members:
            self.discard()
            raise quarantined(
                f"{self._what[0].upper()}{self._what[1:]} contient plus de {limits.archive_members} fichiers",
                remedy="Décompressez le fichier et déposez son contenu en plusieurs fois",
            )

    def discard(self) -> None:
        """Remove everything that was written."""
        for member in self._members:
            member.discard()
        self._members.clear()
        self._attachments.clear()


def tidy_name(name: str) -> str:
    """A member's name fit to be shown: one line, no control or bidi characters, a bounded length."""
    name = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return one_line(name)[-_LONGEST_NAME:] or "sans nom"


class Member:
    """One member while it is written; nothing of it remains unless it is closed."""

    def __init__(self, unpacker: Unpacker, name: str, path: Path | None) -> None:
        self._unpacker = unpacker
        self._name = name
        self._path = path
        self._file = path.open("xb") if path is not None else None
        self.size = 0
        self.whole = False

    def write(self, data: bytes) -> None:
        """Write a piece."""
        self._unpacker.grow(len(data))
        self.size += len(data)
        if self._file is not None:
            self._file.write(data)

    def close(self) -> None:
        """Keep the member; a second call does nothing."""
        self.whole = True
        if self._file is not None and self._path is not None and not self._file.closed:
            self._file.close()
            self._unpacker.keep(Attachment(self._name, self._path))

    def discard(self) -> None:
        """Remove the member."""
        if self._file is not None and self._path is not None:
            self._file.close()
            self._path.unlink(missing_ok=True)

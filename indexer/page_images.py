"""Pages already drawn, and words already found on them: a folder of the compartment that can be removed at any time.

``page-images/ab/<sha256>/<name>``: what is known by the content it was drawn from leaves with it.
"""

import os
import shutil
import threading
from collections.abc import Callable, Container
from contextlib import suppress
from pathlib import Path

from indexer.files_below import files_below

FOLDER = "page-images"
IMAGES_BYTES = 512 << 20
"""What is kept unless something else is set: some 6,000 pages."""
_KEPT_SHARE = 0.8


class PageImages:
    """Keeps ``most_bytes`` over all the compartments of a data directory, what was not asked for longest leaving first.

    Safe to call from several threads and processes. What cannot be written is not kept, and nobody is told: it is
    drawn again.
    """

    def __init__(self, data: Path, most_bytes: int) -> None:
        self._root = data / "compartments"
        self._most = most_bytes
        self._lock = threading.Lock()
        self._held: int | None = None

    def get(self, compartment: str, sha256: str, name: str) -> bytes | None:
        """What was kept under a name, or None."""
        place = self._place(compartment, sha256, name)
        try:
            content = place.read_bytes()
            os.utime(place)
        except OSError:
            return None
        return content

    def put(self, compartment: str, sha256: str, name: str, content: bytes) -> None:
        """Keep something under a name; whole, or not at all."""
        place = self._place(compartment, sha256, name)
        part = place.with_name(f".{name}.{os.getpid()}.{threading.get_ident()}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part.write_bytes(content)
            part.replace(place)
        except OSError:
            with suppress(OSError):
                part.unlink()
            return
        with self._lock:
            if self._held is None:
                self._held = sum(size for _, size, _ in self._files())
            else:
                self._held += len(content)
            if self._held > self._most:
                self._held = self._make_room()

    def _make_room(self) -> int:
        files = sorted(self._files())
        held = sum(size for _, size, _ in files)
        for _, size, path in files:
            if held <= self._most * _KEPT_SHARE:
                break
            with suppress(OSError):
                path.unlink()
            held -= size
        return held

    def _files(self) -> list[tuple[float, int, Path]]:
        """When each was last asked for, its size and its place."""
        return [
            (status.st_mtime, status.st_size, path)
            for compartment in self._root.iterdir()
            for path, status in files_below(compartment / FOLDER)
        ]

    def _place(self, compartment: str, sha256: str, name: str) -> Path:
        return self._root / compartment / FOLDER / sha256[:2] / sha256 / name


def forget_withdrawn(compartment_folder: Path, contents: Callable[[], Container[str]]) -> None:
    """Remove what was drawn from any other content than those of ``contents``: what is withdrawn leaves no image."""
    drawn = list((compartment_folder / FOLDER).glob("*/*"))
    kept = contents() if drawn else ()
    for folder in drawn:
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)

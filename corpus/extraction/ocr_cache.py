"""No page is read twice: the readings of each file, kept by the house under the file's own content.

The worker never writes them: it is given a copy of those of the one file it reads, and tells what it reads anew. A file
that takes its worker over can thus spoil the readings of no other content than its own.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from corpus.extraction.ocr import GreyPixels, OcrEngine, OcrReading, OcrWord

_FORMAT = 2
_READING = TypeAdapter(OcrReading)
_KEY = re.compile(rb'\{"key":"([0-9a-f]{64})"')


class ReadingStore:
    """The house's side: a folder with one file for each content, named by its SHA-256, a reading a line.

    A line that a crash cut, or that is no reading, is passed over: its page is read again.

    Args:
        folder: made when it does not exist. What stands there in the layout of format 1 is removed: workers could
            write it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / str(_FORMAT)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        # In the layout of format 1 the folder was given to the workers' user.
        os.chown(folder, os.geteuid(), os.getegid())
        for old in folder.iterdir():
            if old != self._folder:
                shutil.rmtree(old, ignore_errors=True)

    def copy(self, content: str, target: Path) -> bool:
        """Copy what is known of a content to a new file; False when nothing is.

        Args:
            content: its SHA-256 in hexadecimal.
        """
        try:
            shutil.copyfile(self._place(content), target)
        except FileNotFoundError:
            return False
        return True

    def add(self, content: str, reading: OcrReading) -> None:
        """Keep a reading, at once: a file given up half way goes on from there."""
        place = self._place(content)
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("ab") as file:
            # The line end comes first: a line cut by a crash does not spoil the next.
            file.write(b"\n" + _READING.dump_json(reading))

    def forget(self, content: str) -> None:
        """Remove what is known of a content."""
        self._place(content).unlink(missing_ok=True)

    def _place(self, content: str) -> Path:
        return self._folder / content[:2] / f"{content}.jsonl"


class FileReadings:
    """The worker's side: what is known of the file being read, and whom to tell what is read anew.

    Args:
        kept: the copy that :meth:`ReadingStore.copy` made, or None.
    """

    def __init__(self, kept: Path | None, tell: Callable[[OcrReading], None]) -> None:
        self._kept = kept
        self._tell = tell

    def get(self, key: str) -> OcrReading | None:
        """The reading known under a key."""
        place = self._places.get(key.encode())
        if place is None or self._kept is None:
            return None
        with self._kept.open("rb") as file:
            file.seek(place)
            try:
                return _READING.validate_json(file.readline(), strict=True)
            except ValidationError:
                return None

    def add(self, reading: OcrReading) -> None:
        """Tell the house of a reading."""
        self._tell(reading)

    @cached_property
    def _places(self) -> dict[bytes, int]:
        """Where the line of each key begins: a thousand pages of words need not be held at once."""
        places: dict[bytes, int] = {}
        if self._kept is None:
            return places
        with self._kept.open("rb") as file:
            start = 0
            for line in file:
                match = _KEY.match(line)
                if match:
                    places[match[1]] = start
                start += len(line)
        return places


class CachedEngine:
    """An engine that asks what is known before it reads.

    A reading's key is the SHA-256 of the pixels, their shape, the resolution, and the engine's identity.
    """

    def __init__(self, engine: OcrEngine, readings: FileReadings) -> None:
        self._engine = engine
        self._readings = readings

    @property
    def identity(self) -> str:
        """The engine's own."""
        return self._engine.identity

    def orientation(self, pixels: GreyPixels, dpi: float) -> int:
        """As the engine says, or said."""
        key = self._key("orientation", pixels, dpi)
        known = self._readings.get(key)
        if known is not None and known.turn is not None:
            return known.turn
        turn = self._engine.orientation(pixels, dpi)
        self._readings.add(OcrReading(key, turn=turn))
        return turn

    def read(self, pixels: GreyPixels, dpi: float) -> tuple[OcrWord, ...]:
        """As the engine reads, or read.

        Raises:
            OcrError: the engine failed; nothing is kept.
        """
        key = self._key("words", pixels, dpi)
        known = self._readings.get(key)
        if known is not None and known.words is not None:
            return known.words
        words = self._engine.read(pixels, dpi)
        self._readings.add(OcrReading(key, words=words))
        return words

    def _key(self, question: str, pixels: GreyPixels, dpi: float) -> str:
        digest = hashlib.sha256(f"{_FORMAT}\0{question}\0{self.identity}\0{pixels.shape}\0{dpi:.1f}\0".encode())
        digest.update(pixels.tobytes())
        return digest.hexdigest()

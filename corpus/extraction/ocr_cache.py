"""No page is read twice: readings kept by the content of their image."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from corpus.extraction.ocr import GreyPixels, OcrEngine, OcrWord

_FORMAT = 1


class CachedEngine:
    """An engine that looks in a folder first; two processes may share the folder.

    A file's name is the SHA-256 of the pixels, their shape, the resolution, and the engine's identity. A
    file that cannot be read as what it should be is read again from the image and replaced.
    """

    def __init__(self, engine: OcrEngine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder

    @property
    def identity(self) -> str:
        """The engine's own."""
        return self._engine.identity

    def orientation(self, pixels: GreyPixels, dpi: float) -> int:
        """As the engine says, or said."""
        place = self._place("orientation", pixels, dpi)
        kept = _load(place)
        if kept in (0, 90, 180, 270):
            return int(kept)
        turn = self._engine.orientation(pixels, dpi)
        _store(place, turn)
        return turn

    def read(self, pixels: GreyPixels, dpi: float) -> tuple[OcrWord, ...]:
        """As the engine reads, or read.

        Raises:
            OcrError: the engine failed; nothing is kept.
        """
        place = self._place("words", pixels, dpi)
        kept = _parse(_load(place))
        if kept is not None:
            return kept
        words = self._engine.read(pixels, dpi)
        _store(place, [[word.text, *word.box, word.confidence, word.line] for word in words])
        return words

    def _place(self, question: str, pixels: GreyPixels, dpi: float) -> Path:
        digest = hashlib.sha256(f"{_FORMAT}\0{question}\0{self.identity}\0{pixels.shape}\0{dpi:.1f}\0".encode())
        digest.update(pixels.tobytes())
        name = digest.hexdigest()
        return self._folder / name[:2] / f"{name}.json"


def _load(place: Path) -> Any:
    try:
        return json.loads(place.read_bytes())
    except (OSError, ValueError):
        return None


def _parse(kept: Any) -> tuple[OcrWord, ...] | None:
    if not isinstance(kept, list):
        return None
    words: list[OcrWord] = []
    for row in kept:
        try:
            text, left, top, right, bottom, confidence, line = row
            box = (float(left), float(top), float(right), float(bottom))
            words.append(OcrWord(str(text), box, float(confidence), int(line)))
        except (TypeError, ValueError):
            return None
    return tuple(words)


def _store(place: Path, value: Any) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f"{place.name}.{os.getpid()}.part")
    draft.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    draft.replace(place)

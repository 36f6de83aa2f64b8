"""What extraction is told, the same for every format."""

from dataclasses import dataclass, field
from pathlib import Path

from corpus.extraction.limits import Limits


@dataclass(frozen=True, slots=True)
class ExtractionOptions:
    """How files are read.

    Attributes:
        unpack_dir: existing folder where attachments and members are written, each file's in a new
            subfolder; None leaves them inside, with a warning.
        passwords: tried in turn on protected files.
        ocr_cache: folder where the house keeps what OCR read of each file, so that no page is read twice; workers are
            not told of it.
        ocr: read scans by OCR where Tesseract is installed.
        limits: bounds for one file.
    """

    unpack_dir: Path | None = None
    passwords: tuple[str, ...] = field(default=(), repr=False)
    ocr_cache: Path | None = None
    ocr: bool = True
    limits: Limits = field(default_factory=Limits)

"""What goes through the pipe between the pool and its workers, and what is checked of it.

Frames are a length (8 bytes, big endian) and that much JSON. Requests come from the house; replies come
from a process that has just read a hostile file: each is decoded by type, then checked value by value.
"""

import math
import os
import re
import stat
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from corpus.document import Block, BlockKind, Page, Word
from corpus.extraction.extracted import Extracted, ExtractionFailure, FailureState
from corpus.extraction.isolation import Isolation
from corpus.extraction.limits import Limits
from corpus.extraction.ocr import OcrReading
from corpus.extraction.options import ExtractionOptions

HEADER = struct.Struct(">Q")
# A character takes at most 12 bytes of JSON here (an escape a surrogate), a block some 60.
MOST_BYTES = 512 << 20

MOST_PIXELS = 12_000_000
"""Of a page drawn: 2,000 pixels wide, an A4 page has 5.7 million."""

_MEDIA_TYPE = re.compile(r"[\w.+-]{1,80}/[\w.+-]{1,120}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_MOST_FIELDS = 100
_MOST_WARNINGS = 1_000
_LONGEST_NAME = 1_000
_LONGEST_VALUE = 20_000
_DEEPEST_LEVEL = 64


@dataclass(frozen=True, slots=True)
class Start:
    """First request: how files are read from now on. ``scratch`` is the worker's own folder."""

    options: ExtractionOptions
    scratch: Path
    kind: Literal["start"] = "start"


@dataclass(frozen=True, slots=True)
class Read:
    """Read one file; its attachments go in ``folder``, its replies carry ``number``.

    ``readings``: what OCR has already read of it.
    """

    path: Path
    name: str
    folder: Path
    number: int
    readings: Path | None = None
    kind: Literal["read"] = "read"


@dataclass(frozen=True, slots=True)
class Draw:
    """Draw one page, some pixels wide; the picture goes in ``folder``."""

    path: Path
    page: int
    width: int
    folder: Path
    number: int
    kind: Literal["draw"] = "draw"


@dataclass(frozen=True, slots=True)
class Locate:
    """Find where the words of a page's ``text`` stand on it."""

    path: Path
    page: int
    text: str
    number: int
    kind: Literal["locate"] = "locate"


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker is closed in and waits."""

    isolation: Isolation
    kind: Literal["ready"] = "ready"


@dataclass(frozen=True, slots=True)
class Progress:
    """Still working: a page was read."""

    number: int
    kind: Literal["progress"] = "progress"


@dataclass(frozen=True, slots=True)
class Recognised:
    """A page image was read by OCR, to be kept under the content of the file being read."""

    number: int
    reading: OcrReading
    kind: Literal["recognised"] = "recognised"


@dataclass(frozen=True, slots=True)
class Done:
    """The file was read."""

    number: int
    extracted: Extracted
    kind: Literal["done"] = "done"


@dataclass(frozen=True, slots=True)
class Drawn:
    """The page was drawn: ``pixels`` holds ``height`` rows of ``width`` red, green and blue bytes."""

    number: int
    pixels: Path
    width: int
    height: int
    kind: Literal["drawn"] = "drawn"


@dataclass(frozen=True, slots=True)
class Located:
    """The words that were found on the page, in order."""

    number: int
    words: tuple[Word, ...]
    kind: Literal["located"] = "located"


@dataclass(frozen=True, slots=True)
class Failed:
    """The file cannot be read. ``spent``: the worker should be replaced (it ran out of memory)."""

    number: int
    state: FailureState
    message: str
    remedy: str
    spent: bool = False
    kind: Literal["failed"] = "failed"


Request = Start | Read | Draw | Locate
Reply = Ready | Progress | Recognised | Done | Drawn | Located | Failed

_REQUESTS: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="kind")])
_REPLIES: TypeAdapter[Reply] = TypeAdapter(Annotated[Reply, Field(discriminator="kind")])


class WireError(ValueError):
    """A message that cannot be trusted; the text says in French what is wrong with it."""


def encode(message: Request | Reply) -> bytes:
    """One frame.

    Raises:
        ValueError: a text holds lone surrogates.
    """
    adapter: TypeAdapter[Request] | TypeAdapter[Reply]
    adapter = _REQUESTS if isinstance(message, Request) else _REPLIES
    body = adapter.dump_json(message)  # type: ignore[arg-type]
    return HEADER.pack(len(body)) + body


def decode_request(body: bytes) -> Request:
    """A request, in the worker; it comes from the house and is taken as it is."""
    return _REQUESTS.validate_json(body)


def decode_reply(body: bytes) -> Reply:
    """A reply, in the pool: types only; :func:`check` looks at the values.

    Raises:
        WireError: it is no reply.
    """
    try:
        return _REPLIES.validate_json(body, strict=True)
    except ValidationError as error:
        raise WireError("réponse illisible") from error


def checked_failure(reply: Failed) -> ExtractionFailure:
    """The failure that a reply reports.

    Raises:
        WireError: its sentences are not fit to be shown.
    """
    for sentence in (reply.message, reply.remedy):
        _require(0 < len(sentence) <= _LONGEST_NAME and not _CONTROLS.search(sentence), "message d’échec mal formé")
    return ExtractionFailure(reply.state, reply.message, remedy=reply.remedy)


def check(extracted: Extracted, limits: Limits, folder: Path) -> None:
    """Check everything a reply claims.

    Args:
        folder: the only place where attachments may stand.
    Raises:
        WireError: on the first claim that does not hold.
    """
    _require(_MEDIA_TYPE.fullmatch(extracted.media_type) is not None, "type de contenu mal formé")
    _require(len(extracted.title) <= _LONGEST_VALUE, "titre trop long")
    for fields in (extracted.metadata, extracted.origins):
        _require(len(fields) <= _MOST_FIELDS, "trop de métadonnées")
        for name, value in fields.items():
            _require(len(name) <= _LONGEST_NAME and len(value) <= _LONGEST_VALUE, "métadonnée trop longue")
    _require(len(extracted.warnings) <= _MOST_WARNINGS, "trop d’avertissements")
    _require(all(len(warning) <= _LONGEST_VALUE for warning in extracted.warnings), "avertissement trop long")
    _check_pages(extracted, limits)
    _check_attachments(extracted, limits, folder)


def check_reading(reading: OcrReading, limits: Limits) -> None:
    """Check a page image's reading before it is kept.

    Raises:
        WireError: it is none.
    """
    _require(_DIGEST.fullmatch(reading.key) is not None, "lecture sans clé")
    _require((reading.turn is None) != (reading.words is None), "lecture sans réponse")
    _require(reading.turn in (None, 0, 90, 180, 270), "orientation inconnue")
    words = reading.words or ()
    _require(sum(len(word.text) for word in words) <= limits.output_chars, "texte trop volumineux")
    for word in words:
        _require(word.text.strip() != "" and word.line >= 0, "mot lu mal formé")
        _require(all(math.isfinite(side) for side in word.box), "cadre de mot invalide")
        _require(0.0 <= word.confidence <= 1.0, "confiance hors limites")


def check_words(words: Sequence[Word], length: int) -> None:
    """Check the words found on a page whose text has so many characters.

    Raises:
        WireError: one of them is not in it, or not in order.
    """
    start = 0
    for word in words:
        _check_word(word, start, length)
        start = word.start


def check_drawn(reply: Drawn, folder: Path) -> None:
    """Check what is said of a page that was drawn; its bytes are counted by who reads them.

    Raises:
        WireError: it cannot be a page's picture.
    """
    _inside(reply.pixels, folder)
    _require(reply.width > 0 and reply.height > 0, "image de page vide")
    _require(reply.width * reply.height <= MOST_PIXELS * 1.01, "image de page démesurée")


def _check_pages(extracted: Extracted, limits: Limits) -> None:
    pages = extracted.pages
    _require(1 <= len(pages) <= limits.pages, "nombre de pages hors limites")
    _require(sum(len(page.text) for page in pages) <= limits.output_chars, "texte trop volumineux")
    for number, page in enumerate(pages, start=1):
        _require(page.number == number, "pages mal numérotées")
        _check_page(page)
    for numbers in (extracted.unread_pages, extracted.awaiting_ocr):
        _require(all(1 <= number <= len(pages) for number in numbers), "page inconnue")
        _require(list(numbers) == sorted(set(numbers)), "pages en désordre")


def _check_page(page: Page) -> None:
    _require(len(page.label) <= _LONGEST_NAME, "étiquette de page trop longue")
    for value in (*(page.size or ()), page.ocr_confidence or 0.0):
        _require(math.isfinite(value) and value >= 0, "mesure de page invalide")
    end = 0
    for block in page.blocks:
        _check_block(block, end, len(page.text))
        end = block.end
    check_words(page.words, len(page.text))


def _check_block(block: Block, after: int, length: int) -> None:
    _require(after <= block.start < block.end <= length, "bloc hors du texte ou en désordre")
    _require(0 <= block.level <= _DEEPEST_LEVEL, "niveau de titre hors limites")
    _require((block.level > 0) == (block.kind is BlockKind.HEADING), "niveau donné à ce qui n’est pas un titre")


def _check_word(word: Word, after: int, length: int) -> None:
    _require(after <= word.start <= word.end <= length, "mot hors du texte ou en désordre")
    _require(all(math.isfinite(side) for side in word.box), "cadre de mot invalide")
    _require(0.0 <= word.confidence <= 1.0, "confiance hors limites")


def _check_attachments(extracted: Extracted, limits: Limits, folder: Path) -> None:
    _require(len(extracted.attachments) <= limits.archive_members, "trop de pièces jointes")
    total = 0
    seen = set()
    for attachment in extracted.attachments:
        _require(len(attachment.name) <= _LONGEST_NAME, "nom de pièce jointe trop long")
        relative = _inside(attachment.path, folder)
        _require(relative not in seen, "pièce jointe donnée deux fois")
        seen.add(relative)
        try:
            status = attachment.path.lstat()
        except (OSError, ValueError) as error:
            raise WireError("pièce jointe absente") from error
        _require(stat.S_ISREG(status.st_mode) and status.st_nlink == 1, "pièce jointe qui n’est pas un fichier")
        total += status.st_size
    _require(total <= limits.archive_bytes, "pièces jointes trop volumineuses")


def _inside(path: Path, folder: Path) -> str:
    """The part of ``path`` below ``folder``; no folder on the way may be a link."""
    text = os.path.normpath(path)
    _require(text == str(path) and text.startswith(f"{folder}{os.sep}"), "pièce jointe hors de son dossier")
    parent = path.parent
    while parent != folder:
        _require(not parent.is_symlink(), "pièce jointe hors de son dossier")
        parent = parent.parent
    return text


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise WireError(otherwise)

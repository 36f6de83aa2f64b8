"""Words of a PDF page with their boxes, through pdfium.

pdfium answers one call a character and a property, 1.1 µs each from Python as measured. So a word costs two
boxes and two fonts (its first and last characters), not a box a character; words that turn out not to
stand on one line, or to change font, are read again character by character.
"""

import ctypes
import math
import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from corpus.cleaning.characters import clean_characters
from corpus.extraction.layout import Box, LaidWord, Ruling, Sheet

MAX_CHARS = 400_000
MAX_PATHS = 5_000
_HYPHEN = "\ufffe"
_WORD = re.compile(rf"[^\s{_HYPHEN}\x02]+[{_HYPHEN}\x02]?")
_BOLD = re.compile(r"bold|black|heavy|semibold|demi\b|-bd\b", re.IGNORECASE)
_MONO = re.compile(r"mono|courier|consolas|typewriter|cmtt|code\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Face:
    """How a text object is set: size in points, direction in degrees against the page as shown."""

    size: float
    angle: float
    bold: bool
    mono: bool


_PLAIN = _Face(10.0, 0.0, False, False)


class GlyphReader:
    """Reads the words of one pdfium page."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._textpage = page.get_textpage()
        self._raw = self._textpage.raw
        self.width, self.height = page.get_size()
        self._rotation = page.get_rotation()
        self.truncated = False
        self._crop: Box = tuple(page.get_bbox())
        # Only a page cut out of a larger sheet has printer's marks around it; else a table ran off the page.
        self._trimmed = page.get_cropbox(fallback_ok=False) not in (None, page.get_mediabox(fallback_ok=False))
        self._faces: dict[int, _Face] = {}
        self._fonts: dict[int, tuple[bool, bool]] = {}
        self._rect = pdfium_c.FS_RECTF()

    def text(self) -> str:
        """The page's characters in the file's order; index i is pdfium's character i."""
        total = self._textpage.count_chars()
        count = min(total, MAX_CHARS)
        self.truncated = total > MAX_CHARS
        if count <= 0:
            return ""
        text: str = self._textpage.get_text_range(0, count)
        if len(text) != count:
            # pdfium left characters out or put some in: ask for each, so that indices hold.
            code = pdfium_c.FPDFText_GetUnicode
            codes = (code(self._raw, index) for index in range(count))
            text = "".join(chr(c) if 0 < c < 0x110000 and not 0xD800 <= c < 0xE000 else " " for c in codes)
        return text

    def sheet(self) -> Sheet:
        """Words and rulings, in the page's coordinates as shown."""
        groups: dict[int, list[LaidWord]] = {}
        text = self.text()
        for match in _WORD.finditer(text):
            following = text[match.end() : match.end() + 1]
            after = following if following in ("\u00a0", "\u202f") else " "
            for word, quarter in self._words(match[0], match.start(), after):
                groups.setdefault(quarter, []).append(word)
        main = max(groups, key=lambda quarter: sum(len(w.text) for w in groups[quarter]), default=0)
        if main != 0 and len(groups.get(0, ())) * 2 > len(groups[main]):
            main = 0
        sheet = Sheet(self.width, self.height, groups.pop(main, []), self._rulings() if main == 0 else [])
        if main in (90, 270):
            sheet.width, sheet.height = self.height, self.width
        sheet.aside = [groups[quarter] for quarter in sorted(groups)]
        return sheet

    def _words(self, characters: str, start: int, after: str) -> list[tuple[LaidWord, int]]:
        face = self._face(start)
        last = start + len(characters) - (2 if characters[-1] in f"{_HYPHEN}\x02" and len(characters) > 1 else 1)
        if abs(face.angle) > 2 or self._rotation != 0:
            return self._turned(characters, start, face, after)
        first, end = self._loose(start), self._loose(last)
        same_line = abs((first[1] + first[3]) - (end[1] + end[3])) < 0.5 * face.size and end[2] >= first[0]
        if not same_line or self._face(last) is not face:
            return self._by_character(characters, start, after)
        box = (first[0], min(first[1], end[1]), max(first[2], end[2]), max(first[3], end[3]))
        return self._word(characters, box, face, after, 0)

    def _word(
        self, characters: str, box: Box, face: _Face, after: str, quarter: int, place: Box | None = None
    ) -> list[tuple[LaidWord, int]]:
        cut = characters[-1:] in (_HYPHEN, "\x02")
        text = clean_characters(characters)
        if not text or (self._trimmed and self._is_outside(box, quarter)):
            return []
        text += _HYPHEN if cut else ""
        return [(LaidWord(text, box, face.size, face.bold, face.mono, after, place=place), quarter)]

    def _is_outside(self, box: Box, quarter: int) -> bool:
        beyond = quarter == 0 and (box[0] > self.width or box[1] > self.height)
        return beyond or box[2] < 0 or box[3] < 0

    def _by_character(self, characters: str, start: int, after: str) -> list[tuple[LaidWord, int]]:
        """Split where the line or the size changes (a note's mark glued to its word)."""
        words: list[tuple[LaidWord, int]] = []
        held, box, face = "", (0.0, 0.0, 0.0, 0.0), _PLAIN
        for offset, character in enumerate(characters):
            if character in (_HYPHEN, "\x02"):
                held += character
                continue
            here, here_face = self._loose(start + offset), self._face(start + offset)
            middle = (here[1] + here[3]) / 2
            # Between kerning inside a word and a space set as a move (a quarter of the size in most fonts).
            near = box[0] <= here[2] and here[0] - box[2] < 0.13 * max(here_face.size, face.size)
            stays = near and box[1] <= middle <= box[3]
            raised = character.isdigit() and here_face.size <= 0.85 * face.size
            lowered = held[-1:].isdigit() and here_face.size * 0.85 >= face.size
            # A note's number and its first word, set one against the other.
            numbered = held.isdigit() and character.isupper() and here_face is not face
            if held and stays and not (raised or lowered or numbered):
                held += character
                box = (min(box[0], here[0]), min(box[1], here[1]), max(box[2], here[2]), max(box[3], here[3]))
            else:
                if held:
                    words += self._word(held, box, face, "" if near and not numbered else " ", 0)
                held, box, face = character, here, here_face
        return words + self._word(held, box, face, after, 0)

    def _turned(self, characters: str, start: int, face: _Face, after: str) -> list[tuple[LaidWord, int]]:
        boxes = [self._tight(start + offset) for offset in range(len(characters))]
        x0, y0 = min(box[0] for box in boxes), min(box[1] for box in boxes)
        x1, y1 = max(box[2] for box in boxes), max(box[3] for box in boxes)
        quarter = round(face.angle / 90) * 90 % 360
        if quarter == 90:  # reads upwards: turn the page clockwise
            box = (self.height - y1, x0, self.height - y0, x1)
        elif quarter == 270:
            box = (y0, self.width - x1, y1, self.width - x0)
        elif quarter == 180:
            box = (self.width - x1, self.height - y1, self.width - x0, self.height - y0)
        else:
            box = (x0, y0, x1, y1)
        tilt = int(face.angle) % 360
        group = quarter if abs(tilt - quarter) <= 3 else tilt or 1
        return self._word(characters, box, face, after, group, (x0, y0, x1, y1))

    def _shown(self, left: float, bottom: float, right: float, top: float) -> Box:
        """A box of the PDF's coordinates as it stands on the page shown."""
        crop_left, crop_bottom, crop_right, crop_top = self._crop
        if self._rotation == 90:
            return (bottom - crop_bottom, left - crop_left, top - crop_bottom, right - crop_left)
        if self._rotation == 180:
            return (crop_right - right, bottom - crop_bottom, crop_right - left, top - crop_bottom)
        if self._rotation == 270:
            return (crop_top - top, crop_right - right, crop_top - bottom, crop_right - left)
        return (left - crop_left, crop_top - top, right - crop_left, crop_top - bottom)

    def _loose(self, index: int) -> Box:
        rect = self._rect
        pdfium_c.FPDFText_GetLooseCharBox(self._raw, index, rect)
        left, _, _, top = self._crop
        return (rect.left - left, top - rect.top, rect.right - left, top - rect.bottom)

    def _tight(self, index: int) -> Box:
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        pdfium_c.FPDFText_GetCharBox(self._raw, index, left, right, bottom, top)
        return self._shown(left.value, bottom.value, right.value, top.value)

    def _face(self, index: int) -> _Face:
        pointer = pdfium_c.FPDFText_GetTextObject(self._raw, index)
        if not pointer:
            return _PLAIN
        address = ctypes.addressof(pointer.contents)
        face = self._faces.get(address)
        if face is None:
            size = ctypes.c_float()
            pdfium_c.FPDFTextObj_GetFontSize(pointer, size)
            matrix = pdfium_c.FS_MATRIX()
            pdfium_c.FPDFText_GetMatrix(self._raw, index, matrix)
            scale = math.sqrt(abs(matrix.a * matrix.d - matrix.b * matrix.c))
            angle = math.degrees(math.atan2(matrix.b, matrix.a)) - self._rotation
            angle = (angle + 180) % 360 - 180
            bold, mono = self._font(pdfium_c.FPDFTextObj_GetFont(pointer))
            face = _Face(abs(size.value) * scale or 1.0, angle, bold, mono)
            self._faces[address] = face
        return face

    def _font(self, font: Any) -> tuple[bool, bool]:
        if not font:
            return (False, False)
        address = ctypes.addressof(font.contents)
        known = self._fonts.get(address)
        if known is None:
            buffer = ctypes.create_string_buffer(200)
            pdfium_c.FPDFFont_GetBaseFontName(font, buffer, 200)
            name = buffer.value.decode("latin-1")
            flags = pdfium_c.FPDFFont_GetFlags(font)
            forced_bold = flags > 0 and bool(flags & (1 << 18))
            fixed = flags > 0 and bool(flags & 1)
            known = (forced_bold or bool(_BOLD.search(name)), fixed or bool(_MONO.search(name)))
            self._fonts[address] = known
        return known

    def _rulings(self) -> list[Ruling]:
        found: list[Ruling] = []
        paths = self._page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_PATH], max_depth=3)
        for path in islice(paths, MAX_PATHS):
            x0, y0, x1, y1 = self._shown(*path.get_bounds())
            width, height = x1 - x0, y1 - y0
            if (height <= 3 and width >= 8) or (width <= 3 and height >= 5):
                found.append(Ruling((x0, y0, x1, y1)))
            elif width > 12 and height > 8 and pdfium_c.FPDFPath_CountSegments(path.raw) <= 6:
                found += [
                    Ruling((x0, y0, x1, y0)),
                    Ruling((x0, y1, x1, y1)),
                    Ruling((x0, y0, x0, y1)),
                    Ruling((x1, y0, x1, y1)),
                ]
        return found

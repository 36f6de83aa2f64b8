"""Characters as a reader sees them: NFC, no ligature glyphs, no invisible or private characters."""

import re
import unicodedata

_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
    "\u0132": "IJ",
    "\u0133": "ij",
}
# Where Symbol and Wingdings glyphs land in the private use area, for the bullets offices write.
_PRIVATE = {
    "\uf0b7": "•",
    "\uf0a7": "▪",
    "\uf06e": "■",
    "\uf06c": "●",
    "\uf076": "❖",
    "\uf0d8": "➢",
    "\uf0fc": "✓",
    "\uf0e0": "→",
    "\uf0e8": "→",
    "\uf02d": "-",
    "\uf0ae": "→",
}
_TABLE = str.maketrans(_LIGATURES | _PRIVATE)
# Controls but tab and line feed, soft hyphen, zero width, bidi controls, byte order mark, surrogates,
# private use, non-characters. U+FFFD stays: it says that something was there.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f\ufeff\ufff0-\ufffb\ufffe\uffff\U000e0000-\U0010ffff]"
)
# TeX's old fonts set the accent as a glyph of its own, before its letter.
_SPACING_ACCENTS = {"´": "\u0301", "ˆ": "\u0302", "¨": "\u0308", "˜": "\u0303", "¸": "\u0327"}
_LOOSE_ACCENT = re.compile("([´ˆ¨˜¸])([A-Za-zı])")


def clean_characters(text: str) -> str:
    """``text`` in NFC with ligature glyphs spelled out and what nobody can see removed.

    Line feeds and tabs stay; ``œ`` and ``æ`` are letters, not ligatures, and stay.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _INVISIBLE.sub("", text.translate(_TABLE))
    if any(accent in text for accent in _SPACING_ACCENTS):
        text = _LOOSE_ACCENT.sub(
            lambda match: match[2].replace("ı", "i") + _SPACING_ACCENTS[match[1]],
            text,
        )
    return unicodedata.normalize("NFC", text)

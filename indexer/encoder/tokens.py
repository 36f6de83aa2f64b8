"""Text to token ids and back to characters."""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

_SILENT = frozenset({"P", "Z", "C"})
_INVISIBLE = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})


@dataclass(frozen=True, slots=True)
class Tokens:
    """One text as the graph reads it.

    Attributes:
        ids: ``(n,)`` int64, prefix and special tokens included, cut at the model's length.
        offsets: ``(n, 2)`` int32, characters in the text without its prefix; ``(0, 0)`` outside it.
        content: ``(n,)`` bool: comes from the text, not from the prefix or the model.
    """

    ids: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int32]
    content: npt.NDArray[np.bool_]


class TextTokenizer:
    """A model's tokenizer, with offsets in the text as given. Safe to call from several threads."""

    def __init__(self, tokenizer: Tokenizer, max_length: int) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        # What a document writes ("<mask>", "</s>") is text, never a command to the model.
        tokenizer.encode_special_tokens = True
        self._tokenizer = tokenizer
        self._max_length = max_length

    @classmethod
    def open(cls, file: Path, max_length: int) -> "TextTokenizer":
        """Read a ``tokenizer.json``."""
        return cls(Tokenizer.from_file(str(file)), max_length)

    def read(self, text: str, prefix: str) -> Tokens:
        """Tokenize ``prefix + text``."""
        encoding = self._tokenizer.encode(prefix + text)
        offsets, content = self._locate(encoding, text, len(prefix))
        ids = np.array(encoding.ids, dtype=np.int64)
        if len(ids) > self._max_length:
            special = np.array(encoding.special_tokens_mask, dtype=np.bool_)
            tail = len(ids) - 1 - int(np.flatnonzero(~special)[-1])
            kept = np.r_[0 : self._max_length - tail, len(ids) - tail : len(ids)]
            ids, offsets, content = ids[kept], offsets[kept], content[kept]
        return Tokens(ids, offsets, content)

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Characters of each token of ``text``, without special tokens or truncation."""
        encoding = self._tokenizer.encode(text)
        offsets, content = self._locate(encoding, text, 0)
        return [(start, end) for start, end in offsets[content].tolist()]

    def _locate(self, encoding: Encoding, text: str, shift: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        offsets = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2) - np.int32(shift)
        content = (np.array(encoding.special_tokens_mask) == 0) & (offsets[:, 1] > 0)
        np.maximum(offsets, 0, out=offsets)
        offsets[~content] = 0
        # A token of the metaspace kind covers the blank before its word: leave the blank out.
        for row in np.flatnonzero(content).tolist():
            start, end = offsets[row].tolist()
            first = start
            while first < end and _is_blank(text[first]):
                first += 1
            if start < first < end:
                offsets[row, 0] = first
        return offsets, content


def _is_blank(character: str) -> bool:
    return character == " " or (
        not character.isalnum() and (character.isspace() or unicodedata.category(character) in _INVISIBLE)
    )


def speaking_tokens(tokenizer: Tokenizer, size: int) -> npt.NDArray[np.bool_]:
    """Which vocabulary entries say something: not special, and more than punctuation, blanks and controls.

    Returns:
        ``(size,)`` bool; entries the tokenizer does not know are False.
    """
    special = {token.content for token in tokenizer.get_added_tokens_decoder().values() if token.special}
    byte_level = type(tokenizer.decoder).__name__ == "ByteLevel"
    speaking = np.zeros(size, dtype=np.bool_)
    for token, entry in tokenizer.get_vocab(with_added_tokens=True).items():
        if token in special or entry >= size:
            continue
        text = tokenizer.decode([entry]) if byte_level else token.removeprefix("##").replace("▁", "")
        speaking[entry] = any(_speaks(character) for character in text)
    return speaking


def _speaks(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] not in _SILENT and category != "Sk"

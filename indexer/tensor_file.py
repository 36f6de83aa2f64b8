"""A safetensors file whose arrays are mapped, or read where they are asked for (the library only gives copies).

A map counts as the process's memory whatever it was read from, 64 kB at a time around it: after 200 questions over a
million passages, 9 GiB of token codes of which 40 MB had been asked for. What is read takes the place of what was
asked for, and no more.
"""

import json
import os
import struct
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

_TYPES: dict[str, type[np.generic]] = {"U8": np.uint8, "U16": np.uint16, "F16": np.float16, "I64": np.int64}


class StoredRows:
    """Rows of an array of a file, read when they are asked for. Safe to use from several threads."""

    def __init__(self, file: "TensorFile", start: int, kind: type[np.generic], shape: tuple[int, ...]) -> None:
        self._file = file
        self._start = start
        self._kind = kind
        self._shape = shape
        self._row_bytes = int(np.prod(shape[1:], dtype=np.int64)) * np.dtype(kind).itemsize

    def empty(self, count: int) -> npt.NDArray[Any]:
        """Room for so many rows."""
        return np.empty((count, *self._shape[1:]), self._kind)

    def read(self, first: int, end: int) -> npt.NDArray[Any]:
        """Rows ``first`` to ``end``, the latter left out."""
        rows = self.empty(end - first)
        self.read_into(rows, first)
        return rows

    def read_into(self, rows: npt.NDArray[Any], first: int) -> None:
        """Fill ``rows`` (contiguous, as :meth:`empty` makes them) with those from ``first`` on.

        Raises:
            OSError: they cannot be read, or the file ends before them.
        """
        if rows.size and self._file.read_into(rows, self._start + first * self._row_bytes) != rows.nbytes:
            raise OSError(f"{self._file.path}: la fin du fichier manque")


class TensorFile:
    """A safetensors file, opened.

    Raises:
        OSError, ValueError, KeyError, SafetensorError: it is not one, or is cut.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # The library refuses what is not whole.
        with safe_open(path, framework="np"):
            pass
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)
        (length,) = struct.unpack("<Q", os.pread(self._descriptor, 8, 0))
        header = json.loads(os.pread(self._descriptor, length, 8))
        header.pop("__metadata__", None)
        self._places = {
            name: (8 + length + entry["data_offsets"][0], _TYPES[entry["dtype"]], tuple(entry["shape"]))
            for name, entry in header.items()
        }

    @property
    def names(self) -> set[str]:
        """Those of its arrays."""
        return set(self._places)

    def mapped(self, name: str) -> npt.NDArray[Any]:
        """An array as a read-only memory map."""
        start, kind, shape = self._places[name]
        if 0 in shape:
            return np.empty(shape, kind)
        # Without the class memmap, whose every slice costs 2 µs.
        return np.memmap(self.path, kind, "r", start, shape).view(np.ndarray)

    def rows(self, name: str) -> StoredRows:
        """An array to read from; the file stays open as long as it is held."""
        start, kind, shape = self._places[name]
        return StoredRows(self, start, kind, shape)

    def read_into(self, array: npt.NDArray[Any], start: int) -> int:
        """Fill a contiguous array with the file's bytes from ``start`` on; how many there were."""
        return os.preadv(self._descriptor, [array.data], start)

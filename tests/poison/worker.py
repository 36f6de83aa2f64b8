"""A worker whose reader obeys the file's first line: it hangs, dies, swells or lies on command."""

import ctypes
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import numpy as np

from corpus.document import Block, BlockKind, Page
from corpus.extraction import dispatch, worker
from corpus.extraction.extracted import Attachment, Extracted
from corpus.extraction.ocr import GreyPixels, OcrReading, OcrWord
from corpus.extraction.ocr_cache import CachedEngine, FileReadings
from corpus.extraction.options import ExtractionOptions

_KEPT: list[bytearray] = []


def _page(text: str, *blocks: Block) -> Extracted:
    return Extracted(media_type="text/plain", pages=(Page(number=1, text=text, blocks=blocks),))


def _hang() -> None:
    while True:
        time.sleep(60)


def _spin() -> None:
    while True:
        pass


def _swell() -> None:
    while True:
        _KEPT.append(bytearray(b"x" * (32 << 20)))


def _swell_outside_python() -> None:
    """Shared memory is not counted as data: only the watch on resident memory sees it."""
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    size = 8 << 20
    while True:
        ctypes.memset(libc.mmap(None, size, 3, 0x21, -1, 0), 1, size)
        time.sleep(0.02)


def _swell_in_children() -> None:
    """Each child stays under the limit of one process; together they do not."""
    code = "import time; kept = bytearray(b'x' * (140 << 20)); time.sleep(60)"
    children = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    for child in children:
        child.wait()


def _pipe() -> int:
    """The descriptor of the answers: the last pipe opened."""
    for descriptor in reversed(range(3, 64)):
        try:
            if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                return descriptor
        except OSError:
            continue
    raise AssertionError("no pipe")


def _write(data: bytes) -> None:
    os.write(_pipe(), data)


def _swear() -> None:
    _write(b"\xff" * 64)


def _lie_about_length() -> None:
    _write((5).to_bytes(8, "big") + b"{}{}{")


def _forge(body: bytes) -> None:
    _write(len(body).to_bytes(8, "big") + body)


def _fill_disk() -> None:
    with Path("big").open("wb") as file:
        while True:
            file.write(b"x" * (4 << 20))


def _close() -> None:
    os.close(_pipe())
    _hang()


def _print() -> None:
    print("noise" * 1000, flush=True)
    os.write(2, b"noise")


def _later() -> None:
    """Behaves now, and spoils the pipe a little later, while another file is read."""
    threading.Timer(0.3, _swear).start()


def _network(family: socket.AddressFamily) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        attempt.connect(("127.0.0.1", 9))


_DEEDS: dict[str, Callable[[], object]] = {
    "hang": _hang,
    "spin": _spin,
    "exit": lambda: os._exit(3),
    "sys-exit": lambda: sys.exit(0),
    "abort": os.abort,
    "segfault": lambda: ctypes.string_at(0),
    "swell": _swell,
    "swell-outside": _swell_outside_python,
    "swell-children": _swell_in_children,
    "swear": _swear,
    "short-frame": _lie_about_length,
    "forged": lambda: _forge(b'{"kind":"done","number":1,"extracted":{"__class__":"os.system"}}'),
    "early": lambda: _forge(b'{"kind":"failed","number":999,"state":"unsupported","message":"m","remedy":"r"}'),
    "enormous": lambda: _write((1 << 62).to_bytes(8, "big")),
    "later": _later,
    "print": _print,
    "raise": lambda: (_ for _ in ()).throw(ValueError("\x1b[31m<script>")),
    "recurse": lambda: _recurse(0),
    "fill-disk": _fill_disk,
    "network": lambda: _network(socket.AF_INET),
    "close": _close,
}


def _recurse(depth: int) -> int:
    return _recurse(depth + 1) + 1


def _claims(folder: Path) -> dict[str, Callable[[], Extracted]]:
    good = _page("abc", Block(BlockKind.PARAGRAPH, 0, 3))
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "true").write_text("pièce")
    return {
        "block-outside": lambda: _page("abc", Block(BlockKind.PARAGRAPH, 0, 4)),
        "blocks-crossed": lambda: _page("abc", Block(BlockKind.PARAGRAPH, 1, 3), Block(BlockKind.PARAGRAPH, 0, 2)),
        "no-pages": lambda: replace(good, pages=()),
        "page-two": lambda: replace(good, pages=(replace(good.pages[0], number=2),)),
        "type": lambda: replace(good, media_type="text/html; <b>"),
        "attached-outside": lambda: replace(good, attachments=(Attachment("x", Path("/etc/passwd")),)),
        "attached-above": lambda: replace(good, attachments=(Attachment("x", folder / "../../../etc/passwd"),)),
        "attached-link": lambda: replace(good, attachments=(Attachment("x", folder / "link"),)),
        "attached-absent": lambda: replace(good, attachments=(Attachment("x", folder / "absent"),)),
        "attached": lambda: replace(good, attachments=(Attachment("../x\x00", folder / "true"),)),
        "not-a-number": lambda: replace(good, pages=(replace(good.pages[0], size=(float("nan"), 1.0)),)),
    }


class _NeverTheSame:
    """An engine that reads something else each time; told to, it dies at the second image that it has to read."""

    identity = "never the same"

    def __init__(self, *, dies: bool) -> None:
        self._dies = dies
        self._reads = 0

    def orientation(self, pixels: GreyPixels, dpi: float) -> int:
        return 0

    def read(self, pixels: GreyPixels, dpi: float) -> tuple[OcrWord, ...]:
        if self._dies and self._reads:
            os._exit(3)
        self._reads += 1
        return (OcrWord(uuid4().hex, (0.0, 0.0, 1.0, 1.0), 1.0, 0),)


def _scan(readings: FileReadings, *, dies: bool) -> Extracted:
    """Two page images, the same whatever the file."""
    engine = CachedEngine(_NeverTheSame(dies=dies), readings)
    images = [np.full((4, 4), number, np.uint8) for number in (1, 2)]
    pages = [Page(number, engine.read(image, 300.0)[0].text, ()) for number, image in enumerate(images, start=1)]
    return Extracted(media_type="text/plain", pages=tuple(pages))


_READINGS = {
    "key": OcrReading("../../x", turn=0),
    "turn": OcrReading("0" * 64, turn=45),
    "neither": OcrReading("0" * 64),
    "blank": OcrReading("0" * 64, words=(OcrWord(" ", (0.0, 0.0, 1.0, 1.0), 1.0, 0),)),
    "box": OcrReading("0" * 64, words=(OcrWord("a", (0.0, 0.0, 1.0, float("inf")), 1.0, 0),)),
    "sure": OcrReading("0" * 64, words=(OcrWord("a", (0.0, 0.0, 1.0, 1.0), 7.0, 0),)),
}


def extract(
    path: Path, name: str, options: ExtractionOptions, progress: Callable[[], None], readings: FileReadings
) -> Extracted:
    """Read the order in the file; without one, read the file as the house does."""
    line = path.read_bytes()[:100].split(b"\n")[0].decode("utf-8", "replace")
    if line.startswith("deed:"):
        _DEEDS[line.removeprefix("deed:")]()
    if line.startswith("claim:") and options.unpack_dir is not None:
        return _claims(options.unpack_dir)[line.removeprefix("claim:")]()
    if line.startswith("scan"):
        return _scan(readings, dies="dies" in line)
    if line.startswith("reading:"):
        readings.add(_READINGS[line.removeprefix("reading:")])
    if line == "slow":
        for _ in range(8):
            time.sleep(0.5)
            progress()
    return dispatch.extract(path, name, options, progress, readings)


if __name__ == "__main__":
    worker.main(extract)

"""A page reader that obeys the file's first line: it lies about what it drew, hangs or dies."""

import os
import time

from corpus.document import Word
from corpus.extraction import wire
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.worker_loop import Channel, Work, serve


def answer(request: Work, _options: ExtractionOptions, _channel: Channel) -> wire.Reply:
    command = request.path.read_text("utf-8").strip()
    if isinstance(request, wire.Locate):
        return wire.Located(request.number, (Word(0, len(request.text) + 1, (0.0, 0.0, 1.0, 1.0), 1.0),))
    assert isinstance(request, wire.Draw)
    place = request.folder / "pixels"
    place.write_bytes(bytes(2 * 3 * 3))
    match command:
        case "die":
            os._exit(3)
        case "hang":
            time.sleep(60)
        case "short":
            return wire.Drawn(request.number, place, 2, 4)
        case "long":
            return wire.Drawn(request.number, place, 2, 2)
        case "enormous":
            return wire.Drawn(request.number, place, 10**6, 10**6)
        case "elsewhere":
            return wire.Drawn(request.number, request.path, 2, 3)
        case "link":
            place.unlink()
            place.symlink_to("/etc/passwd")
        case "another reply":
            return wire.Located(request.number, ())
    return wire.Drawn(request.number, place, 2, 3)


if __name__ == "__main__":
    serve(answer)

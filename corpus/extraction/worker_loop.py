"""What every worker does: closes itself in, then answers requests on a pipe, one after another.

Everything that can be imported with privileges is imported before they are dropped.
"""

import gc
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from corpus.extraction import isolation, wire
from corpus.extraction.extracted import ExtractionFailure
from corpus.extraction.failures import out_of_memory, quarantined, unexpected
from corpus.extraction.ocr import OcrReading
from corpus.extraction.options import ExtractionOptions

# Signs of life are asked for at each page: so many seconds apart, ten thousand pages cost the parent nothing.
_SIGN_SECONDS = 0.2

Work = wire.Read | wire.Draw | wire.Locate


class Channel:
    """What is said of a request before it is answered."""

    def __init__(self, sink: BinaryIO, number: int) -> None:
        self._sink = sink
        self._number = number
        self._told = time.monotonic()

    def alive(self) -> None:
        """Give a sign of life, unless one was given just before."""
        now = time.monotonic()
        if now - self._told >= _SIGN_SECONDS:
            self._told = now
            _send(self._sink, wire.encode(wire.Progress(self._number)))

    def recognised(self, reading: OcrReading) -> None:
        """Give a reading to be kept."""
        _send(self._sink, wire.encode(wire.Recognised(self._number, reading)))


Answer = Callable[[Work, ExtractionOptions, Channel], wire.Reply]
"""A request, how files are read, and whom to tell what precedes the reply, to that reply.

Raises ExtractionFailure, or whatever a parser raises on a hostile file.
"""


def serve(answer: Answer) -> None:
    """Serve until the pipe closes."""
    source, sink = _claim_pipes()
    network = isolation.no_network()
    start = wire.decode_request(_read_frame(source) or b"")
    if not isinstance(start, wire.Start):
        return
    code = Path(__file__).resolve().parents[2]
    dropped = isolation.drop_privileges((code, Path(sys.prefix), Path(sys.base_prefix), start.scratch))
    isolation.die_with_parent()
    isolation.bound_resources(start.options.limits)
    os.umask(0o077)
    os.chdir(start.scratch)
    # What was imported stays: leaving it out makes the collection after each file ten times cheaper.
    gc.collect()
    gc.freeze()
    user = "nobody" if dropped else str(os.geteuid())
    _send(sink, wire.encode(wire.Ready(isolation.Isolation(network=network, user=user, dropped=dropped))))
    while (body := _read_frame(source)) is not None:
        request = wire.decode_request(body)
        if not isinstance(request, wire.Start):
            isolation.allow_cpu(start.options.limits.cpu_seconds)
            _send(sink, _answered(request, start.options, answer, sink))
            gc.collect()


def _answered(request: Work, options: ExtractionOptions, answer: Answer, sink: BinaryIO) -> bytes:
    """The frame that answers a request."""
    number = request.number
    try:
        return wire.encode(answer(request, options, Channel(sink, number)))
    except ExtractionFailure as error:
        failure, spent = error, False
    except MemoryError:
        # Raised wherever the library stood: what it left behind is not worth trusting.
        failure, spent = out_of_memory(), True
    except wire.WireError as error:
        failure, spent = quarantined(f"Contenu refusé : {error}"), False
    except Exception as error:
        # The one place where anything is caught: whatever a parser raises on a hostile file is a reason
        # told to the collection manager, and the file is counted.
        failure, spent = unexpected(error), isinstance(error, RecursionError)
    return wire.encode(wire.Failed(number, failure.state, failure.message, failure.remedy, spent))


def _claim_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes for frames: what libraries print goes nowhere, what they read is empty."""
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.close(nothing)
    return source, sink


def _read_frame(source: BinaryIO) -> bytes | None:
    header = source.read(wire.HEADER.size)
    if len(header) < wire.HEADER.size:
        return None
    return source.read(wire.HEADER.unpack(header)[0])


def _send(sink: BinaryIO, frame: bytes) -> None:
    sink.write(frame)
    sink.flush()

"""The process that reads hostile files: closed in, one file after another, answers on a pipe.

Started by :mod:`corpus.extraction.worker_process` as ``python -m corpus.extraction.worker``. Everything
that can be imported with privileges is imported before they are dropped.
"""

import gc
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from corpus.extraction import dispatch, isolation, wire
from corpus.extraction.extracted import Extracted, ExtractionFailure
from corpus.extraction.failures import out_of_memory, quarantined, unexpected
from corpus.extraction.options import ExtractionOptions

Extract = Callable[[Path, str, ExtractionOptions, Callable[[], None]], Extracted]


def main(extract: Extract = dispatch.extract) -> None:
    """Serve until the pipe closes.

    Args:
        extract: what reads a file; tests give one that misbehaves.
    """
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
        if isinstance(request, wire.Read):
            isolation.allow_cpu(start.options.limits.cpu_seconds)
            _send(sink, _read(request, start.options, extract, sink))
            gc.collect()


def _read(request: wire.Read, options: ExtractionOptions, extract: Extract, sink: BinaryIO) -> bytes:
    """The frame that answers a request."""
    number = request.number
    if options.unpack_dir is not None:
        options = replace(options, unpack_dir=request.folder)
    try:
        extracted = extract(
            request.path, request.name, options, lambda: _send(sink, wire.encode(wire.Progress(number)))
        )
        wire.check(extracted, options.limits, request.folder)
        return wire.encode(wire.Done(number, extracted))
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


if __name__ == "__main__":
    main()

"""The process that reads hostile files: closed in, one file after another.

Started by :mod:`corpus.extraction.worker_process` as ``python -m corpus.extraction.worker``.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from corpus.extraction import dispatch, wire
from corpus.extraction.extracted import Extracted
from corpus.extraction.ocr_cache import FileReadings
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.worker_loop import Channel, Work, serve

Extract = Callable[[Path, str, ExtractionOptions, Callable[[], None], FileReadings], Extracted]


def main(extract: Extract = dispatch.extract) -> None:
    """Serve until the pipe closes.

    Args:
        extract: what reads a file; tests give one that misbehaves.
    """

    def answer(request: Work, options: ExtractionOptions, channel: Channel) -> wire.Reply:
        if not isinstance(request, wire.Read):
            raise wire.WireError("ce lecteur ne lit que des fichiers entiers")
        if options.unpack_dir is not None:
            options = replace(options, unpack_dir=request.folder)
        readings = FileReadings(request.readings, channel.recognised)
        extracted = extract(request.path, request.name, options, channel.alive, readings)
        wire.check(extracted, options.limits, request.folder)
        return wire.Done(request.number, extracted)

    serve(answer)


if __name__ == "__main__":
    main()

"""The process that draws pages of hostile files and finds words on them: closed in like the one that reads them.

Started as ``python -m corpus.extraction.page_worker``: it loads what draws and nothing else, so that the first page
does not wait for the readers of twenty formats.
"""

from corpus.extraction import wire
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.page_drawing import draw_page
from corpus.extraction.page_words import locate_words
from corpus.extraction.worker_loop import Channel, Work, serve


def answer(request: Work, options: ExtractionOptions, _channel: Channel) -> wire.Reply:
    """Draw a page or find its words."""
    if isinstance(request, wire.Draw):
        pixels = draw_page(request.path, request.page, request.width, options.passwords)
        place = request.folder / "pixels"
        place.write_bytes(pixels.tobytes())
        return wire.Drawn(request.number, place, pixels.shape[1], pixels.shape[0])
    if isinstance(request, wire.Locate):
        words = locate_words(request.path, request.page, request.text, options.passwords)
        wire.check_words(words, len(request.text))
        return wire.Located(request.number, words)
    raise wire.WireError("ce lecteur ne lit pas de fichier entier")


if __name__ == "__main__":
    serve(answer)

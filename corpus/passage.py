"""A passage: what is embedded, found and quoted."""

import hashlib
from dataclasses import dataclass

from corpus.document import Page, Span


@dataclass(frozen=True, slots=True)
class Passage:
    """Some 200 tokens of a document under one heading.

    Attributes:
        id: 24 hexadecimal digits, from the document's id, the heading path and the text.
        ordinal: place among the passages of its document, from 0.
        heading_path: the headings it stands under, highest first.
        spans: where it stands, in reading order; ``text`` is exactly their joined text.
        ocr_confidence: mean over its pages weighted by length, when any was read by OCR.
    """

    id: str
    document_id: str
    ordinal: int
    heading_path: tuple[str, ...]
    spans: tuple[Span, ...]
    text: str
    ocr_confidence: float | None = None

    def embedded_text(self, introduction: str) -> str:
        """What the encoder reads: the document's introduction and the heading path, then the text, at the end.

        The passage that opens with the introduction is not introduced by it a second time.
        """
        path = self.heading_path
        if introduction and " ".join(self.text.split()).startswith(introduction):
            introduction = ""
        head = list(path) if introduction in path else [introduction, *path]
        lead = " > ".join(part for part in head if part)
        return f"{lead}\n{self.text}" if lead else self.text


def joined_text(pages: tuple[Page, ...], spans: tuple[Span, ...]) -> str:
    """The text of spans, a line feed between two."""
    return "\n".join(pages[s.page - 1].text[s.start : s.end] for s in spans)


def passage_id(document_id: str, heading_path: tuple[str, ...], text: str, repeat: int) -> str:
    """The id of a passage (24 hexadecimal digits).

    ``repeat`` tells apart the same words said twice under the same headings of one document, from 0.
    """
    content = "\0".join((document_id, *heading_path, text, str(repeat)))
    return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()

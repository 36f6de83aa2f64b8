"""What is known of one document besides its text."""

from dataclasses import dataclass

from corpus.document import Document
from corpus.history import Delivered


@dataclass(frozen=True, slots=True)
class Record:
    """One document and what stands around it, for a caller who may read its compartment.

    Attributes:
        generation: state of the index that says so.
        origins: where title, kind, date and each field of the metadata were found, in French.
        places: every path it was delivered at.
        partial: some of its pages gave no text.
        inside: path of the archive or message that holds it, or "".
        parent: that message, when it is a document of its own.
        attachments: documents delivered inside this one.
        versions: its contents, newest first; the first is the one shown.
        family: near-duplicates of it, itself included, newest first; alone when it has none.
    """

    document: Document
    compartment: str
    generation: str
    origins: dict[str, str]
    places: tuple[str, ...]
    partial: bool
    inside: str
    parent: Document | None
    attachments: tuple[Document, ...]
    versions: tuple[Delivered, ...]
    family: tuple[Document, ...]

    def version(self, digits: str) -> Delivered | None:
        """The version whose SHA-256 begins with ``digits``; the one shown for ""."""
        return next((one for one in self.versions if one.sha256.startswith(digits)), None)

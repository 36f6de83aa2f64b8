"""One hit as it is cited, whatever the file it is written in."""

import datetime as dt
from dataclasses import dataclass

from search_api.engine.answer import Answer, Hit
from search_api.http.french import date_text, kind_name, page_name
from search_api.http.wire import passage_url


@dataclass(frozen=True, slots=True)
class Citation:
    """What a reader needs to find the passage again and to know what was read.

    Attributes:
        place: the page as its format calls it, in French.
        sentence: the sentence that answers best.
        file_hash: SHA-256 of the file that was read.
        generation: state of the index the answer comes from.
        link: path of the document opened at the passage, on this server.
        exported: day of the export.
    """

    rank: int
    score: float
    title: str
    kind: str
    date: str
    author: str
    service: str
    reference: str
    file: str
    media_type: str
    page: int
    place: str
    headings: tuple[str, ...]
    passage: str
    sentence: str
    document_id: str
    file_hash: str
    drop: str
    compartment: str
    generation: str
    link: str
    query: str
    exported: dt.date

    @property
    def year(self) -> str:
        """Four digits, or ""."""
        return self.date[:4] if self.date[:4].isascii() and self.date[:4].isdigit() else ""

    @property
    def kind_text(self) -> str:
        """The kind of document, for people."""
        return kind_name(self.kind) if self.kind else ""

    @property
    def date_text(self) -> str:
        """The date of the document, for people."""
        return date_text(self.date)


def cite(hit: Hit, answer: Answer, exported: dt.date) -> Citation:
    """The citation of one hit of ``answer``."""
    document, passage = hit.document, hit.passage
    start, end = passage.best_sentence
    return Citation(
        rank=hit.rank,
        score=hit.score,
        title=document.title,
        kind=document.kind,
        date=document.date,
        author=document.metadata.get("author", ""),
        service=document.metadata.get("service", ""),
        reference=document.metadata.get("reference", ""),
        file=document.external_id,
        media_type=document.media_type,
        page=passage.page,
        place=page_name(document.media_type, passage.page, passage.page_label),
        headings=passage.heading_path,
        passage=passage.text,
        sentence=passage.text[start:end],
        document_id=document.id,
        file_hash=document.version,
        drop=document.drop,
        compartment=hit.compartment,
        generation=answer.coverage.generations.get(hit.compartment, ""),
        link=passage_url(document, passage),
        query=answer.request.query,
        exported=exported,
    )


def citations(answer: Answer, exported: dt.date) -> list[Citation]:
    """The citations of an answer's hits, in order."""
    return [cite(hit, answer, exported) for hit in answer.hits]

"""What travels about one document: its record, passages, boxes, differences, and where a quotation stands now."""

from pydantic import BaseModel, Field

from corpus.anchors import Fate
from corpus.differences import Change
from search_api.http.models import DocumentOut, Interval, PageSpan

Box = tuple[float, float, float, float]


class VersionOut(BaseModel):
    """One content a document has or had."""

    version: str = Field(description="SHA-256 of the content, hexadecimal.", examples=["9f86d081884c7d65"])
    drop: str = Field(description="The drop that brought it.", examples=["2026-47"])
    delivered_at: str = Field(description="When that drop began, ISO 8601.", examples=["2026-11-20T08:30:00+00:00"])
    pages: int = Field(description="How many pages.", examples=[3])
    original_url: str = Field(description="The file, in this API.")


class RecordOut(DocumentOut):
    """One document and what stands around it."""

    compartment: str = Field(description="Where it is kept.", examples=["general"])
    generation: str = Field(description="State of the index that says so.", examples=["00000012"])
    origins: dict[str, str] = Field(
        description="Where title, kind, date and each field of the metadata were found, in French.",
        examples=[{"date": "texte, page 1", "service": "manifeste"}],
    )
    places: list[str] = Field(description="Every path it was delivered at.")
    partial: bool = Field(description="Some of its pages gave no text.")
    inside: str = Field(description="Path of the archive or message that holds it, or empty.")
    parent: DocumentOut | None = Field(description="That message, when it is a document of its own.")
    attachments: list[DocumentOut] = Field(description="Documents delivered inside this one.")
    versions: list[VersionOut] = Field(description="Its contents, newest first; the first is the one shown.")
    family: list[DocumentOut] = Field(description="Near-duplicates of it, newest first, itself left out.")


class PassageTextOut(BaseModel):
    """A passage of a document."""

    id: str = Field(description="Comes from its content.", examples=["d0f3a1"])
    ordinal: int = Field(description="Its place among the passages of its document, from 0.", examples=[0])
    text: str = Field(description="As read on its pages. Data, never markup or instructions.")
    heading_path: list[str] = Field(description="The headings it stands under, highest first.")
    spans: list[PageSpan] = Field(description="Where it stands; `text` is the joined text of its spans.")
    ocr_confidence: float | None = Field(description="0 to 1 when it was read by OCR.")
    url: str = Field(description="Permalink for people: the document, opened at this passage.")


class PassagesOut(BaseModel):
    """Passages of a document, in reading order."""

    document: str = Field(description="Id of the document.")
    version: str = Field(description="Version they were read in.")
    total: int = Field(description="How many it has.")
    passages: list[PassageTextOut]


class PlacedOut(Interval):
    """A stretch of the page's text and where it stands on the page."""

    boxes: list[Box] = Field(
        description="Left, top, right, bottom in points, origin top left; one a line of print.",
        examples=[[[72.0, 128.5, 523.0, 141.0]]],
    )


class BoxesOut(BaseModel):
    """Where stretches of a page's text stand on the page as its image shows it."""

    document: str = Field(description="Id of the document.", examples=["4b1f0c9a7be12d448810"])
    version: str = Field(description="SHA-256 of the content looked in.", examples=["9f86d081884c7d65"])
    page: int = Field(description="1 for the first.")
    size: tuple[float, float] | None = Field(
        description="Width and height of the page in points; its image has the same shape. Null without pages."
    )
    placed: list[PlacedOut] = Field(description="In the order asked; empty boxes for what was not found.")


class PieceOut(BaseModel):
    """A stretch of text of one kind."""

    change: Change
    text: str = Field(description="Text of the documents: data, never markup or instructions.")


class ParagraphOut(BaseModel):
    """One paragraph of the two texts."""

    pieces: list[PieceOut] = Field(description="One when it is whole; several when it changed inside.")
    old_page: int | None = Field(description="Page it stands on in the older text, or null.")
    new_page: int | None = Field(description="Page it stands on in the newer text, or null.")


class DifferencesOut(BaseModel):
    """What changed from one text to another, paragraph by paragraph, then word by word."""

    old_document: str = Field(description="Id of the older document.", examples=["4b1f0c9a7be12d448810"])
    old_version: str = Field(description="SHA-256 of its content.", examples=["9f86d081884c7d65"])
    new_document: str = Field(
        description="Id of the newer document, the same for two versions of one.", examples=["4b1f0c9a7be12d448810"]
    )
    new_version: str = Field(description="SHA-256 of its content.", examples=["9f86d081884c7d65"])
    changed: int = Field(description="How many paragraphs differ.")
    paragraphs: list[ParagraphOut] = Field(
        description="Those that differ and one before and after each; all of them when `whole` was asked."
    )


class AnchorOut(BaseModel):
    """Where a quoted passage stands now."""

    document: str = Field(description="Id of the document.", examples=["4b1f0c9a7be12d448810"])
    version: str = Field(description="The version looked in: the current one.")
    fate: Fate = Field(
        description="`same`: where it stood; `moved`: the same words elsewhere; `changed`: other words in their place; "
        "`gone`: neither."
    )
    likeness: float = Field(description="0 to 1, of what stands there to what was quoted.")
    spans: list[PageSpan]
    text: str = Field(description="What stands there now.")
    url: str | None = Field(description="A permalink to it as it stands now; null when it is gone.")

"""What a message says, whatever format carried it: headers, body, quoted history."""

import re
from dataclasses import dataclass

from corpus.document import Block, BlockKind, Page, PageKind
from corpus.extraction.extracted import Extracted
from corpus.extraction.failures import empty
from corpus.extraction.html import html_to_page
from corpus.extraction.page_builder import PageBuilder
from corpus.extraction.text import add_plain_text
from corpus.extraction.unpack import Unpacker

# Lines after which everything is an earlier message, as the mail programs of French offices write them.
_HISTORY = re.compile(
    r"""^\s*(?:
        -{2,}\s*(?:Message\ d['’]origine|Message\ transf[ée]r[ée]|Original\ Message|Forwarded\ message)
      | _{20,}\s*$
      | (?:Le|On)\ .{4,150}?(?:a\ écrit|wrote)\s*:\s*$
      | De\s*:\s.{1,200}\n\s*(?:Envoyé|Date|À|A|To|Sent)\s*:
      | From\s*:\s.{1,200}\n\s*(?:Sent|Date|To)\s*:
    )""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_HISTORY_SENDER = re.compile(r"^\s*(?:De|From)\s*:\s", re.IGNORECASE)
_HISTORY_DATE = re.compile(r"^\s*(?:Envoyé|Sent|Date)(?:\s+le)?\s*:\s", re.IGNORECASE)
_QUOTED_LINE = re.compile(r"^\s*>")


@dataclass(frozen=True, slots=True)
class Envelope:
    """The headers that people read; each "" when the message has none. ``date`` is ISO 8601."""

    subject: str = ""
    sender: str = ""
    recipients: str = ""
    copies: str = ""
    date: str = ""
    message_id: str = ""
    in_reply_to: str = ""

    def metadata(self) -> dict[str, str]:
        """As fields of :class:`~corpus.extraction.extracted.Extracted`."""
        fields = {
            "author": self.sender,
            "recipients": ", ".join(filter(None, (self.recipients, self.copies))),
            "date": self.date[:10],
            "message_id": self.message_id,
            "in_reply_to": self.in_reply_to,
        }
        return {name: value for name, value in fields.items() if value}


def read_message(media_type: str, envelope: Envelope, plain: str, html: str, unpacker: Unpacker) -> Extracted:
    """A message whose parts were told apart: its body once, the plain text or else the HTML.

    Raises:
        ExtractionFailure: it says nothing and holds nothing.
    """
    body = PageBuilder()
    if plain.strip():
        add_plain_text(body, plain)
    elif html:
        html_to_page(html, body)
    if not body and not unpacker.attachments and not envelope.subject:
        raise empty()
    return Extracted(
        media_type=media_type,
        pages=(_message_page(envelope, body),),
        title=envelope.subject,
        metadata=envelope.metadata(),
        origins=dict.fromkeys(envelope.metadata(), "en-têtes du message"),
        attachments=unpacker.attachments,
        warnings=unpacker.warnings,
    )


def _message_page(envelope: Envelope, body: PageBuilder) -> Page:
    """One page: the subject as its heading, the headers, the body with its quoted history apart."""
    builder = PageBuilder()
    if envelope.subject:
        builder.heading(envelope.subject, 1)
    labels = (
        ("De", envelope.sender),
        ("À", envelope.recipients),
        ("Cc", envelope.copies),
        ("Date", envelope.date.replace("T", " ")),
    )
    headers = "\n".join(f"{label} : {value}" for label, value in labels if value)
    if headers:
        builder.add(BlockKind.PARAGRAPH, headers)
    said = body.page()
    history = False
    for rank, block in enumerate(said.blocks):
        text = said.text[block.start : block.end]
        history = history or _begins_history(said, rank)
        quoted = history or all(_QUOTED_LINE.match(line) for line in text.split("\n"))
        _copy(builder, block, text, quoted=quoted)
    return builder.page(kind=PageKind.MESSAGE)


def _begins_history(page: Page, rank: int) -> bool:
    text = page.text[page.blocks[rank].start : page.blocks[rank].end]
    if _HISTORY.match(text):
        return True
    if not _HISTORY_SENDER.match(text):
        return False
    following = page.blocks[rank + 1 : rank + 3]
    return any(_HISTORY_DATE.match(page.text[block.start : block.end]) for block in following)


def _copy(builder: PageBuilder, block: Block, text: str, *, quoted: bool) -> None:
    if quoted:
        builder.add(BlockKind.QUOTED, text)
    elif block.kind is BlockKind.HEADING:
        builder.heading(text, block.level + 1)
    else:
        builder.add(block.kind, text, preformatted=True)

"""Messages: EML and MBOX, read by the standard library.

The page shows the headers that people read, then the body once (the plain text, else the HTML), with the
quoted history as blocks of its own. Attachments and attached messages become files of their own.
"""

import email
import email.header
import email.message
import email.utils
import mailbox
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from corpus.document import BlockKind
from corpus.extraction import media_type as media
from corpus.extraction.extracted import Extracted
from corpus.extraction.failures import damaged, empty, too_deep
from corpus.extraction.html import decode_html
from corpus.extraction.mail_body import Envelope, read_message
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.page_builder import PageBuilder, one_line
from corpus.extraction.text import decode
from corpus.extraction.unpack import Unpacker

Part = email.message.Message
_DEEPEST = 60
_MOST_PARTS = 5_000
# Logos of signatures: small pictures that the HTML body shows in place.
_SMALL_PICTURE = 20_000
_ENCODED_WORD = re.compile(r"=\?[\w.*-]{1,40}\?[BbQq]\?")


def extract_eml(path: Path, options: ExtractionOptions) -> Extracted:
    """Read one message."""
    what = "le message"
    try:
        message = email.message_from_bytes(path.read_bytes())
    except RecursionError as error:
        raise too_deep(what) from error
    except (ValueError, LookupError, IndexError, AttributeError, TypeError) as error:
        raise damaged(what) from error
    unpacker = Unpacker(options.unpack_dir, options.limits, what, path.stat().st_size)
    plain, html = "", ""
    for part in _leaves(message):
        role = _role(part)
        if role == "plain" and not plain:
            plain = _text(part)
        elif role == "html" and not html:
            html = _html(part)
        else:
            _attach(part, unpacker)
    envelope = _envelope(message)
    return read_message(media.EML, envelope, plain, html, unpacker)


def extract_mbox(path: Path, options: ExtractionOptions) -> Extracted:
    """Unpack a mailbox: each message becomes a file of its own."""
    what = "la boîte de messages"
    unpacker = Unpacker(options.unpack_dir, options.limits, what, path.stat().st_size)
    builder = PageBuilder()
    try:
        box = mailbox.mbox(path, create=False)
        try:
            for number, key in enumerate(box.iterkeys(), start=1):
                content = box.get_bytes(key)
                headers = email.message_from_bytes(content.split(b"\n\n", 1)[0] + b"\n\n")
                subject = _header(headers, "Subject") or f"message {number}"
                builder.add(BlockKind.LIST_ITEM, subject)
                unpacker.add_chunks(f"{subject}.eml", [content])
        finally:
            box.close()
    except (OSError, ValueError, LookupError, mailbox.Error) as error:
        raise damaged(what) from error
    if not builder:
        raise empty()
    return Extracted(
        media_type=media.MBOX,
        pages=(builder.page(),),
        attachments=unpacker.attachments,
        warnings=unpacker.warnings,
    )


def _leaves(message: Part) -> Iterator[Part]:
    """Parts that hold something, in order; attached messages are not entered."""
    stack: list[tuple[Part, int]] = [(message, 0)]
    seen = 0
    while stack:
        part, depth = stack.pop()
        seen += 1
        if depth > _DEEPEST or seen > _MOST_PARTS:
            raise too_deep("le message")
        children = part.get_payload()
        if isinstance(children, list) and part.get_content_type() != media.EML:
            stack.extend((child, depth + 1) for child in reversed(children) if isinstance(child, Part))
        else:
            yield part


def _role(part: Part) -> str:
    """ "plain", "html" (a body) or "attachment"."""
    disposition = (part.get_content_disposition() or "").lower()
    kind = part.get_content_type()
    if disposition == "attachment" or _filename(part) or kind not in {"text/plain", "text/html"}:
        return "attachment"
    return kind.partition("/")[2]


def _attach(part: Part, unpacker: Unpacker) -> None:
    name = _filename(part)
    if part.get_content_type() == media.EML and isinstance(part.get_payload(), list):
        inner = next(iter(part.get_payload()), None)
        if isinstance(inner, Part):
            subject = _header(inner, "Subject") or "message joint"
            unpacker.add_chunks(name or f"{subject}.eml", [_bytes(inner)])
        return
    content = _payload(part)
    if not content:
        return
    small_picture = part.get_content_maintype() == "image" and len(content) < _SMALL_PICTURE
    if small_picture and part.get("Content-ID") and part.get_content_disposition() != "attachment":
        unpacker.warn(name or "image", "petite image du corps du message")
        return
    unpacker.add_chunks(name or f"partie sans nom ({part.get_content_type()})", [content])


def _bytes(message: Part) -> bytes:
    try:
        return message.as_bytes()
    except (LookupError, ValueError, UnicodeError, TypeError, AttributeError, KeyError, RecursionError):
        return str(message.get("Subject", "")).encode("utf-8", "replace")


def _payload(part: Part) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, TypeError):
        content = None
    return content if isinstance(content, bytes) else b""


def _text(part: Part) -> str:
    content = _payload(part)
    with suppress(LookupError, UnicodeError, ValueError):
        return content.decode(part.get_content_charset() or "ascii")
    return decode(content)


def _html(part: Part) -> str:
    content = _payload(part)
    with suppress(LookupError, UnicodeError, ValueError):
        return content.decode(part.get_content_charset() or "utf-8")
    return decode_html(content)


def _filename(part: Part) -> str:
    try:
        return _decoded(part.get_filename() or "")
    except (ValueError, LookupError, TypeError, IndexError):
        return "pièce jointe"


def _header(message: Part, name: str) -> str:
    # Message.get gives back bytes beyond ASCII as replacement characters: raw items keep them.
    wanted = name.lower()
    value = next((str(value) for found, value in message.raw_items() if found.lower() == wanted), "")
    return one_line(_decoded(value))[:1000]


def _decoded(value: str) -> str:
    """A header in clear; bytes that no encoded word announces are guessed."""
    if any("\udc80" <= c <= "\udcff" for c in value):
        value = decode(value.encode("utf-8", "surrogateescape"))
    if not _ENCODED_WORD.search(value):
        return value
    try:
        return str(email.header.make_header(email.header.decode_header(value)))
    except (LookupError, UnicodeError, ValueError):
        return value


def _envelope(message: Part) -> Envelope:
    date = ""
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        date = email.utils.parsedate_to_datetime(_header(message, "Date")).isoformat(timespec="minutes")[:16]
    return Envelope(
        subject=_header(message, "Subject"),
        sender=_header(message, "From"),
        recipients=_header(message, "To"),
        copies=_header(message, "Cc"),
        date=date,
        message_id=_header(message, "Message-ID").strip("<> "),
        in_reply_to=_header(message, "In-Reply-To").strip("<> "),
    )

"""Outlook messages (MSG), read by python-oxmsg."""

import email.utils
from email.header import Header
from email.mime.text import MIMEText
from pathlib import Path
from typing import cast

from oxmsg import Message
from oxmsg.attachment import Attachment as OutlookAttachment
from oxmsg.storage import Storage

from corpus.extraction import media_type as media
from corpus.extraction.extracted import Extracted
from corpus.extraction.failures import damaged
from corpus.extraction.mail_body import Envelope, read_message
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.page_builder import one_line
from corpus.extraction.unpack import Unpacker

_WHAT = "le message Outlook"
_BROKEN = (KeyError, ValueError, OSError, IndexError, AttributeError, TypeError, OverflowError, LookupError)
# MAPI properties (MS-OXPROPS), as their streams are named: number and type (001F: UTF-16 text, 0102: bytes).
_EMBEDDED = "__substg1.0_3701000D"
_SUBJECT, _BODY, _HTML = (0x0037, 0x001F), (0x1000, 0x001F), (0x1013, 0x0102)
_SENDER, _SENDER_ADDRESS, _TO, _CC = (0x0C1A, 0x001F), (0x5D01, 0x001F), (0x0E04, 0x001F), (0x0E03, 0x001F)


def extract_msg(path: Path, options: ExtractionOptions) -> Extracted:
    """Read one Outlook message; attached files and messages become files of their own."""
    unpacker = Unpacker(options.unpack_dir, options.limits, _WHAT, path.stat().st_size)
    try:
        message = Message.load(str(path))
        envelope = _envelope(message)
        plain, html = message.body or "", message.html_body or ""
        attachments = message.attachments
    except RecursionError as error:
        raise damaged(_WHAT) from error
    except _BROKEN as error:
        raise damaged(_WHAT) from error
    for rank, attachment in enumerate(attachments, start=1):
        _attach(attachment, rank, unpacker)
    return read_message(media.MSG, envelope, plain, html, unpacker)


def _envelope(message: Message) -> Envelope:
    headers = {name.lower(): value for name, value in message.message_headers.items()}
    recipients = [email.utils.formataddr((r.name, r.email_address)) for r in message.recipients]
    sent = message.sent_date
    return Envelope(
        subject=one_line(message.subject or ""),
        sender=one_line(message.sender or ""),
        recipients=one_line(", ".join(recipients))[:1000],
        date=sent.isoformat(timespec="minutes")[:16] if sent is not None else "",
        message_id=one_line(headers.get("message-id", "")).strip("<> "),
        in_reply_to=one_line(headers.get("in-reply-to", "")).strip("<> "),
    )


def _attach(attachment: OutlookAttachment, rank: int, unpacker: Unpacker) -> None:
    name = f"pièce jointe {rank}"
    try:
        name = attachment.file_name or name
        content = attachment.file_bytes
        if content is None:
            storage = cast(Storage, attachment._storage)
            inner = next((inner for inner in storage.storages if inner.name == _EMBEDDED), None)
            if inner is not None:
                name = f"{_stream(inner, _SUBJECT) or name}.eml"
                content = _as_eml(inner)
    except _BROKEN:
        content = None
    if content is None:
        unpacker.warn(name, "contenu illisible")
    else:
        unpacker.add_chunks(name, [content])


def _as_eml(storage: Storage) -> bytes:
    """An attached message, rewritten as EML: python-oxmsg reads whole files only."""
    body = _stream(storage, _BODY)
    html = _bytes(storage, _HTML).decode("utf-8", "replace")
    message = MIMEText(body or html, "plain" if body else "html", "utf-8")
    headers = {
        "Subject": _stream(storage, _SUBJECT),
        "From": " ".join((_stream(storage, _SENDER), _stream(storage, _SENDER_ADDRESS))),
        "To": _stream(storage, _TO),
        "Cc": _stream(storage, _CC),
    }
    for name, value in headers.items():
        if one_line(value):
            message[name] = Header(one_line(value), "utf-8").encode()
    return message.as_bytes()


def _stream(storage: Storage, name: tuple[int, int]) -> str:
    return _bytes(storage, name).decode("utf-16-le", "replace")


def _bytes(storage: Storage, name: tuple[int, int]) -> bytes:
    try:
        return storage.property_stream_bytes(*name)
    except KeyError:
        return b""

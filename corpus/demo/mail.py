"""Messages, as a mail program writes them: headers, a text, sometimes its HTML twin, attachments."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from markdown_it import MarkdownIt

from corpus.demo.plain import text_file
from corpus.demo.source import Source

_PARIS = timezone(timedelta(hours=1))
_MIME = {
    "pdf": ("application", "pdf"),
    "docx": ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "odt": ("application", "vnd.oasis.opendocument.text"),
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def attached(source: Source) -> list[Path]:
    """The sources whose files the message carries, relative to its drop."""
    return [Path(name.strip()) for name in source.fields.get("attachments", "").split(",") if name.strip()]


def message_file(source: Source, files: Mapping[str, bytes]) -> bytes:
    """The message (``.eml``).

    Front matter read here: ``from``, ``to``, ``cc``, ``subject`` (or the title), ``time``, ``message``
    and ``reply`` (names from which the message ids are made), ``html`` ("yes" for an HTML twin).

    Args:
        files: attachments, by the names they are given.
    """
    fields = source.fields
    message = EmailMessage(policy=SMTP)
    hour, minute = (int(part) for part in fields.get("time", "09:12").split(":"))
    year, month, day = (int(part) for part in source.date.split("-"))
    message["From"] = fields["from"]
    message["To"] = fields["to"]
    if "cc" in fields:
        message["Cc"] = fields["cc"]
    message["Subject"] = fields.get("subject", source.title)
    message["Date"] = format_datetime(datetime(year, month, day, hour, minute, tzinfo=_PARIS))
    message["Message-ID"] = _message_id(fields.get("message", source.path.stem))
    if "reply" in fields:
        message["In-Reply-To"] = _message_id(fields["reply"])
        message["References"] = _message_id(fields["reply"])
    message.set_content(text_file(source, heading=False), cte="quoted-printable")
    if fields.get("html") == "yes":
        page = MarkdownIt("commonmark").enable("table").render(source.body)
        message.add_alternative(f"<html><body>{page}</body></html>", subtype="html", cte="quoted-printable")
    for name, data in files.items():
        main, sub = _MIME[name.rpartition(".")[2]]
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    _fix_boundaries(message, source.path.stem)
    return message.as_bytes()


def _message_id(name: str) -> str:
    return f"<{hashlib.sha256(name.encode()).hexdigest()[:20]}@exemple.gouv.invalid>"


def _fix_boundaries(message: EmailMessage, name: str) -> None:
    """The library draws boundaries at random: the same message must give the same bytes."""
    for at, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{hashlib.sha256(f'{name}{at}'.encode()).hexdigest()[:24]}")

"""What all flat OpenDocument files share: namespaces and properties."""

from html import escape

from corpus.demo.source import Source
from corpus.demo.typography import typeset

_NAMESPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0" '
    'xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
    'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" '
    'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" '
    'xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:xlink="http://www.w3.org/1999/xlink"'
)


def marked(source: Source, text: str) -> str:
    """``text`` with its typography set as the source asks, escaped for XML."""
    typographic = source.fields.get("typography", "yes") == "yes"
    return escape(typeset(text) if typographic else text, quote=False)


def flat_file(source: Source, kind: str, content: str) -> str:
    """A whole flat document of one kind (``text``, ``spreadsheet``, ``presentation``).

    ``content`` is everything after the properties: styles, master pages, body.
    """
    moment = f"{source.date}T09:00:00"
    author = escape(source.fields.get("author", source.fields["service"]), quote=False)
    keywords = "".join(
        f"<meta:keyword>{escape(word.strip(), quote=False)}</meta:keyword>"
        for word in source.fields.get("keywords", "").split(",")
        if word.strip()
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {_NAMESPACES} office:version="1.3" '
        f'office:mimetype="application/vnd.oasis.opendocument.{kind}"><office:meta>'
        f"<dc:title>{marked(source, source.title)}</dc:title><dc:language>fr-FR</dc:language>"
        f"<meta:initial-creator>{author}</meta:initial-creator><dc:creator>{author}</dc:creator>{keywords}"
        f"<meta:creation-date>{moment}</meta:creation-date><dc:date>{moment}</dc:date></office:meta>"
        f"{content}</office:document>"
    )

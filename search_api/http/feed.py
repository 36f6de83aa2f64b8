"""Alerts as an Atom feed (RFC 4287)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree

from corpus.document import Document
from corpus.report import visible
from search_api.engine.watch.saved import Alert, Change
from search_api.http.french import kind_name
from search_api.http.wire import alert_url

_ATOM = "http://www.w3.org/2005/Atom"
_SAID = {Change.NEW: "Nouveau", Change.CHANGED: "Modifié"}


def alerts_feed(
    owner: str, entries: Sequence[tuple[Alert, str, Document | None]], *, origin: str, address: str
) -> bytes:
    """The feed of an owner's alerts, latest first: each with the name of its search and its document, None when it
    was withdrawn. ``origin`` is the server's address, ``address`` the feed's path."""
    ElementTree.register_namespace("", _ATOM)
    feed = ElementTree.Element(f"{{{_ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "fr"})
    _add(feed, "id", f"urn:reuni:veille:{owner}")
    _add(feed, "title", "Réuni : veille")
    _add(feed, "updated", entries[0][0].made_at if entries else _epoch())
    _link(feed, "self", f"{origin}{address}", "application/atom+xml")
    _link(feed, "alternate", f"{origin}/veille", "text/html")
    author = ElementTree.SubElement(feed, f"{{{_ATOM}}}author")
    _add(author, "name", "Réuni")
    for alert, name, document in entries:
        entry = ElementTree.SubElement(feed, f"{{{_ATOM}}}entry")
        _add(entry, "id", f"urn:reuni:alerte:{alert.id}")
        title = document.title if document else "document retiré du fonds depuis"
        _add(entry, "title", f"{name} : {title}")
        _add(entry, "updated", alert.made_at)
        _link(
            entry,
            "alternate",
            origin + (alert_url(alert.match) if document else f"/veille/{alert.search}"),
            "text/html",
        )
        said = [_SAID[alert.match.change], name]
        if document is not None:
            said += [kind_name(document.kind)] if document.kind else []
            said += [document.date] if document.date else []
            said.append(f"versement {document.drop}")
        _add(entry, "summary", ", ".join(said))
    body: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    # Names and titles come from people and documents: what XML cannot carry is written out.
    ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}").text = visible(text)


def _link(parent: ElementTree.Element, relation: str, href: str, media_type: str) -> None:
    ElementTree.SubElement(parent, f"{{{_ATOM}}}link", {"rel": relation, "href": href, "type": media_type})


def _epoch() -> str:
    return datetime.fromtimestamp(0, UTC).isoformat()

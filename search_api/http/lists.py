"""Watch-lists between the engine and whoever asks: finding one, reading its matrix, writing it as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, UploadFile

from corpus.document import Document
from search_api.engine.jobs import Job
from search_api.engine.watch.list_file import MOST_BYTES, read_list
from search_api.engine.watch.list_run import ListDesk
from search_api.engine.watch.lists import Cell, How, ListState, WatchList
from search_api.http.asking import coverage_of
from search_api.http.exports.tables import TableColumn
from search_api.http.house import House, TheHouse, User
from search_api.http.problems import ProblemError, absent
from search_api.http.wire import VERSION_DIGITS, document_page_url, spans_text

HOW_NAMES = {How.EXACT: "à la lettre", How.MEANING: "par le sens"}


@dataclass(frozen=True, slots=True)
class Found:
    """A cell of the matrix with its document as it is now."""

    cell: Cell
    document: Document

    @property
    def url(self) -> str:
        """The document opened at the passage, for people."""
        finding = self.cell.finding
        pairs = [
            ("q", self.cell.item.name),
            ("passage", spans_text(finding.spans)),
            ("version", finding.version[:VERSION_DIGITS]),
        ]
        return f"{document_page_url(finding.document_id)}?{urlencode(pairs, safe=':,')}#passage"


def lists_of(house: TheHouse) -> ListDesk:
    """The watch-lists, or the problem that there is nowhere to keep them."""
    if house.lists is None:
        raise ProblemError(
            503,
            "nowhere-to-save",
            "Ce serveur n’a pas de dossier où garder les listes.",
            remedy="Lancez-le par « reuni serve », qui lui en donne un.",
        )
    return house.lists


TheLists = Annotated[ListDesk, Depends(lists_of)]


def find_list(lists: ListDesk, user: User, list_id: str) -> tuple[ListState, Job | None]:
    """A list of the caller with what was found in what they may read, and its last job, or the 404 that says the same
    whether it is absent or somebody else's."""
    found = lists.read(_watched(lists, user, list_id), user.compartments)
    if found is None:
        raise _no_list()
    return found


def start_list(lists: ListDesk, user: User, list_id: str) -> None:
    """Have a list of the caller run, or the 404 of :func:`find_list`."""
    lists.run(user.name, _watched(lists, user, list_id))


def remove_list(lists: ListDesk, user: User, list_id: str) -> None:
    """Remove a list of the caller, or the 404 of :func:`find_list`."""
    if not lists.store.forget(user.name, list_id):
        raise _no_list()


def _watched(lists: ListDesk, user: User, list_id: str) -> WatchList:
    watched = lists.store.get(user.name, list_id)
    if watched is None:
        raise _no_list()
    return watched


def _no_list() -> ProblemError:
    return absent("Vous n’avez pas de liste à cette adresse.", "Elle a pu être supprimée : voyez la page Veille.")


def keep_list(
    house: House, user: User, lists: ListDesk, name: str, file: UploadFile, compartments: Sequence[str]
) -> WatchList:
    """Read a file, keep its list, and have it run once; a run already under way only puts that off."""
    named = tuple(coverage_of(house, user, compartments).generations)
    content = file.file.read(MOST_BYTES + 1)
    items, bad = read_list(content, file.filename or "")
    return lists.store.save(user.name, name, named, items, bad)


def matrix(house: House, user: User, cells: Sequence[Cell]) -> list[Found]:
    """The cells with their documents as the caller may read them; documents withdrawn since are left out."""
    known: dict[str, Document | None] = {}
    found = []
    for cell in cells:
        document_id = cell.finding.document_id
        if document_id not in known:
            known[document_id] = house.service.document(document_id, user.compartments)
        if (document := known[document_id]) is not None:
            found.append(Found(cell, document))
    return found


def filtered(found: Sequence[Found], *, line: int | None, how: How | None, new: bool) -> list[Found]:
    """The cells of one entry, found in one way, or new; None and False take all."""
    return [
        one
        for one in found
        if (line is None or one.cell.item.line == line)
        and (how is None or one.cell.finding.how is how)
        and (one.cell.new or not new)
    ]


COLUMNS: tuple[TableColumn[Found], ...] = (
    ("Entrée", 30, lambda one: one.cell.item.name),
    ("SIREN", 12, lambda one: one.cell.item.identifier),
    ("Note", 30, lambda one: one.cell.item.note),
    ("Trouvée", 14, lambda one: HOW_NAMES[one.cell.finding.how]),
    ("Nouveau", 10, lambda one: "oui" if one.cell.new else "non"),
    ("Titre", 40, lambda one: one.document.title),
    ("Date", 12, lambda one: one.document.date),
    ("Pages", 14, lambda one: ", ".join(map(str, one.cell.finding.pages)) or str(_page(one))),
    ("Fichier", 30, lambda one: one.document.external_id),
    ("Empreinte SHA-256", 20, lambda one: one.cell.finding.version),
    ("Versement", 12, lambda one: one.document.drop),
    ("Compartiment", 14, lambda one: one.cell.finding.compartment),
    ("Lien", 40, lambda one: one.url),
)


def _page(one: Found) -> int:
    spans = one.cell.finding.spans
    return spans[0].page if spans else 1

"""A watch-list as people send it: a CSV or XLSX table of firms, technologies or people. Hostile until proven otherwise:
bounded in bytes, rows and cells; a workbook is unpacked in a closed-in process, formulas are never computed, what a
cell shows is text."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stdnum.exceptions import ValidationError
from stdnum.fr import siren

from corpus.errors import InputError
from corpus.extraction.extracted import ExtractionFailure
from corpus.extraction.owned_folders import OwnedFolder
from corpus.extraction.sheet_worker import read_sheet
from corpus.extraction.text import decode
from corpus.french.analyzer import words

MOST_BYTES = 2 * 1024 * 1024
MOST_ITEMS = 2_000
MOST_VARIANTS = 20
LONGEST_NAME = 150
LONGEST_NOTE = 500
_LONGEST_HEADER = 40
_DELIMITERS = ";,\t"
_SAVE_AGAIN = "Enregistrez la liste de nouveau, sans mot de passe, en XLSX ou en CSV"
_COLUMNS = {
    "nom": "name", "name": "name", "denomination": "name", "raison sociale": "name",
    "variantes": "variants", "variante": "variants", "variants": "variants", "alias": "variants",
    "siren": "identifier", "identifiant": "identifier", "identifier": "identifier",
    "note": "note", "notes": "note", "remarque": "note",
}  # fmt: skip
_SHOWN = {"name": "nom", "variants": "variantes", "identifier": "SIREN", "note": "note"}


@dataclass(frozen=True, slots=True)
class ListItem:
    """Something to watch.

    Attributes:
        line: where it stands in the file, 1 for the first line.
        name: as it is looked for.
        variants: other names it is looked for by.
        identifier: SIREN, nine digits, or "".
        note: what it is, in a few words, or "".
    """

    line: int
    name: str
    variants: tuple[str, ...]
    identifier: str
    note: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is left out: its line, the column at fault, and why in French."""

    line: int
    column: str
    reason: str


class _RowFault(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def read_list(content: bytes, filename: str) -> tuple[list[ListItem], list[BadRow]]:
    """The items of a file, and the rows that are none.

    Raises:
        InputError: the file is too large, cannot be read, has no column of names or no item.
    """
    if len(content) > MOST_BYTES:
        raise InputError(f"la liste dépasse {MOST_BYTES // (1 << 20)} Mio", remedy="Coupez-la en plusieurs listes")
    rows = _xlsx_rows(content) if content[:2] == b"PK" else _csv_rows(content)
    items: list[ListItem] = []
    bad: list[BadRow] = []
    header: list[str] | None = None
    names: set[str] = set()
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if header is None:
            header = _header(row, filename)
            continue
        if len(items) + len(bad) >= MOST_ITEMS:
            raise InputError(f"la liste dépasse {MOST_ITEMS} lignes", remedy="Coupez-la en plusieurs listes")
        try:
            item = _item(line, dict(zip(header, row, strict=False)))
            if item.name.casefold() in names:
                raise _RowFault("name", f"« {item.name} » est déjà plus haut dans la liste")
        except _RowFault as fault:
            bad.append(BadRow(line, _SHOWN[fault.column], fault.reason))
            continue
        names.add(item.name.casefold())
        items.append(item)
    if not items:
        raise InputError(
            "la liste ne contient aucune ligne utilisable" + (f" ({bad[0].reason})" if bad else ""),
            remedy="Donnez une ligne de titres (nom, variantes, SIREN, note), puis une ligne par entrée",
        )
    return items, bad


def _header(row: Sequence[str], filename: str) -> list[str]:
    found = [_COLUMNS.get(_plain(cell), "") for cell in row]
    if "name" not in found:
        raise InputError(
            f"la première ligne de « {filename[:80]} » ne nomme pas de colonne « nom »",
            remedy="Écrivez en première ligne les titres des colonnes : nom, et au besoin variantes, SIREN, note",
        )
    return found


def _item(line: int, cells: dict[str, str]) -> ListItem:
    name = _cell(cells, "name", LONGEST_NAME)
    if not name:
        raise _RowFault("name", "le nom manque")
    if not any(True for _ in words(name)):
        raise _RowFault("name", f"« {name} » ne contient aucun mot")
    variants = tuple(
        dict.fromkeys(
            one
            for part in re.split(r"[;|\n]", cells.get("variants", ""))
            if (one := " ".join(part.split())) and any(True for _ in words(one))
        )
    )
    if len(variants) > MOST_VARIANTS or any(len(one) > LONGEST_NAME for one in variants):
        raise _RowFault("variants", f"{MOST_VARIANTS} variantes au plus, de {LONGEST_NAME} caractères")
    return ListItem(line, name, variants, _siren(cells), _cell(cells, "note", LONGEST_NOTE))


def _siren(cells: dict[str, str]) -> str:
    given = cells.get("identifier", "").strip()
    if not given:
        return ""
    # A spreadsheet makes numbers of them: 552100554.0, or 5521005 without its first zeros.
    digits = re.sub(r"\.0$", "", given)
    digits = re.sub(r"[\s\u00a0\u202f.]", "", digits)
    digits = digits.zfill(9) if digits.isdigit() else digits
    try:
        return str(siren.validate(digits))
    except ValidationError as error:
        raise _RowFault("identifier", f"« {given[:30]} » n’est pas un SIREN (neuf chiffres, clé vérifiée)") from error


def _cell(cells: dict[str, str], name: str, longest: int) -> str:
    value = " ".join(cells.get(name, "").split())
    if len(value) > longest:
        raise _RowFault(name, f"{len(value)} caractères, {longest} au plus")
    return value


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text[:_LONGEST_HEADER].strip().lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _csv_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = decode(content)
    first = text.lstrip().splitlines()[0] if text.strip() else ""
    return _parsed(text, max(_DELIMITERS, key=first.count))


def _parsed(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise InputError(
            f"la ligne {reader.line_num} ne peut pas être lue", remedy="Enregistrez la liste en CSV UTF-8 ou en XLSX"
        ) from error


def _xlsx_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    with OwnedFolder("reuni-list-") as folder:
        file = folder / "list.xlsx"
        file.write_bytes(content)
        try:
            table = read_sheet(file)
        except ExtractionFailure as failure:
            raise InputError(failure.message[:1].lower() + failure.message[1:], remedy=_SAVE_AGAIN) from failure
    # Cells may hold several lines: rows are counted, not lines.
    yield from enumerate((row for _, row in _parsed(table, ",")), start=1)

"""What a drop's own manifest says of its files: ``manifest.csv`` or ``manifest.jsonl`` at its root.

A line names a file by its path in the drop (``archive.zip/note.docx`` inside an archive) and gives what it
knows of it. Columns are known by their French or English names; others are kept as they are. Everything is
checked before anything is indexed: an error names its line and its column.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from corpus.drop import Incoming
from corpus.errors import InputError
from corpus.french.folding import fold
from corpus.metadata.kinds import canonical_kind

NAMES = ("manifest.csv", "manifest.jsonl")
_LARGEST = 64 << 20
_PATH = "path"
_COMPARTMENT = "compartment"
_COLUMNS = {
    _PATH: ("path", "file", "filename", "fichier", "chemin", "nom du fichier"),
    "title": ("title", "titre", "intitule"),
    "date": ("date",),
    "kind": ("type", "kind", "nature", "type de document"),
    "author": ("author", "auteur", "redacteur"),
    "service": ("service", "bureau", "direction"),
    "reference": ("reference", "ref", "numero"),
    _COMPARTMENT: ("compartment", "compartiment"),
    "language": ("language", "langue"),
    "keywords": ("keywords", "mots cles", "mots-cles"),
}
_FIELDS = {name: field for field, names in _COLUMNS.items() for name in names}
# What the house itself writes in a document's metadata.
_RESERVED = frozenset({"parent", "family", "lead"})
_DELIMITERS = ";,\t|"
_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_FRENCH = re.compile(r"(?:(\d{1,2})[/.])?(\d{1,2})[/.](\d{4})")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that was read: what it says of each file, by path.

    Fields are ``title``, ``date`` (ISO 8601), ``kind`` (canonical), ``author``, ``service``, ``reference``,
    ``language``, ``keywords``, and unknown columns under their own names. Empty cells say nothing.
    """

    name: str
    files: Mapping[str, Mapping[str, str]]

    def below(self, folder: str) -> "Manifest":
        """The same for files that stand below a folder or an archive."""
        return Manifest(self.name, {f"{folder}/{path}": said for path, said in self.files.items()})

    def matched(self, paths: Sequence[str]) -> dict[str, dict[str, str]]:
        """The same under the paths as the drop spells them: accents composed or not, ``\\`` or ``/``."""
        spelled = {_comparable(path): path for path in paths}
        return {spelled.get(_comparable(path), path): dict(said) for path, said in self.files.items()}


def split_manifest(incoming: Sequence[Incoming], compartment: str) -> tuple[list[Incoming], Manifest | None]:
    """Take the manifest out of what came in: it describes documents and is none.

    Args:
        compartment: the one that is indexed; a line may not name another.
    Raises:
        InputError: the manifest cannot be read; names its line and column.
    """
    found = [item for item in incoming if item.path in NAMES and item.source is not None]
    if len(found) > 1:
        raise InputError(
            "le lot a deux manifestes, manifest.csv et manifest.jsonl", remedy="Gardez-en un seul, puis relancez"
        )
    if not found:
        return list(incoming), None
    (item,) = found
    assert item.source is not None  # noqa: S101 - chosen so
    return [other for other in incoming if other is not item], read_manifest(item.source, item.path, compartment)


def read_manifest(source: Path, name: str, compartment: str) -> Manifest:
    """Read a manifest.

    Raises:
        InputError: it cannot be read, or a line of it is wrong; names the line and the column.
    """
    if source.stat().st_size > _LARGEST:
        raise InputError(f"{name} dépasse {_LARGEST >> 20} Mio", remedy="Livrez le lot en plusieurs fois")
    text = _decoded(source.read_bytes())
    lines = _jsonl(text, name) if name.endswith(".jsonl") else _csv(text, name)
    files: dict[str, dict[str, str]] = {}
    seen: dict[str, int] = {}
    for number, cells in lines:
        path, said = _line(cells, name, number, compartment)
        if (key := _comparable(path)) in seen:
            raise _wrong(name, number, _PATH, f"« {path} » est déjà décrit à la ligne {seen[key]}")
        seen[key] = number
        files[path] = said
    return Manifest(name, files)


def _decoded(data: bytes) -> str:
    """UTF-8, with or without its mark, else what spreadsheets of French Windows write."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _csv(text: str, name: str) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Each row's line number and its (column, cell) pairs."""
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] | None = None
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if columns is None:
                columns = [cell.strip() for cell in row]
                _check_columns(columns, name, reader.line_num)
                continue
            if len(row) > len(columns):
                raise _wrong(name, reader.line_num, f"{len(columns) + 1}", "il y a plus de cellules que de colonnes")
            yield reader.line_num, list(zip(columns, row, strict=False))
    except csv.Error as error:
        raise _wrong(name, reader.line_num, "", f"ce n’est pas du CSV ({error})") from error
    if columns is None:
        raise InputError(f"{name} est vide", remedy="Donnez une ligne d’en-têtes, puis une ligne par fichier")


def _check_columns(columns: Sequence[str], name: str, line: int) -> None:
    fields = [_field(column) for column in columns]
    if _PATH not in fields:
        raise InputError(
            f"{name}, ligne {line} : aucune colonne ne nomme le fichier",
            remedy="Ajoutez une colonne « fichier » (ou « path ») avec le chemin de chaque fichier dans le lot",
        )
    for number, (column, field) in enumerate(zip(columns, fields, strict=True), start=1):
        if not column:
            raise _wrong(name, line, f"{number}", "cette colonne n’a pas de nom")
        if field in fields[: number - 1]:
            raise _wrong(name, line, column, "deux colonnes disent la même chose")


def _jsonl(text: str, name: str) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            at = error.colno if isinstance(error, json.JSONDecodeError) else 1
            raise _wrong(name, number, f"{at}", "ce n’est pas du JSON") from error
        if not isinstance(fields, dict):
            raise _wrong(name, number, "", "un objet JSON est attendu")
        yield number, [(column, _scalar(value, name, number, column)) for column, value in fields.items()]


def _scalar(value: object, name: str, line: int, column: str) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    raise _wrong(name, line, column, "une chaîne, un nombre ou une liste de chaînes est attendu")


def _line(cells: Sequence[tuple[str, str]], name: str, number: int, compartment: str) -> tuple[str, dict[str, str]]:
    path = ""
    said: dict[str, str] = {}
    for column, cell in cells:
        field, value = _field(column), unicodedata.normalize("NFC", " ".join(cell.split()))
        if field == _PATH:
            path = cell.strip().replace("\\", "/").removeprefix("./")
        elif field in _RESERVED:
            raise _wrong(name, number, column, "ce nom est réservé")
        elif not value:
            continue
        elif field == _COMPARTMENT:
            if value != compartment:
                raise _wrong(
                    name,
                    number,
                    column,
                    f"ce fichier est destiné au compartiment « {value} », le lot est indexé dans « {compartment} »",
                    remedy="Séparez le lot par compartiment et indexez chaque partie avec --compartment",
                )
        elif field in said:
            raise _wrong(name, number, column, "deux colonnes disent la même chose")
        elif field == "date":
            said[field] = _date(value, name, number, column)
        else:
            said[field] = canonical_kind(value) if field == "kind" else value
    if not path:
        raise _wrong(name, number, _PATH, "le fichier n’est pas nommé")
    return path, said


def _field(column: str) -> str:
    column = " ".join(column.split())
    return _FIELDS.get(fold(column).replace("_", " "), column)


def _date(value: str, name: str, line: int, column: str) -> str:
    """ISO 8601 of a day, a month or a year, written so or as 18/07/2019."""
    if found := _ISO.fullmatch(value):
        year, month, day = found.groups()
    elif found := _FRENCH.fullmatch(value):
        day, month, year = found.groups()
    else:
        raise _wrong(name, line, column, f"« {value} » n’est pas une date (attendu : 2019-07-18 ou 18/07/2019)")
    try:
        whole = date(int(year), int(month or 1), int(day or 1)).isoformat()
    except ValueError as error:
        raise _wrong(name, line, column, f"« {value} » n’existe pas au calendrier") from error
    return whole[: 10 if day else 7 if month else 4]


def _comparable(path: str) -> str:
    return unicodedata.normalize("NFC", path)


def _wrong(
    name: str, line: int, column: str, what: str, *, remedy: str = "Corrigez cette ligne, puis relancez"
) -> InputError:
    where = f", colonne « {column} »" if column else ""
    return InputError(f"{name}, ligne {line}{where} : {what}", remedy=remedy)

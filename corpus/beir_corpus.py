"""A BEIR-style ``corpus.jsonl``: one document a line, ``{"_id", "title", "text"}``."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.document import Block, BlockKind, Page
from corpus.errors import InputError
from corpus.extraction.extracted import Extracted

MEDIA_TYPE = "application/x-beir+json"
_HEADING = re.compile(r"(#{1,6})[ \t]+(?=\S)")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+(?=\S)")
_LINE = re.compile(r"[^\n]+")


@dataclass(frozen=True, slots=True)
class BeirDocument:
    """One line of the corpus; ``sha256`` covers the id too, since two ids with one text are two documents."""

    id: str
    title: str
    text: str

    @property
    def sha256(self) -> str:
        """Of the three fields."""
        content = json.dumps([self.id, self.title, self.text], ensure_ascii=False)
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()

    def extracted(self) -> Extracted:
        """The text as one page; lines such as ``## Titre`` are headings."""
        page = Page(number=1, text=self.text, blocks=tuple(_blocks(self.text)))
        return Extracted(media_type=MEDIA_TYPE, pages=(page,), title=self.title.strip())


def _blocks(text: str) -> Iterator[Block]:
    for line in _LINE.finditer(text):
        if not line.group().strip():
            continue
        heading = _HEADING.match(line.group())
        if heading:
            yield Block(BlockKind.HEADING, line.start() + heading.end(), line.end(), len(heading[1]))
        elif _LIST_ITEM.match(line.group()):
            yield Block(BlockKind.LIST_ITEM, line.start(), line.end())
        else:
            yield Block(BlockKind.PARAGRAPH, line.start(), line.end())


def read_beir_corpus(path: Path) -> Iterator[BeirDocument]:
    """The documents of a ``corpus.jsonl``, in order; blank lines are passed over.

    An ``_id`` that is a whole number is taken as its text. ``title`` may be missing or null, ``text`` may be empty;
    other fields (``metadata``…) are not read.

    Raises:
        InputError: the file cannot be read, or a line is not a document; names the line.
    """
    seen: set[str] = set()
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    document = _document(line, path, number)
                    if document.id in seen:
                        raise _wrong(path, number, f"document « {document.id} » en double")
                    seen.add(document.id)
                    yield document
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"le fichier {path} ne peut pas être lu ({error})", remedy="Donnez un fichier JSON Lines en UTF-8"
        ) from error


def record_id(record: Mapping[str, Any]) -> str:
    """The ``_id`` of a record as a text, "" when it has none: some collections write numbers."""
    given = record.get("_id")
    whole = isinstance(given, int) and not isinstance(given, bool)
    return str(given) if whole else given if isinstance(given, str) else ""


def _document(line: str, path: Path, number: int) -> BeirDocument:
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        raise _wrong(path, number, f"JSON invalide ({error.msg}, colonne {error.colno})") from error
    if not isinstance(fields, dict):
        raise _wrong(path, number, "un objet JSON est attendu")
    identifier, title, text = record_id(fields), fields.get("title"), fields.get("text")
    if not identifier:
        raise _wrong(path, number, "« _id » manque, ou n’est ni un texte ni un nombre entier")
    if not isinstance(text, str) or not isinstance(title, str | None):
        raise _wrong(path, number, f"« text » ou « title » du document « {identifier} » n’est pas un texte")
    return BeirDocument(identifier, title or "", text)


def _wrong(path: Path, number: int, what: str) -> InputError:
    return InputError(f"{path}, ligne {number} : {what}", remedy="Corrigez cette ligne, puis relancez")

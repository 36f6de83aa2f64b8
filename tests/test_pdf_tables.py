"""Tables of a PDF are read row by row however they are drawn, and to their end when they run off the page."""

from collections.abc import Sequence
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from corpus.document import BlockKind
from corpus.extraction.pdf import extract_pdf

ROWS = [
    ("pwd", ["afficher le nom du dossier"]),
    ("identité de l’agent", ["afficher l’identité (nom, groupe", "et service de rattachement)"]),
    ("ls", ["afficher le contenu du dossier"]),
    ("chercher un motif", ["chercher des fichiers d’après", "un motif dans leur nom"]),
]
READ = [f"{left} | {' '.join(right)}" for left, right in ROWS]


def printed(path: Path, *, top: float, ruled: bool, rows: Sequence[tuple[str, list[str]]] = ROWS) -> Path:
    """A table of two columns from ``top`` points down; ruled, only between rows and columns: its sides are open."""
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setFont("Helvetica", 10)
    y = top
    for left, right in rows:
        if ruled:
            canvas.line(60, y, 400, y)
        canvas.drawString(64, y - 6 - 6 * len(right), left)
        for line in right:
            y -= 12
            canvas.drawString(204, y, line)
        y -= 4
    if ruled:
        canvas.line(60, y, 400, y)
        canvas.line(200, top, 200, y)
    canvas.save()
    return path


def rows_of(path: Path) -> list[str]:
    (page,) = extract_pdf(path).pages
    return [page.text[block.start : block.end] for block in page.blocks if block.kind is BlockKind.TABLE_ROW]


def test_a_ruled_table_with_open_sides(tmp_path: Path) -> None:
    assert rows_of(printed(tmp_path / "t.pdf", top=700, ruled=True)) == READ


def test_short_terms_beside_other_short_terms_are_no_columns_of_text(tmp_path: Path) -> None:
    terms = [(name, [f"debian/{name}"]) for name in ("fb", "auto", "langue", "pays", "url", "domaine")]
    read = [f"{name} | {value}" for name, (value,) in terms]
    assert rows_of(printed(tmp_path / "t.pdf", top=700, ruled=False, rows=terms)) == read


def test_rows_below_the_foot_of_the_page_are_not_lost(tmp_path: Path) -> None:
    assert rows_of(printed(tmp_path / "t.pdf", top=40, ruled=True)) == READ


def test_what_is_printed_around_a_trimmed_page_is_not_its_text(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(printed(tmp_path / "t.pdf", top=700, ruled=True)))
    page = writer.pages[0]
    page.mediabox = RectangleObject((0, 0, A4[0], A4[1]))
    page.cropbox = RectangleObject((0, 660, A4[0], A4[1]))
    writer.write(tmp_path / "trimmed.pdf")
    assert rows_of(tmp_path / "trimmed.pdf") == READ[:2]

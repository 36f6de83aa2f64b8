"""PDFs that tests read: made by LibreOffice and reportlab, never by hand."""

import io
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

PROSE = (
    "La présente convention de délégation de gestion fixe les conditions dans lesquelles le délégant confie au "
    "délégataire la réalisation des dépenses du programme, dans la limite des crédits ouverts par la loi de "
    "finances. Le délégataire exécute les opérations pour le compte du délégant et lui rend compte chaque "
    "trimestre des engagements souscrits. Toute modification fait l’objet d’un avenant signé par les parties. "
)


def has_libreoffice() -> bool:
    return shutil.which("soffice") is not None


def libreoffice_pdf(folder: Path, name: str, body: str, *, header: str = "", footer: str = "") -> Path:
    """A PDF printed by LibreOffice from OpenDocument text content (``text:p``, ``table:table``…)."""
    source = folder / f"{name}.fodt"
    source.write_text(_FLAT.format(body=body, header=header, footer=footer), encoding="utf-8")
    profile = (folder / "profile").as_uri()
    subprocess.run(
        [
            *("soffice", f"-env:UserInstallation={profile}", "--headless"),
            *("--convert-to", "pdf", "--outdir", str(folder), str(source)),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return folder / f"{name}.pdf"


def drawn_pdf(path: Path, pages: Sequence[Sequence[tuple[float, float, str]]], *, size: float = 11) -> Path:
    """Strings at points from the lower left of A4 pages."""
    path.write_bytes(drawn(pages, size=size))
    return path


def drawn(pages: Sequence[Sequence[tuple[float, float, str]]], *, size: float = 11) -> bytes:
    """The bytes of :func:`drawn_pdf`."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4)
    for strings in pages:
        canvas.setFont("Helvetica", size)
        for x, y, text in strings:
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def picture_pdf(path: Path, pictures: list[bytes], *, hidden: str = "") -> Path:
    """A scan: each page one picture (PNG), with ``hidden`` as the invisible text layer of each."""
    from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped]

    canvas = Canvas(str(path), pagesize=A4)
    for picture in pictures:
        canvas.drawImage(ImageReader(io.BytesIO(picture)), 0, 0, *A4)
        if hidden:
            text = canvas.beginText(50, 780)
            text.setTextRenderMode(3)
            text.setFont("Helvetica", 10)
            for start in range(0, len(hidden), 80):
                text.textLine(hidden[start : start + 80])
            canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return path


_FLAT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
 office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.text">
<office:styles>
 <style:default-style style:family="paragraph">
  <style:text-properties fo:font-family="Liberation Serif" fo:font-size="11pt" fo:language="fr" fo:country="FR"/>
 </style:default-style>
 <style:style style:name="Title" style:family="paragraph">
  <style:paragraph-properties fo:margin-bottom="0.4cm"/>
  <style:text-properties fo:font-size="20pt" fo:font-weight="bold"/></style:style>
 <style:style style:name="H1" style:family="paragraph">
  <style:paragraph-properties fo:margin-top="0.4cm" fo:margin-bottom="0.2cm"/>
  <style:text-properties fo:font-size="15pt" fo:font-weight="bold"/></style:style>
 <style:style style:name="H2" style:family="paragraph">
  <style:paragraph-properties fo:margin-top="0.3cm" fo:margin-bottom="0.2cm"/>
  <style:text-properties fo:font-size="12.5pt" fo:font-weight="bold"/></style:style>
 <style:style style:name="P" style:family="paragraph">
  <style:paragraph-properties fo:margin-bottom="0.25cm" fo:text-align="justify"/></style:style>
 <style:style style:name="Cut" style:family="paragraph">
  <style:paragraph-properties fo:margin-bottom="0.25cm" fo:text-align="justify" fo:margin-right="9cm"/>
  <style:text-properties fo:hyphenate="true" fo:hyphenation-remain-char-count="2"
   fo:hyphenation-push-char-count="2"/></style:style>
 <style:style style:name="Footnote" style:family="paragraph">
  <style:text-properties fo:font-size="9pt"/></style:style>
 <text:list-style style:name="L"><text:list-level-style-bullet text:level="1" text:bullet-char="•">
  <style:list-level-properties text:space-before="0.5cm" text:min-label-width="0.5cm"/>
 </text:list-level-style-bullet></text:list-style>
</office:styles>
<office:automatic-styles>
 <style:page-layout style:name="pm"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm"
  fo:margin-top="1.5cm" fo:margin-bottom="1.5cm" fo:margin-left="2cm" fo:margin-right="2cm"/>
  <style:header-style><style:header-footer-properties fo:min-height="1cm" fo:margin-bottom="0.6cm"/>
  </style:header-style>
  <style:footer-style><style:header-footer-properties fo:min-height="1cm" fo:margin-top="0.6cm"/></style:footer-style>
 </style:page-layout>
 <style:style style:name="two" style:family="section"><style:section-properties>
  <style:columns fo:column-count="2" fo:column-gap="0.8cm"/></style:section-properties></style:style>
 <style:style style:name="cell" style:family="table-cell">
  <style:table-cell-properties fo:border="0.5pt solid #000000" fo:padding="0.1cm"/></style:style>
 <style:style style:name="bare" style:family="table-cell">
  <style:table-cell-properties fo:border="none" fo:padding="0.1cm"/></style:style>
 <style:style style:name="Break" style:family="paragraph" style:parent-style-name="P">
  <style:paragraph-properties fo:break-before="page"/></style:style>
</office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="pm">
 <style:header>{header}</style:header><style:footer>{footer}</style:footer>
</style:master-page></office:master-styles>
<office:body><office:text>{body}</office:text></office:body></office:document>
"""


def table(rows: list[list[str]], *, style: str = "cell") -> str:
    """OpenDocument markup of a table; ``style`` is "cell" (ruled) or "bare"."""
    columns = f'<table:table-column table:number-columns-repeated="{len(rows[0])}"/>'
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell table:style-name="{style}" office:value-type="string">'
            f"<text:p>{cell}</text:p></table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    return f"<table:table>{columns}{cells}</table:table>"

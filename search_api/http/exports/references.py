"""Citations for reference managers: BibTeX and RIS."""

import re
from collections.abc import Sequence

from search_api.http.exports.citation import Citation

_BIBTEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "#": r"\#",
        "$": r"\$",
        "%": r"\%",
        "&": r"\&",
        "_": r"\_",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
    }
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def one_line(text: str) -> str:
    """Controls and line ends as single blanks: these formats give one line a field."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _source(one: Citation) -> str:
    return (
        f"Fichier {one.file}, SHA-256 {one.file_hash}, versement {one.drop}, "
        f"génération {one.compartment}/{one.generation}"
    )


def as_bibtex(citations: Sequence[Citation]) -> bytes:
    """One ``@misc`` entry a hit (BibLaTeX fields, which BibTeX passes over), UTF-8."""
    entries = []
    for one in citations:
        fields = {
            "title": one.title,
            "author": one.author or one.service,
            "date": one.date if one.year else "",
            "year": one.year,
            "type": one.kind_text,
            "number": one.reference,
            "pages": str(one.page),
            "abstract": one.sentence,
            "note": _source(one),
            "urldate": one.exported.isoformat(),
        }
        lines = [
            f"  {name} = {{{one_line(value).translate(_BIBTEX)}}}," for name, value in fields.items() if one_line(value)
        ]
        key = f"reuni-{re.sub(r'[^0-9A-Za-z]', '', one.document_id)}-{one.rank}"
        entries.append("\n".join([f"@misc{{{key},", *lines, "}"]))
    return ("\n\n".join(entries) + "\n").encode() if entries else b""


def as_ris(citations: Sequence[Citation]) -> bytes:
    """One ``RPRT`` record a hit, UTF-8, lines ended by CR LF."""
    lines: list[str] = []
    for one in citations:
        record = [
            ("TY", "RPRT"),
            ("TI", one.title),
            ("AU", one.author or one.service),
            ("PY", one.year),
            ("DA", one.date.replace("-", "/")),
            ("M3", one.kind_text),
            ("SN", one.reference),
            ("SP", str(one.page)),
            ("AB", one.sentence),
            ("N1", _source(one)),
            ("ID", f"reuni-{one.document_id}-{one.rank}"),
            ("Y2", one.exported.isoformat().replace("-", "/")),
        ]
        lines += [f"{tag}  - {one_line(value)}" for tag, value in record if one_line(value)]
        lines += ["ER  - ", ""]
    return "\r\n".join(lines).encode()

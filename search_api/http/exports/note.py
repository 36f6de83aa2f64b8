"""Citations as a Markdown note: quoted passages with their sources, ready for an analyst's own text."""

import re
from collections.abc import Sequence

from search_api.engine.answer import Answer
from search_api.http.exports.citation import Citation
from search_api.http.exports.references import one_line
from search_api.http.french import count, date_text, typography

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~=:&$^\"'])")


def plain(text: str) -> str:
    """``text`` with every character Markdown could read as markup escaped, on one line."""
    return _SPECIAL.sub(r"\\\1", one_line(text))


def as_note(answer: Answer, citations: Sequence[Citation]) -> bytes:
    """The question, where it was looked for, then each passage quoted with its source; UTF-8."""
    coverage = answer.coverage
    generations = ", ".join(f"{plain(name)}/{plain(value)}" for name, value in coverage.generations.items())
    lines = [f"# {plain(answer.request.query)}", ""]
    if citations:
        lines += [f"Recherche du {plain(date_text(citations[0].exported.isoformat()))}", ""]
    read = count(coverage.documents, "document lu", "documents lus")
    left = coverage.unreadable + coverage.awaiting_ocr
    lines += [
        typography(
            f"{count(len(citations), 'passage', 'passages')}, parmi {read}"
            f" ({count(left, 'fichier non lu', 'fichiers non lus')} ; génération : {generations})."
        ),
        "",
    ]
    if not answer.clear and citations:
        lines += [typography("**Rien ne répond clairement : ces passages sont les plus proches.**"), ""]
    for one in citations:
        about = ", ".join(plain(part) for part in (one.kind_text, one.date_text, one.service, one.place) if part)
        lines += [f"## {one.rank}. {plain(one.title)}", "", about, ""]
        if one.headings:
            lines += [" › ".join(plain(heading) for heading in one.headings), ""]
        lines += [f"> {plain(line)}" for line in one.passage.splitlines() if line.strip()]
        lines += [
            "",
            typography(f"Source : {plain(one.file)}, versement {plain(one.drop)}, SHA-256 `{plain_hash(one)}`"),
            "",
        ]
    return "\n".join(lines).encode()


def plain_hash(one: Citation) -> str:
    """The file's hash, which is all that may stand in a code span."""
    return re.sub(r"[^0-9a-f]", "", one.file_hash)

"""Which documents answer which topic, and how well: judgments, in TREC and BEIR files."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from eval.lines import decode_id, encode_id, malformed, numbered_lines

Qrels = Mapping[str, Mapping[str, int]]
"""Topic id to external id to grade, 0 for judged and not relevant."""

GRADES = {0: "hors sujet", 1: "voisin du sujet", 2: "répond en partie", 3: "répond"}
"""The grades of the SISSE set; other collections may use any grade from 0."""

BEIR_HEADER = ("query-id", "corpus-id", "score")
HIGHEST_GRADE = 1000


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Read judgments: BEIR's three columns with a header for ``.tsv``, TREC's four otherwise.

    Raises:
        InputError: naming file and line: wrong columns, a grade that is not a whole number from 0, the
            same document judged twice for a topic.
    """
    beir = path.suffix == ".tsv"
    qrels: dict[str, dict[str, int]] = {}
    for number, line in numbered_lines(path):
        words = line.split("\t") if beir else line.split()
        if len(words) != (3 if beir else 4):
            expected = " ".join(BEIR_HEADER) if beir else "sujet 0 document note"
            separator = "séparées par des tabulations" if beir else "séparées par des blancs"
            raise malformed(
                path, number, f"{len(words)} colonnes", remedy=f"Colonnes attendues : {expected}, {separator}"
            )
        if beir and number == 1 and tuple(words) == BEIR_HEADER:
            continue
        topic, document, grade = (words[0], words[1], words[2]) if beir else (words[0], decode_id(words[2]), words[3])
        try:
            value = int(grade)
        except ValueError:
            value = -1
        if not 0 <= value <= HIGHEST_GRADE:
            raise malformed(
                path,
                number,
                f"note « {grade} » inattendue",
                remedy="Une note est un entier à partir de 0 ; retirez la ligne d'un document non jugeable",
            )
        if document in qrels.setdefault(topic, {}):
            raise malformed(
                path,
                number,
                f"le document « {document} » est jugé deux fois pour le sujet {topic}",
                remedy="Gardez un seul jugement par sujet et par document",
            )
        qrels[topic][document] = value
    return qrels


def relevant(qrels: Qrels, topic: str, from_grade: int = 1) -> frozenset[str]:
    """The documents that answer ``topic`` with at least ``from_grade``."""
    return frozenset(document for document, grade in qrels.get(topic, {}).items() if grade >= from_grade)


def only(qrels: Qrels, topics: Iterable[str]) -> dict[str, dict[str, int]]:
    """The judgments of ``topics``."""
    return {topic: dict(qrels[topic]) for topic in topics if topic in qrels}


def trec_qrels(qrels: Qrels) -> str:
    """The judgments as a TREC file, sorted."""
    return "".join(
        f"{topic} 0 {encode_id(document)} {grade}\n"
        for topic in sorted(qrels)
        for document, grade in sorted(qrels[topic].items())
    )


def beir_qrels(qrels: Qrels) -> str:
    """The judgments as a BEIR ``.tsv`` with its header, sorted."""
    return (
        "\t".join(BEIR_HEADER)
        + "\n"
        + "".join(
            f"{topic}\t{document}\t{grade}\n"
            for topic in sorted(qrels)
            for document, grade in sorted(qrels[topic].items())
        )
    )

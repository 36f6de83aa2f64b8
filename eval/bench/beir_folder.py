"""A large folder in the BEIR layout, to see what ``reuni eval beir`` costs: ``python -m eval.bench.beir_folder OUT``.

Texts are those of :mod:`eval.bench.collection` (real French sentences shuffled together, each text with a reference of
its own), cut to the length of BEIR's shorter collections. A query is the reference of one document among many; ids are
numbers, as in several collections of BEIR.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from eval.bench.collection import passage_text, real_sentences
from eval.qrels import BEIR_HEADER

DOCUMENTS = 20_000
QUERIES = 200
WORDS = 20


def write_folder(out: Path, documents: int = DOCUMENTS, queries: int = QUERIES) -> None:
    """Write ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/test.tsv`` in ``out``, made if needed."""
    told = real_sentences()
    (out / "qrels").mkdir(parents=True, exist_ok=True)
    texts = (" ".join(passage_text(told, 0, row).split()[:WORDS]) for row in range(documents))
    _write(out / "corpus.jsonl", ({"_id": row, "title": "", "text": text} for row, text in enumerate(texts)))
    asked = range(0, documents, max(1, documents // queries))
    references = ((row, passage_text(told, 0, row).split()[1].rstrip(".")) for row in asked)
    _write(out / "queries.jsonl", ({"_id": row, "text": reference} for row, reference in references))
    lines = ["\t".join(BEIR_HEADER), *(f"{row}\t{row}\t1" for row in asked)]
    (out / "qrels" / "test.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write(path: Path, records: Iterable[object]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.beir_folder", description="A large BEIR folder.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    options = parser.parse_args(arguments)
    write_folder(options.out, options.documents)


if __name__ == "__main__":
    main()

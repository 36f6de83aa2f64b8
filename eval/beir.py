"""A collection in the BEIR layout: ``corpus.jsonl``, ``queries.jsonl``, ``qrels/<split>.tsv``.

The layout is that of Thakur et al., "BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation of
Information Retrieval Models", NeurIPS 2021.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from corpus.beir_corpus import read_beir_corpus
from corpus.errors import InputError
from eval.lines import malformed, numbered_lines
from eval.qrels import Qrels, read_qrels
from eval.topics import Topic, read_beir_topics

SPLIT_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class BeirCollection:
    """A BEIR folder whose topics and judgments have been read and checked.

    Attributes:
        corpus: path of ``corpus.jsonl``, to be indexed.
        topics: the queries that have judgments in the split, in the order of ``queries.jsonl``.
        documents: how many records the corpus has.
        sha256: of the corpus file, hexadecimal.
        missing: judged documents that the corpus does not hold; they cannot be found, and count as missed.
    """

    corpus: Path
    topics: tuple[Topic, ...]
    qrels: Qrels
    documents: int
    sha256: str
    missing: tuple[str, ...]


def read_beir(directory: Path, split: str = "test") -> BeirCollection:
    """Read and check a BEIR folder.

    Raises:
        InputError: naming file and line: a file missing, a record without ``_id`` or ``text``, an id
            twice, a judgment of an unknown query, or no judgment at all.
    """
    if not SPLIT_NAME.fullmatch(split):
        raise InputError(f"« {split} » n'est pas un nom de partie", remedy="Donnez par exemple test, dev ou train")
    corpus, queries = directory / "corpus.jsonl", directory / "queries.jsonl"
    judgments = directory / "qrels" / f"{split}.tsv"
    for path in (corpus, queries, judgments):
        if not path.is_file():
            parts = ", ".join(sorted(found.stem for found in judgments.parent.glob("*.tsv")))
            raise InputError(
                f"{path} est introuvable",
                remedy=f"Choisissez l’une des parties présentes : {parts}"
                if path == judgments and parts
                else f"Un dossier BEIR contient corpus.jsonl, queries.jsonl et qrels/{split}.tsv",
            )
    topics = read_beir_topics(queries)
    qrels = read_qrels(judgments)
    if not qrels:
        raise InputError(f"{judgments} ne contient aucun jugement", remedy="Donnez une autre partie")
    unknown = qrels.keys() - {topic.id for topic in topics}
    for number, line in numbered_lines(judgments) if unknown else ():
        query = line.split("\t")[0]
        if query in unknown:
            raise malformed(
                judgments,
                number,
                f"la requête « {query} » est absente de {queries.name}",
                remedy="Vérifiez que les deux fichiers vont ensemble",
            )
    ids = {document.id for document in read_beir_corpus(corpus)}
    judged = {document for documents in qrels.values() for document in documents}
    with corpus.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return BeirCollection(
        corpus=corpus,
        topics=tuple(topic for topic in topics if topic.id in qrels),
        qrels=qrels,
        documents=len(ids),
        sha256=digest,
        missing=tuple(sorted(judged - ids)),
    )

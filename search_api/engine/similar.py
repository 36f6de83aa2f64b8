"""Documents that speak of the same thing as one: no words are asked, vectors alone compare."""

import numpy as np

from indexer.storage import Storage
from search_api.engine.answer import Channel
from search_api.engine.folding import fold_versions
from search_api.engine.fusion import Weights
from search_api.engine.ranking import Ranked, rank
from search_api.engine.readers import Snapshot
from search_api.engine.retrieval import Depth, grouped

_PASSAGES = 200
_TO_DOCUMENT = Weights(lexical=0.0, dense=1.0, late=0.0)
_TO_PASSAGE = Weights(lexical=0.0, dense=1.0, late=0.0, whole=0.0)


def similar(source: Storage, number: int, passage_id: str, snapshot: Snapshot) -> list[Ranked]:
    """The documents nearest to a document, or to one of its passages, best first.

    What is near a document is near its centre, as a whole and by its best passage; what is near a passage, by its best
    passage alone. The document itself and its versions are left out; those of the others are folded.

    Args:
        source: holds the document.
        passage_id: of the passage, "" for the whole document; nothing is near one that the document does not hold.
        snapshot: where to look.
    """
    families = source.passages.fields.families
    own = families == families[number] if families[number] >= 0 else np.zeros(len(families), bool)
    own[number] = True
    rows = source.passages.rows_of(np.array([number]))
    if passage_id:
        rows = np.array([row for row in rows.tolist() if source.passages.passage(row).id == passage_id], np.int64)
    if not len(rows):
        return []
    centre = source.dense.vectors(rows).sum(axis=0)
    vector = centre / max(float(np.linalg.norm(centre)), 1e-9)
    pools = []
    for generation in snapshot.values():
        owner = generation.passages.document_of
        left_out = own[owner] if generation is source else np.zeros(len(owner), bool)
        rows = generation.dense.search(vector, _PASSAGES + int(left_out.sum()))[0]
        rows = np.sort(rows[~left_out[rows]])
        documents = np.unique(owner[rows]).astype(np.int64)
        none = np.zeros(len(documents), np.int64)
        evidence = {"dense_document": generation.documents.scores(vector, documents)}
        passages = {"dense": generation.dense.scores(vector, rows)}
        pools.append(grouped(generation, rows, passages, evidence, none, none))
    weights = _TO_PASSAGE if passage_id else _TO_DOCUMENT
    return fold_versions(rank(pools, None, Channel.DENSE, weights, Depth()), asked=0)

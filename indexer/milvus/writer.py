"""Writing the collection of a generation: every word is read once, then every entry is sent with its weights."""

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from indexer.acronyms import FILE as ACRONYMS_FILE
from indexer.acronyms import AcronymMiner, write_acronyms
from indexer.bm25 import inverse_frequencies, weights
from indexer.document_fields import FIELDS
from indexer.embedding_cache import EmbeddingCache
from indexer.encoder.protocol import Floats
from indexer.lexical_query import BODY, EXACT, IDENTIFIER, TITLE
from indexer.milvus import schema
from indexer.milvus.connection import told
from indexer.milvus.schema import Part, pair_term
from indexer.milvus.vectors import packed
from indexer.passage_store import PassageStore
from indexer.passage_terms import TITLE_WEIGHT, LexicalPassage, PassageTerms
from indexer.term_numbers import term_number
from indexer.term_reading import read_passages
from indexer.term_store import FILE as TERMS_FILE
from indexer.term_store import alphabet, write_terms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymilvus import MilvusClient

_SPOOL = "words.jsonl"
# Some 12 kB each: a call stays far below the 64 MiB that Milvus takes.
_BATCH = 500


@dataclass(slots=True)
class _Field:
    """Statistics of BM25 over some entries, by dimension."""

    frequencies: Counter[int] = field(default_factory=Counter)
    entries: int = 0
    length: int = 0

    def add(self, counts: Counter[int]) -> None:
        self.frequencies.update(counts.keys())
        self.entries += 1
        self.length += counts.total()

    def weights(self, counts: Sequence[Sequence[int]]) -> dict[int, float]:
        if not counts:
            return {schema.NOTHING: 1.0}
        dimensions, times = np.array(counts, np.int64).T
        frequencies = np.array([self.frequencies[dimension] for dimension in dimensions.tolist()], np.int64)
        inverse = inverse_frequencies(self.entries, frequencies)
        found = weights(inverse, times, int(times.sum()), self.length / max(self.entries, 1))
        return dict(zip(dimensions.tolist(), found.tolist(), strict=True))


@dataclass(slots=True)
class Words:
    """What the words of a generation are, read in order of row and kept beside until they are sent.

    Attributes:
        passages, documents: statistics of BM25.
    """

    folder: Path
    passages: _Field = field(default_factory=_Field)
    documents: _Field = field(default_factory=_Field)

    @classmethod
    def read(cls, folder: Path, content: "Iterable[LexicalPassage]") -> "Words":
        """Read passages in row order, those of a document together; writes the files of words of the generation."""
        self = cls(folder)
        stems: dict[str, int] = {}
        said: Counter[str] = Counter()
        identifiers: Counter[str] = Counter()
        frequencies: Counter[str] = Counter()
        miner = AcronymMiner()
        with (folder / _SPOOL).open("w", encoding="ascii") as spool:
            for document, group in itertools.groupby(read_passages(content), key=lambda read: read[0].document):
                whole: Counter[int] = Counter()
                for _, (read, acronyms, *_) in group:
                    body = Counter(stems.setdefault(stem, len(stems) + 1) for stem in (*read.title, *read.body))
                    if not whole:
                        for stem in read.title:
                            whole[stems[stem]] += TITLE_WEIGHT
                    whole.update(stems[stem] for stem in read.body)
                    self.passages.add(body)
                    said.update(set(read.words))
                    identifiers.update(set(read.identifiers))
                    miner.add(document, acronyms)
                    json.dump([list(body.items()), _exact(read)], spool)
                    spool.write("\n")
                self.documents.add(whole)
                json.dump([list(whole.items()), document], spool)
                spool.write("\n")
        frequencies.update({stem: self.passages.frequencies[dimension] for stem, dimension in stems.items()})
        write_acronyms(folder / ACRONYMS_FILE, miner.expansions())
        write_terms(
            folder / TERMS_FILE,
            itertools.chain(
                ((BODY, stem, frequencies[stem], dimension) for stem, dimension in stems.items()),
                ((EXACT, word, count, 0) for word, count in said.items()),
                ((IDENTIFIER, form, count, 0) for form, count in identifiers.items()),
                [alphabet(IDENTIFIER, identifiers)],
            ),
        )
        return self

    def lines(self) -> Iterator[tuple[list[list[int]], Any]]:
        """Counts by dimension of each entry, with the exact terms of a passage or, after the last passage of each
        document, the document's number."""
        with (self.folder / _SPOOL).open(encoding="ascii") as spool:
            for line in spool:
                counts, other = json.loads(line)
                yield counts, other

    def forget(self) -> None:
        """Remove what was kept beside."""
        (self.folder / _SPOOL).unlink()


def _exact(read: PassageTerms) -> list[int]:
    """What a passage holds exactly, the likeliest to be asked for first: Milvus takes 4,096 at most."""
    terms = [
        *(term_number(IDENTIFIER, form) for form in read.identifiers),
        *(term_number(TITLE, stem) for stem in read.title),
        *(term_number(EXACT, word) for word in read.words),
        *(pair_term(first, second) for first, second in itertools.pairwise(read.words)),
        *(term_number(BODY, stem) for stem in (*read.title, *read.body)),
    ]
    return list(dict.fromkeys(terms))[: schema.MOST_EXACT]


def write_collection(
    client: "MilvusClient",
    name: str,
    words: Words,
    texts: PassageStore,
    cache: EmbeddingCache,
    places: npt.NDArray[np.int64],
) -> None:
    """Fill a collection, then wait until all of it is indexed and can be searched.

    Args:
        places: ``(passages, 2)``, where each row's embeddings are in the cache.
    """
    batches: dict[Part, list[dict[str, Any]]] = {part: [] for part in Part}
    with told(name):
        for part, entry in _entries(words, texts, cache, places):
            batches[part].append(entry)
            if len(batches[part]) == _BATCH:
                client.insert(name, batches[part], partition_name=part.name.lower())
                batches[part] = []
        for part, rest in batches.items():
            if rest:
                client.insert(name, rest, partition_name=part.name.lower())
        client.flush(name)
        schema.wait(client, name)
        client.load_collection(name)


def _entries(
    words: Words, texts: PassageStore, cache: EmbeddingCache, places: npt.NDArray[np.int64]
) -> Iterator[tuple[Part, dict[str, Any]]]:
    columns = {name: texts.fields.columns[name].codes for name in FIELDS}
    centre: Floats = np.zeros(0, np.float32)
    row = 0
    for counts, other in words.lines():
        if isinstance(other, list):
            number = int(texts.document_of[row])
            segment, place = (int(value) for value in places[row])
            vector = cache.segments[segment].dense[place].astype(np.float32)
            centre = centre + vector if len(centre) else vector
            entry = _entry(Part.PASSAGES, row, number, vector, words.passages.weights(counts), columns)
            entry[schema.EXACT] = other
            entry[schema.TOKENS] = packed(cache.segments[segment].tokens(place))
            yield Part.PASSAGES, entry
            row += 1
        else:
            length = float(np.linalg.norm(centre))
            vector = (centre / length if length else centre).astype(np.float16).astype(np.float32)
            yield (
                Part.DOCUMENTS,
                _entry(Part.DOCUMENTS, other, other, vector, words.documents.weights(counts), columns)
                | {schema.EXACT: [], schema.TOKENS: []},
            )
            centre = np.zeros(0, np.float32)


def _entry(
    part: Part, row: int, number: int, vector: Floats, body: dict[int, float], columns: dict[str, npt.NDArray[np.int32]]
) -> dict[str, Any]:
    return {
        schema.ID: part.value + row,
        schema.DOCUMENT: number,
        schema.DENSE: vector,
        schema.BODY: body,
        **{name: int(codes[number]) for name, codes in columns.items()},
    }

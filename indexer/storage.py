"""The storage under the engine: what a search asks of one frozen state of a compartment's index.

A :class:`indexer.generation.Generation` is one. Rows are the passages' numbers, those of a document together and in
reading order; documents have numbers of their own. Everything here may be called from several threads, and never
changes while it is held.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from corpus.document import Document
from corpus.passage import Passage
from indexer.acronyms import Expansion
from indexer.compartment import Compartment
from indexer.document_fields import DocumentFields
from indexer.encoder.protocol import EncoderIdentity, Floats
from indexer.generation import Manifest, Verified
from indexer.lexical_query import AnyOf, LexicalQuery
from indexer.selection import Selection
from indexer.token_codes import Matches, TokenCodes
from indexer.vocabulary import Vocabulary

Rows = npt.NDArray[np.int64]


class Words(Protocol):
    """What documents say as a whole, by BM25; rows are documents' numbers."""

    def search(self, query: AnyOf, k: int, within: Selection | None = None) -> tuple[Rows, Floats]:
        """Rows and scores of the ``k`` best, best first, ties by row; only ``within`` when given."""
        ...

    def scores(self, query: AnyOf, rows: Rows) -> Floats:
        """Scores of given rows (sorted, unique), 0 for those that do not match."""
        ...

    def rows(self, query: AnyOf) -> Rows:
        """Every row that matches, in order."""
        ...


class PassageWords(Protocol):
    """What passages say, by BM25 and to the letter, and the words of the compartment."""

    @property
    def documents(self) -> Words:
        """The same of documents as a whole."""
        ...

    @property
    def acronyms(self) -> Mapping[str, Sequence[Expansion]]:
        """Folded acronym to what it stands for."""
        ...

    @property
    def long_forms(self) -> Mapping[str, Sequence[tuple[tuple[str, ...], str]]]:
        """First stem to the long forms that begin with it (their stems), each with its folded acronym."""
        ...

    @property
    def vocabulary(self) -> Vocabulary:
        """Every word."""
        ...

    def search(self, query: LexicalQuery, k: int, within: Selection | None = None) -> tuple[Rows, Floats]:
        """As :meth:`Words.search`."""
        ...

    def scores(self, query: LexicalQuery, rows: Rows) -> Floats:
        """As :meth:`Words.scores`."""
        ...

    def rows(self, query: LexicalQuery) -> Rows:
        """As :meth:`Words.rows`."""
        ...

    def document_frequency(self, field: str, term: str) -> int:
        """In how many passages a term stands in a field."""
        ...

    def words_with_prefix(self, folded: str, limit: int) -> list[tuple[str, int]]:
        """Words of the collection that begin so, each with the number of passages that have it."""
        ...


class Vectors(Protocol):
    """The passages' own vectors."""

    def search(self, query: Floats, k: int, within: Selection | None = None) -> tuple[Rows, Floats]:
        """Rows and inner products of the ``k`` nearest, best first, ties by row; only ``within`` when given."""
        ...

    def scores(self, query: Floats, rows: Rows) -> Floats:
        """Inner products of given rows, ``(len(rows),)``."""
        ...

    def scorer(self, rows: Rows) -> Callable[[Floats], Floats]:
        """What gives those of given rows with a query to come: all that can be done before it is."""
        ...

    def vectors(self, rows: Rows) -> Floats:
        """The vectors of given rows, ``(len(rows), dimension)``."""
        ...


class Centres(Protocol):
    """The documents' vectors."""

    def scores(self, query: Floats, documents: Rows) -> Floats:
        """Cosines of a query ``(dimension,)`` with some documents, by number."""
        ...


class Codes(Protocol):
    """The passages' token codes."""

    def codes(self, rows: Rows) -> tuple[TokenCodes, npt.NDArray[np.int64]]:
        """Codes of the tokens of some rows laid end to end, and the number of tokens of each."""
        ...

    def matches(self, query: Floats, rows: Rows) -> Matches:
        """How the tokens of a question, ``(m, dimension)``, match those of some rows, in the order asked."""
        ...

    def offsets(self, row: int) -> npt.NDArray[np.int32]:
        """Where each coded token of a row stands in the text that was encoded: ``(n, 2)``, start and end."""
        ...


class Texts(Protocol):
    """What passages and documents are."""

    def __len__(self) -> int:
        """How many passages there are."""
        ...

    @property
    def document_of(self) -> npt.NDArray[np.int32]:
        """``(passages,)``, the document number of each row."""
        ...

    @property
    def document_count(self) -> int:
        """How many documents there are; some may have no passage."""
        ...

    @property
    def fields(self) -> DocumentFields:
        """What documents can be filtered, counted and sorted by."""
        ...

    def passage(self, row: int) -> Passage:
        """The passage of a row."""
        ...

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of some rows, in the order asked."""
        ...

    def number_of(self, document_id: str) -> int | None:
        """The number of a document by its id."""
        ...

    def document(self, number: int) -> Document:
        """A document by its number."""
        ...

    def document_by_id(self, document_id: str) -> Document | None:
        """A document by its id."""
        ...

    def numbers(self, ids: Iterable[str]) -> list[int]:
        """The numbers of the documents of some ids, sorted; ids that are not held are left out."""
        ...

    def versions(self) -> list[tuple[str, str, str]]:
        """Id, version and drop of every document, in order of number."""
        ...

    def all_documents(self) -> list[Document]:
        """Every document, in order of number."""
        ...

    def lengths_of(self, numbers: Rows) -> Rows:
        """How many passages some documents have, by their numbers."""
        ...

    def rows_of(self, numbers: Rows) -> Rows:
        """The rows of some documents by their numbers, document after document, each's in reading order."""
        ...


class Storage(Protocol):
    """One frozen state of a compartment's index."""

    @property
    def manifest(self) -> Manifest:
        """What it is and was built from."""
        ...

    @property
    def lexical(self) -> PassageWords:
        """The passages' words."""
        ...

    @property
    def dense(self) -> Vectors:
        """The passages' vectors."""
        ...

    @property
    def documents(self) -> Centres:
        """The documents' vectors."""
        ...

    @property
    def tokens(self) -> Codes:
        """The passages' token codes."""
        ...

    @property
    def passages(self) -> Texts:
        """The texts."""
        ...

    def close(self) -> None:
        """Let the writer remove it once it is superseded; done too when nobody refers to it any more."""
        ...


class GenerationReader(Protocol):
    """Where the generations of compartments are read."""

    def current_id(self, compartment: Compartment) -> str | None:
        """Id of the published generation, None when nothing was ever published; asked at each search."""
        ...

    def open(
        self, compartment: Compartment, encoder: EncoderIdentity | None = None, verified: Verified | None = None
    ) -> Storage:
        """Open the current generation.

        Args:
            verified: checksums that this process has already computed; it is added to.
        Raises:
            IndexMissing: nothing was ever published.
            IndexDamaged: it is not what was written.
            EncoderMismatch: it was made with another encoder.
        """
        ...

    def sealed(self, compartment: Compartment) -> list[str]:
        """Ids of the generations that were written whole, oldest first; the current one is not always the last."""
        ...

    def opened(self, compartment: Compartment, generation: str, verified: Verified | None = None) -> Storage:
        """Open one of them, whatever encoder it was made with.

        Raises:
            IndexDamaged: it is not what was written.
        """
        ...

    def manifest(self, compartment: Compartment) -> Manifest | None:
        """What the published generation says it is, None when nothing was ever published; nothing else is read.

        Raises:
            IndexDamaged: it is not what was written.
        """
        ...

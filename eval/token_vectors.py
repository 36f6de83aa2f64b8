"""The token vectors of a collection in full: what every way of keeping them (:mod:`eval.token_ways`) starts from.

An index keeps codes only, so its passages are encoded once more; they must then have the codes that it holds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from corpus.errors import InputError
from corpus.french.analyzer import stem, words
from corpus.french.stopwords import STOPWORDS
from eval.evaluation import Progress
from indexer.embedding_cache import text_key
from indexer.encoder.protocol import Encoder, Floats
from indexer.storage import Storage
from indexer.token_codes import encode_tokens
from search_api.engine.token_weights import Rareness

# Another processor rounds a coordinate near zero to the other side now and then.
_SAME_SIGNS = 0.999

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """The token vectors of some passages laid end to end.

    Attributes:
        vectors: ``(t, dimension)`` float32, unit length; on disk where there are many.
        starts: ``(n + 1,)``, passage ``i`` has vectors ``starts[i]:starts[i + 1]``.
        word: ``(t,)``, which word of its passage each is a token of; -1 for none.
        rareness: ``(t,)``, the inverse document frequency of that word, 0 for a stop word.
        read: how many tokens the passages have, those that are kept no vector of (punctuation) counted.
    """

    vectors: Floats
    starts: Integers
    word: Integers
    rareness: Floats
    read: int

    def of(self, passage: int) -> slice:
        """Where the vectors of one passage are."""
        return slice(*self.starts[passage : passage + 2].tolist())


def token_vectors(storage: Storage, encoder: Encoder, folder: Path, progress: Progress | None = None) -> TokenVectors:
    """The token vectors of every passage that a storage holds.

    Args:
        folder: where they are kept (some 1.5 KB a token), and found again for the same texts and encoder; what was
            encoded before an interruption too.

    Raises:
        InputError: the passages have other codes than the storage's: another model made it.
    """
    passages = storage.passages.passages(range(len(storage.passages)))
    introductions = {document.id: document.introduction for document in storage.passages.all_documents()}
    texts = [passage.embedded_text(introductions[passage.document_id]) for passage in passages]
    lengths = [len(storage.tokens.offsets(row)) for row in range(len(texts))]
    starts = np.cumsum([0, *lengths], dtype=np.int64)
    shape = int(starts[-1]), encoder.identity.dimension
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{text_key(encoder.identity.fingerprint + ''.join(texts)).hex()}.npy"
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        vectors = np.lib.format.open_memmap(unfinished, "r+" if unfinished.exists() else "w+", np.float32, shape)
        # No vector is nothing but zeros.
        done = int(np.searchsorted(starts, np.argmin(vectors.any(axis=1)), "right")) - 1
        for row, encoded in enumerate(encoder.encode_passages(texts[done:]), done):
            _check(storage, row, encoded.tokens)
            vectors[starts[row] : starts[row + 1]] = encoded.tokens
            if progress:
                progress(row + 1, len(texts))
        vectors.flush()
        unfinished.replace(path)
    rareness = Rareness({storage.manifest.compartment: storage})
    told = [_words_of(text, storage.tokens.offsets(row), rareness) for row, text in enumerate(texts)]
    return TokenVectors(
        vectors=np.load(path, mmap_mode="r").view(np.ndarray),
        starts=starts,
        word=np.concatenate([word for word, _ in told]),
        rareness=np.concatenate([rare for _, rare in told]),
        read=sum(len(encoder.token_offsets(text)) for text in texts),
    )


def _check(storage: Storage, row: int, tokens: Floats) -> None:
    codes, _ = storage.tokens.codes(np.array([row]))
    made = encode_tokens(tokens).signs
    if made.shape != codes.signs.shape or np.mean(np.unpackbits(made) == np.unpackbits(codes.signs)) < _SAME_SIGNS:
        raise InputError(
            "Les passages de l’index, encodés de nouveau, n’ont pas les codes qu’il garde",
            remedy="Reconstruisez l’index avec le modèle en place (« reuni index --rebuild »)",
        )


def _words_of(text: str, offsets: npt.NDArray[np.int32], rareness: Rareness) -> tuple[Integers, Floats]:
    owner = np.full(len(text) + 1, -1, np.int64)
    rare: list[float] = []
    for number, word in enumerate(words(text)):
        owner[word.start : word.end] = number
        known = None if word.term in STOPWORDS else rareness.of(stem(word.term))
        rare.append(0.0 if word.term in STOPWORDS else rareness.most if known is None else known)
    places = owner[offsets[:, 0]]
    return places, np.array([*rare, rareness.most], np.float32)[places]


Grouping = Callable[[Floats, Integers, Floats], Integers]
"""From the vectors of a passage, their words and their rareness, to the group of each: 0, 1…, or -1 to leave it out."""


def grouped(tokens: TokenVectors, grouping: Grouping) -> TokenVectors:
    """Fewer vectors: the means of groups, brought to unit length. A passage of which nothing would be left stays whole.

    Pooling: Clavié, Chaffin & Adams, "Reducing the Footprint of Multi-Vector Retrieval with Minimal Performance Impact
    via Token Pooling", 2024.
    """
    kept: list[Floats] = []
    for passage in range(len(tokens.starts) - 1):
        mine = tokens.of(passage)
        vectors = tokens.vectors[mine]
        groups = grouping(vectors, tokens.word[mine], tokens.rareness[mine])
        if not (groups >= 0).any():
            kept.append(vectors)
            continue
        sums = np.zeros((int(groups.max()) + 1, vectors.shape[1]), np.float32)
        np.add.at(sums, groups[groups >= 0], vectors[groups >= 0])
        kept.append(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12))
    nothing = np.empty(0)
    return TokenVectors(
        vectors=np.concatenate(kept),
        starts=np.cumsum([0, *map(len, kept)], dtype=np.int64),
        word=nothing.astype(np.int64),
        rareness=nothing.astype(np.float32),
        read=tokens.read,
    )


def _numbered(kept: npt.NDArray[np.bool_]) -> Integers:
    return np.where(kept, np.cumsum(kept) - 1, -1)


def without_stop_words(vectors: Floats, word: Integers, rareness: Floats) -> Integers:
    """Each vector by itself, but for those of stop words."""
    return _numbered(rareness > 0)


def rarest_half(vectors: Floats, word: Integers, rareness: Floats) -> Integers:
    """Each vector by itself, half of them: those of the rarest words, the first on a tie."""
    kept = np.zeros(len(vectors), bool)
    kept[np.argsort(-rareness, kind="stable")[: (len(vectors) + 1) // 2]] = True
    return _numbered(kept)


def by_word(vectors: Floats, word: Integers, rareness: Floats) -> Integers:
    """The vectors of a word together."""
    alone = (word < 0) | (np.diff(word, prepend=-2) != 0)
    return np.cumsum(alone) - 1


def by_two(vectors: Floats, word: Integers, rareness: Floats) -> Integers:
    """Each vector of even place with the next."""
    return np.arange(len(vectors)) // 2


def by_likeness(vectors: Floats, word: Integers, rareness: Floats) -> Integers:
    """Half as many groups as vectors, of those most alike wherever they stand (Ward's hierarchical clustering)."""
    # Not needed to serve: it comes with what development needs.
    from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped] # noqa: PLC0415

    if len(vectors) < 2:
        return np.zeros(len(vectors), np.int64)
    groups = fcluster(linkage(vectors, "ward"), (len(vectors) + 1) // 2, "maxclust")
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)

"""Questions in another language are moved to where the same questions in French are.

A multilingual encoder puts a language in its vectors besides the meaning: English questions are, on the whole, away
from French ones in one direction, and so from the French passages that answer them. The direction is that between the
means of a few dozen everyday questions and of their translations (``same_questions.tsv``), in the encoder's own
space; taking it away leaves the meaning. nDCG@10 in English, the questions having been written without looking at any
topic: 60 SISSE dev topics 46.0 to 48.7 (74% of what they have in French to 78%), 26 questions on labour law 69.8 to
72.7 (81% to 84%).
"""

import threading
from dataclasses import dataclass, replace

import numpy as np

from indexer.encoder.protocol import Encoded, Encoder, Floats
from search_api.engine.table_file import rows

TOLD = 0.8
"""Of 1,666 French questions and titles, four reach it (single words, and two full of English terms); English questions
are between 0.5 and 1.4. Words of no language (codes, names, misspelt) reach 0.7."""
# Shares of the direction that are taken away, chosen among 9 on the two sets above.
_TOKENS, _DENSE = 1.5, 0.75


@dataclass(frozen=True, slots=True)
class _Direction:
    """From French to another language: of a text's vector, and of its tokens'."""

    dense: Floats
    tokens: Floats


class Languages:
    """The languages an encoder tells from French. Safe to call from several threads.

    They are learned when first asked for, by encoding the questions of each: some 0.5 s.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._lock = threading.Lock()
        self._learned: tuple[Floats, tuple[_Direction, ...]] | None = None

    def learn(self) -> None:
        """Learn them now, so that no question waits."""
        self._directions()

    def in_french(self, query: Encoded, *, foreign: bool = False) -> Encoded:
        """A question as if it had been asked in French; one whose language cannot be told is unchanged.

        Its language is told by its vector: how far it is along a language's direction, from the mean of the French
        questions (0) to that of the same ones in that language (1). Codes, names and misspelt words lie between.

        Args:
            foreign: its words tell that it is not French: only which language it is in is looked for.
        """
        french, directions = self._directions()
        along = [float((query.dense - french) @ one.dense / (one.dense @ one.dense)) for one in directions]
        nearest = int(np.argmax(along))
        if not foreign and along[nearest] < TOLD:
            return query
        found = directions[nearest]
        return replace(
            query,
            dense=_unit(query.dense - _DENSE * found.dense),
            tokens=_unit(query.tokens - _TOKENS * found.tokens),
        )

    def _directions(self) -> tuple[Floats, tuple[_Direction, ...]]:
        with self._lock:
            if self._learned is None:
                french, *others = (self._means(questions) for questions in same_questions())
                self._learned = french[0], tuple(_Direction(d - french[0], t - french[1]) for d, t in others)
            return self._learned

    def _means(self, questions: tuple[str, ...]) -> tuple[Floats, Floats]:
        encoded = [self._encoder.encode_query(question) for question in questions]
        dense = np.stack([one.dense for one in encoded])
        tokens = np.concatenate([one.tokens for one in encoded])
        return np.asarray(dense.mean(axis=0), np.float32), np.asarray(tokens.mean(axis=0), np.float32)


def same_questions() -> tuple[tuple[str, ...], ...]:
    """The questions of each language, French first, in the same order."""
    return tuple(zip(*rows("same_questions.tsv"), strict=True))


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)

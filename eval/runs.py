"""What a system answered: runs, in memory and as TREC files."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from corpus.errors import InputError
from eval.lines import decode_id, encode_id, malformed, numbered_lines

Scored = tuple[str, float]
"""An external id and its score; the higher the better."""


class Searcher(Protocol):
    """Any system that ranks documents for a query."""

    def __call__(self, query: str, k: int, /) -> Sequence[Scored]:
        """At most ``k`` documents."""
        ...


@dataclass(frozen=True, slots=True)
class Run:
    """The rankings of one system.

    Attributes:
        name: of the system; one word in TREC files.
        rankings: topic id to documents, best first. Scores strictly decrease, also once rounded to
            32-bit floats as trec_eval does, so that no tool can order them otherwise.
        provenance: what the run was made with; see :mod:`eval.provenance`.
    """

    name: str
    rankings: Mapping[str, tuple[Scored, ...]]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def documents(self, topic: str, depth: int | None = None) -> tuple[str, ...]:
        """The first ``depth`` external ids for ``topic``; none when it was not answered."""
        return tuple(document for document, _ in self.rankings.get(topic, ())[:depth])


def ranked(results: Iterable[Scored]) -> tuple[Scored, ...]:
    """``results`` best first, ties by external id, with scores that strictly decrease.

    A score that does not stand below the one before it, in 32 bits, is replaced by the next 32-bit
    float below. All others keep the value they have in 32 bits.

    Raises:
        InputError: a document twice, or a score that is not a finite number.
    """
    ordered = sorted(results, key=lambda result: (-result[1], result[0]))
    if len({document for document, _ in ordered}) != len(ordered):
        raise InputError(
            "Un même document est rendu deux fois pour une requête",
            remedy="Gardez le meilleur passage de chaque document",
        )
    unique: list[Scored] = []
    below = np.float32(np.inf)
    for document, score in ordered:
        if not math.isfinite(score) or abs(score) > 1e30:
            raise InputError(
                f"Le score de « {document} » n'est pas un nombre fini",
                remedy="Corrigez le système évalué : un score est un nombre fini",
            )
        below = min(np.float32(score), np.nextafter(below, np.float32(-np.inf)))
        unique.append((document, float(below)))
    return tuple(unique)


def make_run(name: str, results: Mapping[str, Iterable[Scored]], provenance: Mapping[str, Any] | None = None) -> Run:
    """A run from what a system gave, in any order and with ties."""
    return Run(name, {topic: ranked(found) for topic, found in results.items()}, dict(provenance or {}))


def trec_run(run: Run) -> str:
    """The run as a TREC file: ``topic Q0 document rank score name``; rank starts at 1.

    Provenance, when there is some, is a first line that starts with ``#`` and holds JSON; a reader that
    does not know it must skip it.
    """
    lines = [f"# {json.dumps(run.provenance, ensure_ascii=False, sort_keys=True)}"] if run.provenance else []
    lines += [
        f"{topic} Q0 {encode_id(document)} {rank} {score!r} {encode_id(run.name)}"
        for topic in sorted(run.rankings)
        for rank, (document, score) in enumerate(run.rankings[topic], start=1)
    ]
    return "".join(f"{line}\n" for line in lines)


def read_run(path: Path) -> Run:
    """Read a TREC run; order comes from scores, then external ids, never from the rank column.

    Raises:
        InputError: naming file and line.
    """
    results: dict[str, dict[str, float]] = {}
    name = path.stem
    provenance: dict[str, Any] = {}
    for number, line in numbered_lines(path):
        if line.startswith("#"):
            if number == 1:
                provenance = _provenance(path, line)
            continue
        words = line.split()
        if len(words) != 6:
            raise malformed(
                path,
                number,
                f"{len(words)} colonnes",
                remedy="Colonnes attendues : sujet Q0 document rang score système",
            )
        topic, document, name = words[0], decode_id(words[2]), decode_id(words[5])
        try:
            score = float(words[4])
        except ValueError:
            score = math.nan
        if not math.isfinite(score):
            raise malformed(path, number, f"score « {words[4]} »", remedy="Un score est un nombre fini")
        if document in results.setdefault(topic, {}):
            raise malformed(
                path,
                number,
                f"le document « {document} » est rendu deux fois pour le sujet {topic}",
                remedy="Gardez une seule ligne par sujet et par document",
            )
        results[topic][document] = score
    return make_run(name, {topic: found.items() for topic, found in results.items()}, provenance)


def _provenance(path: Path, line: str) -> dict[str, Any]:
    try:
        provenance = json.loads(line.removeprefix("#"))
    except ValueError:
        # Someone else's comment: not ours to understand.
        return {}
    if not isinstance(provenance, dict):
        raise malformed(path, 1, "provenance illisible", remedy="Retirez la première ligne")
    return provenance

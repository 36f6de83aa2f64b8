"""Why a result stands where it does, in words and figures a reader can use."""

from dataclasses import dataclass

from search_api.engine.answer import Explanation

_EVIDENCE = {
    "lexical": "Mots, dans le passage",
    "lexical_document": "Mots, dans tout le document",
    "dense": "Sens du passage",
    "dense_document": "Sens de tout le document",
    "late": "Sens mot à mot, dans le passage",
    "late_document": "Sens mot à mot, dans tout le document",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A kind of evidence: its score, and where it stands among the documents compared (0 to 100)."""

    name: str
    score: str
    share: int


def evidence(explanation: Explanation | None) -> list[Evidence]:
    """The lines of an explanation; a kind of evidence without a name of its own keeps the engine's."""
    if explanation is None:
        return []
    known = [name for name in _EVIDENCE if name in explanation.scores]
    others = sorted(set(explanation.scores) - set(known))
    return [
        Evidence(
            name=_EVIDENCE.get(name, name),
            score=f"{explanation.scores[name]:.2f}".replace(".", ","),
            share=round(100 * max(explanation.normalised.get(name, 0.0), 0.0)),
        )
        for name in (*known, *others)
    ]

"""What each step of the ranking is worth: the whole engine, then the engine without each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from eval.compare import PRIMARY, Comparison, chance, compare_all, declared_family
from eval.evaluation import Evaluation, measure
from eval.qrels import Qrels
from eval.systems import SYSTEMS, searcher
from eval.topics import Topic
from search_api.engine.answer import Channel
from search_api.engine.resolution import Steps
from search_api.engine.search import Engine

WHOLE = "complet"
DECLARED = ("mots seuls", "sens seul", "fusion simple")
"""What the whole ranking is to be better than: three comparisons, named before anything was measured."""


@dataclass(frozen=True, slots=True)
class Ablation:
    """One set of topics, measured with everything and without each step.

    Attributes:
        systems: name to evaluation, :data:`WHOLE` first.
        comparisons: each of the others with it, p-values corrected over all.
    """

    name: str
    systems: Mapping[str, Evaluation]
    comparisons: tuple[Comparison, ...]

    def lines(self) -> list[str]:
        """A Markdown table, in points."""
        whole = next(iter(self.systems.values())).summary
        rows = [
            f"**{self.name}** ({int(whole['topics'])} sujets), nDCG@10 et MRR@10 en points :",
            "",
            "| système | nDCG@10 | MRR@10 | écart de nDCG@10 (95 %) | p corrigée | sujets gagnés, perdus |",
            "| --- | ---: | ---: | --- | ---: | --- |",
            f"| {WHOLE} | {100 * whole['ndcg@10']:.1f} | {100 * whole['mrr@10']:.1f} | | | |",
        ]
        for name, comparison in zip(list(self.systems)[1:], self.comparisons, strict=True):
            found = next(line for line in comparison.measures if line.measure == PRIMARY)
            low, high = 100 * found.interval.low, 100 * found.interval.high
            rows.append(
                f"| {name} | {100 * found.second:.1f} | {100 * self.systems[name].summary['mrr@10']:.1f} | "
                f"{100 * found.difference:+.1f} ({low:+.1f} à {high:+.1f}) | {found.p_holm:.3f} | "
                f"{found.wins}, {found.losses} |"
            )
        named = dict(zip(list(self.systems)[1:], self.comparisons, strict=True))
        declared = declared_family([named[name] for name in DECLARED])
        told = (
            f"{name}, {chance(line.p_holm)} ({100 * line.difference:+.1f})"
            for name, line in zip(DECLARED, declared, strict=True)
        )
        return [*rows, "", f"Les trois comparaisons de l’objectif, p corrigée sur elles seules : {' ; '.join(told)}."]


def ablate(name: str, engine: Engine, topics: Sequence[Topic], qrels: Qrels) -> Ablation:
    """Measure every system on the same topics."""
    weights = engine.weights
    passages_alone = replace(weights, whole=0.0, late_whole=0.0)
    parts: Mapping[str, tuple[Channel, Engine]] = {
        WHOLE: (Channel.HYBRID, engine),
        "mots seuls": (Channel.LEXICAL, engine),
        "sens seul": (Channel.DENSE, engine),
        "fusion simple": (Channel.HYBRID, engine.changed(weights=SYSTEMS["fusion"].weights)),
        "sans interaction tardive": (Channel.HYBRID, engine.changed(weights=replace(weights, late=0.0))),
        "sans les mots": (Channel.HYBRID, engine.changed(weights=replace(weights, lexical=0.0))),
        "sans vecteur de passage": (Channel.HYBRID, engine.changed(weights=replace(weights, dense=0.0))),
        "sans le document entier": (Channel.HYBRID, engine.changed(weights=passages_alone)),
        "sans garantie exacte": (Channel.HYBRID, engine.changed(steps=Steps(exact=False))),
        "sans aide à l’orthographe": (Channel.HYBRID, engine.changed(steps=Steps(spelling=False))),
        "mots communs et rares à égalité": (Channel.HYBRID, engine.changed(steps=Steps(rarity=False))),
        "mots inconnus comptés entiers": (Channel.HYBRID, engine.changed(steps=Steps(trust=False))),
        "sans autres langues": (Channel.HYBRID, engine.changed(steps=Steps(languages=False))),
        "sans sigles": (Channel.HYBRID, engine.changed(steps=Steps(acronyms=False))),
    }
    systems = {
        part: measure(searcher(changed, channel), topics, qrels, name=f"{name} {part}")
        for part, (channel, changed) in parts.items()
    }
    first, *others = systems.values()
    return Ablation(name, systems, compare_all(first, others, topics, qrels))

"""The SISSE set measured on the demo collection, written as ``docs/relevance.md`` by ``reuni eval relevance``.

Everything is made again: the collection is indexed in a temporary folder with the code and the model at hand,
every topic is asked to every system, and the page is written from what they answered. Only the discussion
(``discussion.md``) is by hand.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.compare import compare, number
from eval.evaluation import Evaluation, measure
from eval.qrels import Qrels
from eval.report import make_report, markdown_text
from eval.systems import REPORTED, searcher
from eval.topics import Split, Topic, in_split
from eval.workbench import SISSE, Workbench, counting, provenance
from indexer.encoder.protocol import Encoder
from search_api.engine.answer import SearchRequest
from search_api.engine.search import Engine

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
COMMAND = "reuni eval relevance"
SPLITS = {Split.TEST: "Partie test, pour conclure", Split.DEV: "Partie dev, pour régler"}
SYSTEMS = {system.name: system for system in REPORTED}

ORIGINS = {"S": "écrits sans voir les documents", "K": "écrits après lecture"}
FORMS = {
    "Sigles": "sigle → en toutes lettres",
    "Fautes de frappe": "sans faute → avec fautes",
    "Identifiants": "référence exacte → autre graphie",
    "Questions en anglais": "français → anglais",
}
SAME_NEED = re.compile(r"Même besoin que ([SK]\d{3})")


@dataclass(frozen=True, slots=True)
class Clear:
    """How the engine tells that nothing answers.

    Attributes:
        answered, unanswerable: how many topics have an answer, and how many have none.
        answered_clear, unanswerable_clear: how many of each the engine says are answered clearly.
        separation: probability that the best late interaction score of the first five documents is higher with an
            answer than without (AUROC).
    """

    answered: int
    answered_clear: int
    unanswerable: int
    unanswerable_clear: int
    separation: float


@dataclass(frozen=True, slots=True)
class Part:
    """One split, measured.

    Attributes:
        systems: evaluations in the order of :data:`SYSTEMS`.
        clear: by origin of the topics; see :data:`ORIGINS`.
        awaiting_ocr: files of the collection that could not be read for want of OCR.
    """

    split: Split
    topics: tuple[Topic, ...]
    systems: tuple[Evaluation, ...]
    clear: Mapping[str, Clear]
    awaiting_ocr: int


def measured(bench: Workbench, data: Path, encoder: Encoder, topics: Sequence[Topic], qrels: Qrels) -> tuple[Part, ...]:
    """Ask every topic of both splits to every system, over the index in ``data``."""
    parts: list[Part] = []
    for split in SPLITS:
        chosen = in_split(topics, split)
        systems: list[Evaluation] = []
        for system in REPORTED:
            engine = bench.engine(data, encoder, system.weights)
            made_with = provenance(engine, system.channel, SISSE / "topics.txt", SISSE / "qrels.tsv").as_dict()
            search, progress = searcher(engine, system.channel), counting(f"{split.value}, {system.name}")
            systems.append(measure(search, chosen, qrels, name=system.name, provenance=made_with, progress=progress))
        told = bench.engine(data, encoder)
        clear = {letter: _clear(told, [topic for topic in chosen if topic.id.startswith(letter)]) for letter in ORIGINS}
        parts.append(Part(split, chosen, tuple(systems), clear, told.coverage().awaiting_ocr))
    return tuple(parts)


def _clear(engine: Engine, topics: Sequence[Topic]) -> Clear:
    """Asked apart from what is timed: explanations take time."""
    clear: dict[bool, list[bool]] = {True: [], False: []}
    best: dict[bool, list[float]] = {True: [], False: []}
    for topic in topics:
        answer = engine.search(SearchRequest(query=topic.title, k=5, explain=True))
        late = [hit.explanation.scores.get("late", -1.0) for hit in answer.hits if hit.explanation]
        clear[topic.answerable].append(answer.clear)
        best[topic.answerable].append(max(late, default=-1.0))
    higher = [(a > b) + 0.5 * (a == b) for a in best[True] for b in best[False]]
    separation = sum(higher) / len(higher) if higher else 0.5
    return Clear(len(clear[True]), sum(clear[True]), len(clear[False]), sum(clear[False]), separation)


def page(parts: Sequence[Part], qrels: Qrels, discussion: str, sheets: str) -> str:
    """The whole page, in Markdown: what was measured, ``sheets`` on the fiches, the discussion, then each part."""
    first = parts[0].systems[0].run.provenance
    lines = [
        "# Pertinence",
        "",
        f"Page écrite par `{COMMAND}` ; ne la modifiez pas à la main. La discussion vient de",
        "`eval/sisse/discussion.md`, et ne vaut que pour les chiffres qu’elle cite.",
        "",
        "La collection est le compartiment `general` du premier lot de démonstration (132 documents distincts) et du",
        "troisième (14 numérisations). Les sujets, les jugements, leur méthode et ses faiblesses sont décrits dans",
        "`eval/sisse/README.md`.",
        *_awaiting(parts[0].awaiting_ocr),
        f"Version du code : {markdown_text(first.get('code', 'non déclarée'))} ; "
        f"modèle : {markdown_text(first.get('encoder', 'non déclaré'))}.",
        "",
        *(f"- **{name}** : {system.described}." for name, system in SYSTEMS.items()),
        "",
        *_summary(parts, qrels),
        "",
        *_origins(parts),
        "",
        *_pairs(parts),
        "",
        *_misses(parts),
        "",
        sheets,
        "",
        discussion.strip(),
    ]
    for part in parts:
        report = make_report(SPLITS[part.split], part.systems, part.topics, qrels)
        lines += ["", _demoted(report.markdown).strip()]
    return "\n".join(lines) + "\n"


def _awaiting(files: int) -> list[str]:
    """Where OCR is missing, the figures are those of a collection without its scans, and the page says it."""
    if not files:
        return []
    return [
        f"**{files} fichiers attendent la reconnaissance de texte** : rien ne peut répondre aux sujets de la catégorie",
        "« Réponses dans un scan ».",
    ]


def _summary(parts: Sequence[Part], qrels: Qrels) -> list[str]:
    lines = [
        "## En bref",
        "",
        "| partie | système | sujets avec réponse | nDCG@10 | jugés à 10 | premier document bon | "
        "bon parmi cinq | aire (réponse ou non) |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for part in parts:
        for system in part.systems:
            figures = (_points(system.summary[n]) for n in ("ndcg@10", "judged@10", "success@1", "success@5"))
            area = system.no_answer.separation
            lines.append(
                f"| {part.split.value} | {system.run.name} | {int(system.summary['topics'])} | {' | '.join(figures)} | "
                f"{'–' if area is None else number(area, 2)} |"
            )
    lines += [
        "",
        "« aire » : probabilité que le meilleur score d’un sujet qui a une réponse dépasse celui d’un sujet qui",
        "n’en a pas (AUROC) ; 0,5 : le score n’en dit rien.",
        "",
    ]
    # The report compares with words alone; whether late interaction adds to a plain fusion is asked here.
    for part in parts:
        verdict = compare(part.systems[-2], part.systems[-1], part.topics, qrels).verdict
        lines.append(f"- Partie {part.split.value} : {markdown_text(verdict)}")
    return lines


def _origins(parts: Sequence[Part]) -> list[str]:
    """The first topics, written blind, apart from those of the completion, whose author knew the documents."""
    lines = [
        "### Sujets écrits avant et après lecture des documents",
        "",
        "nDCG@10, en points.",
        "",
        f"| sujets | {' | '.join(SYSTEMS)} |",
        f"| --- |{' ---: |' * len(SYSTEMS)}",
    ]
    for part in parts:
        for letter, label in ORIGINS.items():
            values = [
                [value for topic, value in system.scores["ndcg@10"].items() if topic.startswith(letter)]
                for system in part.systems
            ]
            if values[0]:
                means = " | ".join(_points(sum(found) / len(found)) for found in values)
                lines.append(f"| {part.split.value}, {label} ({len(values[0])}) | {means} |")
    return lines


def twins(topics: Sequence[Topic]) -> dict[str, str]:
    """Topics that say another one's need in another form, and that other one."""
    found = ((topic.id, SAME_NEED.search(topic.narrative)) for topic in topics)
    return {topic: match.group(1) for topic, match in found if match}


def _pairs(parts: Sequence[Part]) -> list[str]:
    """What a change of form costs: each variant beside its twin, over both splits (twins may be in different ones)."""
    topics = {topic.id: topic for part in parts for topic in part.topics}
    scores = [
        {topic: value for part in parts for topic, value in part.systems[place].scores["ndcg@10"].items()}
        for place in range(len(SYSTEMS))
    ]
    by_category: dict[str, list[tuple[str, str]]] = {}
    for variant, twin in twins(tuple(topics.values())).items():
        if all(variant in values and twin in values for values in scores):
            by_category.setdefault(topics[variant].category, []).append((twin, variant))
    lines = [
        "### Le même besoin sous deux formes",
        "",
        "nDCG@10, en points, sur les deux parties : forme d’origine → variante.",
        "",
        f"| paires | nombre | {' | '.join(SYSTEMS)} |",
        f"| --- | ---: |{' ---: |' * len(SYSTEMS)}",
    ]
    for category, couples in by_category.items():
        cells = []
        for values in scores:
            before, after = (sum(values[couple[side]] for couple in couples) / len(couples) for side in (0, 1))
            cells.append(f"{_points(before)} → {_points(after)}")
        label = FORMS.get(category, category)
        lines.append(f"| {markdown_text(label)} | {len(couples)} | {' | '.join(cells)} |")
    return lines


def _misses(parts: Sequence[Part]) -> list[str]:
    lines = [
        "### Savoir qu’il n’y a pas de réponse",
        "",
        "Ce que le moteur annonce : « réponse nette » ou non. « aire » : AUROC du meilleur score d’interaction tardive",
        "des cinq premiers documents, dont cette annonce est tirée.",
        "",
        "| sujets | ont une réponse | dits nets | n’en ont pas | dits nets à tort | aire |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {part.split.value}, {ORIGINS[letter]} | {found.answered} | {found.answered_clear} | {found.unanswerable} | "
        f"{found.unanswerable_clear} | {number(found.separation, 2)} |"
        for part in parts
        for letter, found in part.clear.items()
    ]
    return lines


def _points(value: float) -> str:
    return number(100 * value)


def _demoted(markdown: str) -> str:
    return re.sub(r"^#", "##", markdown, flags=re.MULTILINE)

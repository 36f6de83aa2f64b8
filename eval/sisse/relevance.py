"""The SISSE set measured on the demo collection, written as ``docs/relevance.md`` by ``reuni eval relevance``.

Everything is made again: the collection is indexed in a temporary folder with the code and the model at hand,
every topic is asked to every system, and the page is written from what they answered. Only the discussion
(``discussion.md``) is by hand, and its figures are those measured (:mod:`eval.sisse.discussion`).
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

from eval.compare import chance, compare, number
from eval.fiches import MeasuredSet, fiches_section
from eval.qrels import Qrels
from eval.report import make_report, markdown_text
from eval.sisse.discussion import discuss
from eval.sisse.figures import figures
from eval.sisse.part import Part
from eval.systems import REPORTED
from eval.topics import Split, Topic

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


def page(
    parts: Sequence[Part], qrels: Qrels, source: str, sets: Sequence[MeasuredSet], seconds: float
) -> tuple[str, tuple[str, ...]]:
    """The whole page, in Markdown: what was measured, the fiches, the discussion, then each part.

    Args:
        source: of the discussion.
        seconds: what measuring took.

    Returns:
        The page, and what its discussion says that is no longer so.

    Raises:
        InputError: the discussion cites what was not measured.
    """
    first = parts[0].systems[0].run.provenance
    pairs = _pair_means(parts)
    discussion = discuss(source, figures(parts, pairs, sets, qrels))
    lines = [
        "# Pertinence",
        "",
        f"Page écrite par `{COMMAND}` en {number(seconds / 60, 0)} minutes ; ne la modifiez pas à la main.",
        "Les chiffres de la discussion sont ceux de cette page ; son texte vient de `eval/sisse/discussion.md`",
        f"(empreinte {hashlib.sha256(source.encode()).hexdigest()}).",
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
        *_pairs(pairs, parts),
        "",
        *_misses(parts),
        "",
        *(fiches_section(sets).splitlines() if sets else ()),
        "",
        discussion.text.strip(),
    ]
    for part in parts:
        report = make_report(SPLITS[part.split], part.systems, part.topics, qrels)
        lines += ["", _demoted(report.markdown).strip()]
    return "\n".join(lines) + "\n", discussion.outdated


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
    return [*lines, *(line for part in parts if part.split is Split.TEST for line in _declared(part, qrels))]


def _declared(part: Part, qrels: Qrels) -> list[str]:
    """The three comparisons of the bar: what users see, with each of the others."""
    shown = part.systems[-1].run.name
    lines = [
        f"- L’objectif fixé au classement nomme trois comparaisons, en nDCG@10, sur la partie {part.split.value} :",
        f"  « {shown} » contre chacun des autres. p est ici corrigée sur ces trois-là seulement, parce que",
        "  l’objectif en nomme trois (il est antérieur aux mesures ; cette ligne ne l’est pas) ; ailleurs sur la page,",
        "  elle l’est sur tout ce qui est comparé.",
    ]
    for other, line in part.declared(qrels):
        interval = f"{_points(line.interval.low)} à {_points(line.interval.high)}"
        lines.append(f"  - {other} : {_points(line.difference)} ({interval}), p {chance(line.p_holm)}")
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


def _couples(parts: Sequence[Part]) -> dict[str, list[tuple[str, str]]]:
    """Each variant after its twin, by category, over both splits (twins may be in different ones)."""
    topics = {topic.id: topic for part in parts for topic in part.topics}
    measured = {topic for part in parts for topic in part.systems[0].scores["ndcg@10"]}
    found: dict[str, list[tuple[str, str]]] = {}
    for variant, twin in twins(tuple(topics.values())).items():
        if {variant, twin} <= measured:
            found.setdefault(topics[variant].category, []).append((twin, variant))
    return found


def _pair_means(parts: Sequence[Part]) -> dict[str, dict[str, tuple[float, float]]]:
    """What a change of form costs: means of nDCG@10 before and after, by category, then system."""
    means: dict[str, dict[str, tuple[float, float]]] = {}
    for category, couples in _couples(parts).items():
        for place, system in enumerate(SYSTEMS):
            values = {t: value for part in parts for t, value in part.systems[place].scores["ndcg@10"].items()}
            before, after = (sum(values[couple[side]] for couple in couples) / len(couples) for side in (0, 1))
            means.setdefault(category, {})[system] = before, after
    return means


def _pairs(means: Mapping[str, Mapping[str, tuple[float, float]]], parts: Sequence[Part]) -> list[str]:
    couples = _couples(parts)
    lines = [
        "### Le même besoin sous deux formes",
        "",
        "nDCG@10, en points, sur les deux parties : forme d’origine → variante.",
        "",
        f"| paires | nombre | {' | '.join(SYSTEMS)} |",
        f"| --- | ---: |{' ---: |' * len(SYSTEMS)}",
    ]
    for category, systems in means.items():
        cells = [f"{_points(before)} → {_points(after)}" for before, after in systems.values()]
        label = FORMS.get(category, category)
        lines.append(f"| {markdown_text(label)} | {len(couples[category])} | {' | '.join(cells)} |")
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

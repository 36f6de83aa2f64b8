"""One need said in two forms: what an acronym, or another language, costs against the same need in plain French.

Pairs come from a file (``eval/sisse/forms.tsv``) that gives topics other wordings, from titles that say an acronym
and its long form together ("Cotisation foncière des entreprises (CFE)"), and from those that say a long form whose
acronym the collection gives; these two need no file.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from corpus.errors import InputError
from eval.compare import PRIMARY
from eval.evaluation import measure
from eval.lines import malformed, numbered_lines
from eval.qrels import Qrels, relevant
from eval.runs import Searcher
from eval.significance import Interval, bootstrap, ratio_bootstrap
from eval.topics import Topic
from indexer.acronyms import definitions

ACRONYM, IN_FULL = "sigle", "complet"
LANGUAGES = ("anglais", "allemand")
FORMS = (ACRONYM, IN_FULL, *LANGUAGES)
_HEADER = "topic\tform\ttext"


@dataclass(frozen=True, slots=True)
class Pair:
    """A need and what is typed for it, in the plain form and in the other one."""

    topic: Topic
    plain: str
    other: str


@dataclass(frozen=True, slots=True)
class FormCost:
    """What the other form is worth, in nDCG@10 over the topics that have an answer.

    Attributes:
        plain, other: means.
        difference: 95% interval of ``other - plain``, paired over topics.
        ratio: 95% interval of ``other / plain``, the same way.
        wins, losses: topics for which the other form does better, and worse.
    """

    name: str
    topics: int
    plain: float
    other: float
    difference: Interval
    ratio: Interval
    wins: int
    losses: int

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def read_forms(path: Path) -> dict[str, dict[str, str]]:
    """Topic to its other wordings by form.

    Raises:
        InputError: naming file and line: not three columns, an unknown form, a form twice, or an empty wording.
    """
    found: dict[str, dict[str, str]] = {}
    remedy = f"Une ligne est un sujet, une forme ({', '.join(FORMS)}) et un texte, séparés par des tabulations"
    for number, line in numbered_lines(path):
        if number == 1 and line == _HEADER:
            continue
        topic, _, rest = line.partition("\t")
        form, _, text = rest.partition("\t")
        if form not in FORMS or not text.strip() or "\t" in text:
            raise malformed(path, number, "la ligne ne se lit pas", remedy=remedy)
        if found.setdefault(topic, {}).setdefault(form, text) != text:
            raise malformed(path, number, f"« {form} » est donné deux fois pour {topic}", remedy=remedy)
    return found


def acronym_pairs(topics: Sequence[Topic], forms: Mapping[str, Mapping[str, str]]) -> tuple[Pair, ...]:
    """Needs said in full and by their acronym: a wording that is not given is the topic's title."""
    return tuple(
        Pair(topic, given.get(IN_FULL, topic.title), given.get(ACRONYM, topic.title))
        for topic in topics
        if (given := forms.get(topic.id, {})).keys() & {ACRONYM, IN_FULL}
    )


def foreign_pairs(topics: Sequence[Topic], forms: Mapping[str, Mapping[str, str]], language: str) -> tuple[Pair, ...]:
    """Needs in French and in one of :data:`LANGUAGES`."""
    return tuple(
        Pair(topic, topic.title, forms[topic.id][language]) for topic in topics if language in forms.get(topic.id, {})
    )


def title_pairs(topics: Sequence[Topic]) -> Iterator[Pair]:
    """Titles that say an acronym and its long form, once with the one alone and once with the other."""
    for topic in topics:
        for short, long in definitions(topic.title):
            written = f"{long} ({short})"
            if written in topic.title:
                yield Pair(topic, topic.title.replace(written, long), topic.title.replace(written, short))
                break


def known_pairs(topics: Sequence[Topic], acronyms: Mapping[str, str]) -> Iterator[Pair]:
    """Titles that say in full, and not by its acronym, what the collection has an acronym for.

    Args:
        acronyms: long form to acronym.
    """
    longest = sorted(acronyms, key=lambda long: (-len(long), long))
    for topic in topics:
        for long in longest:
            said = re.sub(rf"(?<!\w){re.escape(long)}(?!\w)", acronyms[long], topic.title, flags=re.IGNORECASE)
            if said != topic.title and not re.search(rf"(?<!\w){re.escape(acronyms[long])}(?!\w)", topic.title):
                yield Pair(topic, topic.title, said)
                break


def form_cost(name: str, search: Searcher, pairs: Sequence[Pair], qrels: Qrels) -> FormCost:
    """Ask both forms of every need and compare them.

    Raises:
        InputError: no pair whose topic has an answer.
    """
    answered = [pair for pair in pairs if pair.topic.answerable and relevant(qrels, pair.topic.id, 1)]
    if not answered:
        raise InputError(
            f"{name} : aucun sujet écrit de deux façons n'a de réponse", remedy="Donnez une autre partie des sujets"
        )
    plain, other = (
        measure(search, [replace(pair.topic, title=text) for pair, text in asked], qrels).scores[PRIMARY]
        for asked in (
            [(pair, pair.plain) for pair in answered],
            [(pair, pair.other) for pair in answered],
        )
    )
    order = [pair.topic.id for pair in answered]
    before, after = [plain[topic] for topic in order], [other[topic] for topic in order]
    differences = [second - first for first, second in zip(before, after, strict=True)]
    return FormCost(
        name,
        len(order),
        sum(before) / len(order),
        sum(after) / len(order),
        bootstrap(differences),
        ratio_bootstrap(after, before),
        sum(value > 0 for value in differences),
        sum(value < 0 for value in differences),
    )


def form_lines(costs: Sequence[FormCost]) -> list[str]:
    """A Markdown table, in points and per cent."""
    lines = [
        "| besoins | sujets | forme simple | autre forme | écart (95 %) | rapport (95 %) | sujets gagnés, perdus |",
        "| --- | ---: | ---: | ---: | --- | --- | --- |",
    ]
    for one in costs:
        low, high = 100 * one.difference.low, 100 * one.difference.high
        share = 100 * one.other / one.plain if one.plain else 0.0
        lines.append(
            f"| {one.name} | {one.topics} | {100 * one.plain:.1f} | {100 * one.other:.1f} | "
            f"{100 * (one.other - one.plain):+.1f} ({low:+.1f} à {high:+.1f}) | "
            f"{share:.0f} % ({100 * one.ratio.low:.0f} à {100 * one.ratio.high:.0f}) | {one.wins}, {one.losses} |"
        )
    return lines

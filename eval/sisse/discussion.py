"""The discussion of the relevance page: written by hand, with figures that come from what was measured.

``{test.hybride.ndcg@10}`` in the text stands for a figure, or for a sum or difference of figures. A line
``<!-- si A > B ; … -->`` says what the paragraph or the item below it takes for true: where that is no longer so, the
page says so in its place, and the command tells who runs it. What is said can thus grow old, but not in silence. Under
``<!-- seulement si … -->`` it is left out instead: for what is said in one case or another.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt

from corpus.errors import InputError
from eval.compare import number

_FIGURE = re.compile(r"\{([^{}\n]+)\}")
_CONDITION = re.compile(r"<!-- (seulement )?si (.+) -->")
_COMPARED = re.compile(r"(.+?) (>=|<=|>|<) (.+)")
_SIGNS: Mapping[str, Callable[[float, float], bool]] = {">": gt, "<": lt, ">=": ge, "<=": le}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that the discussion may cite, with the decimals it is shown with."""

    value: float
    decimals: int = 1


@dataclass(frozen=True, slots=True)
class Discussion:
    """The discussion as it is published.

    Attributes:
        outdated: conditions that do not hold, with both values, in French.
    """

    text: str
    outdated: tuple[str, ...]


def discuss(source: str, figures: Mapping[str, Figure]) -> Discussion:
    """Put figures in the place of their names, and say which paragraphs no longer hold.

    Raises:
        InputError: a figure that was not measured, or a condition that cannot be read.
    """
    lines: list[str] = []
    outdated: list[str] = []
    for conditions, block in _blocks(source):
        unmet = [(only, told) for only, told in ((only, _unmet(one, figures)) for only, one in conditions) if told]
        false = [told for _, told in unmet]
        if any(only for only, _ in unmet):
            continue
        if false:
            outdated += false
            mark = "- " if block.startswith("- ") else ""
            lines.append(f"{mark}*Ce qui était écrit ici ne vaut plus : {' ; '.join(false)}.*")
        else:
            lines.append(_FIGURE.sub(lambda match: _shown(match[1], figures), block))
    return Discussion(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)), tuple(outdated))


def _blocks(source: str) -> Iterator[tuple[tuple[tuple[bool, str], ...], str]]:
    """Paragraphs and items of lists, each with the conditions written above it and whether the block is left out where
    they do not hold; blank lines are blocks too."""
    conditions: tuple[tuple[bool, str], ...] = ()
    block: list[str] = []
    for line in [*source.strip().splitlines(), ""]:
        told = _CONDITION.fullmatch(line)
        if block and (told or not line or line.startswith("- ")):
            yield conditions, "\n".join(block)
            conditions, block = (), []
        if told:
            conditions += tuple((bool(told[1]), one.strip()) for one in told[2].split(" ; "))
        elif line:
            block.append(line)
        else:
            yield (), ""


def _unmet(condition: str, figures: Mapping[str, Figure]) -> str:
    """What is false in a condition, with the values of both sides; "" when it holds."""
    found = _COMPARED.fullmatch(condition)
    if found is None:
        raise InputError(f"condition illisible : « {condition} »", remedy="Écrivez par exemple A > B + 2")
    left, right = (_sum(found[side], figures) for side in (1, 3))
    if _SIGNS[found[2]](left, right):
        return ""
    return f"« {condition} » est faux ({number(left, 2)} et {number(right, 2)})"


def _shown(expression: str, figures: Mapping[str, Figure]) -> str:
    return number(_sum(expression, figures) + 0.0, _figure(expression.split(maxsplit=1)[0], figures).decimals)


def _sum(expression: str, figures: Mapping[str, Figure]) -> float:
    total, sign = 0.0, 1
    for word in expression.split():
        if word in "+-":
            sign = 1 if word == "+" else -1
        else:
            total += sign * (float(word) if word[0].isdigit() else _figure(word, figures).value)
    return total


def _figure(name: str, figures: Mapping[str, Figure]) -> Figure:
    if name not in figures:
        near = ", ".join(
            sorted(known for known in figures if known.split(".")[0] == name.split(".", maxsplit=1)[0])[:8]
        )
        raise InputError(f"la discussion cite « {name} », qui n’a pas été mesuré", remedy=f"Citez par exemple {near}")
    return figures[name]

"""The regression gate: has the development split lost anything since the figures that were agreed?

Only the development split goes through the gate: a gate that is looked at for every change would make
the test split one more development split.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import InputError
from eval.compare import MEASURE_LABELS, number, with_unit
from eval.lines import read_text

TOLERANCE = 0.01
"""One point. Results are deterministic on one machine; another processor's rounding moves a mean by less."""

GATED = ("ndcg@10", "mrr@10", "recall@100", "success@5")
IDENTITY = ("collection", "topics", "qrels")
"""Provenance that must be that of the agreed figures for them to be comparable."""


@dataclass(frozen=True, slots=True)
class GateResult:
    """Whether the change may pass, and why, in French: one sentence a measure that moved."""

    passed: bool
    sentences: tuple[str, ...]


def check(
    summary: Mapping[str, float], provenance: Mapping[str, object], agreed: Path, tolerance: float = TOLERANCE
) -> GateResult:
    """Compare the means of the development split with the agreed figures.

    Raises:
        InputError: the agreed figures cannot be read, or are those of another collection, other topics or
            other judgments.
    """
    figures = _read(agreed)
    for key in IDENTITY:
        if figures[key] != provenance.get(key):
            raise InputError(
                f"Les chiffres convenus de {agreed} ne sont pas comparables : « {key} » a changé",
                remedy="Mesurez la version précédente sur les mêmes données, puis convenez de nouveaux chiffres",
            )
    passed = True
    sentences: list[str] = []
    for name in GATED:
        before, after = float(figures["means"][name]), summary[name]
        moved = f"{MEASURE_LABELS[name]} : {number(100 * before)} → {number(100 * after)}"
        # Half a millionth of a point is rounding in the JSON file, not a loss.
        if after < before - tolerance - 5e-9:
            passed = False
            sentences.append(f"{moved}, perte supérieure à la tolérance de {with_unit(tolerance)}")
        elif after > before + tolerance:
            sentences.append(f"{moved}, gain : convenez de ces nouveaux chiffres")
    return GateResult(passed, tuple(sentences))


def agree(summary: Mapping[str, float], provenance: Mapping[str, object], path: Path) -> None:
    """Write the figures that later changes are held to, with what they were measured on."""
    figures: dict[str, object] = {key: provenance.get(key, "") for key in IDENTITY}
    figures["code"] = provenance.get("code", "")
    figures["means"] = {name: round(summary[name], 8) for name in GATED}
    path.write_text(json.dumps(figures, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _read(path: Path) -> dict[str, dict[str, float]]:
    try:
        figures: dict[str, dict[str, float]] = json.loads(read_text(path))
        complete = all(key in figures for key in IDENTITY) and all(
            isinstance(figures["means"][name], int | float) for name in GATED
        )
    except (KeyError, TypeError, ValueError):
        complete = False
    if not complete:
        raise InputError(
            f"{path} ne contient pas de chiffres convenus", remedy="Convenez-en à nouveau sur la partie dev"
        )
    return figures

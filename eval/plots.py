"""Figures of a report, as SVG that stands inside an HTML page. matplotlib is imported when one is drawn."""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from eval.compare import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FIRST, SECOND, NEUTRAL = "#6a6af4", "#000091", "#666666"
WORSE = "#c9191e"


def intervals(names: Sequence[str], means: Sequence[float], lows: Sequence[float], highs: Sequence[float]) -> str:
    """One line a system: its mean and the interval around it."""
    figure, axes = _axes(height=0.9 + 0.45 * len(names))
    places = list(range(len(names)))
    axes.hlines(places, lows, highs, color=SECOND, linewidth=2)
    axes.plot(means, places, "o", color=SECOND, markersize=7)
    axes.set_yticks(places, [_plain(name) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.xaxis.set_major_formatter(_points)
    axes.set_xlabel("nDCG@10 en points, moyenne et intervalle à 95 %")
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    return _svg(figure, "Moyenne de nDCG@10 et intervalle à 95 % de chaque système")


def gains(differences: Sequence[float]) -> str:
    """One bar a topic, largest gain first: right of zero the second system wins, left of it it loses."""
    figure, axes = _axes(height=3.2)
    ordered = sorted(differences, reverse=True)
    colours = [SECOND if value > 0 else WORSE for value in ordered]
    axes.bar(range(len(ordered)), ordered, width=0.9, color=colours)
    axes.axhline(0, color=NEUTRAL, linewidth=0.8)
    axes.set_xlabel("sujets, du plus grand gain à la plus grande perte")
    axes.yaxis.set_major_formatter(_points)
    axes.set_ylabel("écart de nDCG@10 en points")
    return _svg(figure, "Écart de nDCG@10, sujet par sujet, du plus grand gain à la plus grande perte")


def categories(table: Mapping[str, Mapping[str, float]]) -> str:
    """``table``: category to system to nDCG@10; one group of bars a category."""
    systems = list(dict.fromkeys(name for line in table.values() for name in line))
    figure, axes = _axes(height=1.0 + (0.16 * len(systems) + 0.2) * len(table))
    thickness = 0.8 / max(1, len(systems))
    for place, system in enumerate(systems):
        strength = 1.0 if len(systems) == 1 else 0.3 + 0.7 * place / (len(systems) - 1)
        axes.barh(
            [row - 0.4 + thickness * (place + 0.5) for row in range(len(table))],
            [line.get(system, 0.0) for line in table.values()],
            height=thickness,
            color=SECOND,
            alpha=strength,
            label=_plain(system),
        )
    axes.set_yticks(range(len(table)), [_plain(name) for name in table])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(_points)
    axes.set_xlabel("nDCG@10 en points")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False, fontsize="small")
    return _svg(figure, "nDCG@10 de chaque système par catégorie de sujets")


def _points(value: float, _place: float) -> str:
    """A tick's label, on the scale of the tables."""
    return number(100 * value + 0.0, 0)


def _axes(height: float) -> "tuple[Figure, Axes]":
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    # A figure of its own, outside pyplot: nothing global is kept between two reports.
    figure = Figure(figsize=(7.5, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: "Figure", label: str) -> str:
    from matplotlib import rc_context  # noqa: PLC0415

    target = io.StringIO()
    # The salt and the missing date make the same figure the same bytes; text stays text.
    with rc_context({"svg.hashsalt": "reuni", "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    svg = target.getvalue()
    return svg[svg.index("<svg") :].replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


def _plain(text: str) -> str:
    """``text`` as a label: matplotlib would read mathematics between dollar signs."""
    return text.replace("$", r"\$")

"""One look for all plots: the same colour for the same method, quiet axes, intervals as lines."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training import pages
from training.evaluation.evaluate import BASELINES, OURS
from training.intervals import Interval

METHODS = (OURS, *BASELINES)
COLOURS = {OURS: "#1f5fa8", "popular": "#98a3b0", "buy_again": "#e0962a"}
TASKS = {name: f"{words} (task {name})" for name, words in pages.TASKS.items()}
INK, GRID = "#1c2733", "#e6eaef"


def panels(
    n_rows: int, n_columns: int, title: str, width: float = 5.2, height: float = 3.6
) -> tuple[Figure, list[list[Axes]]]:
    """A figure with a title and a grid of quiet panels."""
    figure = Figure(figsize=(width * n_columns, height * n_rows), layout="constrained")
    figure.suptitle(title, fontsize=13, fontweight="bold", color=INK)
    axes = figure.subplots(n_rows, n_columns, squeeze=False).tolist()
    for axis in (each for row in axes for each in row):
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="y", color=GRID)
        axis.set_axisbelow(True)
        axis.tick_params(colors=INK, labelsize=9)
    return figure, axes


def whiskers(found: Sequence[Interval]) -> list[list[float]]:
    """Lengths below and above the means, as matplotlib's ``yerr`` wants them."""
    below = [max(i.mean - i.low, 0.0) for i in found]
    return [below, [max(i.high - i.mean, 0.0) for i in found]]


def legend(figure: Figure, axis: Axes, n_columns: int = 4) -> None:
    """One legend for the whole figure, under it."""
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=n_columns, frameon=False, fontsize=9
    )

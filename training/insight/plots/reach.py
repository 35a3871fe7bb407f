"""How the places of all lists are shared among the products."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from model.columns import DEFAULT_K
from model.matrix import UserItemMatrix
from training.insight.beyond import buyers, exposure
from training.insight.examine import Insight
from training.insight.plots import style
from training.insight.plots.style import COLOURS, TASKS


def long_tail(insight: Insight, matrix: UserItemMatrix) -> Figure:
    """Share of all shown places that the most bought products take, one line a method.

    The diagonal would be the same number of places for every product.
    """
    tasks = insight.tasks()
    figure, [row] = style.panels(1, len(tasks), f"Who gets the {DEFAULT_K} places of a list")
    sold = buyers(matrix)
    order = np.argsort(-sold, kind="stable")[: np.count_nonzero(sold)]
    share = np.arange(1, len(order) + 1) / max(len(order), 1)
    for axis, task in zip(row, tasks, strict=True):
        for judged in insight.judged_in(task):
            counts = exposure(judged.lists, len(sold), DEFAULT_K)[order]
            taken = np.cumsum(counts) / max(counts.sum(), 1)
            covered = np.count_nonzero(counts) / max(len(counts), 1)
            label = f"{judged.method}: shows {covered:.2%} of the products"
            axis.plot(share, taken, color=COLOURS[judged.method], label=label, linewidth=2)
        axis.plot([0, 1], [0, 1], ":", color=style.INK, linewidth=1)
        axis.set_title(TASKS[task], fontsize=10)
        axis.set_xlabel("share of the products sold, most bought first")
        axis.xaxis.set_major_formatter(PercentFormatter(1))
        axis.yaxis.set_major_formatter(PercentFormatter(1))
        axis.legend(frameon=False, fontsize=9, loc="lower right")
    row[0].set_ylabel("share of the places shown")
    return figure

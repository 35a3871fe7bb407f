"""What time does: other half-lives, and the same judgement at earlier moments."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from model.columns import DEFAULT_K
from training.insight.half_life import HalfLives
from training.insight.plots import style
from training.insight.plots.style import COLOURS, METHODS, TASKS
from training.insight.rolling import Origin

NDCG = f"ndcg_at_{DEFAULT_K}"


def half_lives(found: HalfLives) -> Figure:
    """NDCG of ``buy_again`` by half-life, on a logarithmic axis; the one in use is marked."""
    title = (
        f"Own products bought again, by half-life, {found.n_customers:,} customers inside the past"
    )
    figure, [[axis]] = style.panels(1, 1, title, width=7)
    days, intervals = list(found.found), list(found.found.values())
    colour = COLOURS["buy_again"]
    axis.plot(days, [i.mean for i in intervals], "o-", color=colour)
    low, high = [i.low for i in intervals], [i.high for i in intervals]
    axis.fill_between(days, low, high, alpha=0.2, color=colour, linewidth=0)
    axis.axvline(found.in_use, color=style.INK, linestyle=":", linewidth=1)
    axis.annotate(
        f" in use: {found.in_use:g} days",
        (found.in_use, 0.03),
        xycoords=("data", "axes fraction"),
        fontsize=9,
    )
    axis.set_xscale("log")
    axis.set_xticks(days, [f"{day:g}" for day in days])
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_xlabel("half-life, days (logarithmic)")
    axis.set_ylabel(f"NDCG@{DEFAULT_K}, mean and 95 % interval")
    return figure


def rolling(origins: Sequence[Origin]) -> Figure:
    """NDCG of every method at every cut-off, one panel a task."""
    tasks = origins[-1].evaluation.tasks()
    figure, [row] = style.panels(1, len(tasks), f"NDCG@{DEFAULT_K} at earlier cut-offs")
    days = [f"{origin.cutoff:%d %b\n%Y}" for origin in origins]
    for axis, task in zip(row, tasks, strict=True):
        for offset, method in enumerate(METHODS):
            found = [origin.evaluation.interval(method, task, NDCG) for origin in origins]
            places = [place + (offset - 1) * 0.06 for place in range(len(origins))]
            axis.errorbar(
                places,
                [i.mean for i in found],
                yerr=style.whiskers(found),
                fmt="o-",
                capsize=3,
                color=COLOURS[method],
                label=method,
            )
        axis.set_title(TASKS[task], fontsize=10)
        axis.set_xticks(range(len(days)), days)
        axis.set_xlabel("first day of the window that is judged")
        axis.set_ylim(bottom=0)
    row[0].set_ylabel(f"NDCG@{DEFAULT_K}, mean and 95 % interval")
    style.legend(figure, row[0])
    return figure

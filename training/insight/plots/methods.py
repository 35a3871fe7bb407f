"""Methods side by side: the tasks' means, and how they grow with the list."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from model.columns import DEFAULT_K
from training.evaluation.evaluate import CUTOFFS
from training.insight.examine import Insight
from training.insight.plots import style
from training.insight.plots.style import COLOURS, METHODS, TASKS
from training.intervals import Interval
from training.pages import metric_words

SHOWN = tuple(f"{name}_at_{DEFAULT_K}" for name in ("ndcg", "recall", "hit_rate", "map"))


def against_baselines(insight: Insight) -> Figure:
    """Each method's mean with its interval; a row a task, a column a metric."""
    tasks = insight.tasks()
    figure, axes = style.panels(
        len(tasks), len(SHOWN), "Ours and the baselines, mean and 95 % interval", 3.2, 3.1
    )
    for row, task in zip(axes, tasks, strict=True):
        for axis, metric in zip(row, SHOWN, strict=True):
            _bars(axis, [insight.evaluation.means[method, task, metric] for method in METHODS])
            axis.set_title(metric_words(metric), fontsize=10)
        row[0].set_ylabel(TASKS[task])
    return figure


def _bars(axis: Axes, found: list[Interval]) -> None:
    """A bar a method, its interval as a line, its value above the line."""
    axis.bar(
        METHODS,
        [i.mean for i in found],
        color=[COLOURS[method] for method in METHODS],
        yerr=style.whiskers(found),
        error_kw={"ecolor": style.INK, "capsize": 4, "elinewidth": 1},
    )
    for place, each in enumerate(found):
        axis.annotate(
            f"{each.mean:.3f}",
            (place, each.high),
            textcoords="offset points",
            xytext=(0, 3),
            ha="center",
            fontsize=9,
        )
    axis.set_ylim(0, 1.12 * max(each.high for each in found) or 1)


def by_k(insight: Insight, metric: str) -> Figure:
    """A metric at every cut-off, one line a method, one panel a task."""
    tasks = insight.tasks()
    figure, [row] = style.panels(1, len(tasks), f"{metric.capitalize()} by length of the list")
    for axis, task in zip(row, tasks, strict=True):
        for method in METHODS:
            found = [insight.evaluation.means[method, task, f"{metric}_at_{k}"] for k in CUTOFFS]
            colour = COLOURS[method]
            axis.plot(CUTOFFS, [i.mean for i in found], "o-", color=colour, label=method)
            low, high = [i.low for i in found], [i.high for i in found]
            axis.fill_between(CUTOFFS, low, high, alpha=0.2, color=colour, linewidth=0)
        axis.set_title(TASKS[task], fontsize=10)
        axis.set_xticks(CUTOFFS)
        axis.set_xlabel("k, length of the list")
        axis.set_ylim(bottom=0)
    row[0].set_ylabel(f"{metric}, mean and 95 % interval")
    style.legend(figure, row[0])
    return figure

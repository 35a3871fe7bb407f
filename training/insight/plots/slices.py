"""A metric by segment: bars of the methods beside one another, with the number of customers."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from model.columns import DEFAULT_K
from training.insight.examine import Insight
from training.insight.plots import style
from training.insight.plots.style import COLOURS, METHODS, TASKS
from training.insight.slices import Slice
from training.pages import metric_words

BAR = 0.27


def by_customers(insight: Insight) -> Figure:
    """NDCG by number of past events and by thirds of it; a row a task."""
    families = {"events": "events in the past", "weight": "thirds of customers by events"}
    title = f"NDCG@{DEFAULT_K} by what was known of the customer"
    return _grid(insight, families, title)


def by_last_event(insight: Insight) -> Figure:
    """NDCG by the age of the customer's latest event; a row a task."""
    families = {"last_seen": "days since the customer's latest event"}
    return _grid(insight, families, f"NDCG@{DEFAULT_K} by age of the latest event")


def by_products(insight: Insight) -> Figure:
    """Recall of targets by kind of product; a row a task."""
    families = {"products": "kind of product; n customers bought some"}
    return _grid(insight, families, f"Recall@{DEFAULT_K} of purchases by kind of product")


def _grid(insight: Insight, families: dict[str, str], title: str) -> Figure:
    """A row a family where there are several, a column a task."""
    tasks = insight.tasks()
    figure, rows = style.panels(len(families), len(tasks), title, width=5.6, height=3.4)
    for row, (family, meaning) in zip(rows, families.items(), strict=True):
        for axis, task in zip(row, tasks, strict=True):
            _bars(axis, insight.slices_of(family, task))
            axis.set_title(TASKS[task], fontsize=10)
            axis.set_xlabel(meaning)
    style.legend(figure, rows[-1][0])
    return figure


def _bars(axis: Axes, slices: Sequence[Slice]) -> None:
    """One group a segment; a method that was not asked there has no bar."""
    segments = list(dict.fromkeys(s.segment.name for s in slices))
    labels = {s.segment.name: f"{s.segment.label}\nn = {s.n_customers:,}" for s in slices}
    for offset, method in enumerate(METHODS):
        shown = [s for s in slices if s.method == method]
        places = [segments.index(s.segment.name) + (offset - 1) * BAR for s in shown]
        found = [s.figures[s.headline] for s in shown]
        axis.bar(
            places,
            [i.mean for i in found],
            BAR * 0.92,
            color=COLOURS[method],
            label=method,
            yerr=style.whiskers(found),
            error_kw={"ecolor": style.INK, "capsize": 2, "elinewidth": 1},
        )
    axis.set_xticks(range(len(segments)), [labels[name] for name in segments])
    axis.set_ylabel("".join({metric_words(s.headline) for s in slices}))
    axis.set_ylim(bottom=0)

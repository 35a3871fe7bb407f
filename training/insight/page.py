"""The report of an evaluation: one HTML page with every table and plot, and what each says."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from model.columns import DEFAULT_K
from training.evaluation.evaluate import BASELINES, CUTOFFS, OURS
from training.evaluation.metrics import METRICS
from training.insight.examine import Insight
from training.insight.plots.style import METHODS, TASKS
from training.insight.slices import Slice
from training.intervals import Interval, verdict
from training.pages import metric_words, render

MEANINGS = {
    "ndcg": "hits near the top of the list count most; 1 is a perfect list",
    "recall": "share of what a customer went on to buy that was in the list",
    "precision": "share of the places in the list that held something bought",
    "hit_rate": "share of customers who bought at least one product of their list",
    "map": "mean share of hits down to each hit, over the list",
    "mrr": "one divided by the place of the first hit",
    "coverage": "share of the products ever sold that anybody is shown",
    "gini": "how unevenly places go to products: 0 evenly, 1 all to one product",
    "novelty": "surprise in bits: 0 for what everybody bought, one more each time buyers halve",
    "popularity": "share of customers who bought a product shown, on average: popularity bias",
    "diversity": "how unlike each other a list's products are, pair by pair: 1 is wholly",
    "revenue": "share of a customer's later spending that went to products in the list",
    "revenue_total": "the same for all customers' spending together",
}
"""Every figure in a sentence, in the order of the page."""

ALIKE = {
    "category": "products are alike where the catalogue gives them one category",
    "co-purchase": "products are alike as far as the same customers bought them",
}

FAMILIES = {
    "events": "Customers by number of past events",
    "weight": "Customers in thirds by number of past events",
    "last_seen": "Customers by days since their latest event",
    "products": "Purchases by kind of product",
}


@dataclass(frozen=True)
class Line:
    """A row of a table: what it is, what it means, one figure a method."""

    name: str
    meaning: str
    figures: Sequence[Interval | None]


def page(insight: Insight, drawn: Sequence[tuple[str, str, bytes]]) -> str:
    """Render the report; ``drawn`` are title, meaning and PNG of every plot."""
    return render(
        "report.html",
        tested=_tested(insight),
        k=DEFAULT_K,
        methods=METHODS,
        verdicts=_verdicts(insight),
        tasks=[{"title": TASKS[t], "n": _n_customers(insight, t)} for t in insight.tasks()],
        tables={TASKS[task]: lines(insight, task) for task in insight.tasks()},
        by_k={TASKS[task]: _by_k(insight, task) for task in insight.tasks()},
        cutoffs=CUTOFFS,
        alike=ALIKE[insight.alike_by],
        slices=_slices(insight),
        plots=[
            {"title": title, "meaning": meaning, "png": base64.b64encode(png).decode()}
            for title, meaning, png in drawn
        ],
        half_lives=insight.half_lives,
        rolling=_rolling(insight),
    )


def _tested(insight: Insight) -> str:
    if insight.cutoff is None:
        return (
            f"The events carry no times, so what is tested on was drawn: {insight.drawn}. Such "
            "figures compare methods; they are no forecast, and higher than a future's."
        )
    return f"Everything from {insight.cutoff:%Y-%m-%d %H:%M} (UTC) on was held out."


def lines(insight: Insight, task: str) -> list[Line]:
    """Every figure that was measured for a task, one line a figure."""
    found = []
    for metric, meaning in MEANINGS.items():
        name = f"{metric}_at_{DEFAULT_K}"
        figures = [insight.figure(method, task, name) for method in METHODS]
        if any(figures):
            found.append(Line(metric_words(name), meaning, figures))
    return found


def _by_k(insight: Insight, task: str) -> list[Line]:
    """Ours at every length of the list."""
    means = insight.evaluation.means
    return [
        Line(
            metric_words(metric),
            MEANINGS[metric],
            [means[OURS, task, f"{metric}_at_{k}"] for k in CUTOFFS],
        )
        for metric in METRICS
    ]


def _verdicts(insight: Insight) -> list[dict[str, Any]]:
    """Ours against each baseline by NDCG, on the same customers."""
    found = []
    for task in insight.tasks():
        for baseline in BASELINES:
            gain = insight.evaluation.gains[baseline, task, f"ndcg_at_{DEFAULT_K}"]
            about = {"task": TASKS[task], "baseline": baseline}
            found.append({**about, "gain": gain, "word": verdict(gain)})
    return found


def _slices(insight: Insight) -> list[dict[str, Any]]:
    """One table a family and task."""
    return [
        {"title": title, "task": TASKS[task], **_segments(slices)}
        for family, title in FAMILIES.items()
        for task in TASKS
        if (slices := insight.slices_of(family, task))
    ]


def _segments(slices: Sequence[Slice]) -> dict[str, Any]:
    """Segments down, methods across."""
    rows: dict[str, dict[str, Any]] = {}
    for each in slices:
        empty = {"label": each.segment.label, "n": each.n_customers, "figures": {}, "words": {}}
        row = rows.setdefault(each.segment.name, empty)
        row["figures"][each.method] = each.figures[each.headline]
        row["words"][each.method] = verdict(each.gain) if each.gain else ""
    return {"metric": metric_words(slices[0].headline), "rows": list(rows.values())}


def _n_customers(insight: Insight, task: str) -> int:
    return len(insight.judged_in(task)[0].per_user)


def _rolling(insight: Insight) -> list[dict[str, Any]]:
    """NDCG of every method at every origin, a row an origin and task."""
    name = f"ndcg_at_{DEFAULT_K}"
    return [
        {
            "cutoff": f"{origin.cutoff:%Y-%m-%d}",
            "task": TASKS[task],
            "figures": [origin.evaluation.interval(method, task, name) for method in METHODS],
        }
        for task in insight.tasks()
        for origin in insight.origins
    ]

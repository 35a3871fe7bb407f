"""Plots of an evaluation, for MLflow's artifact view."""

import numpy as np
from matplotlib.figure import Figure

from model.matrix import UserItemMatrix
from training.evaluation.bootstrap import intervals
from training.evaluation.evaluate import BASELINES, CUTOFFS, OURS, Evaluation, Judged

K = 10
HISTORY_THIRDS = ("short", "middle", "long")


def figures(evaluation: Evaluation, matrix: UserItemMatrix) -> dict[str, Figure]:
    """File name -> figure; ``matrix`` is that of the past, which the lists were made from."""
    return {
        "ndcg_against_baselines.png": against_baselines(evaluation, "ndcg_at_10"),
        "recall_by_k.png": by_k(evaluation, "recall"),
        "ndcg_by_history.png": by_history(evaluation, matrix, "ndcg_at_10"),
        "long_tail.png": long_tail(evaluation, matrix),
    }


def against_baselines(evaluation: Evaluation, metric: str) -> Figure:
    """Each method's mean with its interval, one panel a task."""
    figure, panels = _panels(evaluation)
    for panel, task in panels.items():
        for place, method in enumerate((OURS, *BASELINES)):
            shown = evaluation.means[method, task, metric]
            error = [[shown.mean - shown.low], [shown.high - shown.mean]]
            panel.bar(place, shown.mean, yerr=error, capsize=6, color=f"C{place}")
        panel.set_xticks(range(1 + len(BASELINES)), (OURS, *BASELINES))
        panel.set_ylabel(f"{metric}, mean and 95 % interval")
    return figure


def by_k(evaluation: Evaluation, metric: str) -> Figure:
    """A metric at every cut-off, one line a method, one panel a task."""
    figure, panels = _panels(evaluation)
    for panel, task in panels.items():
        for place, method in enumerate((OURS, *BASELINES)):
            shown = [evaluation.means[method, task, f"{metric}_at_{k}"] for k in CUTOFFS]
            low, high = [i.low for i in shown], [i.high for i in shown]
            panel.plot(CUTOFFS, [i.mean for i in shown], "o-", color=f"C{place}", label=method)
            panel.fill_between(CUTOFFS, low, high, alpha=0.2, color=f"C{place}")
        panel.set_xlabel("k, length of the list")
        panel.set_ylabel(metric)
        panel.legend()
    return figure


def by_history(evaluation: Evaluation, matrix: UserItemMatrix, metric: str) -> Figure:
    """A metric for thirds of the customers by the number of products in their history."""
    figure, panels = _panels(evaluation)
    for panel, task in panels.items():
        for place, judged in enumerate(_of_task(evaluation, task)):
            sizes = np.diff(matrix.weights.indptr)[judged.task.user_rows]
            for third, chosen in enumerate(_thirds(sizes)):
                values = judged.per_user[metric].to_numpy()[chosen]
                [shown] = intervals(values[:, None], np.random.default_rng(0))
                error = [[shown.mean - shown.low], [shown.high - shown.mean]]
                x = third + (place - 1) * 0.28
                label = judged.method if third == 0 else None
                panel.bar(x, shown.mean, 0.26, yerr=error, color=f"C{place}", label=label)
        panel.set_xticks(range(len(HISTORY_THIRDS)), HISTORY_THIRDS)
        panel.set_xlabel("length of the customer's history, thirds")
        panel.set_ylabel(f"{metric}, mean and 95 % interval")
        panel.legend()
    return figure


def long_tail(evaluation: Evaluation, matrix: UserItemMatrix) -> Figure:
    """Share of all shown places that the most bought products take, one line a method.

    The diagonal would be the same number of places for every product.
    """
    figure, panels = _panels(evaluation)
    bought = matrix.everybody().bought
    buyers = np.bincount(bought.indices, minlength=matrix.shape[1])
    order = np.argsort(-buyers, kind="stable")
    share = np.arange(1, len(order) + 1) / len(order)
    for panel, task in panels.items():
        for place, judged in enumerate(_of_task(evaluation, task)):
            shown = judged.lists[:, :K]
            counts = np.bincount(shown[shown >= 0], minlength=matrix.shape[1])[order]
            taken = np.cumsum(counts) / max(counts.sum(), 1)
            covered = np.count_nonzero(counts) / len(counts)
            label = f"{judged.method}, shows {covered:.1%} of the products"
            panel.plot(share, taken, color=f"C{place}", label=label)
        panel.plot([0, 1], [0, 1], ":", color="grey")
        panel.set_xlabel("share of the products, most bought first")
        panel.set_ylabel("share of the places shown")
        panel.legend()
    return figure


def _of_task(evaluation: Evaluation, task: str) -> list[Judged]:
    """Ours first, then the baselines."""
    found = {judged.method: judged for judged in evaluation.judged if judged.task.name == task}
    return [found[method] for method in (OURS, *BASELINES)]


def _thirds(sizes: np.ndarray) -> list[np.ndarray]:
    """Masks of the shortest, middle and longest third; a tie goes to the shorter."""
    if not len(sizes):
        return [np.zeros(0, bool)] * len(HISTORY_THIRDS)
    low, high = np.quantile(sizes, [1 / 3, 2 / 3])
    place = (sizes > low).astype(int) + (sizes > high)
    return [place == third for third in range(len(HISTORY_THIRDS))]


def _panels(evaluation: Evaluation):  # type: ignore[no-untyped-def]
    tasks = list(dict.fromkeys(j.task.name for j in evaluation.judged))
    figure = Figure(figsize=(5 * len(tasks), 4), layout="constrained")
    axes = figure.subplots(1, len(tasks), squeeze=False)[0]
    for axis, task in zip(axes, tasks, strict=True):
        axis.set_title(f"task: {task}")
    return figure, dict(zip(axes, tasks, strict=True))

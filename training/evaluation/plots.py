"""Plots of an evaluation, for MLflow's artifact view."""

from matplotlib.figure import Figure

from training.evaluation.evaluate import BASELINES, CUTOFFS, OURS, Evaluation


def figures(evaluation: Evaluation) -> dict[str, Figure]:
    """File name -> figure."""
    return {
        "ndcg_against_baselines.png": against_baselines(evaluation, "ndcg_at_10"),
        "recall_by_k.png": by_k(evaluation, "recall"),
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


def _panels(evaluation: Evaluation):  # type: ignore[no-untyped-def]
    tasks = list(dict.fromkeys(j.task.name for j in evaluation.judged))
    figure = Figure(figsize=(5 * len(tasks), 4), layout="constrained")
    axes = figure.subplots(1, len(tasks), squeeze=False)[0]
    for axis, task in zip(axes, tasks, strict=True):
        axis.set_title(f"task: {task}")
    return figure, dict(zip(axes, tasks, strict=True))

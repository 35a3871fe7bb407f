"""Judge the lists as served: every task, every baseline, per customer and in the mean."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from model.recommender import NO_ITEM, Lists, Recommender
from training.evaluation.metrics import METRICS
from training.evaluation.tasks import Task
from training.intervals import UNDEFINED, Interval, intervals
from training.lists import lists_of

CUTOFFS = (5, 10, 20)
OURS = "ours"
BASELINES = ("popular", "buy_again")


@dataclass(frozen=True)
class Judged:
    """One method's lists for one task.

    Attributes
    ----------
    per_user : DataFrame of shape (n_users, n_metrics)
        One column a metric, as ``ndcg_at_10``.
    lists : array of shape (n_users, 20)
    """

    task: Task
    method: str
    lists: Lists
    per_user: pd.DataFrame


@dataclass(frozen=True)
class Evaluation:
    """Every method on every task, with 95 % bootstrap intervals over customers.

    Attributes
    ----------
    judged : list of Judged
    means : mapping of (method, task, metric) to Interval
    gains : mapping of (baseline, task, metric) to Interval
        Ours minus the baseline, customer by customer.
    """

    judged: list[Judged]
    means: Mapping[tuple[str, str, str], Interval]
    gains: Mapping[tuple[str, str, str], Interval]

    def tasks(self) -> list[str]:
        """Names of the tasks, in their order."""
        return list(dict.fromkeys(j.task.name for j in self.judged))

    def interval(self, method: str, task: str, metric: str) -> Interval:
        """A mean with its interval; NaN where that was not asked."""
        return self.means.get((method, task, metric), UNDEFINED)

    def metrics(self) -> dict[str, float]:
        """The figures by their names in MLflow: ours bare, baselines with their name first."""
        named: dict[str, float] = {}
        for (method, task, metric), interval in self.means.items():
            name = f"{task}/{metric}" if method == OURS else f"{method}/{task}/{metric}"
            limits = {"": interval.mean, "_ci_low": interval.low, "_ci_high": interval.high}
            named |= {name + suffix: value for suffix, value in limits.items()}
        return {name: value for name, value in named.items() if not np.isnan(value)}


def evaluate(recommender: Recommender, tasks: list[Task], rng: np.random.Generator) -> Evaluation:
    """Rank for the tasks' customers with our model and with the baselines every run carries."""
    judged = []
    for task, lists in zip(tasks, served_lists(recommender, tasks), strict=True):
        popular = popular_lists(recommender, task)
        judged += [
            judge(task, OURS, lists[task.scenario]),
            judge(task, "popular", popular),
            judge(task, "buy_again", lists["buy_again"]),
        ]
    return summary(judged, rng)


def served_lists(recommender: Recommender, tasks: list[Task]) -> list[dict[str, Lists]]:
    """For each task, the lists of its scenario and of ``buy_again``; candidates are shared.

    ``buy_again`` is worth nothing by definition where bought products are no target.
    """
    everyone = np.unique(np.concatenate([np.empty(0, np.int64), *(t.user_rows for t in tasks)]))
    scenarios = tuple({task.scenario: None for task in tasks} | {"buy_again": None})
    lists = lists_of(recommender, everyone, CUTOFFS[-1], scenarios)
    places = [np.searchsorted(everyone, task.user_rows) for task in tasks]
    return [{name: rows[place] for name, rows in lists.items()} for place in places]


def judge(task: Task, method: str, lists: Lists) -> Judged:
    """Every metric at every cut-off, per customer."""
    hits = task.hits(lists)
    columns = {
        f"{name}_at_{k}": metric(hits, task.n_targets, k)
        for k in CUTOFFS
        for name, metric in METRICS.items()
    }
    return Judged(task, method, lists, pd.DataFrame(columns))


def summary(judged: list[Judged], rng: np.random.Generator) -> Evaluation:
    """Means with intervals, and ours against every other method pairwise."""
    means: dict[tuple[str, str, str], Interval] = {}
    gains: dict[tuple[str, str, str], Interval] = {}
    for task in dict.fromkeys(j.task.name for j in judged):
        methods = {j.method: j.per_user for j in judged if j.task.name == task}
        others = [name for name in methods if name != OURS]
        differences = {name: methods[OURS] - methods[name] for name in others}
        side_by_side = pd.concat([*methods.values(), *differences.values()], axis=1).to_numpy()
        found = iter(intervals(side_by_side, rng))
        for kept, tables in ((means, methods), (gains, differences)):
            for name, table in tables.items():
                for metric in table.columns:
                    kept[name, task, metric] = next(found)
    return Evaluation(judged, means, gains)


def popular_lists(recommender: Recommender, task: Task) -> Lists:
    """The same list for everyone, without what the task's scenario does not show a customer."""
    lists = np.full((len(task.user_rows), CUTOFFS[-1]), NO_ITEM, np.int32)
    histories = recommender.matrix.histories(task.user_rows)
    recommender.fill_with_popular(lists, histories, task.scenario)
    return lists

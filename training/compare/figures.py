"""Metrics side by side, with a verdict where both were measured on the same customers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from training.compare.sides import Side
from training.evaluation.tasks import LEARNT
from training.intervals import UNDEFINED, Interval, intervals, verdict
from training.pages import TASKS

SHOWN = ("ndcg_at_10", "recall_at_10", "hit_rate_at_10", "map_at_10", "mrr_at_10")
ELSEWHERE = "measured on other data"


@dataclass(frozen=True)
class Figure:
    """One metric of one task; ``difference`` is right minus left, NaN if not comparable."""

    task: str
    metric: str
    left: Interval
    right: Interval
    difference: Interval
    verdict: str
    n_customers: int


def figures(left: Side, right: Side, rng: np.random.Generator) -> list[Figure]:
    """Every shown metric; the difference is taken customer by customer."""
    same = left.window == right.window and None not in left.window
    paired = _paired(left.per_user, right.per_user) if same else pd.DataFrame({"task": []})
    found = []
    asked = [task for task in TASKS if task in LEARNT or _judged_in(left, right, task)]
    for task in asked:
        both = paired[paired["task"] == task]
        columns = [both[f"{m}_right"] - both[f"{m}_left"] for m in SHOWN] if len(both) else []
        gains = iter(intervals(np.column_stack(columns), rng) if columns else [])
        for metric in SHOWN:
            gain = next(gains, UNDEFINED)
            name, word = f"{task}/{metric}", verdict(gain) if same else ELSEWHERE
            one, other = _logged(left, name), _logged(right, name)
            found.append(Figure(task, metric, one, other, gain, word, len(both)))
    return found


def _judged_in(left: Side, right: Side, task: str) -> bool:
    """Whether either run has figures of the task; only logs with looks are asked for `unseen`."""
    return any(f"{task}/{metric}" in side.metrics for side in (left, right) for metric in SHOWN)


def _paired(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    return left.merge(right, on=["user_id", "task"], suffixes=("_left", "_right"))


def _logged(side: Side, name: str) -> Interval:
    mean, low, high = (side.metrics.get(name + end, np.nan) for end in ("", "_ci_low", "_ci_high"))
    return Interval(mean, low, high)

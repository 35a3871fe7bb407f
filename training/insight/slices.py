"""Figures of slices: some of the customers, or some of the products that they went on to buy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.columns import DEFAULT_K
from training.evaluation.evaluate import CUTOFFS, OURS, Judged
from training.evaluation.metrics import hit_rate, recall
from training.insight.segments import Segment, newcomer_segment
from training.intervals import Interval, intervals

CUSTOMER_METRICS = tuple(f"{name}_at_{DEFAULT_K}" for name in ("ndcg", "recall", "hit_rate"))


@dataclass(frozen=True)
class Slice:
    """One method's figures for a segment, as far as a task asks it.

    Attributes
    ----------
    task, method : str
    segment : Segment
    n_customers : int
        Customers of the segment, or customers who bought something of it.
    figures : mapping of metric to Interval
        The first one stands for the slice in plots and tables.
    gain : Interval or None
        Ours minus this method in that first figure, customer by customer; None for ours.
    """

    task: str
    method: str
    segment: Segment
    n_customers: int
    figures: Mapping[str, Interval]
    gain: Interval | None

    @property
    def headline(self) -> str:
        """The metric that stands for the slice."""
        return next(iter(self.figures))

    def metrics(self) -> dict[str, float]:
        """By their names in MLflow, ``<task>/<segment>/<metric>_at_<k>``.

        A baseline has its name first, and only its headline: the rest can be made from the results
        per customer.
        """
        bare = f"{self.task}/{self.segment.name}"
        ours = self.method == OURS
        place = bare if ours else f"{self.method}/{bare}"
        named: dict[str, float] = {f"{bare}/customers": self.n_customers} if ours else {}
        for metric in self.figures if ours else [self.headline]:
            found = self.figures[metric]
            limits = {"": found.mean, "_ci_low": found.low, "_ci_high": found.high}
            named |= {f"{place}/{metric}{suffix}": value for suffix, value in limits.items()}
        return named


def slices_of_customers(
    judged: Sequence[Judged], segments: Sequence[Segment], rng: np.random.Generator
) -> list[Slice]:
    """One task's methods for each segment that holds any of its customers."""
    found = []
    for segment in segments:
        chosen = segment.members[judged[0].task.user_rows]
        if chosen.any():
            tables = [j.per_user.loc[chosen, list(CUSTOMER_METRICS)] for j in judged]
            found += _slices(judged[0].task.name, judged, segment, tables, rng)
    return found


def slices_of_newcomers(judged: Sequence[Judged], rng: np.random.Generator) -> list[Slice]:
    """Customers whom no task asks: a slice of ``all`` by its name, but in no mean of it."""
    asked = judged[0].task
    task, _, name = asked.name.partition("/")
    segment = newcomer_segment(name, asked.user_rows, asked.user_rows.max() + 1)
    tables = [j.per_user[list(CUSTOMER_METRICS)] for j in judged]
    return _slices(task, judged, segment, tables, rng)


def slices_of_products(
    judged: Sequence[Judged], segments: Sequence[Segment], rng: np.random.Generator
) -> list[Slice]:
    """Recall and hit rate of the targets that lie in each segment; other targets do not count."""
    found = []
    for segment in segments:
        n_targets = targets_within(judged[0], segment)
        if n_targets.any():
            tables = [_of_targets_within(j, segment, n_targets) for j in judged]
            found += _slices(judged[0].task.name, judged, segment, tables, rng)
    return found


def targets_within(judged: Judged, segment: Segment) -> NDArray[np.int64]:
    """How many of each customer's targets are products of the segment, shape (n_users,)."""
    return np.asarray(judged.task.targets.astype(np.int64) @ segment.members.astype(np.int64))


def _of_targets_within(
    judged: Judged, segment: Segment, n_targets: NDArray[np.int64]
) -> pd.DataFrame:
    hits = judged.task.hits(judged.lists) & segment.members[np.maximum(judged.lists, 0)]
    lengths = sorted(CUTOFFS, key=lambda k: k != DEFAULT_K)
    columns = {f"recall_at_{k}": recall(hits, n_targets, k) for k in lengths}
    columns[f"hit_rate_at_{DEFAULT_K}"] = hit_rate(hits, n_targets, DEFAULT_K)
    return pd.DataFrame(columns)[n_targets > 0]


def _slices(
    task: str,
    judged: Sequence[Judged],
    segment: Segment,
    tables: list[pd.DataFrame],
    rng: np.random.Generator,
) -> list[Slice]:
    """The methods side by side, resampled together; ours comes first."""
    headlines = [table.iloc[:, 0] for table in tables]
    gains = [headlines[0] - other for other in headlines]
    found = iter(intervals(pd.concat([*tables, *gains], axis=1).to_numpy(np.float64), rng))
    figures = [{metric: next(found) for metric in table.columns} for table in tables]
    paired = [None if j.method == OURS else gain for j, gain in zip(judged, found, strict=True)]
    return [
        Slice(task, j.method, segment, len(table), figure, gain)
        for j, table, figure, gain in zip(judged, tables, figures, paired, strict=True)
    ]

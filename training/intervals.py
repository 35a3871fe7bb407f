"""Percentile bootstrap over customers: how far a mean could be off by the luck of who came."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_RESAMPLES = 1000
LEVEL = 0.95
MOST_DRAWS = 2_000_000
"""Customers drawn at once, over all resamples of a chunk: a bound on memory (16 MB)."""

Columns = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A mean with its confidence limits; all NaN where nobody was measured."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.4f} [{self.low:.4f}, {self.high:.4f}]"


UNDEFINED = Interval(np.nan, np.nan, np.nan)


def joint_level(n: int) -> float:
    """Level of each of ``n`` intervals that all hold at once with 95 % (Bonferroni).

    >>> round(joint_level(2), 3)
    0.975
    """
    return 1 - (1 - LEVEL) / n


def verdict(difference: Interval) -> str:
    """Word for a difference with its interval.

    >>> verdict(Interval(0.1, 0.05, 0.15)), verdict(Interval(0.0, -0.1, 0.1))
    ('better', 'level')
    """
    if np.isnan(difference.mean):
        return "not measured"
    return "better" if difference.low > 0 else "worse" if difference.high < 0 else "level"


def intervals(per_user: Columns, rng: np.random.Generator, level: float = LEVEL) -> list[Interval]:
    """Percentile intervals, of 95 % if not said, for the mean of each column: (n_users, n_metrics).

    All columns are resampled together, so the difference of two columns can be compared pairwise:
    pass the difference as a column. Customers with NaN in a column do not count for it; a column
    without any number has the interval NaN.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
    """
    defined = ~np.isnan(per_user)
    return ratios(np.where(defined, per_user, 0.0), defined.astype(np.float64), rng, level)


def ratios(
    tops: Columns, bottoms: Columns, rng: np.random.Generator, level: float = LEVEL
) -> list[Interval]:
    """The same for ``Σ tops / Σ bottoms`` of every column: a share of a total over customers.

    Both arrays have the shape (n_users, n_metrics); where the bottoms sum to 0 the interval is NaN.

    >>> customers = np.array([[1.0], [1.0]]), np.array([[4.0], [4.0]])
    >>> print(*ratios(*customers, np.random.default_rng(0)))
    0.2500 [0.2500, 0.2500]
    """
    n_users, n_metrics = tops.shape
    found = np.full((3, n_metrics), np.nan)
    measured = np.flatnonzero(bottoms.any(axis=0))
    if len(measured):
        tops, bottoms = tops[:, measured], bottoms[:, measured]
        drawn = [_ratio(times @ tops, times @ bottoms) for times in _resamples(n_users, rng)]
        found[0, measured] = tops.sum(axis=0) / bottoms.sum(axis=0)
        limits = [(1 - level) / 2, (1 + level) / 2]
        found[1:, measured] = _quantiles(np.concatenate(drawn), limits)
    return [Interval(*map(float, each)) for each in found.T]


def mean_of(values: NDArray[np.float64]) -> float:
    """Mean over the customers who have a figure; NaN if nobody has.

    >>> mean_of(np.array([1.0, np.nan, 2.0]))
    1.5
    """
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")


def _resamples(n_users: int, rng: np.random.Generator) -> Iterator[Columns]:
    """How often each resample draws each customer, some resamples at a time: (chunk, n_users)."""
    most = max(1, MOST_DRAWS // n_users)
    for start in range(0, N_RESAMPLES, most):
        size = min(most, N_RESAMPLES - start)
        drawn = rng.integers(n_users, size=(size, n_users))
        drawn += np.arange(size)[:, None] * n_users
        times = np.bincount(drawn.ravel(), minlength=size * n_users)
        yield times.reshape(size, n_users).astype(np.float64)


def _ratio(tops: Columns, bottoms: Columns) -> Columns:
    return np.divide(tops, bottoms, out=np.full(tops.shape, np.nan), where=bottoms != 0)


def _quantiles(resampled: Columns, limits: list[float]) -> Columns:
    """Quantiles of every column, without the resamples that drew nobody who counts for it."""
    undefined = np.isnan(resampled).any(axis=0)
    found = np.empty((len(limits), resampled.shape[1]))
    found[:, ~undefined] = np.quantile(resampled[:, ~undefined], limits, axis=0)
    found[:, undefined] = np.nanquantile(resampled[:, undefined], limits, axis=0)
    return found

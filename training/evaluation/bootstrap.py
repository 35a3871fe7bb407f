"""Percentile bootstrap over customers: how far a mean could be off by the luck of who came."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_RESAMPLES = 1000
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean with its confidence limits; all NaN where nobody was measured."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.4f} [{self.low:.4f}, {self.high:.4f}]"


def intervals(per_user: NDArray[np.float64], rng: np.random.Generator) -> list[Interval]:
    """95 % percentile intervals for the mean of every column of (n_users, n_metrics).

    All columns are resampled together, so the difference of two columns can be compared pairwise:
    pass the difference as a column. Customers with NaN in a column do not count for it; a column
    without any number has the interval NaN.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
    """
    n_users, n_metrics = per_user.shape
    if n_users == 0:
        return [Interval(np.nan, np.nan, np.nan)] * n_metrics
    defined = ~np.isnan(per_user)
    values = np.where(defined, per_user, 0.0)
    means = np.empty((N_RESAMPLES, n_metrics))
    for resample in range(N_RESAMPLES):
        drawn = np.bincount(rng.integers(n_users, size=n_users), minlength=n_users)
        with np.errstate(invalid="ignore"):
            means[resample] = (drawn @ values) / (drawn @ defined)
    with np.errstate(invalid="ignore"):
        mean = values.sum(axis=0) / defined.sum(axis=0)
    low, high = np.full((2, n_metrics), np.nan)
    measured = defined.any(axis=0)
    limits = np.nanquantile(means[:, measured], [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    low[measured], high[measured] = limits
    return [Interval(*map(float, each)) for each in zip(mean, low, high, strict=True)]

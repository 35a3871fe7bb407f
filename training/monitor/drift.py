"""Is the shop still the one the model learnt from? Stability of shares, strangers, age."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.columns import EVENT_TYPE, TIMESTAMP
from model.id_index import UNKNOWN_ROW
from model.matrix import UserItemMatrix
from training.events.log import EventLog
from training.monitor.health import Reading

BINS = 10
FLOOR = 1e-4
"""Least share of a bin, so that an empty one gives a large stability index, not an infinite one."""

FEWEST_EVENTS = 100
"""New events of which an index is held against its bound: of fewer, chance alone passes it."""

Counts = tuple[NDArray[np.float64], NDArray[np.float64]]
"""How much the training window and the new events put into the same bins."""


def population_stability(expected: NDArray[np.floating], found: NDArray[np.floating]) -> float:
    """``Σ (found - expected) ln(found / expected)`` over shares; NaN if either is empty.

    Under 0.1 is usually read as stable, over 0.25 as a shift. Source: Siddiqi, "Credit Risk
    Scorecards", 2006.

    >>> round(population_stability(np.array([5, 5]), np.array([9, 1])), 3)
    0.879
    """
    if not expected.sum() or not found.sum():
        return float("nan")
    p = np.maximum(expected / expected.sum(), FLOOR)
    q = np.maximum(found / found.sum(), FLOOR)
    return float(((q - p) * np.log(q / p)).sum())


def stability(
    matrix: UserItemMatrix,
    trained_on: Mapping[str, int],
    fresh: EventLog,
    most: float,
    rng: np.random.Generator,
) -> list[Reading]:
    """Stability of products, customers and event types against the training window.

    Like is held against like: purchases of a product against purchases, events of a customer
    against events, both without what was taken back; event types as they were read. That of
    customers has no bound, since customers come and go in a shop that stays as it is.
    """
    settled = fresh.settled
    bought = settled.where(settled.is_purchase)
    items = matrix.products.rows_of_all(fresh.products)[bought.item_rows]
    users = matrix.users.rows_of_all(fresh.users)[settled.user_rows]
    return [
        _stable("products", binned(_purchases(matrix), items, rng), most),
        _stable("customers", binned(_events(matrix), users, rng), np.inf),
        _stable("event_types", _types(trained_on, fresh), most),
    ]


def strangers(
    matrix: UserItemMatrix, fresh: EventLog, most_products: float, most_customers: float
) -> list[Reading]:
    """Share of the events on new products, and of the active customers who are new."""
    items = matrix.products.rows_of_all(fresh.products)[fresh.item_rows]
    users = matrix.users.rows_of_all(fresh.users)[np.unique(fresh.user_rows)]
    return [
        _unknown(
            "new_product_share",
            items,
            most_products,
            "share of events on products that the model does not know",
        ),
        _unknown(
            "cold_share",
            users,
            most_customers,
            "share of active customers whom the model does not know; they get the popular list",
        ),
    ]


def staleness(log: EventLog, trained_to: str, most_days: float) -> Reading:
    """Days from the model's last event to the newest one; NaN without timestamps."""
    days = float("nan")
    if log.has_timestamps and trained_to:
        days = (log.frame[TIMESTAMP].max() - pd.Timestamp(trained_to)) / pd.Timedelta(days=1)
    return Reading(
        "stale_days",
        days,
        f"at most {most_days:g}",
        days > most_days,
        "days from the model's last event to the newest one",
    )


def binned(
    trained_on: NDArray[np.integer], rows: NDArray[np.integer], rng: np.random.Generator
) -> Counts:
    """Events of training and new events in ten bins of rows, heaviest first, of equal weight.

    A random half of training's events makes the bins, the other half is held against the new ones,
    both of what has events in the first half: what has much by luck has it in one half only, and
    would seem to fall in a shop that stays as it is.
    """
    half = rng.binomial(trained_on, 0.5)
    order = np.argsort(-half, kind="stable")
    bins = np.empty(len(half), np.int64)
    reached = np.cumsum(half[order]) / max(half.sum(), 1) * BINS
    bins[order] = np.minimum(reached, BINS - 1).astype(np.int64)
    drawn = np.flatnonzero(half)
    fresh = np.bincount(rows[rows != UNKNOWN_ROW], minlength=len(half))
    before, now = (
        np.bincount(bins[drawn], held[drawn], BINS).astype(np.float64)
        for held in (trained_on - half, fresh)
    )
    return before, now


def _purchases(matrix: UserItemMatrix) -> NDArray[np.int64]:
    """Purchases of every product."""
    return np.asarray(matrix.everybody().bought.sum(axis=0, dtype=np.float64)).astype(np.int64)


def _events(matrix: UserItemMatrix) -> NDArray[np.int64]:
    """Events of every customer, of all types."""
    events = matrix.everybody().with_data(matrix.facts.purchases + matrix.facts.seen)
    return np.asarray(events.sum(axis=1, dtype=np.float64)).astype(np.int64)


def _types(trained_on: Mapping[str, int], fresh: EventLog) -> Counts:
    counts = fresh.frame[EVENT_TYPE].value_counts()
    names = sorted(trained_on.keys() | set(map(str, counts.index)))
    return (
        np.array([trained_on.get(name, 0) for name in names], float),
        np.array([counts.get(name, 0) for name in names], float),
    )


def _stable(name: str, shares: Counts, most: float) -> Reading:
    found = population_stability(*shares)
    is_bound = np.isfinite(most) and shares[1].sum() >= FEWEST_EVENTS
    allowed = f"at most {most:g}" if is_bound else ""
    meaning = f"population stability index of {name} against the training window"
    return Reading(f"stability_{name}", found, allowed, bool(is_bound and found > most), meaning)


def _unknown(name: str, rows: NDArray[np.integer], most: float, meaning: str) -> Reading:
    share = float((rows == UNKNOWN_ROW).mean()) if len(rows) else float("nan")
    return Reading(name, share, f"at most {most:g}", share > most, meaning)

"""From events to the user-item matrix: event type, age and count become one weight a pair."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.columns import EVENT_TYPE, TIMESTAMP
from model.matrix import Floats, PairFacts, UserItemMatrix
from training.config import Knobs
from training.events.log import EventLog

SECONDS_PER_DAY = 86_400.0


def end_of(log: EventLog) -> pd.Timestamp | None:
    """The moment from which ages are counted: the latest event."""
    return log.frame[TIMESTAMP].max() if log.has_timestamps else None


def ages_in_days(log: EventLog, now: pd.Timestamp | None) -> NDArray[np.float64]:
    """Age of every event in days before ``now``; 0 without timestamps."""
    if now is None or not log.has_timestamps:
        return np.zeros(len(log))
    return ((now - log.frame[TIMESTAMP]).dt.total_seconds() / SECONDS_PER_DAY).to_numpy()


def decay(ages: NDArray[np.floating], half_life_days: float) -> NDArray[np.floating]:
    """Halve with every half-life: ``2^(-age / half_life)``.

    >>> decay(np.array([0.0, 30.0, 60.0]), half_life_days=30.0).tolist()
    [1.0, 0.5, 0.25]
    """
    return np.exp2(-ages / half_life_days)


def user_item_matrix(log: EventLog, knobs: Knobs, now: pd.Timestamp | None) -> UserItemMatrix:
    """Sum decayed event weights over every customer and product, in units of a purchase.

    ::

        ann viewed milk today           1/5
        ann bought milk 60 days ago     1 · 2^(-60 / half_life_days)
        ->  weights[ann, milk] = 0.7 at a half-life of 60 days; 1 purchase, 1 other event, age 0
    """
    users, products = log.users, log.products
    ages = ages_in_days(log, now)
    types = log.frame[EVENT_TYPE].cat
    unit = knobs.event_weights[log.target_event]
    worth = np.array([knobs.event_weights[name] / unit for name in types.categories])[types.codes]
    pair, indptr, indices = _pairs(log, len(users), len(products))
    n_pairs = len(indices)

    def summed(values: NDArray) -> Floats:
        return np.bincount(pair, values, n_pairs).astype(np.float32)

    def decayed(half_life_days: float) -> Floats:
        return summed(worth * decay(ages, half_life_days))

    latest, first = np.full(n_pairs, np.inf, np.float32), np.zeros(n_pairs, np.float32)
    np.minimum.at(latest, pair, ages.astype(np.float32))
    np.maximum.at(first, pair, ages.astype(np.float32))
    facts = PairFacts(
        purchases=summed(log.is_purchase),
        seen=summed(~log.is_purchase),
        recent=decayed(knobs.recent_half_life_days),
        lasting=decayed(knobs.lasting_half_life_days),
        age_days=latest,
        first_age_days=first,
    )
    triple = (decayed(knobs.half_life_days), indices, indptr)
    weights = csr_array(triple, shape=(len(users), len(products)))
    return UserItemMatrix(users, products, weights, facts)


def decayed_sales(log: EventLog, half_life_days: float, now: pd.Timestamp | None) -> NDArray:
    """Purchases of every product, decayed by age; shape (n_items,)."""
    bought = log.where(log.is_purchase)
    ages = ages_in_days(bought, now)
    return np.bincount(bought.item_rows, decay(ages, half_life_days), len(log.products))


def _pairs(
    log: EventLog, n_users: int, n_items: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Pair number of every event, and the pairs as CSR ``indptr`` and ``indices``."""
    keys = log.user_rows.astype(np.int64) * n_items + log.item_rows
    unique, pair_of_event = np.unique(keys, return_inverse=True)
    rows, columns = np.divmod(unique, n_items)
    return pair_of_event, np.searchsorted(rows, np.arange(n_users + 1)), columns.astype(np.int32)

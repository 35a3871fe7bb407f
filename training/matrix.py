"""From events to the user-item matrix: event type, age and count become one weight a pair."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.columns import EVENT_TYPE, TIMESTAMP
from model.matrix import UserItemMatrix
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


def decay(ages: NDArray[np.float64], half_life_days: float) -> NDArray[np.float64]:
    """Halve with every half-life: ``2^(-age / half_life)``.

    >>> decay(np.array([0.0, 30.0, 60.0]), half_life_days=30.0).tolist()
    [1.0, 0.5, 0.25]
    """
    return np.exp2(-ages / half_life_days)


def user_item_matrix(
    log: EventLog,
    event_weights: Mapping[str, float],
    half_life_days: float,
    now: pd.Timestamp | None,
) -> UserItemMatrix:
    """Sum decayed event weights over every customer and product.

    ::

        ann viewed milk today           weight 1
        ann bought milk 30 days ago     weight 5 · 2^(-30 / half_life_days)
        ->  weights[ann, milk] = 3.5 at a half-life of 30 days; purchases 1, age 0 days
    """
    users, products = log.users, log.products
    ages = ages_in_days(log, now)
    types = log.frame[EVENT_TYPE].cat
    type_weights = np.array([event_weights[name] for name in types.categories])
    values = type_weights[types.codes] * decay(ages, half_life_days)
    pair_of_event, indptr, indices = _pairs(log, len(users), len(products))
    n_pairs = len(indices)
    weights = np.bincount(pair_of_event, values, n_pairs).astype(np.float32)
    purchases = np.bincount(pair_of_event, log.is_purchase, n_pairs).astype(np.float32)
    youngest = np.full(n_pairs, np.inf, np.float32)
    np.minimum.at(youngest, pair_of_event, ages.astype(np.float32))
    matrix = csr_array((weights, indices, indptr), shape=(len(users), len(products)))
    return UserItemMatrix(users, products, matrix, purchases, youngest)


def decayed_purchases(log: EventLog, half_life_days: float, now: pd.Timestamp | None) -> csr_array:
    """Purchases of every customer and product, decayed by age; shape (n_users, n_items)."""
    bought = log.where(log.is_purchase)
    values = decay(ages_in_days(bought, now), half_life_days)
    shape = (len(log.users), len(log.products))
    return csr_array((values, (bought.user_rows, bought.item_rows)), shape=shape)


def _pairs(
    log: EventLog, n_users: int, n_items: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Pair number of every event, and the pairs as CSR ``indptr`` and ``indices``."""
    keys = log.user_rows.astype(np.int64) * n_items + log.item_rows
    unique, pair_of_event = np.unique(keys, return_inverse=True)
    rows, columns = np.divmod(unique, n_items)
    return pair_of_event, np.searchsorted(rows, np.arange(n_users + 1)), columns.astype(np.int32)

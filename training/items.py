"""Plain facts of every product, counted from the events."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.columns import QUANTITY, VALUE
from model.items import ItemFacts
from model.matrix import UserItemMatrix
from training.events.log import EventLog
from training.matrix import Purchases, decay

PSEUDO_BUYERS = 10.0
UNKNOWN = -1.0


def item_facts(log: EventLog, matrix: UserItemMatrix, now: pd.Timestamp | None) -> ItemFacts:
    """Count sales, buyers, returns and prices of every product, ages counted back from ``now``."""
    log, n_items = log.settled, matrix.shape[1]
    sales = Purchases.of(log, now)
    pairs, facts = matrix.weights.indices, matrix.facts
    is_bought = facts.purchases > 0

    def first(half_life: float) -> NDArray:
        return np.bincount(
            pairs[is_bought], decay(facts.first_age_days[is_bought], half_life), n_items
        )

    buyers = np.bincount(pairs[is_bought], minlength=n_items)
    again = facts.purchases > 1
    n_again = np.bincount(pairs[again], minlength=n_items)
    overall = n_again.sum() / max(buyers.sum(), 1)
    gaps = (facts.first_age_days - facts.age_days)[again] / (facts.purchases[again] - 1)
    gap_sum = np.bincount(pairs[again], gaps, n_items)
    oldest, newest = np.zeros(n_items), np.full(n_items, np.inf)
    np.maximum.at(oldest, sales.item_rows, sales.ages)
    np.minimum.at(newest, sales.item_rows, sales.ages)
    lookers = np.bincount(pairs, minlength=n_items)
    named = {
        "sales_7": _share(sales.decayed(7, n_items)),
        "sales_30": _share(sales.decayed(30, n_items)),
        "sales_90": _share(sales.decayed(90, n_items)),
        "first_14": _share(first(14)),
        "first_45": _share(first(45)),
        "buyers": _share(buyers),
        "rebuy": (n_again + PSEUDO_BUYERS * overall) / (buyers + PSEUDO_BUYERS),
        "gap_days": np.where(n_again > 0, gap_sum / np.maximum(n_again, 1), UNKNOWN),
        "age_days": np.where(buyers > 0, oldest, UNKNOWN),
        "last_sale_days": np.where(buyers > 0, newest, UNKNOWN),
        "conversion": buyers / np.maximum(lookers, 1),
        "log_price": _log_price(log, n_items),
    }
    arrays = {name: values.astype(np.float32) for name, values in named.items()}
    return ItemFacts(**arrays, groups=log.groups)


def _share(values: NDArray) -> NDArray[np.float64]:
    """Relative to the average product, so that a growing shop looks the same."""
    total = values.sum()
    return values * (len(values) / total) if total > 0 else values.astype(np.float64)


def _log_price(log: EventLog, n_items: int) -> NDArray[np.float64]:
    """Log1p of revenue over quantity; -1 where the log has no value for the product."""
    if VALUE not in log.frame:
        return np.full(n_items, UNKNOWN)
    known = log.is_purchase & (log.frame[VALUE] > 0).to_numpy()
    rows, value = log.item_rows[known], log.frame[VALUE].to_numpy()[known]
    pieces = log.frame[QUANTITY].to_numpy()[known] if QUANTITY in log.frame else None
    revenue = np.bincount(rows, value, n_items)
    sold = np.bincount(rows, pieces, n_items)
    return np.where(sold > 0, np.log1p(revenue / np.maximum(sold, 1e-9)), UNKNOWN)

"""Plain facts of every product, counted from the events."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.columns import QUANTITY, VALUE
from model.items import ItemFacts
from model.matrix import Floats, UserItemMatrix
from training.events.log import EventLog
from training.matrix.user_item import Purchases, decay

PSEUDO_BUYERS = 10.0
UNKNOWN = -1.0


def item_facts(log: EventLog, matrix: UserItemMatrix, now: pd.Timestamp | None) -> ItemFacts:
    """Count sales, buyers, returns and prices of every product, ages counted back from ``now``."""
    log = log.settled
    named = {
        **_of_sales(Purchases.of(log, now), matrix.shape[1]),
        **_of_buyers(matrix),
        "log_price": _log_price(log, matrix.shape[1]),
    }
    arrays = {name: values.astype(np.float32) for name, values in named.items()}
    return ItemFacts(**arrays, groups=log.groups)


def _of_sales(sales: Purchases, n_items: int) -> dict[str, NDArray]:
    """How much is sold of each product, since when and until when."""
    oldest, newest = np.zeros(n_items), np.full(n_items, np.inf)
    np.maximum.at(oldest, sales.item_rows, sales.ages)
    np.minimum.at(newest, sales.item_rows, sales.ages)
    is_sold = np.isfinite(newest)
    return {
        **{f"sales_{n}": _beside_mean(sales.decayed(n, n_items)) for n in (7, 30, 90)},
        "age_days": np.where(is_sold, oldest, UNKNOWN),
        "last_sale_days": np.where(is_sold, newest, UNKNOWN),
    }


def _of_buyers(matrix: UserItemMatrix) -> dict[str, NDArray]:
    """How many customers look at a product, buy it and come back for it."""
    items, facts, n_items = matrix.weights.indices, matrix.facts, matrix.shape[1]
    bought, again = facts.purchases > 0, facts.purchases > 1
    n_looked, n_bought, n_again = (
        np.bincount(rows, minlength=n_items) for rows in (items, items[bought], items[again])
    )
    # Ages are those of a pair's first and latest event of any type: views count, too.
    gaps = (facts.first_age_days - facts.age_days)[again] / (facts.purchases[again] - 1)
    gap_sum = np.bincount(items[again], gaps, n_items)
    firsts = {
        f"first_{n}": np.bincount(items[bought], decay(facts.first_age_days[bought], n), n_items)
        for n in (14, 45)
    }
    return {
        **{name: _beside_mean(values) for name, values in firsts.items()},
        "buyers": _beside_mean(n_bought),
        "rebuy": rebuy_share(matrix),
        "gap_days": np.where(n_again > 0, gap_sum / np.maximum(n_again, 1), UNKNOWN),
        "conversion": n_bought / np.maximum(n_looked, 1),
    }


def rebuy_share(matrix: UserItemMatrix) -> Floats:
    """Share of each product's buyers who bought it again, drawn to the shop's by ten pseudo-buyers.

    Shape (n_items,).
    """
    items, purchases = matrix.weights.indices, matrix.facts.purchases
    n_bought, n_again = (
        np.bincount(items[purchases > n], minlength=matrix.shape[1]) for n in (0, 1)
    )
    return drawn_to_all(n_again, n_bought, PSEUDO_BUYERS).astype(np.float32)


def drawn_to_all(some: NDArray, all_: NDArray, pseudo: float) -> NDArray[np.float64]:
    """Share of some among all of each product, as if ``pseudo`` of the usual kind were added to it.

    Of few nobody can say what is usual; 0 of 0 is the share of all products together. Source: Efron
    and Morris, "Stein's Estimation Rule and Its Competitors", JASA 1973.

    >>> drawn_to_all(np.array([10.0, 0.0, 0.0]), np.array([10, 10, 0]), pseudo=10).tolist()
    [0.75, 0.25, 0.5]
    """
    usual = some.sum() / max(all_.sum(), 1)
    return (some + pseudo * usual) / (all_ + pseudo)


def _beside_mean(values: NDArray) -> NDArray[np.float64]:
    """As multiples of the average product's, so that a growing shop looks the same.

    The average is that of products that have any: the rows include those which only a later time
    knows.

    >>> _beside_mean(np.array([3.0, 1.0, 0.0])).tolist()
    [1.5, 0.5, 0.0]
    """
    total = values.sum()
    return values * (np.count_nonzero(values) / total) if total > 0 else values.astype(np.float64)


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

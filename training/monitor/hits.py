"""Would the model's lists have held what its customers bought next?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.columns import VALUE
from model.id_index import UNKNOWN_ROW, IdIndex
from model.recommender import Recommender
from training.evaluation.bootstrap import Interval, intervals
from training.events.log import EventLog
from training.gate.rails import served
from training.monitor.health import Reading


@dataclass(frozen=True)
class Bought:
    """Purchases of the customers whom the model knows.

    Attributes
    ----------
    n_customers : int
    customer : array of shape (n_purchases,)
        Which of them bought.
    hit : array of shape (n_purchases,)
        Whether the product was among the ten on the buyer's list.
    value : array of shape (n_purchases,)
        Money of the purchase; 1 each where the log has none.
    """

    n_customers: int
    customer: NDArray[np.int64]
    hit: NDArray[np.bool_]
    value: NDArray[np.float64]

    def rate(self, seed: int) -> Interval:
        """Share of the customers with at least one hit; NaN without customers."""
        hits = np.bincount(self.customer[self.hit], minlength=self.n_customers) > 0
        return intervals(hits.astype(float)[:, None], np.random.default_rng(seed))[0]

    def captured(self) -> float:
        """Share of the money that was spent on products of the lists; NaN without money."""
        spent = self.value.sum()
        return float(self.value[self.hit].sum() / spent) if spent else float("nan")


def bought_of(model: Recommender, log: EventLog) -> Bought:
    """Hold every purchase of a known customer against that customer's list."""
    purchases = log.where(log.is_purchase)
    rows = rows_in(model.matrix.users, log.users)[purchases.user_rows]
    items = rows_in(model.matrix.products, log.products)[purchases.item_rows]
    known = rows != UNKNOWN_ROW
    everyone, customer = np.unique(rows[known], return_inverse=True)
    lists, items = served(model, everyone, "for_you"), items[known]
    hit = (lists[customer] == items[:, None]).any(axis=1) & (items != UNKNOWN_ROW)
    return Bought(len(everyone), customer, hit, _value(purchases)[known])


def readings(bought: Bought, tested: float, least_share: float, seed: int) -> list[Reading]:
    """Hit rate, which must not fall under a share of the tested one, and revenue captured."""
    rate, least = bought.rate(seed), least_share * tested
    return [
        Reading(
            "hit_rate_at_10",
            rate.mean,
            f"at least {least:.4f}, {least_share:g} of the tested {tested:.4f}",
            bool(rate.high < least),
            f"share of {bought.n_customers} returning customers who bought something of their "
            f"list; 95 % interval {rate.low:.4f} to {rate.high:.4f}",
        ),
        Reading(
            "revenue_captured",
            bought.captured(),
            "",
            False,
            "share of their spending (or of their purchases) that was on their list",
        ),
    ]


def rows_in(index: IdIndex, other: IdIndex) -> NDArray[np.int64]:
    """For every id of the other index, its row in this one, or -1."""
    return np.asarray(index.rows_of(other.ids_of(np.arange(len(other)))))


def _value(purchases: EventLog) -> NDArray[np.float64]:
    if VALUE not in purchases.frame:
        return np.ones(len(purchases))
    return purchases.frame[VALUE].fillna(0).to_numpy(np.float64)

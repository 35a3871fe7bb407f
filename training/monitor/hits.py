"""Would the model's lists have held what its customers bought next?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from model.columns import VALUE
from model.id_index import UNKNOWN_ROW
from model.recommender import Recommender
from training.events.log import EventLog
from training.gate.rails import served
from training.insight.revenue import paid
from training.intervals import LEVEL, UNDEFINED, Interval
from training.monitor.health import Reading

LENGTH = 0.9
"""Least length of the new events' window, as a share of the tested one's, to be held against it.

Hit rates grow with the time in which a customer may buy, so that a shorter one is lower by itself.
"""


@dataclass(frozen=True)
class Expected:
    """Hit rate of a version's test window, and its length in days; NaN where not known."""

    hit_rate: float
    days: float

    def unlike(self, days: float) -> str:
        """Why a hit rate of that many days is not held against it; empty where it may be."""
        if np.isnan(self.hit_rate):
            return "not judged: the tested hit rate is not known"
        if np.isnan(days) or np.isnan(self.days):
            return "not judged: without times nobody knows of how many days it is"
        if days < LENGTH * self.days:
            return (
                f"not judged: the new events cover {days:.1f} days, the tested "
                f"{self.hit_rate:.4f} is of {self.days:.1f}"
            )
        return ""


@dataclass(frozen=True)
class Bought:
    """Purchases of returning customers: those who bought before, as the model knows.

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

    def rate(self) -> Interval:
        """Share of the customers with at least one hit; NaN without customers.

        A bootstrap of few customers without any hit would be sure that there never is one. Source
        of the interval: Wilson, "Probable Inference, the Law of Succession, and Statistical
        Inference", JASA 1927.
        """
        if not self.n_customers:
            return UNDEFINED
        n_hit = len(np.unique(self.customer[self.hit]))
        limits = binomtest(n_hit, self.n_customers).proportion_ci(LEVEL, method="wilson")
        return Interval(n_hit / self.n_customers, float(limits.low), float(limits.high))

    def captured(self) -> float:
        """Share of the money that was spent on products of the lists; NaN without money."""
        spent = self.value.sum()
        return float(self.value[self.hit].sum() / spent) if spent else float("nan")


def bought_of(model: Recommender, log: EventLog) -> Bought:
    """Hold every purchase of a returning customer against that customer's list.

    It is measured as the test window was: purchases that were not taken back, of customers with an
    earlier one.
    """
    log = log.settled
    purchases = log.where(log.is_purchase)
    rows = model.matrix.users.rows_of_all(log.users)[purchases.user_rows]
    items = model.matrix.products.rows_of_all(log.products)[purchases.item_rows]
    has_bought = np.diff(model.matrix.everybody().bought.indptr) > 0
    returning = (rows != UNKNOWN_ROW) & has_bought[rows]
    everyone, customer = np.unique(rows[returning], return_inverse=True)
    lists, items = served(model, everyone, "for_you"), items[returning]
    hit = (lists[customer] == items[:, None]).any(axis=1) & (items != UNKNOWN_ROW)
    return Bought(len(everyone), customer, hit, spending(purchases)[returning])


def readings(bought: Bought, expected: Expected, days: float, least_share: float) -> list[Reading]:
    """Hit rate, which must not fall under a share of the tested one, and revenue captured.

    ``days`` is how long the new events are. Where that is not as long as the test window, the hit
    rate has no bound, and its meaning says so.
    """
    rate, least = bought.rate(), least_share * expected.hit_rate
    nobody = "not judged: no returning customer bought anything"
    why_not = expected.unlike(days) if bought.n_customers else nobody
    meaning = (
        f"share of {bought.n_customers} returning customers who bought something of their list; "
        f"95 % interval {rate.low:.4f} to {rate.high:.4f}"
    )
    return [
        Reading(
            "hit_rate_at_10",
            rate.mean,
            ""
            if why_not
            else f"at least {least:.4f}, {least_share:g} of the tested {expected.hit_rate:.4f}",
            bool(rate.high < least) and not why_not,
            f"{why_not}; {meaning}" if why_not else meaning,
        ),
        Reading(
            "revenue_captured",
            bought.captured(),
            "",
            False,
            "share of their spending (or of their purchases) that was on their list",
        ),
    ]


def spending(purchases: EventLog) -> NDArray[np.float64]:
    """Money of every purchase; 1 each in a log without values."""
    return paid(purchases) if VALUE in purchases.frame else np.ones(len(purchases))

"""Slices of customers and of products, by what was known of them at the cut-off."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.matrix import UserItemMatrix

HEAD_SHARE = 1 / 3
YOUNG_DAYS = 30
LAST_SEEN_DAYS = (7, 30, 90)
NEWCOMERS = {"customers_0_events": "0 (unknown)", "customers_only_browsed": "only looked"}

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Segment:
    """Some of the customers, or some of the products.

    Attributes
    ----------
    family : str
        What they are told apart by: segments of one family are shown together.
    name : str
        As in a metric's name.
    label : str
        As in a plot or a table.
    members : array of bool, shape (n_users,) or (n_items,)
    """

    family: str
    name: str
    label: str
    members: Mask


def customer_segments(matrix: UserItemMatrix, dated: bool) -> list[Segment]:
    """Customers by number of past events, in thirds of it, and by the age of their latest event."""
    events = past_events(matrix)
    found = [*_by_events(events), *_thirds(events)]
    return [*found, *_by_last_seen(days_since_last_event(matrix))] if dated else found


def past_events(matrix: UserItemMatrix) -> NDArray[np.int64]:
    """Number of events of every customer in the past, shape (n_users,)."""
    counted = matrix.facts.purchases + matrix.facts.seen
    return _per_customer(np.add, counted, matrix).astype(np.int64)


def newcomer_segment(name: str, user_rows: NDArray[np.integer], n_users: int) -> Segment:
    """Customers without a past purchase, by the name of the slice that asks them."""
    members = np.zeros(n_users, bool)
    members[user_rows] = True
    return Segment("events", name, NEWCOMERS[name], members)


def days_since_last_event(matrix: UserItemMatrix) -> NDArray[np.float64]:
    """Days from every customer's latest event to the cut-off; NaN for one without events."""
    days = _per_customer(np.minimum, matrix.facts.age_days, matrix)
    return np.where(np.diff(matrix.weights.indptr) > 0, days, np.nan)


def product_segments(matrix: UserItemMatrix, age_days: NDArray, dated: bool) -> list[Segment]:
    """Head and tail by past purchases; products young or never sold at the cut-off.

    ``age_days`` are the days since each product's first sale, shape (n_items,).

    The head is the smallest set of most bought products that holds a third of the purchases; the
    tail is everything else that was sold. Source: Cremonesi, Koren and Turrin, "Performance of
    Recommender Algorithms on Top-N Recommendation Tasks", RecSys 2010 (short head).
    """
    bought = matrix.everybody().bought
    sales = np.bincount(bought.indices, bought.data, matrix.shape[1])
    order = np.argsort(-sales, kind="stable")
    head = np.zeros(len(sales), bool)
    head[order] = np.cumsum(sales[order]) - sales[order] < HEAD_SHARE * sales.sum()
    sold = sales > 0
    found = [
        Segment("products", "products_head", "head", head & sold),
        Segment("products", "products_tail", "tail", ~head & sold),
        Segment("products", "products_never_sold_before", "never sold", ~sold),
    ]
    young = ~sold | (age_days < YOUNG_DAYS)
    name, label = f"products_younger_than_{YOUNG_DAYS}_days", f"under {YOUNG_DAYS} days old"
    aged = Segment("products", name, label, young)
    return [*found, aged] if dated else found


def _by_events(events: NDArray[np.int64]) -> list[Segment]:
    bounds = [
        ("customers_1_event", "1", events == 1),
        ("customers_2_to_4_events", "2–4", (events >= 2) & (events <= 4)),
        ("customers_5_or_more_events", "5+", events >= 5),
    ]
    return [Segment("events", *bound) for bound in bounds]


def _thirds(events: NDArray[np.int64]) -> list[Segment]:
    """Thirds of the customers who did anything; a tie goes to the lighter third."""
    active = events[events > 0]
    low, high = np.quantile(active, [1 / 3, 2 / 3]) if len(active) else (0, 0)
    bounds = [
        ("customers_light", f"light: up to {low:.0f}", events <= low),
        ("customers_middle", "middle", (events > low) & (events <= high)),
        ("customers_heavy", f"heavy: over {high:.0f}", events > high),
    ]
    return [Segment("weight", *bound) for bound in bounds]


def _by_last_seen(days: NDArray[np.float64]) -> list[Segment]:
    edges = [-np.inf, *LAST_SEEN_DAYS, np.inf]
    names = ["up_to_7", "8_to_30", "31_to_90", "over_90"]
    labels = ["up to 7", "8–30", "31–90", "over 90"]
    return [
        Segment("last_seen", f"customers_last_seen_{name}_days", label, (days > low) & (days <= up))
        for name, label, low, up in zip(names, labels, edges[:-1], edges[1:], strict=True)
    ]


def _per_customer(of: np.ufunc, values: NDArray, matrix: UserItemMatrix) -> NDArray[np.float64]:
    """Reduce the values of every customer's pairs; 0 for a customer without pairs."""
    result = np.zeros(matrix.shape[0])
    starts = matrix.weights.indptr[:-1]
    some = np.diff(matrix.weights.indptr) > 0
    if some.any():
        result[some] = of.reduceat(values.astype(np.float64), starts[some])
    return result

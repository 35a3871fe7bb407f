"""What was bought at once: one row a basket."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.columns import BASKET_ID, TIMESTAMP
from training.events.frame import NO_ID
from training.events.log import EventLog

LARGEST = 100
"""Baskets of more products say nothing of what belongs together, and take the most work."""


def baskets(log: EventLog) -> csr_array:
    """Which products were bought together.

    A basket is what one customer bought under one ``basket_id``; what has none, on one day (UTC);
    where there are no times either, ever. Those of more than 100 products are left out.

    ::

        ann  milk   monday               milk  bread  tea
        ann  bread  monday         ->      1     1     0
        ann  tea    friday                 0     0     1

    Returns
    -------
    csr_array of shape (n_baskets, n_items), float32
        1 for a product that is in the basket.
    """
    purchases = log.settled.where(log.settled.is_purchase)
    basket = basket_numbers(purchases)
    shape = (int(basket.max(initial=-1)) + 1, len(log.products))
    flags = np.ones(len(purchases), np.float32)
    found = csr_array((flags, (basket, purchases.item_rows)), shape=shape)
    found.data[:] = 1
    return csr_array(found[np.flatnonzero(np.diff(found.indptr) <= LARGEST)])


def basket_numbers(log: EventLog) -> NDArray[np.int64]:
    """A number from 0 on for the basket of every event, whatever its type."""
    frame, part = log.frame, np.zeros(len(log), np.int64)
    if TIMESTAMP in frame:
        day = frame[TIMESTAMP].to_numpy().astype("M8[D]").astype(np.int64)
        part = day - day.min(initial=0)
    if BASKET_ID in frame:
        ids = frame[BASKET_ID].to_numpy()
        days = int(part.max(initial=0)) + 1
        named = np.unique(ids, return_inverse=True)[1]
        part = np.where(ids == NO_ID, part, days + named)
    keys = log.user_rows.astype(np.int64) * (int(part.max(initial=0)) + 1) + part
    return np.unique(keys, return_inverse=True)[1]

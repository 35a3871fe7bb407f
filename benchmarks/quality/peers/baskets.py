"""What was bought together and in which order, as methods for the next basket see a log."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.columns import BASKET_ID, PRODUCT_ID, TIMESTAMP, USER_ID
from training.events.frame import NO_ID
from training.events.log import EventLog


@dataclass(frozen=True)
class Baskets:
    """One entry a product in a basket.

    Attributes
    ----------
    user_rows, item_rows : arrays of shape (n_entries,)
    from_last : array of shape (n_entries,)
        Baskets of that customer after this one: 0 for the last.
    n_baskets : array of shape (n_entries,)
        Baskets of that customer.
    shape : tuple of int
        Customers and products of the log.
    """

    user_rows: NDArray[np.int64]
    item_rows: NDArray[np.int64]
    from_last: NDArray[np.int64]
    n_baskets: NDArray[np.int64]
    shape: tuple[int, int]

    @classmethod
    def of(cls, log: EventLog) -> "Baskets":
        """What a customer bought on one day is a basket.

        Without times a basket is what has one ``basket_id``, and each purchase that has none; their
        order is left to chance. Of a log without ids in which nobody bought a product twice, all
        that a customer bought is one basket.
        """
        log = log.settled
        bought = log.where(log.is_purchase)
        times = _days(bought) if bought.has_timestamps else _numbers(bought)
        columns = {"user": bought.user_rows, "item": bought.item_rows, "time": times}
        entries = pd.DataFrame(columns).drop_duplicates()
        baskets = entries[["user", "time"]].drop_duplicates().sort_values("time")
        baskets["from_last"] = baskets.groupby("user").cumcount(ascending=False)
        baskets["n_baskets"] = baskets.groupby("user")["user"].transform("size")
        found = entries.merge(baskets, on=["user", "time"])
        names = ("user", "item", "from_last", "n_baskets")
        arrays = (found[name].to_numpy(np.int64) for name in names)
        return cls(*arrays, (len(log.users), len(log.products)))

    def matrix(self, weights: NDArray[np.floating]) -> csr_array:
        """Sum the entries' weights over customer and product."""
        places = (self.user_rows, self.item_rows)
        return csr_array((weights.astype(np.float32), places), shape=self.shape)


def _days(bought: EventLog) -> NDArray[np.int64]:
    return bought.frame[TIMESTAMP].to_numpy().astype("datetime64[D]").astype(np.int64)


def _numbers(bought: EventLog) -> NDArray[np.int64]:
    """Every purchase's basket, numbered by chance."""
    own = np.arange(len(bought), dtype=np.uint64)
    ids = bought.frame[BASKET_ID].to_numpy() if BASKET_ID in bought.frame else None
    if ids is None and not bought.frame[[USER_ID, PRODUCT_ID]].duplicated().any():
        return np.zeros(len(bought), np.int64)
    keys = own if ids is None else np.where(ids == NO_ID, own, ids)
    basket = np.unique(keys, return_inverse=True)[1]
    return np.random.default_rng(0).permutation(len(own))[basket]

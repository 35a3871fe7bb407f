"""What was bought together and in which order, as methods for the next basket see a log."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.columns import BASKET_ID, TIMESTAMP
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
        """Purchases by the log's baskets, else by day; without times all are one basket."""
        bought = log.where(log.is_purchase)
        entries = pd.DataFrame(
            {"user": bought.user_rows, "item": bought.item_rows, "moment": _moments(bought)}
        )
        entries["basket"] = _baskets(bought)
        entries["moment"] = entries.groupby(["user", "basket"])["moment"].transform("min")
        entries = entries.drop_duplicates()
        place = entries.sort_values(["moment", "basket"]).drop_duplicates(["user", "basket"])
        place["from_last"] = place.groupby("user").cumcount(ascending=False)
        place["n_baskets"] = place.groupby("user")["user"].transform("size")
        found = entries.merge(place.drop(columns=["item", "moment"]), on=["user", "basket"])
        columns = (found[name].to_numpy(np.int64) for name in ("user", "item", *place.columns[-2:]))
        return cls(*columns, (len(log.users), len(log.products)))

    def matrix(self, weights: NDArray[np.floating]) -> csr_array:
        """Sum the entries' weights over customer and product."""
        places = (self.user_rows, self.item_rows)
        return csr_array((weights.astype(np.float32), places), shape=self.shape)


def _moments(bought: EventLog) -> NDArray[np.int64]:
    if not bought.has_timestamps:
        return np.zeros(len(bought), np.int64)
    return bought.frame[TIMESTAMP].to_numpy().astype("datetime64[s]").astype(np.int64)


def _baskets(bought: EventLog) -> NDArray[np.int64]:
    """A number a basket; a purchase without one belongs to those of its day."""
    days = _moments(bought) // 86_400
    if BASKET_ID not in bought.frame:
        return days
    codes = bought.frame[BASKET_ID].cat.codes.to_numpy(np.int64)
    return np.where(codes >= 0, codes, -1 - days)

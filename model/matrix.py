"""The user-item matrix: what every customer did with every product, one entry a pair."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.id_index import UNKNOWN_ROW, IdIndex
from model.sparse import row_numbers


@dataclass(frozen=True)
class Histories:
    """What some customers did, one CSR row a customer.

    Attributes
    ----------
    weights : csr_array of shape (n_customers, n_items), float32
        Event weights decayed by age and summed, over all events of the pair.
    purchases : array of shape (nnz,), float32
        Number of purchases of the pair, aligned with ``weights.data``; 0 for merely seen products.
    age_days : array of shape (nnz,), float32
        Days from the pair's latest event to the end of the log.
    user_rows : array of shape (n_customers,), int64
        The customers' rows in the user-item matrix; -1 for one who is not in it.
    """

    weights: csr_array
    purchases: NDArray[np.float32]
    age_days: NDArray[np.float32]
    user_rows: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.weights.shape[0])

    @property
    def n_items(self) -> int:
        """Number of products."""
        return int(self.weights.shape[1])

    @cached_property
    def bought(self) -> csr_array:
        """Entries of products bought at least once, with the number of purchases as data."""
        kept = self.purchases > 0
        return self._entries(kept, self.purchases[kept])

    @cached_property
    def bought_weights(self) -> csr_array:
        """Entries of products bought at least once, with their weight as data."""
        kept = self.purchases > 0
        return self._entries(kept, self.weights.data[kept])

    def _entries(self, kept: NDArray[np.bool_], data: NDArray[np.float32]) -> csr_array:
        ends = np.concatenate(([0], np.cumsum(kept)))[self.weights.indptr]
        return csr_array((data, self.weights.indices[kept], ends), shape=self.weights.shape)


@dataclass(frozen=True)
class UserItemMatrix:
    """The user-item matrix with its ids.

    Attributes
    ----------
    users, products : IdIndex
        Row ``r`` of the matrix is customer ``users.ids_of([r])``, column ``c`` likewise.
    weights, purchases, age_days
        As in `Histories`, for all customers.
    """

    users: IdIndex
    products: IdIndex
    weights: csr_array
    purchases: NDArray[np.float32]
    age_days: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of customers and of products."""
        return len(self.users), len(self.products)

    def histories(self, user_rows: NDArray[np.integer]) -> Histories:
        """The histories of some customers, in the order asked for."""
        starts, ends = self.weights.indptr[user_rows], self.weights.indptr[user_rows + 1]
        lengths = (ends - starts).astype(np.int64)
        indptr = np.concatenate(([0], np.cumsum(lengths)))
        entries = np.repeat(starts - indptr[:-1], lengths) + np.arange(indptr[-1])
        weights = csr_array(
            (self.weights.data[entries], self.weights.indices[entries], indptr),
            shape=(len(user_rows), self.shape[1]),
        )
        return Histories(
            weights, self.purchases[entries], self.age_days[entries], np.asarray(user_rows)
        )

    def fold_in(self, user_row: int, product_rows: NDArray[np.integer]) -> Histories:
        """History of one customer, known or not (-1), who has just bought these products too."""
        known = self.histories(np.array([user_row] if user_row != UNKNOWN_ROW else [], np.int64))
        columns = np.concatenate((known.weights.indices, product_rows))
        items, entries = np.unique(columns, return_inverse=True)
        just_bought = np.ones(len(product_rows), np.float32)

        def summed(stored: NDArray[np.float32]) -> NDArray[np.float32]:
            values = np.concatenate((stored, just_bought))
            return np.bincount(entries, values, len(items)).astype(np.float32)

        ages = np.full(len(items), np.inf, np.float32)
        np.minimum.at(ages, entries, np.concatenate((known.age_days, 0 * just_bought)))
        shape = (1, self.shape[1])
        weights = csr_array((summed(known.weights.data), items, [0, len(items)]), shape=shape)
        return Histories(weights, summed(known.purchases), ages, np.array([user_row]))

    def of(self, user_id: str) -> pd.Series:
        """Weights of one customer by product id, highest first; empty for an unknown customer."""
        row = self.users.row(user_id)
        if row == UNKNOWN_ROW:
            return pd.Series([], index=pd.Index([], name="product_id"), dtype=np.float32)
        start, end = self.weights.indptr[row], self.weights.indptr[row + 1]
        ids = self.products.ids_of(self.weights.indices[start:end])
        weights = pd.Series(self.weights.data[start:end], pd.Index(ids, name="product_id"))
        return weights.rename(user_id).sort_values(ascending=False, kind="stable")

    def to_frame(self) -> pd.DataFrame:
        """One line a pair: ``user_id, product_id, weight, purchases, age_days``."""
        columns = {
            "user_id": np.array(self.users.ids_of(range(self.shape[0])))[row_numbers(self.weights)],
            "product_id": np.array(self.products.ids_of(range(self.shape[1])))[
                self.weights.indices
            ],
            "weight": self.weights.data,
            "purchases": self.purchases,
            "age_days": self.age_days,
        }
        return pd.DataFrame(columns)

"""The user-item matrix: what every customer did with every product, one entry a pair."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.id_index import UNKNOWN_ROW, IdIndex
from model.request import id_of
from model.sparse import narrow, row_numbers, top_k_rows

TASTE = 600
"""Products that make up a customer's taste at the most: a bound on the work of one answer."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class PairFacts:
    """Plain facts of every pair; arrays of shape (nnz,), float32, aligned with the matrix's data.

    Attributes
    ----------
    purchases : number of purchases; 0 for a product that was merely looked at
    seen : number of all other events
    looks : number of those of the lightest type, as views
    recent : event weights decayed with a short half-life and summed
    lasting : event weights, squared, decayed with a long half-life and summed
    age_days : days from the pair's latest event to the end of the log
    first_age_days : days from the pair's first event to the end of the log
    """

    purchases: Floats
    seen: Floats
    looks: Floats
    recent: Floats
    lasting: Floats
    age_days: Floats
    first_age_days: Floats

    def take(self, entries: NDArray[np.integer]) -> "PairFacts":
        """The facts of some entries, in the order asked for."""
        return PairFacts(**{name: values[entries] for name, values in vars(self).items()})


@dataclass(frozen=True)
class Histories:
    """What some customers did, one CSR row a customer.

    Attributes
    ----------
    weights : csr_array of shape (n_customers, n_items), float32
        Event weights (a purchase is 1) decayed by age and summed, over all events of the pair.
    facts : PairFacts
        Aligned with ``weights.data``.
    user_rows : array of shape (n_customers,), int64
        The customers' rows in the user-item matrix; -1 for one who is not in it.
    session : csr_array of shape (n_customers, n_items), float32, optional
        How near products are, by common baskets, to those that the customers are looking at now.
    """

    weights: csr_array
    facts: PairFacts
    user_rows: NDArray[np.int64]
    session: csr_array | None = None

    def __len__(self) -> int:
        return int(self.weights.shape[0])

    @property
    def n_items(self) -> int:
        """Number of products in the matrix."""
        return int(self.weights.shape[1])

    @cached_property
    def bought(self) -> csr_array:
        """Entries of products bought at least once, with the number of purchases as data."""
        return self.entries(self.facts.purchases > 0, self.facts.purchases)

    @cached_property
    def lasting(self) -> csr_array:
        """``log1p`` of the lasting weights: the customer's taste, in which repetition saturates."""
        return self.with_data(np.log1p(self.facts.lasting))

    @cached_property
    def taste(self) -> csr_array:
        """The strongest 600 entries of `lasting`, by which customers are compared with others."""
        return top_k_rows(self.lasting, TASTE)

    def with_data(self, data: Floats) -> csr_array:
        """All of the entries, with other data, as a block of the same shape."""
        triple = (data, self.weights.indices, self.weights.indptr)
        return csr_array(triple, shape=self.weights.shape)

    def entries(self, kept: NDArray[np.bool_], data: Floats) -> csr_array:
        """Some of the entries, with other data, as a block of the same shape."""
        indptr = np.concatenate(([0], np.cumsum(kept)))[self.weights.indptr]
        triple = (data[kept], self.weights.indices[kept], narrow(indptr))
        return csr_array(triple, shape=self.weights.shape)


@dataclass(frozen=True)
class UserItemMatrix:
    """The user-item matrix with its ids.

    Attributes
    ----------
    users, products : IdIndex
        Row ``r`` of the matrix is customer ``users.ids_of([r])``, column ``c`` likewise.
    weights, facts
        As in `Histories`, for all customers.
    """

    users: IdIndex
    products: IdIndex
    weights: csr_array
    facts: PairFacts

    def __repr__(self) -> str:
        (n_users, n_items), n_pairs = self.shape, self.weights.nnz
        return f"UserItemMatrix({n_users:,} customers, {n_items:,} products, {n_pairs:,} pairs)"

    @property
    def shape(self) -> tuple[int, int]:
        """Number of customers and of products."""
        return len(self.users), len(self.products)

    def everybody(self) -> Histories:
        """The histories of all customers, without a copy."""
        return Histories(self.weights, self.facts, np.arange(self.shape[0]))

    def histories(self, user_rows: NDArray[np.integer]) -> Histories:
        """The histories of some customers, in the order asked for."""
        starts, ends = self.weights.indptr[user_rows], self.weights.indptr[user_rows + 1]
        lengths = (ends - starts).astype(np.int64)
        indptr = np.concatenate(([0], np.cumsum(lengths)))
        entries = np.repeat(starts - indptr[:-1], lengths) + np.arange(indptr[-1])
        triple = (self.weights.data[entries], self.weights.indices[entries], narrow(indptr))
        weights = csr_array(triple, shape=(len(user_rows), self.shape[1]))
        return Histories(weights, self.facts.take(entries), np.asarray(user_rows, np.int64))

    def fold_in(self, user_row: int, product_rows: NDArray[np.integer]) -> Histories:
        """History of one customer, known or not (-1), who is looking at these products, too.

        A look of this moment says as much of their taste as a purchase of today, but is none.
        """
        known = self.histories(np.array([user_row] if user_row != UNKNOWN_ROW else [], np.int64))
        columns = np.concatenate((known.weights.indices, product_rows))
        items, pair = np.unique(columns, return_inverse=True)

        def summed(stored: Floats, each: float) -> Floats:
            values = np.concatenate((stored, np.full(len(product_rows), each)))
            return np.bincount(pair, values, len(items)).astype(np.float32)

        def extreme(stored: Floats, of: np.ufunc, start: float) -> Floats:
            result = np.full(len(items), start, np.float32)
            of.at(result, pair, np.concatenate((stored, np.zeros(len(product_rows), np.float32))))
            return result

        facts = PairFacts(
            purchases=summed(known.facts.purchases, 0),
            seen=summed(known.facts.seen, 1),
            looks=summed(known.facts.looks, 1),
            recent=summed(known.facts.recent, 1),
            lasting=summed(known.facts.lasting, 1),
            age_days=extreme(known.facts.age_days, np.minimum, np.inf),
            first_age_days=extreme(known.facts.first_age_days, np.maximum, 0),
        )
        triple = (summed(known.weights.data, 1), items, [0, len(items)])
        weights = csr_array(triple, shape=(1, self.shape[1]))
        return Histories(weights, facts, np.array([user_row]))

    def of(self, user_id: str | int) -> pd.Series:
        """Weights of one customer by product id, highest first; empty for an unknown customer."""
        row = self.users.row(id_of(user_id) or "")
        start, end = self.weights.indptr[[row, row + 1]] if row != UNKNOWN_ROW else (0, 0)
        ids = self.products.ids_of(self.weights.indices[start:end])
        index = pd.Index(ids, name="product_id", dtype=str)
        weights = pd.Series(self.weights.data[start:end], index, name=user_id)
        return weights.sort_values(ascending=False, kind="stable")

    def to_frame(self) -> pd.DataFrame:
        """One line a pair: ``user_id, product_id, weight`` and the pair's facts."""
        users = np.array(self.users.ids_of(range(self.shape[0])))
        products = np.array(self.products.ids_of(range(self.shape[1])))
        ids = {
            "user_id": users[row_numbers(self.weights)],
            "product_id": products[self.weights.indices],
        }
        return pd.DataFrame({**ids, "weight": self.weights.data, **vars(self.facts)})

"""What accuracy does not see: how much of the range is shown, how unusual, how varied, how evenly.

``lists`` are item rows of shape (n_users, >= k), best first, padded with -1. An empty list has no
figure (NaN). Products and their buyers are those of the past.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.columns import CATEGORY
from model.matrix import UserItemMatrix
from model.recommender import NO_ITEM, Lists
from model.sparse import row_numbers, scale_rows

MOST_CUSTOMERS = 10_000
"""Customers by whose purchases products are compared, at the most: a bound on time."""

BLOCK_LISTS = 256

PerUser = NDArray[np.float64]


@dataclass(frozen=True)
class Products:
    """What figures beyond accuracy know of the products.

    Attributes
    ----------
    buyers : array of shape (n_items,)
        Customers who bought each product.
    n_customers : int
        Customers who have a history.
    vectors : csr_array of shape (n_items, n_features)
        Rows of length 1, whose inner product says how alike two products are; a row without
        entries is like no other.
    alike_by : str
        ``category``, where the catalogue has one, else ``co-purchase``.
    """

    buyers: NDArray[np.int64]
    n_customers: int
    vectors: csr_array
    alike_by: str

    @classmethod
    def of(cls, matrix: UserItemMatrix, catalogue: pd.DataFrame | None) -> "Products":
        """The products of a matrix, with their categories if the catalogue says them."""
        categories = _categories(matrix, catalogue)
        vectors = _buyer_vectors(matrix) if categories is None else _one_hot(categories)
        alike_by = "co-purchase" if categories is None else "category"
        return cls(buyers(matrix), len(customers(matrix)), vectors, alike_by)


def customers(matrix: UserItemMatrix) -> NDArray[np.int64]:
    """Rows of the customers who have a history: others are known to a later time only."""
    return np.flatnonzero(np.diff(matrix.weights.indptr))


def buyers(matrix: UserItemMatrix) -> NDArray[np.int64]:
    """Number of customers who bought each product, shape (n_items,)."""
    return np.bincount(matrix.everybody().bought.indices, minlength=matrix.shape[1])


def coverage(lists: Lists, buyers: NDArray[np.int64], k: int) -> float:
    """Share of the products ever bought that are in at least one list's first ``k``.

    NaN without lists, or where nothing was ever bought.

    Source: Ge, Delgado-Battenfeld and Jannach, "Beyond accuracy", RecSys 2010 (catalogue coverage).
    """
    sold = buyers > 0
    shown = exposure(lists, len(buyers), k) > 0
    return float(shown[sold].mean()) if sold.any() and len(lists) else float("nan")


def gini(lists: Lists, buyers: NDArray[np.int64], k: int) -> float:
    """How unevenly places go to the products ever bought: 0 evenly, 1 all to one product.

    ``Σ_i (2i - n - 1) x_i / ((n - 1) Σ x)`` with the exposures ``x`` in ascending order.

    Source: Fleder and Hosanagar, "Blockbuster Culture's Next Rise or Fall", Management Science
    2009; divided by n - 1 instead of n, so that one product with everything gives 1.
    """
    shown = np.sort(exposure(lists, len(buyers), k)[buyers > 0])
    n, total = len(shown), shown.sum()
    if n < 2 or total == 0:
        return float("nan")
    return float((2 * np.arange(1, n + 1) - n - 1) @ shown / ((n - 1) * total))


def exposure(lists: Lists, n_items: int, k: int) -> NDArray[np.int64]:
    """How many lists show each product in their first ``k``."""
    shown = lists[:, :k]
    return np.bincount(shown[shown != NO_ITEM], minlength=n_items)


def popularity(lists: Lists, buyers: NDArray[np.int64], n_customers: int, k: int) -> PerUser:
    """Mean share of customers who bought what is shown: the popularity bias of each list.

    Source: Yin et al., "Challenging the Long Tail Recommendation", VLDB 2012 (average
    recommendation popularity).
    """
    return _mean_over_shown(lists[:, :k], buyers / max(n_customers, 1))


def novelty(lists: Lists, buyers: NDArray[np.int64], n_customers: int, k: int) -> PerUser:
    """Mean self-information of what is shown, ``-log2(buyers / customers)`` in bits.

    A product everybody bought has 0 bits, one that every 1024th bought has 10. What nobody bought
    yet counts as bought by one.

    Source: Zhou et al., "Solving the apparent diversity-accuracy dilemma of recommender systems",
    PNAS 2010.
    """
    return _mean_over_shown(lists[:, :k], np.log2(max(n_customers, 1) / np.maximum(buyers, 1)))


def diversity(lists: Lists, vectors: csr_array, k: int) -> PerUser:
    """One minus the mean cosine over all pairs of a list; NaN for fewer than two products.

    With unit vectors ``x_i`` the sum over pairs is ``(|Σ x_i|² - Σ |x_i|²) / 2``, so that no pair
    has to be looked at. With categories it is the share of pairs from different categories.

    Source: Ziegler et al., "Improving Recommendation Lists Through Topic Diversification", WWW
    2005 (intra-list similarity), and Vargas and Castells, RecSys 2011 (as a mean distance).
    """
    distinct, which = np.unique(lists[:, :k], axis=0, return_inverse=True)
    blocks = [
        _diversity(distinct[start : start + BLOCK_LISTS], vectors)
        for start in range(0, len(distinct), BLOCK_LISTS)
    ]
    return np.concatenate([np.empty(0), *blocks])[which.ravel()]


def _diversity(shown: Lists, vectors: csr_array) -> PerUser:
    rows, places = np.nonzero(shown != NO_ITEM)
    members = csr_array(
        (np.ones(len(rows)), (rows, shown[rows, places])), shape=(len(shown), vectors.shape[0])
    )
    summed = csr_array(members @ vectors)
    squared = np.bincount(row_numbers(summed), summed.data**2, len(shown))
    own = members @ (np.diff(vectors.indptr) > 0).astype(np.float64)
    sizes = np.diff(members.indptr)
    pairs = sizes * (sizes - 1.0)
    alike = np.divide(squared - own, pairs, out=np.full(len(shown), np.nan), where=pairs > 0)
    return 1 - alike


def _mean_over_shown(shown: Lists, values: PerUser) -> PerUser:
    is_shown = shown != NO_ITEM
    n_shown = is_shown.sum(axis=1)
    total = np.where(is_shown, values[np.maximum(shown, 0)], 0.0).sum(axis=1)
    return np.divide(total, n_shown, out=np.full(len(shown), np.nan), where=n_shown > 0)


def _categories(matrix: UserItemMatrix, catalogue: pd.DataFrame | None) -> NDArray | None:
    """Category number of every product, -1 where there is none; None if no product has one."""
    if catalogue is None or CATEGORY not in catalogue:
        return None
    ids = matrix.products.ids_of(np.arange(matrix.shape[1]))
    named = catalogue[CATEGORY].reindex(ids).replace("", np.nan)
    codes, _ = pd.factorize(named)
    return codes if (codes >= 0).any() else None


def _one_hot(categories: NDArray[np.integer]) -> csr_array:
    known = np.flatnonzero(categories >= 0)
    shape = (len(categories), int(categories.max()) + 1)
    return csr_array((np.ones(len(known)), (known, categories[known])), shape=shape)


def _buyer_vectors(matrix: UserItemMatrix) -> csr_array:
    """Which customers bought each product, every row of length 1."""
    known = customers(matrix)
    places = np.linspace(0, len(known) - 1, min(len(known), MOST_CUSTOMERS)).astype(np.int64)
    bought = matrix.histories(known[np.unique(places)]).bought
    vectors = csr_array((bought > 0).T.tocsr().astype(np.float64))
    return scale_rows(vectors, 1 / np.sqrt(np.maximum(np.diff(vectors.indptr), 1)))

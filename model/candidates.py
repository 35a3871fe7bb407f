"""What is ranked: the union of the strategies' proposals, with every strategy's score for each."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.matrix import Histories
from model.sparse import row_numbers, top_k_rows
from model.strategies import Popular, Strategy

BREADTH = 200
"""How many products a strategy proposes for one customer at the most."""

REFERENCE = 20
"""A strategy's scores are divided by the mean of its best 20, so that strategies compare."""


@dataclass(frozen=True)
class Candidates:
    """Products proposed for some customers.

    Attributes
    ----------
    indptr : array of shape (n_customers + 1,)
        Customer ``i`` has the candidates ``indptr[i]:indptr[i + 1]``.
    items : array of shape (n_candidates,)
        Item row of each candidate, ascending within a customer.
    scores : array of shape (n_candidates, n_strategies + 1), float32
        Each strategy's normalised score, 0 where it has no opinion; popularity comes last.
    """

    indptr: NDArray[np.int64]
    items: NDArray[np.int64]
    scores: NDArray[np.float32]


def propose(
    strategies: Iterable[Strategy],
    popular: Popular,
    histories: Histories,
    hidden: csr_array | None,
    breadth: int = BREADTH,
) -> Candidates:
    """Unite the best products of every strategy, without the hidden ones.

    ``hidden`` is a block of shape (n_customers, n_items) whose entries are never proposed.
    """
    n, n_items = len(histories), histories.n_items
    hidden_keys = _keys(hidden) if hidden is not None else np.empty(0, np.int64)
    blocks = [_without(strategy.score(histories), hidden_keys) for strategy in strategies]
    proposals = [normalised(top_k_rows(block, breadth)) for block in blocks]
    best_sellers = np.arange(n)[:, None] * n_items + popular.order[None, :breadth]
    for_all = np.setdiff1d(best_sellers, hidden_keys)
    union = np.unique(np.concatenate([for_all, *map(_keys, proposals)]))
    customers, items = np.divmod(union, n_items)
    scores = np.zeros((len(union), len(proposals) + 1), np.float32)
    for column, block in enumerate(proposals):
        scores[np.searchsorted(union, _keys(block)), column] = block.data
    scores[:, -1] = popular.popularity[items]
    return Candidates(np.searchsorted(customers, np.arange(n + 1)), items, scores)


def normalised(block: csr_array) -> csr_array:
    """Divide every row by the mean of its 20 best entries (of all, where it has fewer).

    >>> normalised(csr_array(np.array([[1.0, 3.0], [0.0, 5.0]]))).toarray().tolist()
    [[0.5, 1.5], [0.0, 1.0]]
    """
    best = top_k_rows(block, REFERENCE)
    counts = np.diff(best.indptr)
    sums = np.bincount(row_numbers(best), best.data, minlength=len(counts))
    means = np.divide(sums, counts, out=np.ones(len(counts)), where=counts > 0)
    data = block.data / np.repeat(means, np.diff(block.indptr))
    return csr_array((data.astype(np.float32), block.indices, block.indptr), shape=block.shape)


def _keys(block: csr_array) -> NDArray[np.int64]:
    """One number for each entry: ``row * n_columns + column``."""
    return row_numbers(block) * block.shape[1] + block.indices


def _without(block: csr_array, hidden_keys: NDArray[np.int64]) -> csr_array:
    if not len(hidden_keys):
        return block
    data = np.where(np.isin(_keys(block), hidden_keys), 0, block.data)
    return csr_array((data, block.indices, block.indptr), shape=block.shape)

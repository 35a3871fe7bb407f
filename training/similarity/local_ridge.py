"""Item-item regression: how much each of its neighbours says about a product, beside the others.

A similarity counts what two products have in common, once for each of a customer's products. A
regression shares it out: of two neighbours that say the same, each counts half.

Sources: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data" (EASE), WWW 2019, for ridge
regression of every product on all others in closed form; Ning and Karypis, "SLIM: Sparse Linear
Methods for Top-N Recommender Systems", ICDM 2011, for regressing on a product's neighbours alone.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

import numpy as np
from numba import config, njit
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.sparse import scale_columns, scale_rows, top_k_rows
from training.similarity.scaling import power, scaled
from training.similarity.top_k_product import top_k_product

PREDICTORS = 100
"""Neighbours that a product is regressed on: those it has most in common with."""

OVERLAPS = 400
"""Products of which it is known how much each has in common with them; others count as nothing."""

UNDATED_PENALTY, DATED_PENALTY = 150.0, 600.0
"""A future is less like the past than pairs held out at random are (`docs/experiments.md`)."""

BLOCK_PRODUCTS = 256
"""Products that a thread solves at once."""


@dataclass
class LocalRidge:
    """``min_f ‖r_j - Σ_i f_i r_i‖² + λ‖f‖²`` for every product ``j``; the top ``k`` of every row.

    ``r`` are the columns of ``D_u^-a X D_i^-b``, ``i`` is ``j`` itself or one of its 100
    neighbours, and ``λ`` is ``penalty`` times the mean square of what is stored in ``r``: so many
    customers more who have nothing in common. Then
    ``S_ij = d_i^-b f_i d_j^b``, without what is not positive and without the diagonal: a customer's
    own products are another strategy's. The product itself takes part in its own regression, which
    draws the others' coefficients down where they have little to add.

    The work is one small linear system a product: it grows with the catalogue, not with its cube.

    Attributes
    ----------
    similarity_ : csr_array of shape (n_items, n_items), float32
        Row ``i``: what a customer's product ``i`` says of others. Ties go to the lowest item row.

    Raises
    ------
    ValueError
        If ``penalty`` is not above 0.
    """

    user_exponent: float = 0.2
    item_exponent: float = 0.2
    penalty: float = UNDATED_PENALTY
    k: int = 100

    def __post_init__(self) -> None:
        if self.penalty <= 0:
            raise ValueError(f"penalty is {self.penalty}; it must be above 0")

    def with_k(self, k: int) -> "LocalRidge":
        """The same regression with another number of neighbours kept."""
        return replace(self, k=k)

    def fit(self, matrix: csr_array) -> Self:
        """Learn the neighbours of every product from a (n_users, n_items) matrix."""
        x = matrix.astype(np.float64)
        r, items = scaled(x, self.user_exponent, self.item_exponent), x.sum(axis=0)
        energies = np.asarray((r * r).sum(axis=0))
        penalty = self.penalty * float(energies.sum() / max(r.nnz, 1)) or 1.0
        gram = top_k_product(csr_array(r.T.tocsr()), r, OVERLAPS, skip_diagonal_offset=0)
        coefficients = _regressed(gram, energies, penalty)
        says = csr_array(coefficients.T.tocsr())
        says = scale_rows(says, power(items, -self.item_exponent))
        says = scale_columns(says, power(items, self.item_exponent))
        self.similarity_ = top_k_rows(says, self.k)
        return self


def penalty_for(dated: bool) -> float:
    """What suits a log with times, or one without."""
    return DATED_PENALTY if dated else UNDATED_PENALTY


def _regressed(gram: csr_array, energies: NDArray[np.float64], penalty: float) -> csr_array:
    """Row ``j``: the coefficients of product ``j``'s neighbours, as float32."""
    neighbours = top_k_rows(gram, PREDICTORS)
    coefficients = np.zeros(neighbours.nnz, np.float32)
    parts = gram.indptr.astype(np.int64), gram.indices.astype(np.int32), gram.data
    near = neighbours.indptr.astype(np.int64), neighbours.indices.astype(np.int32), neighbours.data
    edges = [*range(0, len(energies), BLOCK_PRODUCTS), len(energies)]

    def solve(block: tuple[int, int]) -> None:
        _solve_rows(parts, energies, penalty, near, *block, coefficients)

    with ThreadPoolExecutor(config.NUMBA_NUM_THREADS) as threads:  # type: ignore[attr-defined]
        list(threads.map(solve, pairwise(edges)))  # raises what a thread raised
    triple = (coefficients, neighbours.indices, neighbours.indptr)
    return csr_array(triple, shape=neighbours.shape)


Parts = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]
"""``indptr``, ``indices`` and ``data`` of a CSR matrix."""


@njit(nogil=True, cache=True)
def _solve_rows(
    gram: Parts,
    energies: NDArray[np.float64],
    penalty: float,
    neighbours: Parts,
    start: int,
    end: int,
    coefficients: NDArray[np.float32],
) -> None:
    """Fill in the coefficients of some products, in the places of their ``neighbours``."""
    (indptr, indices, data), (first, near, overlap) = gram, neighbours
    largest = PREDICTORS + 1
    elsewhere = largest  # a column that nobody reads takes what is not asked for: no branch
    place = np.full(len(energies), elsewhere, np.uint8)
    system, right = np.empty((largest, largest + 1)), np.empty(largest)
    diagonal, row = np.empty(largest), np.empty(largest)
    for product in range(start, end):
        own = near[first[product] : first[product + 1]]
        n = len(own) + 1
        for p in range(n - 1):
            place[own[p]] = p
            right[p] = overlap[first[product] + p]
        place[product] = n - 1
        right[n - 1] = energies[product]
        system[:n, :n] = 0
        for p in range(n):
            one = own[p] if p < n - 1 else product
            for q in range(indptr[one], indptr[one + 1]):
                system[p, place[indices[q]]] = data[q]
            system[p, p] = energies[one] + penalty
            for o in range(p):  # an overlap may be kept by one of the two products only
                system[p, o] = max(system[p, o], system[o, p])
        _solve(system, right, diagonal, row, n, penalty)
        for p in range(n - 1):
            coefficients[first[product] + p] = right[p]
            place[own[p]] = elsewhere
        place[product] = elsewhere


ROUNDING = 1e-9
LEFT_OUT = 1e300
"""A pivot by which everything divided is 0."""


@njit(nogil=True, cache=True, fastmath=True)
def _solve(
    system: NDArray[np.float64],
    right: NDArray[np.float64],
    diagonal: NDArray[np.float64],
    row: NDArray[np.float64],
    n: int,
    least: float,
) -> None:
    """Solve the first ``n`` equations of a symmetric system in place, by ``L D L'``.

    No pivot of a Gram matrix plus ``least`` on its diagonal is below ``least``. One may be where
    overlaps were left out; that unknown is then 0.
    """
    for j in range(n):
        pivot = system[j, j]
        for m in range(j):
            row[m] = system[j, m] * diagonal[m]
            pivot -= system[j, m] * row[m]
        diagonal[j] = pivot if pivot >= (1 - ROUNDING) * least else LEFT_OUT
        for i in range(j + 1, n):
            total = system[i, j]
            for m in range(j):
                total -= system[i, m] * row[m]
            system[i, j] = total / diagonal[j]
    for i in range(n):
        for m in range(i):
            right[i] -= system[i, m] * right[m]
    for i in range(n):
        right[i] /= diagonal[i]
    for i in range(n - 1, -1, -1):
        for m in range(i):
            right[m] -= system[i, m] * right[i]

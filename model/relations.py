"""Lists about products rather than customers: what is like them, what is bought with them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.id_index import UNKNOWN_ROW, IdIndex
from model.matrix import Floats
from model.sparse import best_positions


@dataclass(frozen=True)
class Relation:
    """The products nearest to each product.

    Attributes
    ----------
    sources : IdIndex
        The products one may ask about: those of the matrix, and those that only a catalogue knows.
    neighbours : csr_array of shape (n_sources, n_items), float32
        How near the products of the matrix are to them; the higher, the nearer.
    """

    sources: IdIndex
    neighbours: csr_array

    def best(
        self, product_ids: Sequence[str], given: NDArray[np.integer], k: int
    ) -> tuple[NDArray[np.int64], Floats]:
        """Item rows nearest to all the products together, best first, and their nearness.

        Nearness is summed over the products. Ids that are no source are passed over; ``given`` are
        the products' own item rows, which are never shown. Ties go to the lowest row.
        """
        columns, parts = self._entries(product_ids)
        items, place = np.unique(columns, return_inverse=True)
        sums = np.bincount(place, parts, len(items)).astype(np.float32)
        shown = ~np.isin(items, given)
        items, sums = items[shown].astype(np.int64), sums[shown]
        order = best_positions(sums, items, k)
        return items[order], sums[order]

    def parts(
        self, product_ids: Sequence[str], items: Sequence[int] | NDArray[np.integer]
    ) -> Floats:
        """How near products are to those asked about, shape (n_items, n_asked); 0 for strangers."""
        rows = self.sources.rows_of(product_ids)
        near = self.neighbours[np.maximum(rows, 0)][:, items].toarray()
        near[rows == UNKNOWN_ROW] = 0
        return near.T

    def _entries(self, product_ids: Sequence[str]) -> tuple[NDArray, Floats]:
        rows = np.unique(self.sources.rows_of(product_ids))
        near = self.neighbours[rows[rows != UNKNOWN_ROW]]
        return near.indices, near.data

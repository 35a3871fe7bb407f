"""Recently popular: what everybody buys lately. The same for all: a vector, not a block."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.matrix import Floats


@dataclass(frozen=True)
class Popular:
    """Products by the decayed purchases of all customers.

    Attributes
    ----------
    popularity : array of shape (n_items,), float32
        Decayed purchases, divided by the mean of the 20 most popular products.
    order : array of shape (n_sold,), int32
        Products ever sold, most popular first, ties by lowest row.
    """

    popularity: Floats
    order: NDArray[np.int32]

    @classmethod
    def of(cls, purchases: NDArray[np.floating]) -> "Popular":
        """Rank products by their decayed purchases; what was never sold is never shown."""
        order = np.lexsort((np.arange(len(purchases)), -purchases))
        order = order[purchases[order] > 0]
        scale = purchases[order[:20]].mean() if len(order) else 1.0
        return cls((purchases / scale).astype(np.float32), order.astype(np.int32))

    def best_without(self, excluded: NDArray[np.integer], k: int) -> NDArray[np.int32]:
        """The ``k`` most popular products that are not excluded."""
        # Of the first k + n_excluded at most n_excluded are excluded.
        first = self.order[: k + len(excluded)]
        return first[~np.isin(first, excluded)][:k]

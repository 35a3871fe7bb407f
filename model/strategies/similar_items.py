"""Item-item collaborative filtering: products like those in the customer's history."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.matrix import Histories
from model.sparse import scale_columns


@dataclass(frozen=True)
class SimilarItems:
    """Score ``Σ_i sqrt(x_ui) S_ij · trend_j``.

    Source: Sarwar et al., "Item-based Collaborative Filtering Recommendation Algorithms", WWW 2001.

    Attributes
    ----------
    similarity : csr_array of shape (n_items, n_items), float32
        The top-k neighbours of every product, one row a product.
    trend : array of shape (n_items,), float32
        How much the product sells lately, as a factor on its score.
    """

    similarity: csr_array
    trend: NDArray[np.float32]

    def score(self, histories: Histories) -> csr_array:
        """Sum of the similarities to the products of the history, times the trend."""
        weights = histories.weights
        saturated = csr_array(
            (np.sqrt(weights.data), weights.indices, weights.indptr), shape=weights.shape
        )
        return scale_columns(saturated @ self.similarity, self.trend)

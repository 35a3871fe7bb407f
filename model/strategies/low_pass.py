"""Graph low-pass filter: a customer's history, smoothed by the strongest patterns of the shop."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.matrix import Floats, Histories
from model.sparse import scale_columns


@dataclass(frozen=True)
class LowPass:
    """Score ``x D_i^-c V Vᵀ D_i^d``, ``V`` the leading right singular vectors of the scaled matrix.

    Source: Shen et al., "How Powerful is Graph Convolution for Recommendation?" (GF-CF), CIKM 2021.

    Attributes
    ----------
    vectors : array of shape (n_items, n_vectors), float32
    source_scale, target_scale : arrays of shape (n_items,), float32
        ``d_i^-c`` and ``d_i^d · trend_i``; 0 for products that too few customers bought.
    """

    vectors: Floats
    source_scale: Floats
    target_scale: Floats

    def score(self, histories: Histories) -> NDArray[np.float32]:
        """Every product's smoothed weight; negative ones are no opinion."""
        coordinates = scale_columns(histories.taste, self.source_scale) @ self.vectors
        return np.maximum(coordinates @ self.vectors.T, 0) * self.target_scale

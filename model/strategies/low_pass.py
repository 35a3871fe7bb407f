"""Graph low-pass filter: a customer's history, smoothed by the strongest patterns of the shop."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.blocks import Block
from model.matrix import Floats, Histories
from model.sparse import scale_columns

STEPS = 2.0**20
"""Steps to a unit in which vectors and coordinates are whole numbers."""


@dataclass(frozen=True)
class LowPass:
    """Score ``x D_i^-c V Vᵀ D_i^d``, ``V`` the leading right singular vectors of the scaled matrix.

    Source: Shen et al., "How Powerful is Graph Convolution for Recommendation?" (GF-CF), CIKM 2021.

    BLAS adds in an order that depends on how many customers are asked for, and one answer must be
    that customer's row in a batch. So both factors are whole numbers of at most 2^20: their
    products and sums are exact in float64, in any order.

    Attributes
    ----------
    vectors : array of shape (n_items, n_vectors), float64
        ``V`` in steps of 2^-20, as whole numbers.
    source_scale, target_scale : arrays of shape (n_items,), float32
        ``d_i^-c`` and ``d_i^d · trend_i``; 0 for products that too few customers bought.
    """

    vectors: NDArray[np.float64]
    source_scale: Floats
    target_scale: Floats

    def score(self, histories: Histories) -> Block:
        """Every product's smoothed weight; negative ones are no opinion."""
        taste = scale_columns(histories.taste, self.source_scale)
        coordinates = taste.astype(np.float64) @ self.vectors / STEPS
        largest = np.abs(coordinates).max(axis=1, initial=0, keepdims=True)
        largest[largest == 0] = 1
        whole = np.rint(coordinates / largest * STEPS) @ self.vectors.T
        smoothed = np.empty(whole.shape, np.float32)
        np.multiply(whole, largest / STEPS**2, out=smoothed)
        np.maximum(smoothed, 0, out=smoothed)
        smoothed *= self.target_scale
        return smoothed

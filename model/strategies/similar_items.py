"""Item-item collaborative filtering: products like those in the customer's history."""

from dataclasses import dataclass

from scipy.sparse import csr_array

from model.blocks import Block, product
from model.matrix import Floats, Histories


@dataclass(frozen=True)
class SimilarItems:
    """Score ``Σ_i log1p(x_ui) S_ij · trend_j``.

    Source: Sarwar et al., "Item-based Collaborative Filtering Recommendation Algorithms", WWW 2001.

    Attributes
    ----------
    similarity : csr_array of shape (n_items, n_items), float32
        The top-k neighbours of every product, one row a product.
    trend : array of shape (n_items,), float32
        How well the product sells lately for its size, as a factor on its score.
    """

    similarity: csr_array
    trend: Floats

    def score(self, histories: Histories) -> Block:
        """Neighbours of the customer's products."""
        scores = product(histories.taste, self.similarity)
        scores *= self.trend
        return scores

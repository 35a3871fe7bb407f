"""User-user collaborative filtering: what customers with similar histories newly bought."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.blocks import Block, best_of_rows, product
from model.matrix import Histories
from model.sparse import places_in


@dataclass(frozen=True)
class SimilarCustomers:
    """Score ``Σ_v W_uv r_vj``, over the ``k`` customers ``v`` most similar to ``u``.

    ``W_uv = Σ_i log1p(x_ui) x̂_vi`` where ``x̂`` carries the normalisation of products and of
    neighbours; ``r`` holds what the neighbours bought, decayed by the age of the first purchase:
    what is new to them counts, not what they always buy. Nobody is their own neighbour.

    Source: Verstrepen and Goethals, "Unifying Nearest Neighbors Collaborative Filtering",
    RecSys 2014.

    Attributes
    ----------
    user_rows : array of shape (n_neighbours,), int32
        Who may be a neighbour, ascending.
    customers_of : csr_array of shape (n_items, n_neighbours), float32
        ``x̂`` by product.
    purchases : csr_array of shape (n_neighbours, n_items), float32
        ``r``.
    k : int
        Neighbours of a customer.
    """

    user_rows: NDArray[np.int32]
    customers_of: csr_array
    purchases: csr_array
    k: int

    def neighbours(self, histories: Histories) -> csr_array:
        """Similarity to the ``k`` nearest customers, shape (n_customers, n_neighbours)."""
        similarity = product(histories.taste, self.customers_of)
        own = places_in(self.user_rows, histories.user_rows)
        may_be = np.flatnonzero(own >= 0)
        similarity[may_be, own[may_be]] = 0
        places, indptr = best_of_rows(similarity, self.k)
        nearest = places % similarity.shape[1]
        return csr_array((similarity.ravel()[places], nearest, indptr), shape=similarity.shape)

    def score(self, histories: Histories) -> Block:
        """What the customer's neighbours bought."""
        return product(self.neighbours(histories), self.purchases)

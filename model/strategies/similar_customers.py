"""User-user collaborative filtering: what customers with similar histories newly bought."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from model.blocks import Block, best_of_rows, product
from model.matrix import Histories


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
    customers_of : csr_array of shape (n_items, n_users), float32
        ``x̂`` by product.
    purchases : csr_array of shape (n_users, n_items), float32
        ``r``.
    k : int
        Neighbours of a customer.
    """

    customers_of: csr_array
    purchases: csr_array
    k: int

    def neighbours(self, histories: Histories) -> csr_array:
        """Similarity to the ``k`` nearest customers, shape (n_customers, n_users)."""
        similarity = product(histories.taste, self.customers_of)
        known = np.flatnonzero(histories.user_rows >= 0)
        similarity[known, histories.user_rows[known]] = 0
        places, indptr = best_of_rows(similarity, self.k)
        nearest = places % similarity.shape[1]
        return csr_array((similarity.ravel()[places], nearest, indptr), shape=similarity.shape)

    def score(self, histories: Histories) -> Block:
        """What the customer's neighbours bought."""
        return product(self.neighbours(histories), self.purchases)

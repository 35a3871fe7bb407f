"""User-user collaborative filtering: what customers with similar histories bought lately."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from model.matrix import Histories
from model.sparse import row_numbers, top_k_rows


@dataclass(frozen=True)
class SimilarCustomers:
    """Score ``Σ_v W_uv r_vj``, over the ``k`` customers ``v`` most similar to ``u``.

    ``W_uv = Σ_i x_ui x̂_vi`` where ``x̂`` carries the normalisation of products and of neighbours;
    ``r`` holds the neighbours' recent purchases. A customer is never their own neighbour.

    Source: Verstrepen and Goethals, "Unifying Nearest Neighbors Collaborative Filtering",
    RecSys 2014.

    Attributes
    ----------
    customers_of : csr_array of shape (n_items, n_users), float32
        ``x̂`` by product.
    recent : csr_array of shape (n_users, n_items), float32
        Decayed purchases.
    k : int
        Neighbours of a customer.
    """

    customers_of: csr_array
    recent: csr_array
    k: int

    def neighbours(self, histories: Histories) -> csr_array:
        """Similarity to the ``k`` nearest customers, shape (n_customers, n_users)."""
        weights = histories.weights
        saturated = csr_array(
            (np.sqrt(weights.data), weights.indices, weights.indptr), shape=weights.shape
        )
        similarity = csr_array(saturated @ self.customers_of)
        similarity.data[similarity.indices == histories.user_rows[row_numbers(similarity)]] = 0
        return top_k_rows(similarity, self.k)

    def score(self, histories: Histories) -> csr_array:
        """Sum of the neighbours' recent purchases, weighted by similarity."""
        return self.neighbours(histories) @ self.recent

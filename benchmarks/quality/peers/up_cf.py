"""UP-CF: what a customer and similar ones bought in their last baskets.

Source: Faggioli, Polato and Aiolli, "Recency Aware Collaborative Filtering for Next Basket
Recommendation", UMAP 2020; our own implementation. The similarity is Aiolli's asymmetric cosine,
"Efficient Top-N Recommendation for Very Large Scale Binary Rated Datasets", RecSys 2013.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from benchmarks.datasets import Protocol
from benchmarks.quality.answers import Answer, masked_lists
from benchmarks.quality.peers.baskets import Baskets
from benchmarks.quality.peers.search import Peer, Setting
from model.sparse import scale_columns, scale_rows

EVERY_BASKET = 10**6


def recent_popularity(baskets: Baskets, recency: int) -> csr_array:
    """Share of a customer's last ``recency`` baskets that hold a product."""
    counted = np.minimum(baskets.n_baskets, recency)
    return baskets.matrix((baskets.from_last < recency) / counted)


@dataclass(frozen=True)
class UpCf:
    """Score ``Σ_v (|u ∩ v| / (|u|^α |v|^(1-α)))^q · popularity_v`` over all customers, ``u`` too.

    Attributes
    ----------
    bought : csr_array of shape (n_users, n_items), float32
        1 for every product a customer ever bought.
    popularity : csr_array of shape (n_users, n_items), float32
    asymmetry, locality : float
        ``α`` and ``q``.
    """

    bought: csr_array
    popularity: csr_array
    asymmetry: float
    locality: float

    def score(self, user_rows: NDArray[np.integer]) -> NDArray[np.float32]:
        """Every product's score for some customers."""
        sizes = np.maximum(np.diff(self.bought.indptr), 1)
        shared = csr_array(self.bought[user_rows] @ self.bought.T)
        mine, theirs = sizes[user_rows] ** -self.asymmetry, sizes ** (self.asymmetry - 1)
        similarity = scale_columns(scale_rows(shared, mine), theirs)
        similarity.data **= self.locality
        return (similarity @ self.popularity).toarray()


def fit(protocol: Protocol, setting: Setting) -> Answer:
    """Count the baskets of the past."""
    baskets = Baskets.of(protocol.parts.past)
    ever = baskets.matrix(np.ones(len(baskets.user_rows)))
    ever.sum_duplicates()
    ever.data[:] = 1
    popularity = recent_popularity(baskets, setting["recency"])
    popularity.eliminate_zeros()
    model = UpCf(ever, popularity, setting["asymmetry"], setting["locality"])
    everybody = protocol.matrix.everybody()
    return lambda tasks: [masked_lists(model.score, everybody, task) for task in tasks]


UP_CF = Peer(
    fit,
    {"recency": 10, "asymmetry": 0.25, "locality": 5},
    {
        "recency": (1, 5, 25, 100, EVERY_BASKET),
        "asymmetry": (0.0, 0.25, 0.5, 0.75, 1.0),
        "locality": (1, 5, 10, 50),
    },
    trials=12,
)
"""The grid is the paper's, without localities above 50; the first setting lies in its middle."""

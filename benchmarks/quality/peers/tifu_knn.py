"""TIFU-KNN: a customer's baskets, decayed in two steps, blended with those of similar customers.

Source: Hu, He, Gao and Zhang, "Modeling Personalized Item Frequency Information for Next-basket
Recommendation", SIGIR 2020; our own implementation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from benchmarks.datasets import Protocol
from benchmarks.quality.answers import Answer, masked_lists
from benchmarks.quality.peers.baskets import Baskets
from benchmarks.quality.peers.search import Peer, Setting
from model.sparse import row_numbers


def customer_vectors(
    baskets: Baskets, groups: int, basket_decay: float, group_decay: float
) -> csr_array:
    """Baskets decay within their group, and groups within the customer; both are averaged.

    The latest baskets fill the last of ``groups`` groups, and so on; the first may hold fewer.

    ::

        4 baskets, 2 groups, decays .9 and .7      oldest   .7·.9/4, .7/4, .9/4, 1/4   newest
    """
    size = -(-baskets.n_baskets // groups)
    group, place = np.divmod(baskets.from_last, size)
    n_groups = -(-baskets.n_baskets // size)
    is_first = group == n_groups - 1
    length = np.where(is_first, baskets.n_baskets - size * (n_groups - 1), size)
    weights = basket_decay**place / length * group_decay**group / n_groups
    return baskets.matrix(weights)


@dataclass(frozen=True)
class TifuKnn:
    """Score ``α v_u + (1 - α) · mean of v over the k nearest customers``, by Euclidean distance.

    Attributes
    ----------
    vectors : csr_array of shape (n_users, n_items), float32
    k : int
        Nearest customers; nobody is their own.
    own_share : float
        ``α``.
    """

    vectors: csr_array
    k: int
    own_share: float

    def score(self, user_rows: NDArray[np.integer]) -> NDArray[np.float32]:
        """Every product's score for some customers."""
        own = csr_array(self.vectors[user_rows])
        nearest = self._nearest(own, user_rows)
        return (self.own_share * own + (1 - self.own_share) * (nearest @ self.vectors)).toarray()

    def _nearest(self, own: csr_array, user_rows: NDArray[np.integer]) -> csr_array:
        """``1 / k`` for each of the nearest customers, shape (n_customers, n_users)."""
        squared = np.bincount(
            row_numbers(self.vectors), self.vectors.data**2, self.vectors.shape[0]
        )
        distances = squared - 2 * (own @ self.vectors.T).toarray()  # |v|² - 2uv: |u|² is the same
        distances[np.arange(len(user_rows)), user_rows] = np.inf
        distances[:, squared == 0] = np.inf
        k = min(self.k, len(squared) - 1)
        nearest = np.argpartition(distances, k - 1, axis=1)[:, :k]
        rows = np.repeat(np.arange(len(user_rows)), k)
        shares = np.full(rows.shape, 1 / k, np.float32)
        return csr_array((shares, (rows, nearest.ravel())), shape=distances.shape)


def fit(protocol: Protocol, setting: Setting) -> Answer:
    """Weigh the baskets of the past."""
    of_vectors = {name: setting[name] for name in ("groups", "basket_decay", "group_decay")}
    baskets = Baskets.of(protocol.parts.past)
    model = TifuKnn(customer_vectors(baskets, **of_vectors), setting["k"], setting["own_share"])
    everybody = protocol.matrix.everybody()
    return lambda tasks: [masked_lists(model.score, everybody, task) for task in tasks]


TIFU_KNN = Peer(
    fit,
    {"k": 300, "groups": 7, "basket_decay": 0.9, "group_decay": 0.7, "own_share": 0.7},
    {
        "k": (100, 300, 900),
        "groups": (3, 7, 23),
        "basket_decay": (0.9, 1.0),
        "group_decay": (0.6, 0.7, 0.9, 1.0),
        "own_share": (0.05, 0.2, 0.5, 0.7, 0.9),
    },
    trials=60,
)
"""The usual setting is the paper's for Ta-Feng; the grid holds its others, and more."""

"""Item-item similarity: one kernel that covers cosine, TF-IDF, BM25, RP3beta and their kin."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.sparse import scale_rows
from training.similarity.scaling import power
from training.similarity.top_k_product import top_k_product
from training.similarity.weighting import WEIGHTINGS


@dataclass
class ItemKernel:
    """``S_ij = (Σ_u d_u^-a x_ui x_uj)^s · d_i^-p · d_j^-q``, the top ``k`` of every row ``i``.

    ``d`` are sums of squares of a row or column. Cosine is ``a=0, p=q=1/2, s=1``; RP3beta
    (Paudel et al., "Updatable, Accurate, Diverse, and Scalable Recommendations for Interactive
    Applications", ACM TiiS 2017) is ``a=1, p=s, q=beta``. TF-IDF and BM25 weight ``x`` first.

    Attributes
    ----------
    similarity_ : csr_array of shape (n_items, n_items), float32
        No product is its own neighbour; ties go to the lowest item row.

    Raises
    ------
    ValueError
        If ``sharpness`` is not above 0: the power would turn the order of the scores round.
    """

    weighting: str = "plain"
    user_exponent: float = 0.0
    source_exponent: float = 0.5
    target_exponent: float = 0.5
    sharpness: float = 1.0
    k: int = 100

    def __post_init__(self) -> None:
        if self.sharpness <= 0:
            raise ValueError(f"sharpness is {self.sharpness}; it must be above 0")

    def with_k(self, k: int) -> "ItemKernel":
        """The same kernel with another number of neighbours."""
        return replace(self, k=k)

    def fit(self, matrix: csr_array) -> Self:
        """Learn the neighbours of every product from a (n_users, n_items) matrix."""
        weighted = csr_array(WEIGHTINGS[self.weighting](matrix.astype(np.float64)))
        users, items = _energy(weighted, axis=1), _energy(weighted, axis=0)
        best = top_k_product(
            csr_array(scale_rows(weighted, power(users, -self.user_exponent)).T.tocsr()),
            weighted,
            self.k,
            column_factors=power(items, -self.target_exponent / self.sharpness),
            skip_diagonal_offset=0,
        )
        sharpened = csr_array(
            (best.data.astype(np.float64) ** self.sharpness, best.indices, best.indptr),
            shape=best.shape,
        )
        scaled = scale_rows(sharpened, power(items, -self.source_exponent))
        self.similarity_ = scaled.astype(np.float32)
        return self


def _energy(matrix: csr_array, axis: int) -> NDArray[np.float64]:
    return np.asarray((matrix * matrix).sum(axis=axis))

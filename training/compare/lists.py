"""What two models show to the same customers, over one common numbering of their products."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.columns import DEFAULT_K
from model.id_index import IdIndex
from model.recommender import NO_ITEM, Recommender
from training.gate.rails import served

PERSISTENCE = 0.9
"""Of rank-biased overlap: the chance that a reader looks at the next place, too."""

SEGMENTS = ("short history", "middle history", "long history")


@dataclass(frozen=True)
class Shown:
    """Lists of both models for the same customers.

    Attributes
    ----------
    user_ids : list of str
    sizes : array of shape (n,)
        Products in each customer's history, as the left model knows it.
    products : IdIndex
        Products of either model; the lists hold its rows, padded with -1.
    left, right : arrays of shape (n, 10)
    """

    user_ids: list[str]
    sizes: NDArray[np.int64]
    products: IdIndex
    left: NDArray[np.int64]
    right: NDArray[np.int64]

    def segments(self) -> dict[str, NDArray[np.bool_]]:
        """Thirds of the customers by the size of their history; a tie goes to the shorter."""
        if not len(self.sizes):
            return {}
        low, high = np.quantile(self.sizes, [1 / 3, 2 / 3])
        place = (self.sizes > low).astype(int) + (self.sizes > high)
        named = {name: place == i for i, name in enumerate(SEGMENTS)}
        return {name: mask for name, mask in named.items() if mask.any()}


def shown(
    left: Recommender, right: Recommender, scenario: str, most: int, rng: np.random.Generator
) -> Shown:
    """Ask both models for at most ``most`` customers whom both know, drawn at random."""
    common = np.intersect1d(left.matrix.users.ids, right.matrix.users.ids)
    chosen = np.sort(rng.choice(len(common), min(most, len(common)), replace=False))
    user_ids = IdIndex(common).ids_of(chosen)
    products = IdIndex(np.union1d(left.matrix.products.ids, right.matrix.products.ids))
    rows = left.matrix.users.rows_of(user_ids)
    sizes = np.diff(left.matrix.weights.indptr)[rows]
    lists = [_lists(model, user_ids, products, scenario) for model in (left, right)]
    return Shown(user_ids, sizes, products, *lists)


def _lists(
    model: Recommender, user_ids: list[str], products: IdIndex, scenario: str
) -> NDArray[np.int64]:
    own = served(model, model.matrix.users.rows_of(user_ids), scenario)
    to_common = np.searchsorted(products.ids, model.matrix.products.ids)
    return np.where(own == NO_ITEM, NO_ITEM, to_common[own])


def common_prefixes(left: NDArray[np.integer], right: NDArray[np.integer]) -> NDArray[np.int64]:
    """How many products the first ``d`` places share, for every ``d``; shape (n, k).

    >>> common_prefixes(np.array([[1, 2, 3]]), np.array([[2, 1, 4]])).tolist()
    [[0, 2, 2]]
    """
    same = (left[:, :, None] == right[:, None, :]) & (left >= 0)[:, :, None]
    depth = np.arange(left.shape[1])
    met_at = np.maximum(depth[:, None], depth[None, :])
    return np.stack([(same & (met_at <= d)).sum(axis=(1, 2)) for d in depth], axis=1)


def overlap(left: NDArray[np.integer], right: NDArray[np.integer]) -> NDArray[np.float64]:
    """Share of common products, of the longer list's length; NaN if both are empty.

    >>> overlap(np.array([[1, 2, -1]]), np.array([[2, 3, 1]])).round(2).tolist()
    [0.67]
    """
    longest = _longest(left, right)
    common = common_prefixes(left, right)[:, -1]
    return np.divide(common, longest, out=np.full(len(left), np.nan), where=longest > 0)


def _longest(left: NDArray[np.integer], right: NDArray[np.integer]) -> NDArray[np.int64]:
    """Length of the longer list of each customer, without what pads it."""
    return np.maximum((left >= 0).sum(axis=1), (right >= 0).sum(axis=1))


def rank_biased_overlap(
    left: NDArray[np.integer], right: NDArray[np.integer], p: float = PERSISTENCE
) -> NDArray[np.float64]:
    """Extrapolated rank-biased overlap: 1 for the same list, 0 for nothing in common.

    ``A_k p^k + (1 - p) / p · Σ_d A_d p^d`` where ``A_d`` is the share of the first ``d`` places
    that both lists have in common, and stays what it was from the longer list's end on. NaN if both
    are empty.

    Source: Webber, Moffat and Zobel, "A similarity measure for indefinite rankings", ACM TOIS
    2010, equation 30.

    >>> rank_biased_overlap(np.array([[1, 2, -1]]), np.array([[1, 2, -1]])).round(3).tolist()
    [1.0]
    """
    depths = np.arange(1, left.shape[1] + 1)
    reached = np.minimum(depths, _longest(left, right)[:, None])
    common = common_prefixes(left, right)
    agreement = np.divide(common, reached, out=np.full(common.shape, np.nan), where=reached > 0)
    weights = (1 - p) / p * p**depths
    return agreement @ weights + agreement[:, -1] * p ** depths[-1]


def overlaps(found: Shown) -> list[dict[str, object]]:
    """Mean overlap and rank-biased overlap, for everybody and by segment."""
    shares = overlap(found.left, found.right)
    ranks = rank_biased_overlap(found.left, found.right)
    groups = {"everybody": np.ones(len(shares), bool), **found.segments()}
    return [
        {
            "segment": name,
            "customers": int(mask.sum()),
            "products_in_history": _range(found.sizes[mask]),
            f"overlap_at_{DEFAULT_K}": float(np.nanmean(shares[mask])),
            "rank_biased_overlap": float(np.nanmean(ranks[mask])),
            "same_list": float((found.left == found.right).all(axis=1)[mask].mean()),
        }
        for name, mask in groups.items()
        if mask.any()
    ]


def _range(sizes: NDArray[np.integer]) -> str:
    return f"{sizes.min()} to {sizes.max()}"

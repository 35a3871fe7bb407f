"""Fit the recommender's strategies on one window of events."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.blend import Blend
from model.recommender import Recommender
from model.scenarios import SCENARIOS
from model.sparse import scale_columns, scale_rows
from model.strategies import BuyAgain, Popular, SimilarCustomers, SimilarItems
from training.config import Knobs
from training.events.log import EventLog
from training.matrix import decayed_purchases, user_item_matrix
from training.similarity import ALGORITHMS


def fit(
    log: EventLog,
    knobs: Knobs,
    now: pd.Timestamp | None,
) -> Recommender:
    """Fit every strategy on the log, ages counted back from ``now``."""
    matrix = user_item_matrix(log, knobs.event_weights, knobs.half_life_days, now)
    saturated = csr_array(
        (np.sqrt(matrix.weights.data), matrix.weights.indices, matrix.weights.indptr),
        shape=matrix.shape,
    )
    recent = decayed_purchases(log, knobs.neighbour_half_life_days, now)
    popular = Popular.of(decayed_purchases(log, knobs.trend_half_life_days, now).sum(axis=0))
    kernel = ALGORITHMS[knobs.algorithm].with_k(knobs.k).fit(saturated)
    strategies = {
        "buy_again": BuyAgain(),
        "similar_items": SimilarItems(kernel.similarity_, trend_of(popular)),
        "similar_customers": similar_customers(saturated, recent, knobs),
    }
    return Recommender(matrix, strategies, popular, even_blends())


def even_blends() -> dict[str, Blend]:
    """One ranker a scenario in which every strategy weighs the same."""
    return {
        name: Blend(np.ones(len(rules.strategies) + 1, np.float32))
        for name, rules in SCENARIOS.items()
    }


def trend_of(popular: Popular) -> NDArray[np.float32]:
    return popular.popularity


def similar_customers(saturated: csr_array, recent: csr_array, knobs: Knobs) -> SimilarCustomers:
    """Normalise ``x`` by product (exponent b) and by neighbour (exponent q)."""
    squares = saturated * saturated
    products = _inverse_power(squares.sum(axis=0), knobs.neighbour_product_exponent)
    neighbours = _inverse_power(squares.sum(axis=1), knobs.neighbour_exponent)
    scaled = scale_rows(scale_columns(saturated, products), neighbours)
    return SimilarCustomers(
        csr_array(scaled.T.tocsr()).astype(np.float32), recent.astype(np.float32), knobs.neighbours
    )


def _inverse_power(values: NDArray[np.floating], exponent: float) -> NDArray[np.float64]:
    return np.power(values, -exponent, out=np.zeros(len(values)), where=values > 0)

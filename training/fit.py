"""Fit the recommender's strategies on one window of events."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.candidates import POPULAR
from model.matrix import Floats, Histories, UserItemMatrix
from model.rankers import Blend
from model.recommender import Recommender
from model.scenarios import SCENARIOS
from model.sparse import scale_columns, scale_rows, top_k_rows
from model.strategies import BuyAgain, Popular, SimilarCustomers, SimilarItems, Strategy
from training.config import Knobs
from training.events.log import EventLog
from training.matrix.items import drawn_to_all, item_facts
from training.matrix.user_item import decay, decayed_sales, user_item_matrix
from training.similarity import algorithm_for, similarity_for
from training.similarity.low_pass import LowPass, vectors_for
from training.similarity.scaling import power

TREND_CUSTOMERS = 30
"""As many customers of the usual kind are added to a product's buyers, before their share that is
new is taken (`docs/experiments.md`).
"""

MOST_CUSTOMERS = 3000
"""Customers of a product that are looked at as neighbours: a bound on the work of one answer."""

FAINTEST = 1 / 64
"""Neighbours' purchases that have decayed below this are left out: six half-lives."""


def fit(log: EventLog, knobs: Knobs, now: pd.Timestamp | None) -> Recommender:
    """Fit every strategy on the log, ages counted back from ``now``; nothing is learnt yet."""
    matrix = user_item_matrix(log, knobs, now)
    items = item_facts(log, matrix, now)
    strategies = fit_strategies(matrix.everybody(), items.rebuy, knobs, now is not None)
    popular = Popular.of(decayed_sales(log, knobs.trend_half_life_days, now))
    return Recommender(matrix, items, strategies, popular, plain_blends(list(strategies)))


def fit_strategies(
    everybody: Histories, rebuy: Floats, knobs: Knobs, dated: bool
) -> dict[str, Strategy]:
    """Every personal strategy by name; ``rebuy`` is what `bought_again` asks for."""
    taste = comparable(everybody.lasting, knobs.min_customers)
    trend = trend_of(everybody, knobs)
    near = similarity_for(taste, knobs, dated).fit(taste).similarity_
    strategies: dict[str, Strategy] = {
        "buy_again": BuyAgain(bought_again(rebuy)),
        "similar_items": SimilarItems(near, trend),
        "similar_customers": similar_customers(everybody, taste, knobs),
    }
    n_vectors = vectors_for(taste, knobs.low_pass_vectors)
    if n_vectors:
        smoothed = LowPass(n_vectors, knobs.seed, knobs.k).fit(taste).similarity_
        strategies["low_pass"] = SimilarItems(smoothed, trend)
    return strategies


def settled(matrix: UserItemMatrix, knobs: Knobs) -> Knobs:
    """The same knobs, with the number of patterns that the matrix's shape asks for."""
    taste = comparable(matrix.everybody().lasting, knobs.min_customers)
    n_vectors = vectors_for(taste, knobs.low_pass_vectors)
    return knobs.model_copy(update={"low_pass_vectors": n_vectors})


def algorithm_of(matrix: UserItemMatrix, knobs: Knobs) -> str:
    """Name of the similarity that `fit` uses: the one asked for, or what suits the matrix."""
    kept = are_comparable(matrix.everybody().lasting, knobs.min_customers)
    return algorithm_for(int(kept.sum()), knobs.algorithm)


def comparable(taste: csr_array, min_customers: int) -> csr_array:
    """The matrix without products of too few customers, which are like everything or nothing."""
    kept = scale_columns(taste, are_comparable(taste, min_customers)).copy()
    kept.eliminate_zeros()  # they leave in place, and places were shared before the copy
    return kept


def are_comparable(taste: csr_array, min_customers: int) -> NDArray[np.bool_]:
    """Which products have enough customers, and have not faded to 0 for all of them."""
    enough = np.bincount(taste.indices, minlength=taste.shape[1]) >= min_customers
    return enough & (np.asarray(taste.sum(axis=0)) > 0)


def bought_again(rebuy: Floats) -> Floats:
    """The root of the share of each product's buyers who came back; all 1 where nobody did."""
    return np.sqrt(rebuy) if rebuy.any() else np.ones_like(rebuy)


def trend_of(everybody: Histories, knobs: Knobs) -> Floats:
    """Share of a product's buyers who are new to it of late; 0 for one that nobody bought.

    Drawn to the share among all buyers, as if 30 of these had bought the product, too.
    """
    bought = everybody.facts.purchases > 0
    items, n_items = everybody.weights.indices[bought], everybody.n_items
    new = decay(everybody.facts.first_age_days[bought], knobs.neighbour_half_life_days)
    buyers = np.bincount(items, minlength=n_items)
    share = drawn_to_all(np.bincount(items, new, n_items), buyers, TREND_CUSTOMERS)
    return np.where(buyers > 0, share, 0).astype(np.float32)


def similar_customers(everybody: Histories, taste: csr_array, knobs: Knobs) -> SimilarCustomers:
    """Fit user-user neighbours on the customers who bought anything new of late.

    Others would be neighbours with nothing to say.
    """
    purchases = neighbours_purchases(everybody, taste, knobs)
    rows = np.flatnonzero(np.diff(purchases.indptr)).astype(np.int32)
    customers_of = normalised_customers(taste, knobs, rows)
    return SimilarCustomers(rows, customers_of, csr_array(purchases[rows]), knobs.neighbours)


def normalised_customers(
    taste: csr_array, knobs: Knobs, rows: NDArray[np.integer], most: int = MOST_CUSTOMERS
) -> csr_array:
    """Some customers by product, ``x_vi · d_i^-b · d_v^-q``, shape (n_items, n_rows).

    Of a product with more customers than ``most``, those for whom it weighs most are kept.
    """
    products = power(taste.sum(axis=0), -knobs.neighbour_product_exponent)
    neighbours = power(taste.sum(axis=1), -knobs.neighbour_exponent)
    normalised = scale_rows(scale_columns(csr_array(taste[rows]), products), neighbours[rows])
    return top_k_rows(csr_array(normalised.T.tocsr()), most)


def neighbours_purchases(everybody: Histories, taste: csr_array, knobs: Knobs) -> csr_array:
    """One entry a bought product, decayed since its first event and damped by popularity."""
    ages, half_life = everybody.facts.first_age_days, knobs.neighbour_half_life_days
    decayed = decay(ages, half_life).astype(np.float32)
    counts = (everybody.facts.purchases > 0) & (decayed >= FAINTEST)
    purchases = everybody.entries(counts, decayed)
    is_comparable = np.bincount(taste.indices, minlength=taste.shape[1]) > 0
    totals = np.asarray(purchases.sum(axis=0)) * is_comparable
    damped = scale_columns(purchases, power(totals, -knobs.neighbour_target_exponent))
    damped.eliminate_zeros()
    return damped


def plain_blends(names: Sequence[str]) -> dict[str, Blend]:
    """Rankers before anything is learnt: every strategy weighs the same.

    What was bought before is ordered by `buy_again` alone.
    """
    even = Blend(np.ones(len(names) + 1, np.float32))
    own = Blend(np.array([name == "buy_again" for name in (*names, POPULAR)], np.float32))
    rankers = {name: even for name, rules in SCENARIOS.items() if not rules.ranked_as}
    return {**rankers, "buy_again": own}

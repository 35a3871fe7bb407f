"""Answers for known customers, computed once when the model is made."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from model.columns import MAX_K
from model.recommender import BLOCK_USERS, NO_ITEM, Recommender

PRECOMPUTED = ("for_you", "discover")
"""Scenarios whose lists are kept; the others are cheap to compute when asked for."""


def with_lists(
    recommender: Recommender, advance: Callable[[int], object] | None = None
) -> Recommender:
    """The same recommender with its answers for every known customer kept beside it.

    The lists are what ``recommend`` would compute, so keeping them changes speed and nothing else.
    """
    n_users = recommender.matrix.shape[0]
    lists = {name: np.full((n_users, MAX_K), NO_ITEM, np.int32) for name in PRECOMPUTED}
    for start in range(0, n_users, BLOCK_USERS):
        rows = np.arange(start, min(start + BLOCK_USERS, n_users))
        for name, ranked in recommender.recommend_scenarios(rows, MAX_K, PRECOMPUTED).items():
            lists[name][rows] = ranked
        if advance:
            advance(len(rows))
    return replace(recommender, lists=lists)

"""Lists for many customers, computed by all processors."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from model.recommender import NO_ITEM, Lists, Recommender

CUSTOMERS_AT_ONCE = 512


def lists_of(
    recommender: Recommender,
    user_rows: NDArray[np.integer],
    k: int,
    scenarios: Sequence[str],
    advance: Callable[[int], object] | None = None,
    n_workers: int | None = None,
) -> dict[str, Lists]:
    """What `model.recommender.Recommender.recommend_scenarios` gives, by several threads.

    The lists do not depend on how many there are, which is one for every processor if it is not
    said. ``advance`` is called with the number of customers of every part that is done.
    """
    lists = {name: np.full((len(user_rows), k), NO_ITEM, np.int32) for name in scenarios}

    def answer(start: int) -> int:
        part = user_rows[start : start + CUSTOMERS_AT_ONCE]
        for name, ranked in recommender.recommend_scenarios(part, k, scenarios).items():
            lists[name][start : start + len(part)] = ranked
        return len(part)

    with ThreadPoolExecutor(n_workers or os.cpu_count()) as threads:
        for n_done in threads.map(answer, range(0, len(user_rows), CUSTOMERS_AT_ONCE)):
            if advance:
                advance(n_done)
    return lists


def scenario_lists(
    recommender: Recommender, user_rows: NDArray[np.integer], k: int, scenario: str
) -> Lists:
    """What `lists_of` gives for one scenario."""
    return lists_of(recommender, user_rows, k, [scenario])[scenario]

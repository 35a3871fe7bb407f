"""Models of the library implicit, on the same user-item matrix that our strategies compare."""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from benchmarks.datasets import Protocol
from model.matrix import Histories
from model.recommender import NO_ITEM
from training.config import Knobs
from training.evaluation.evaluate import CUTOFFS, Lists
from training.evaluation.tasks import Task
from training.matrix import user_item_matrix

LONGEST = CUTOFFS[-1]
NEIGHBOURS = 500
FACTORS = 256
BLOCK_USERS = 256


def cosine() -> Any:
    from implicit.nearest_neighbours import CosineRecommender  # type: ignore[import-untyped]

    return CosineRecommender(K=NEIGHBOURS)


def tfidf() -> Any:
    from implicit.nearest_neighbours import TFIDFRecommender

    return TFIDFRecommender(K=NEIGHBOURS)


def bm25() -> Any:
    from implicit.nearest_neighbours import BM25Recommender

    return BM25Recommender(K=NEIGHBOURS)


def als() -> Any:
    from implicit.als import AlternatingLeastSquares  # type: ignore[import-untyped]

    return AlternatingLeastSquares(factors=FACTORS, random_state=0)


def fit_peer(protocol: Protocol, make: Callable[[], Any]) -> Callable[[list[Task]], list[Lists]]:
    """Fit on ``log1p`` of the decayed event weights, as our own strategies do."""
    matrix = user_item_matrix(protocol.parts.past, Knobs(), protocol.parts.cutoff)
    everybody = matrix.everybody()
    model, taste = make(), csr_matrix(everybody.lasting)
    model.fit(taste, show_progress=False)
    return lambda tasks: [lists_of(model, taste, everybody, task) for task in tasks]


def lists_of(model: Any, taste: csr_matrix, everybody: Histories, task: Task) -> Lists:
    """The 20 best of each customer, without what they bought where the task hides it."""
    lists = np.full((len(task.user_rows), LONGEST), NO_ITEM, np.int32)
    hides = task.scenario == "discover"
    n_bought = np.diff(everybody.bought.indptr)[task.user_rows] * hides
    by_length = np.argsort(n_bought, kind="stable")  # so that a block asks for about as many
    for start in range(0, len(by_length), BLOCK_USERS):
        places = by_length[start : start + BLOCK_USERS]
        rows = task.user_rows[places]
        wanted = min(LONGEST + int(n_bought[places].max()), taste.shape[1])
        items, scores = model.recommend(
            rows, taste[rows], N=wanted, filter_already_liked_items=False
        )
        shown = (items >= 0) & np.isfinite(scores)
        if hides:
            bought = everybody.bought[rows].toarray() > 0
            shown &= ~np.take_along_axis(bought, np.maximum(items, 0), axis=1)
        for place, found, kept in zip(places, items, shown, strict=True):
            best = found[kept][:LONGEST]
            lists[place, : len(best)] = best
    return lists


PEERS = (
    {
        f"implicit_{make.__name__}": partial(fit_peer, make=make)
        for make in (cosine, tfidf, bm25, als)
    }
    if find_spec("implicit")
    else {}
)
"""What is installed of other libraries."""

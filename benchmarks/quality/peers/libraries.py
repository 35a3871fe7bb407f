"""Models of other libraries, asked as implicit's are, on the matrix that our strategies compare."""

from collections.abc import Callable, Sequence
from typing import Any
from typing import Protocol as Interface

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, csr_matrix

from benchmarks.datasets import Protocol
from benchmarks.quality.answers import LONGEST, Answer, blocks
from benchmarks.quality.peers.search import Setting
from model.columns import EVENT_TYPE
from model.matrix import Histories
from model.recommender import NO_ITEM, Lists, hidden_products
from training.config import Knobs
from training.evaluation.tasks import Task
from training.matrix.user_item import user_item_matrix


class Library(Interface):
    """What implicit's models can do, and what others are made to do."""

    def fit(self, user_items: csr_matrix, show_progress: bool = ...) -> Any:
        """Learn from a user-item matrix."""
        ...

    def recommend(
        self,
        userid: NDArray[np.integer],
        user_items: csr_matrix,
        N: int = ...,
        filter_already_liked_items: bool = ...,
    ) -> tuple[NDArray[np.integer], NDArray[np.floating]]:
        """The ``N`` best items of some customers, and their scores, one row a customer."""
        ...


def matrices(protocol: Protocol) -> Sequence[Setting]:
    """Which matrices a library is tried with: where there is but one type of event, both are one.

    ``squared`` weights are what our own similarities learn from.
    """
    types = protocol.parts.past.settled.frame[EVENT_TYPE]
    return [{"squared": squared} for squared in ((True, False) if types.nunique() > 1 else (True,))]


def fit_library(protocol: Protocol, setting: Setting, make: Callable[..., Library]) -> Answer:
    """Fit on ``log1p`` of the decayed event weights, squared as for our own strategies or not."""
    of_model = {name: value for name, value in setting.items() if name != "squared"}
    everybody = protocol.matrix.everybody()
    taste = csr_matrix(everybody.lasting if setting["squared"] else _plain(protocol))
    model = make(**of_model)
    model.fit(taste, show_progress=False)
    return lambda tasks: [lists_of(model, taste, everybody, task) for task in tasks]


def _plain(protocol: Protocol) -> csr_array:
    """``log1p`` of the weights that `Histories.lasting` has squared, decayed alike."""
    knobs = Knobs(half_life_days=Knobs().lasting_half_life_days)
    weights = user_item_matrix(protocol.parts.past, knobs, protocol.parts.cutoff).weights
    return csr_array(weights.log1p())


def lists_of(model: Library, taste: csr_matrix, everybody: Histories, task: Task) -> Lists:
    """The 20 best of each customer, without what the task's scenario hides."""
    lists = np.full((len(task.user_rows), LONGEST), NO_ITEM, np.int32)
    hidden = hidden_products(everybody, task.scenario)
    n_hidden = np.diff(hidden.indptr)[task.user_rows]
    by_length = np.argsort(n_hidden, kind="stable")  # so that a block asks for about as many
    for block in blocks(len(by_length)):
        places = by_length[block]
        rows = task.user_rows[places]
        wanted = min(LONGEST + int(n_hidden[places].max()), taste.shape[1])
        items, scores = model.recommend(
            rows, taste[rows], N=wanted, filter_already_liked_items=False
        )
        shown = (items >= 0) & np.isfinite(scores)
        gone = hidden[rows].toarray() > 0
        shown &= ~np.take_along_axis(gone, np.maximum(items, 0), axis=1)
        for place, found, kept in zip(places, items, shown, strict=True):
            best = found[kept][:LONGEST]
            lists[place, : len(best)] = best
    return lists

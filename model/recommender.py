"""The recommender: from a customer's history to a ranked list, by scenario."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.blend import Blend
from model.candidates import Candidates, propose
from model.columns import DEFAULT_K
from model.id_index import UNKNOWN_ROW
from model.matrix import Histories, UserItemMatrix
from model.scenarios import DEFAULT_SCENARIO, SCENARIOS, check_k, check_scenario
from model.sparse import best_positions
from model.strategies import Popular, Strategy

NO_ITEM = -1
"""Pads a list of item rows that is shorter than ``k``."""

BLOCK_USERS = 256
"""Customers ranked at once, which bounds memory."""


@dataclass(frozen=True)
class Recommender:
    """Everything an answer needs.

    Attributes
    ----------
    matrix : UserItemMatrix
        Who did what, and the ids.
    strategies : mapping of strategy name to fitted strategy
    popular : Popular
        Proposes for everybody, and fills short lists.
    rankers : mapping of scenario name to what orders its candidates
    lists : mapping of scenario name to an array of shape (n_users, 100), int32
        Answers for known customers, computed when the model was made: item rows, best first,
        padded with -1. May be empty: then every answer is computed when asked for.
    """

    matrix: UserItemMatrix
    strategies: Mapping[str, Strategy]
    popular: Popular
    rankers: Mapping[str, Blend]
    lists: Mapping[str, NDArray[np.int32]] = field(default_factory=dict)

    def recommend(
        self,
        user_id: str | None,
        k: int = DEFAULT_K,
        scenario: str = DEFAULT_SCENARIO,
        recent_products: Sequence[str] = (),
    ) -> list[str]:
        """Give the ``k`` best products for one customer, best first.

        An unknown customer gets the popular products, or what suits their ``recent_products``.
        The list is shorter than ``k`` where the scenario has no more to show.

        Raises
        ------
        ValueError
            If ``k`` is not between 1 and 100, or the scenario is not one of `SCENARIOS`.
        """
        check_k(k)
        check_scenario(scenario)
        row = self.matrix.users.row(user_id) if user_id else UNKNOWN_ROW
        if row != UNKNOWN_ROW and scenario in self.lists and not recent_products:
            items = self.lists[scenario][row, :k]
        else:
            items = self.rank(self.history(row, recent_products), k, scenario)[0]
        return self.matrix.products.ids_of(items[items != NO_ITEM])

    def history(self, user_row: int, recent_products: Sequence[str] = ()) -> Histories:
        """What is known of one customer, with the products of their session added."""
        recent = self.matrix.products.rows_of(recent_products)
        return self.matrix.fold_in(user_row, recent[recent != UNKNOWN_ROW])

    def recommend_rows(
        self, user_rows: NDArray[np.integer], k: int, scenario: str = DEFAULT_SCENARIO
    ) -> NDArray[np.int32]:
        """Item rows for many known customers, shape (n, k), padded with -1."""
        blocks = [
            self.rank(self.matrix.histories(user_rows[start : start + BLOCK_USERS]), k, scenario)
            for start in range(0, len(user_rows), BLOCK_USERS)
        ]
        return np.concatenate([np.empty((0, k), np.int32), *blocks])

    def rank(self, histories: Histories, k: int, scenario: str) -> NDArray[np.int32]:
        """Propose, score and cut to the ``k`` best; ties go to the lowest item row."""
        rules = SCENARIOS[scenario]
        hidden = histories.bought if rules.hides_bought else None
        candidates = self.candidates(histories, scenario)
        scores = self.rankers[scenario].score(candidates)
        lists = np.full((len(histories), k), NO_ITEM, np.int32)
        for row in range(len(histories)):
            start, end = candidates.indptr[row], candidates.indptr[row + 1]
            items = candidates.items[start:end]
            positions = best_positions(scores[start:end], items, k)
            best = items[positions[scores[start:end][positions] > 0]]
            lists[row, : len(best)] = best
        if rules.shows_popular:
            self._fill_with_popular(lists, hidden)
        return lists

    def candidates(self, histories: Histories, scenario: str) -> Candidates:
        """What the scenario's strategies propose for these customers."""
        rules = SCENARIOS[scenario]
        return propose(
            [self.strategies[name] for name in rules.strategies],
            self.popular if rules.shows_popular else self.popular.silenced(),
            histories,
            histories.bought if rules.hides_bought else None,
        )

    def _fill_with_popular(self, lists: NDArray[np.int32], hidden: csr_array | None) -> None:
        for row in np.flatnonzero(lists[:, -1] == NO_ITEM):
            shown = lists[row][lists[row] != NO_ITEM]
            start, end = hidden.indptr[row : row + 2] if hidden is not None else (0, 0)
            gone = hidden.indices[start:end] if hidden is not None else shown[:0]
            filling = self.popular.best_without(
                np.concatenate((shown, gone)), lists.shape[1] - len(shown)
            )
            lists[row, len(shown) : len(shown) + len(filling)] = filling

"""The recommender: from a customer's history to a ranked list, by scenario."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.candidates import PROPOSED, Candidates, propose
from model.columns import DEFAULT_K
from model.id_index import UNKNOWN_ROW
from model.items import ItemFacts
from model.matrix import Floats, Histories, UserItemMatrix
from model.rankers import Ranker, in_session
from model.relations import Relation
from model.request import id_of
from model.scenarios import (
    DEFAULT_SCENARIO,
    RELATIONS,
    SCENARIOS,
    TOGETHER,
    check_k,
    check_products,
    check_scenario,
)
from model.sparse import best_of_each, lengths_of
from model.strategies import Popular, Strategy

NO_ITEM = -1
"""Pads a list of item rows that is shorter than ``k``."""

NO_PLACE = -1
"""Stands for the place of a list that is not kept."""

BLOCK_SCORES = 1 << 21
"""Scores of a strategy that are computed at once; more would not stay in the processor's cache."""

Lists = NDArray[np.int32]


@dataclass(frozen=True)
class Recommender:
    """Everything an answer needs.

    Attributes
    ----------
    matrix : UserItemMatrix
        Who did what, and the ids.
    items : ItemFacts
        What is known of every product.
    strategies : mapping of strategy name to fitted strategy
    popular : Popular
        Proposes where little is known of a customer, and fills short lists.
    rankers : mapping of scenario name to what orders its candidates
        None for a scenario that is ranked as another.
    lists : mapping of scenario name to an array of shape (n_kept, 100), int32
        Answers for known customers, computed when the model was made: item rows, best first,
        padded with -1. May be empty: then every answer is computed when asked for.
    places : array of shape (n_users,), int32
        Row of each customer in ``lists``, -1 for one whose list is not kept. Empty where everybody
        has one, at their own row.
    relations : mapping of scenario name to Relation
        What products are near to each product; empty until `training.relations` has related them.
    """

    matrix: UserItemMatrix
    items: ItemFacts
    strategies: Mapping[str, Strategy]
    popular: Popular
    rankers: Mapping[str, Ranker]
    lists: Mapping[str, Lists] = field(default_factory=dict)
    places: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    relations: Mapping[str, Relation] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Recommender({self.matrix}, {', '.join(self.strategies)})"

    def recommend(
        self,
        user_id: str | int | None,
        k: int = DEFAULT_K,
        scenario: str = DEFAULT_SCENARIO,
        recent_products: Sequence[str] = (),
        product_ids: Sequence[str] = (),
    ) -> list[str]:
        """Give the ``k`` best products for one customer, or about some products, best first.

        An unknown customer gets the popular products, or what suits their ``recent_products``,
        which are not shown themselves: the customer is looking at them.
        ``similar`` and ``bought_together`` are about ``product_ids``, whoever asks; they show none
        of these, and nothing where the model knows none of them.
        The list is shorter than ``k`` where the scenario has no more to show.

        Raises
        ------
        ValueError
            If ``k`` is not between 1 and 100, the scenario is not one of `SCENARIOS` or `RELATIONS`
            or ``product_ids`` are given to the former, or not to the latter.
        """
        check_k(k)
        check_products(check_scenario(scenario), product_ids)
        if scenario in RELATIONS:
            return self.matrix.products.ids_of(self.related(product_ids, k, scenario)[0])
        row = self.matrix.users.row(id_of(user_id) or "")
        kept = None if row == UNKNOWN_ROW or recent_products else self.listed(row, k, scenario)
        if kept is not None:
            return kept
        items = self.rank(self.history(row, recent_products), k + len(recent_products), scenario)[0]
        gone = [NO_ITEM, *self.matrix.products.rows_of(recent_products)]
        return self.matrix.products.ids_of(items[~np.isin(items, gone)][:k])

    def related(
        self, product_ids: Sequence[str], k: int, scenario: str
    ) -> tuple[NDArray[np.int64], Floats]:
        """Item rows nearest to some products, best first, and how near they are.

        Raises
        ------
        ValueError
            If the products were not related when the model was made.
        """
        if scenario not in self.relations:
            raise ValueError(f"scenario {scenario!r} needs products that were related in training")
        given = self.matrix.products.rows_of(product_ids)
        return self.relations[scenario].best(product_ids, given, k)

    def listed(self, user_row: int, k: int, scenario: str) -> list[str] | None:
        """The list kept for a known customer; None where it is not kept."""
        if scenario not in self.lists:
            return None
        place = self.places[user_row] if len(self.places) else user_row
        if place == NO_PLACE:
            return None
        items = self.lists[scenario][place, :k]
        shown = items if items[-1] != NO_ITEM else items[items != NO_ITEM]
        return self.matrix.products.ids_of(shown)

    def served_rows(self, user_rows: NDArray[np.integer], k: int, scenario: str) -> Lists:
        """Item rows for many known customers: their kept lists, and the others computed."""
        if scenario not in self.lists:
            return self.recommend_rows(user_rows, k, scenario)
        places = self.places[user_rows] if len(self.places) else user_rows
        kept = places != NO_PLACE
        items = np.full((len(user_rows), k), NO_ITEM, np.int32)
        items[kept] = self.lists[scenario][places[kept], :k]
        items[~kept] = self.recommend_rows(user_rows[~kept], k, scenario)
        return items

    def history(self, user_row: int, recent_products: Sequence[str] = ()) -> Histories:
        """What is known of one customer, with the products of their session added."""
        recent = self.matrix.products.rows_of(recent_products)
        folded = self.matrix.fold_in(user_row, recent[recent != UNKNOWN_ROW])
        if not len(recent) or TOGETHER not in self.relations:
            return folded
        items, nearness = self.relations[TOGETHER].best(recent_products, recent, PROPOSED)
        if not len(items):
            return folded
        order = np.argsort(items)
        triple = (nearness[order], items[order], [0, len(items)])
        return replace(folded, session=csr_array(triple, shape=folded.weights.shape))

    def recommend_rows(
        self, user_rows: NDArray[np.integer], k: int, scenario: str = DEFAULT_SCENARIO
    ) -> Lists:
        """Item rows for many known customers, shape (n, k), padded with -1."""
        return self.recommend_scenarios(user_rows, k, (scenario,))[scenario]

    def recommend_scenarios(
        self, user_rows: NDArray[np.integer], k: int, scenarios: Sequence[str]
    ) -> dict[str, Lists]:
        """The same for several scenarios, which share their candidates."""
        lists = {name: np.full((len(user_rows), k), NO_ITEM, np.int32) for name in scenarios}
        size = self.block_users
        for start in range(0, len(user_rows), size):
            histories = self.matrix.histories(user_rows[start : start + size])
            candidates = propose(self.strategies, self.popular, histories)
            for name, rows in lists.items():
                ranked = self._rank(candidates, histories, k, name)
                rows[start : start + size] = ranked
        return lists

    @property
    def block_users(self) -> int:
        """Customers that are ranked at once: the more customers or products, the fewer."""
        return max(BLOCK_SCORES // max(*self.matrix.shape, 1), 1)

    def rank(self, histories: Histories, k: int, scenario: str) -> Lists:
        """Propose, score and cut to the ``k`` best, for any histories."""
        candidates = propose(self.strategies, self.popular, histories)
        return self._rank(candidates, histories, k, scenario)

    def scored(self, histories: Histories, scenario: str) -> tuple[Candidates, Floats]:
        """The products that a scenario ranks for these customers, and what it orders them by."""
        return self._scored(propose(self.strategies, self.popular, histories), histories, scenario)

    def _scored(
        self, proposed: Candidates, histories: Histories, scenario: str
    ) -> tuple[Candidates, Floats]:
        shown = proposed.only(allowed(proposed, histories, scenario))
        ranker = self.rankers[SCENARIOS[scenario].ranked_as or scenario]
        scores = ranker.score(shown, histories, self.items)
        return shown, in_session(shown, scores)

    def _rank(self, candidates: Candidates, histories: Histories, k: int, scenario: str) -> Lists:
        """Order a scenario's candidates; ties go to the lowest item row."""
        shown, scores = self._scored(candidates, histories, scenario)
        lists = items_at(shown.items, best_of_each(scores, shown.items, shown.indptr, k))
        if SCENARIOS[scenario].fills_with_popular:
            self.fill_with_popular(lists, histories, scenario)
        return lists

    def fill_with_popular(self, lists: Lists, histories: Histories, scenario: str) -> None:
        """Put popular products where the lists are padded, but for what the scenario hides."""
        short = np.flatnonzero(lists[:, -1] == NO_ITEM)
        if not len(short):
            return
        hidden = hidden_products(histories, scenario)
        for row in short:
            listed = lists[row][lists[row] != NO_ITEM]
            start, end = hidden.indptr[row : row + 2]
            gone = np.concatenate((listed, hidden.indices[start:end]))
            filling = self.popular.best_without(gone, lists.shape[1] - len(listed))
            lists[row, len(listed) : len(listed) + len(filling)] = filling


def items_at(items: NDArray[np.integer], places: NDArray[np.int64]) -> Lists:
    """The items at some places, and `NO_ITEM` where there is none."""
    padded = np.append(items, NO_ITEM)  # -1, which is no place, is the last one
    return padded[places].astype(np.int32)


def allowed(candidates: Candidates, histories: Histories, scenario: str) -> NDArray[np.bool_]:
    """Which candidates the scenario ranks.

    None of a customer without a history: there is nothing to rank by, and popular products fill
    the list.
    """
    rules = SCENARIOS[scenario]
    known = candidates.pairs >= 0
    pairs = candidates.pairs[known]
    ranked = np.full(len(known), rules.ranks_new)
    bought = histories.facts.purchases[pairs] > 0
    ranked[known] = np.where(bought, rules.ranks_bought, rules.ranks_new)
    ranked[known] &= ~_hidden(histories, scenario)[pairs]
    has_history = lengths_of(histories.weights.indptr) > 0
    return ranked & np.repeat(has_history, lengths_of(candidates.indptr))


def hidden_products(histories: Histories, scenario: str) -> csr_array:
    """1 for every entry of the histories that the scenario never shows, whoever speaks for it."""
    hidden = _hidden(histories, scenario)
    return histories.entries(hidden, np.ones(len(hidden), np.float32))


def _hidden(histories: Histories, scenario: str) -> NDArray[np.bool_]:
    rules, facts = SCENARIOS[scenario], histories.facts
    bought = (facts.purchases > 0) & rules.hides_bought
    return bought | ((facts.looks > 0) & rules.hides_looked_at)

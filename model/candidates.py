"""What is ranked: own products and the strategies' proposals, each with every strategy's score."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.blocks import best_of_rows, keys_of, mean_of_best
from model.matrix import Floats, Histories
from model.sparse import best_entries, lengths_of, places_in, row_numbers
from model.strategies import Popular, Strategy

POPULAR = "popular"

OWN = 120
"""How many of a customer's own products are ranked at the most, by weight, and of those they
bought: who lately looked at very many products still buys again.
"""

PROPOSED = 60
"""How many products new to the customer a strategy proposes at the most; a session as many."""

LITTLE = 10
"""To customers of at most so many products, looks of this session included, what is popular is
proposed, too.

It is what most of their purchases will be; beside longer histories it gives nothing
(`docs/experiments.md`).
"""

REFERENCE = 20
"""Scores are divided by the mean of a customer's best 20, so that strategies compare."""


@dataclass(frozen=True)
class Candidates:
    """Products to be ranked for some customers.

    Attributes
    ----------
    indptr : array of shape (n_customers + 1,)
        Customer ``i`` has the candidates ``indptr[i]:indptr[i + 1]``.
    items : array of shape (n_candidates,)
        Item row of each candidate, ascending within a customer.
    pairs : array of shape (n_candidates,)
        Position of the candidate in the customer's history; -1 for a product new to them.
    scores : array of shape (n_candidates, n_strategies + 1), float32
        Each strategy's normalised score, 0 where it has no opinion; popularity comes last.
    names : tuple of str
        The strategies' names, in the order of the columns.
    session : array of shape (n_candidates,), float32, optional
        How near each is to what the customer is looking at now, normalised as a strategy's score.
    """

    indptr: NDArray[np.int64]
    items: NDArray[np.int64]
    pairs: NDArray[np.int64]
    scores: Floats
    names: tuple[str, ...]
    session: Floats | None = None

    def customers(self) -> NDArray[np.int64]:
        """Position of each candidate's customer."""
        return np.repeat(np.arange(len(self.indptr) - 1), lengths_of(self.indptr))

    def only(self, kept: NDArray[np.bool_]) -> "Candidates":
        """Some of the candidates, of the same customers."""
        indptr = np.concatenate(([0], np.cumsum(kept)))[self.indptr]
        session = None if self.session is None else self.session[kept]
        aligned = (self.items[kept], self.pairs[kept], self.scores[kept])
        return Candidates(indptr, *aligned, self.names, session)

    def normalised(self, scores: Floats) -> Floats:
        """Divide by the mean of each customer's best 20 (of all, where there are fewer)."""
        means = mean_of_best(scores, self.indptr, REFERENCE)
        means[means == 0] = 1
        return (scores / means[self.customers()]).astype(np.float32)


def propose(
    strategies: Mapping[str, Strategy], popular: Popular, histories: Histories
) -> Candidates:
    """Unite a customer's own products with what each strategy proposes beside them.

    ::

        own                 milk 3.1, bread 0.4
        similar_items       butter .8, milk .7, jam .1     ->   milk, bread, butter, jam, tea
        similar_customers   tea .9, butter .2

    What is bought with the products of a session is a candidate, too, and what is popular where
    little is known of the customer.
    """
    n, n_items = len(histories), histories.n_items
    weights, own = histories.weights, keys_of(histories.weights)
    bought = np.where(histories.facts.purchases > 0, weights.data, 0)
    little_known = np.flatnonzero(lengths_of(weights.indptr) <= LITTLE)
    best_sellers = (little_known[:, None] * n_items + popular.order[:PROPOSED]).ravel()
    keys = [own[best_entries(by, weights.indptr, OWN)[0]] for by in (weights.data, bought)]
    keys.append(best_sellers)
    columns = []
    for strategy in strategies.values():
        values, proposal, reference = _said_by(strategy, histories, own)
        keys.append(proposal)
        columns.append((values, reference))
    if histories.session is not None:
        keys.append(keys_of(histories.session))
    union = _distinct(np.concatenate(keys))
    customers, items = np.divmod(union, n_items)
    scores = np.empty((len(union), len(columns) + 1), np.float32)
    for column, (values, reference) in enumerate(columns):
        scores[:, column] = values[union] / reference[customers]
    scores[:, -1] = popular.popularity[items]
    indptr = np.searchsorted(customers, np.arange(n + 1))
    names, session = (*strategies, POPULAR), _in_session(histories.session, union)
    return Candidates(indptr, items, places_in(own, union), scores, names, session)


def _said_by(
    strategy: Strategy, histories: Histories, own: NDArray[np.int64]
) -> tuple[Floats, NDArray[np.int64], NDArray[np.float64]]:
    """A strategy's scores by key, the keys it proposes, and what each customer's are divided by.

    That is the mean of the best 20 products new to the customer; where a strategy speaks of own
    products only, of the best 20 of these.
    """
    block = strategy.score(histories)
    values = block.ravel()
    of_own = values[own]
    values[own] = 0
    proposal, indptr = best_of_rows(block, PROPOSED)
    reference = mean_of_best(values[proposal], indptr, REFERENCE)
    values[own] = of_own
    if not reference.all():
        silent = reference == 0
        reference[silent] = mean_of_best(of_own, histories.weights.indptr, REFERENCE)[silent]
        reference[reference == 0] = 1
    return values, proposal, reference


def _in_session(session: csr_array | None, union: NDArray[np.int64]) -> Floats | None:
    """How near each candidate is to the session, in units of the session's best 20, by key."""
    if session is None:
        return None
    near = np.zeros(len(union), np.float32)
    means = mean_of_best(session.data, session.indptr, REFERENCE)
    near[np.searchsorted(union, keys_of(session))] = session.data / means[row_numbers(session)]
    return near


def _distinct(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """The keys in ascending order, each once."""
    ordered = np.sort(keys)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(ordered)]]

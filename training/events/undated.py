"""What a log without times holds out: what is most like a future."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.columns import BASKET_ID, EVENT_TYPE, PRODUCT_ID, USER_ID
from model.matrix import Floats
from training.events.baskets import basket_numbers
from training.events.frame import CATEGORIES, NO_ID
from training.events.log import EventLog
from training.events.pairs import Pairs, pairs_of
from training.similarity.patterns import patterns
from training.similarity.scaling import scaled

VISITS = "a random fifth of the visits"
LIKE_VISITS = "a fifth of the returning customers' purchases, chosen to be like visits"
PURCHASES = "a random fifth of the purchases"

SHARE = 0.2

FEWEST_RETURNING = 20
"""Customers known to have come back, without whom nothing can be said of coming back."""

LEAST_REPEATED = 0.05
"""Share of the purchases that repeat another one, below which they may be there by mistake."""

N_PATTERNS = 64
"""Patterns by which products are alike."""

BLOCK_PAIRS = 1_000_000
"""Pairs whose vectors are held at once."""


def held_out(log: EventLog, rng: np.random.Generator) -> tuple[NDArray[np.bool_], str]:
    """Which events of a log without times stand for the future, and how they were drawn, in words.

    A customer who comes back buys a whole basket, and much of it once more. Single purchases taken
    out at random look different: the rest of their basket stays and gives them away, and customers
    who never came back are asked for them. Ranking learnt from those is worse than none at telling
    a later basket (`docs/experiments.md`). So, whichever a log can:

    1. Whole visits, where events carry a ``basket_id`` (an order, a session) and customers have
       several.
    2. What is like visits, where customers buy products again: of those customers alone, of a
       product bought ``n`` times one purchase with a chance of ``n`` in five, and of those bought
       once the fifth that is most like a product of theirs. Products are alike if the strongest
       patterns of who buys what place them in one direction.
    3. A random fifth of the purchases.
    """
    order = _by_values(log)
    drawn, words = _drawn(log.in_order(order), rng)
    as_written = np.zeros(len(log), bool)
    as_written[order] = drawn
    return as_written, words


def _by_values(log: EventLog) -> NDArray[np.int64]:
    """An order of the events that is the same in whichever order they were written.

    A database gives another one every time, and what is drawn must be the same.
    """
    coded = [log.frame[name].cat.codes for name in (EVENT_TYPE, PRODUCT_ID, USER_ID)]
    others = [values for name, values in log.frame.items() if name not in CATEGORIES]
    return np.lexsort([*others, *coded])


def _drawn(log: EventLog, rng: np.random.Generator) -> tuple[NDArray[np.bool_], str]:
    for draw, words in ((_visits, VISITS), (_like_visits, LIKE_VISITS)):
        drawn = draw(log, rng)
        if drawn is not None:
            return drawn, words
    return log.is_purchase & (rng.random(len(log)) < SHARE), PURCHASES


def _visits(log: EventLog, rng: np.random.Generator) -> NDArray[np.bool_] | None:
    """All events of some visits; what belongs to no visit is one by itself, if it is a purchase."""
    if BASKET_ID not in log.frame:
        return None
    ids, bought = log.frame[BASKET_ID].to_numpy(), log.is_purchase
    if 2 * (ids[bought] != NO_ID).sum() <= bought.sum():  # not most of them, or there are none
        return None
    visit = basket_numbers(log)
    first = np.unique(visit[bought], return_index=True)[1]
    if np.count_nonzero(np.bincount(log.user_rows[bought][first]) > 1) < FEWEST_RETURNING:
        return None
    drawn = (rng.random(visit.max() + 1) < SHARE)[visit]
    return np.where(ids == NO_ID, bought & (rng.random(len(log)) < SHARE), drawn)


def _like_visits(log: EventLog, rng: np.random.Generator) -> NDArray[np.bool_] | None:
    """One purchase of some products of customers who buy again."""
    bought = np.flatnonzero(log.is_purchase)
    pairs = _pairs(log, bought)
    customers = np.repeat(np.arange(len(log.users)), np.diff(pairs.indptr))
    often = np.diff(pairs.starts)
    repeated = often > 1
    returns = np.zeros(len(log.users), bool)
    returns[customers[repeated]] = True
    too_few = np.count_nonzero(returns) < FEWEST_RETURNING
    if len(pairs) > (1 - LEAST_REPEATED) * len(bought) or too_few:
        return None
    lot = rng.permutation(bought)
    by_lot = _pairs(log, lot)
    one = lot[by_lot.order[by_lot.starts[:-1]]]
    drawn = repeated & (rng.random(len(pairs)) < SHARE * often)
    once = np.flatnonzero(~repeated & returns[customers])
    like = np.zeros(len(log.users), np.int64)
    like[log.user_rows[lot]] = log.item_rows[lot]
    likeness = _likeness(_directions(log, rng), pairs.indices[once], like[customers[once]])
    drawn[once] = _nearest_fifth(customers[once], likeness, rng)
    held_out = np.zeros(len(log), bool)
    held_out[one[drawn]] = True
    return held_out


def _pairs(log: EventLog, events: NDArray[np.integer]) -> Pairs:
    """Some events of a log by customer and product."""
    users, items = log.user_rows[events], log.item_rows[events]
    return pairs_of(users, items, len(log.users), len(log.products))


def _directions(log: EventLog, rng: np.random.Generator) -> Floats:
    """A vector of length 1 for every product, shape (n_products, at most 64)."""
    shape, pairs = (len(log.users), len(log.products)), _pairs(log, np.arange(len(log)))
    ones = np.ones(len(pairs), np.float32)
    flags = csr_array((ones, pairs.indices, pairs.indptr), shape=shape)
    seed = int(rng.integers(2**31))
    values, vectors = patterns(scaled(flags, 0.5, 0.5), min(N_PATTERNS, *shape), seed)
    placed = values * vectors
    lengths = np.linalg.norm(placed, axis=1, keepdims=True)
    return (placed / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _likeness(directions: Floats, left: NDArray, right: NDArray) -> NDArray[np.float64]:
    """Cosine of the angle between two products each."""
    found = np.zeros(len(left))
    for start in range(0, len(left), BLOCK_PAIRS):
        part = slice(start, start + BLOCK_PAIRS)
        found[part] = np.einsum("ij,ij->i", directions[left[part]], directions[right[part]])
    return found


def _nearest_fifth(
    customers: NDArray[np.int64], likeness: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """The most alike fifth of every customer's products; of three it is one, three times in five.

    ``customers`` are in ascending order.
    """
    n_products = np.bincount(customers)
    wanted = np.floor(SHARE * n_products + rng.random(len(n_products)))
    order = np.lexsort((-likeness, customers))
    rank = np.arange(len(customers)) - (np.cumsum(n_products) - n_products)[customers]
    nearest = np.zeros(len(customers), bool)
    nearest[order] = rank < wanted[customers]
    return nearest

"""From events to the user-item matrix: event type, age and count become one weight a pair."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from model.columns import BASKET_ID, EVENT_TYPE, TIMESTAMP
from model.matrix import PairFacts, UserItemMatrix
from training.config import Knobs
from training.events.frame import NO_ID
from training.events.log import EventLog
from training.events.pairs import pairs_of

SECONDS_PER_DAY = 86_400.0
MOST_HALVINGS = 100
EVERY = slice(None)
WEIGHT = "weight"
FACTS = tuple(field.name for field in fields(PairFacts))


def end_of(log: EventLog) -> pd.Timestamp | None:
    """The moment from which ages are counted: the latest event."""
    return log.frame[TIMESTAMP].max() if log.has_timestamps else None


def ages_in_days(
    log: EventLog, now: pd.Timestamp | None, events: NDArray | slice = EVERY
) -> NDArray[np.float64]:
    """Age of events, all or some, in days before ``now``; 0 without timestamps."""
    if now is None or not log.has_timestamps:
        return np.zeros(len(log))[events]
    times = log.frame[TIMESTAMP].to_numpy()[events]
    elapsed = (now.to_datetime64() - times).astype("m8")
    return elapsed / np.timedelta64(1, "s") / SECONDS_PER_DAY


def decay(ages: NDArray[np.floating], half_life_days: float) -> NDArray[np.floating]:
    """Halve with every half-life: ``2^(-age / half_life)``, a hundred times at the most.

    So what is very old still counts more than nothing when it is kept as float32.

    >>> decay(np.array([0.0, 30.0, 60.0]), half_life_days=30.0).tolist()
    [1.0, 0.5, 0.25]
    >>> bool(np.float32(decay(np.array([36_500.0]), half_life_days=1.0)) > 0)
    True
    """
    return np.exp2(-np.minimum(ages / half_life_days, MOST_HALVINGS))


def user_item_matrix(log: EventLog, knobs: Knobs, now: pd.Timestamp | None) -> UserItemMatrix:
    """Sum decayed event weights over every customer and product, in units of a purchase.

    ::

        ann viewed milk today           1/5
        ann bought milk 60 days ago     1 · 2^(-60 / half_life_days)
        ->  weights[ann, milk] = 0.7 at a half-life of 60 days; 1 purchase, 1 other event, age 0

    A product in several lines of one order was bought once (`is_line_again`).
    """
    log = log.settled
    pairs = pairs_of(log.user_rows, log.item_rows, len(log.users), len(log.products))
    unit = knobs.event_weights[log.target_event]
    types = log.frame[EVENT_TYPE].cat
    worth = np.array([knobs.event_weights[name] / unit for name in types.categories])
    codes, target = types.codes.to_numpy(), list(types.categories).index(log.target_event)
    decayed = {
        WEIGHT: (knobs.half_life_days, worth),
        "recent": (knobs.recent_half_life_days, worth),
        # Squared: what was merely looked at hardly counts where customers are compared.
        "lasting": (knobs.lasting_half_life_days, worth**2),
    }
    facts = {name: np.zeros(len(pairs), np.float32) for name in (WEIGHT, *FACTS)}
    for block in pairs.blocks():
        events, lengths = pairs.events(block), pairs.lengths(block)
        again = is_line_again(log, events, lengths, codes[events] == target)
        if again.any():
            pair = np.repeat(np.arange(len(lengths)), lengths)
            events, lengths = events[~again], lengths - np.bincount(pair[again], None, len(lengths))
        found = _facts(
            lengths,
            codes[events] == target,
            codes[events],
            _lightest(worth, target),
            ages_in_days(log, now, events),
            decayed,
        )
        for name, values in found.items():
            facts[name][block] = values
    triple = (facts.pop(WEIGHT), pairs.indices, pairs.indptr)
    weights = csr_array(triple, shape=(len(log.users), len(log.products)))
    return UserItemMatrix(log.users, log.products, weights, PairFacts(**facts))


def is_line_again(
    log: EventLog,
    events: NDArray[np.integer],
    lengths: NDArray[np.int64],
    is_target: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Which purchases are a further line of an order that has the product already.

    Some shops write a line a piece, or one product at two prices: nobody came back for those. An
    order is one ``basket_id``; what has none is an order by itself.

    Parameters
    ----------
    events : array of shape (n_events,)
        Events of the log by pair, within a pair as they came.
    lengths : array of shape (n_pairs,)
        How many events each pair has.
    is_target : array of shape (n_events,)
        Which of them are purchases.
    """
    again = np.zeros(len(events), bool)
    if BASKET_ID in log.frame:
        basket = np.where(is_target, log.frame[BASKET_ID].to_numpy()[events], NO_ID)
        again[1:] = (basket[1:] == basket[:-1]) & (basket[1:] != NO_ID)
        again[np.cumsum(lengths) - lengths] = False
    return again


def _lightest(worth: NDArray[np.float64], target: int) -> int:
    """Code of the type that says least: the first above 0 beside the target; -1 if there is none.

    >>> _lightest(np.array([-1.0, 0.2, 0.6, 1.0]), target=3), _lightest(np.array([1.0]), target=0)
    (1, -1)
    """
    others = np.flatnonzero((worth > 0) & (np.arange(len(worth)) != target))
    return int(others[0]) if len(others) else -1


def _facts(
    lengths: NDArray[np.int64],
    is_target: NDArray[np.bool_],
    types: NDArray[np.integer],
    lightest: int,
    ages: NDArray[np.float64],
    decayed: Mapping[str, tuple[float, NDArray[np.float64]]],
) -> dict[str, NDArray]:
    """Sums and extremes over the events of each pair, which follow one another.

    ``decayed`` holds the half-life of each sum, and what an event of each type is worth in it.
    """
    pair = np.repeat(np.arange(len(lengths)), lengths)
    starts = np.cumsum(lengths) - lengths
    purchases = np.bincount(pair, is_target, len(lengths))
    sums = {
        name: np.bincount(pair, worth[types] * decay(ages, half_life), len(lengths))
        for name, (half_life, worth) in decayed.items()
    }
    return sums | {
        "purchases": purchases,
        "seen": lengths - purchases,
        "looks": np.bincount(pair, types == lightest, len(lengths)),
        "age_days": np.minimum.reduceat(ages, starts),
        "first_age_days": np.maximum(np.maximum.reduceat(ages, starts), 0),
    }


@dataclass(frozen=True)
class Purchases:
    """The target events of a log, by product: arrays of shape (n_purchases,)."""

    item_rows: NDArray[np.integer]
    ages: NDArray[np.float64]

    @classmethod
    def of(cls, log: EventLog, now: pd.Timestamp | None) -> "Purchases":
        """Without a copy of what else the log holds."""
        log = log.settled
        bought = log.is_purchase
        return cls(log.item_rows[bought], ages_in_days(log, now, bought))

    def decayed(self, half_life_days: float, n_items: int) -> NDArray:
        """How many there are of every product, decayed by age; shape (n_items,)."""
        return np.bincount(self.item_rows, decay(self.ages, half_life_days), n_items)


def decayed_sales(log: EventLog, half_life_days: float, now: pd.Timestamp | None) -> NDArray:
    """Purchases of every product, decayed by age; shape (n_items,)."""
    return Purchases.of(log, now).decayed(half_life_days, len(log.products))

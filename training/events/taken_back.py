"""What came back: returns undo purchases, removals from the cart undo what was put there."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from model.columns import EVENT_TYPE, PRODUCT_ID, QUANTITY, TIMESTAMP, USER_ID

NOTHING = -1
"""What an event of positive weight takes back."""

ALL_BUT_ROUNDING = 1 - 1e-6
"""Share of what was bought that is all of it: .1 and .2 returned are not quite .3 in float32."""

TAKES_BACK = {"return": "purchase", "remove_from_cart": "cart"}
"""What is taken back by its name, whatever the weights, where that type has one."""


def undoes(event_weights: Mapping[str, float]) -> dict[str, str]:
    """Every event type of negative weight, and the type that it takes back.

    Known names take back what they are named for: a return, a purchase. Any other type takes back
    the weightiest one that is not weightier than it is; the lightest, where all are.

    >>> undoes({"view": 1, "cart": 5, "purchase": 5, "remove_from_cart": -3, "return": -1})
    {'remove_from_cart': 'cart', 'return': 'purchase'}
    >>> undoes({"view": 1, "like": 3, "purchase": 5, "unlike": -3})
    {'unlike': 'like'}
    """
    positive = {name: weight for name, weight in event_weights.items() if weight > 0}
    lightest = min(positive.values())
    found = {}
    for name, weight in event_weights.items():
        if weight < 0:
            lighter = (other for other in positive if positive[other] <= max(-weight, lightest))
            by_weight = max(lighter, key=lambda other: (positive[other], other))
            by_name = TAKES_BACK.get(name)
            found[name] = by_name if by_name in positive else by_weight
    return found


def kept(frame: pd.DataFrame, undone: Mapping[str, str]) -> NDArray[np.bool_]:
    """Which events count once returns and removals have taken back what they undo.

    A negative event takes back the pair's latest earlier events of the type it undoes, as many
    pieces as came back, and counts no more itself. What came back in part only is kept: 12 bought
    and 2 returned are still bought. Without times, all that was bought counts as earlier.

    ::

        ann  buys 2 mugs, buys 1 mug, returns 1     ->   buys 2 mugs
        bob  buys 1 mug, returns 1, buys 1          ->                                buys 1
        eve  views a mug, puts it into the cart, removes it     ->   views a mug
    """
    types = list(frame[EVENT_TYPE].cat.categories)
    numbers = [types.index(undone[n]) if undone.get(n) in types else NOTHING for n in types]
    places = np.array(numbers, np.int64)
    codes = frame[EVENT_TYPE].cat.codes.to_numpy().astype(np.int64)
    negative = np.array([name in undone for name in types])[codes]
    pairs = _pairs(frame)
    concerned = np.flatnonzero(np.isin(pairs, pairs[negative]))
    order = concerned[
        _by_pair_and_time(frame.iloc[concerned], pairs[concerned], negative[concerned])
    ]
    pieces = frame[QUANTITY].to_numpy(np.float64) if QUANTITY in frame else np.ones(len(frame))
    counts = ~negative
    counts[order] &= ~_taken(pairs[order], codes[order], pieces[order], places)
    return counts


def _pairs(frame: pd.DataFrame) -> NDArray[np.int64]:
    """One number for every customer and product."""
    users, items = frame[USER_ID].cat, frame[PRODUCT_ID].cat
    return users.codes.to_numpy(np.int64) * len(items.categories) + items.codes.to_numpy(np.int64)


def _by_pair_and_time(
    frame: pd.DataFrame, pairs: NDArray[np.int64], negative: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Order of the events; of those at one time, what came back follows what it undoes."""
    if TIMESTAMP not in frame:
        return np.lexsort((negative, pairs))
    return np.lexsort((negative, frame[TIMESTAMP].to_numpy(), pairs))


@njit(nogil=True, cache=True)
def _taken(
    pairs: NDArray[np.int64],
    types: NDArray[np.int64],
    pieces: NDArray[np.float64],
    undone: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Which events are taken back, from the newest of each pair to the oldest."""
    taken = np.zeros(len(pairs), np.bool_)
    owed = np.zeros(len(undone))
    for event in range(len(pairs) - 1, -1, -1):
        if event + 1 == len(pairs) or pairs[event] != pairs[event + 1]:
            owed[:] = 0
        type_ = types[event]
        if undone[type_] >= 0:
            owed[undone[type_]] += pieces[event]
        elif owed[type_] >= pieces[event] * ALL_BUT_ROUNDING:
            owed[type_] = max(owed[type_] - pieces[event], 0.0)
            taken[event] = True
        else:
            owed[type_] = 0
    return taken

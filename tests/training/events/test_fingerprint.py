from collections.abc import Callable

import numpy as np
import pytest

from training.events import fingerprint as fingerprints
from training.events.fingerprint import data_hash, fingerprint
from training.events.log import EventLog

MakeLog = Callable[..., EventLog]
ROWS = [
    ("ann", "milk", "view", 0),
    ("ann", "milk", "purchase", 1),
    ("bob", "tea", "purchase", 2),
    ("bob", "tea", "purchase", 2),
]


def test_the_hash_does_not_depend_on_the_order_of_the_events(make_log: MakeLog):
    frame = make_log(ROWS).frame
    assert data_hash(frame.iloc[::-1]) == data_hash(frame)
    assert len(data_hash(frame)) == 64


@pytest.mark.parametrize("other", [("bob", "tea", "purchase", 3), ("bob", "tea", "view", 2)])
def test_another_event_is_another_hash(make_log: MakeLog, other: tuple):
    assert data_hash(make_log([*ROWS[:3], other]).frame) != data_hash(make_log(ROWS).frame)


def test_events_that_swap_their_products_are_another_log(make_log: MakeLog):
    one = make_log([("ann", "milk", "view", 0), ("bob", "tea", "view", 0)])
    swapped = make_log([("ann", "tea", "view", 0), ("bob", "milk", "view", 0)])
    assert data_hash(one.frame) != data_hash(swapped.frame)


def test_a_repeated_event_counts(make_log: MakeLog):
    assert data_hash(make_log(ROWS[:3]).frame) != data_hash(make_log(ROWS).frame)


def test_the_hash_does_not_depend_on_the_blocks(make_log: MakeLog, monkeypatch: pytest.MonkeyPatch):
    frame = make_log(ROWS).frame
    whole = data_hash(frame)
    monkeypatch.setattr(fingerprints, "BLOCK_EVENTS", 3)
    assert data_hash(frame) == whole


def test_a_part_of_a_log_counts_its_own_customers_and_products(make_log: MakeLog):
    log = make_log(ROWS)
    found = fingerprint(log.where(np.array([True, True, False, False])))
    assert (found.events, found.customers, found.products) == (2, 1, 1)
    assert (found.first, found.last) == ("2024-01-01T00:00:00", "2024-01-02T00:00:00")

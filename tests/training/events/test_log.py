from collections.abc import Callable

import numpy as np

from training.events.log import EventLog

MakeLog = Callable[..., EventLog]


def test_a_category_s_code_is_the_id_s_row(make_log: MakeLog):
    log = make_log([("b", "y", "view", 0), ("a", "x", "purchase", 0), ("ä", "y", "view", 0)])
    assert log.users.ids_of(log.user_rows) == ["b", "a", "ä"]
    assert log.products.ids_of(log.item_rows) == ["y", "x", "y"]


def test_the_target_is_a_purchase_or_the_weightiest_event_there_is(make_log: MakeLog):
    bought = make_log([("a", "x", "view", 0), ("b", "y", "purchase", 0)])
    merely_seen = make_log([("a", "x", "view", 0), ("b", "y", "cart", 0)])
    assert bought.is_purchase.tolist() == [False, True]
    assert merely_seen.target_event == "cart"


def test_a_part_keeps_the_rows_of_the_whole(make_log: MakeLog):
    log = make_log([("a", "x", "view", 0), ("b", "y", "purchase", 0)])
    part = log.where(np.array([False, True]))
    assert len(part) == 1
    assert part.user_rows.tolist() == [1]
    assert len(part.users) == 2


def test_events_that_follow_one_another_are_not_copied(make_log: MakeLog):
    log = make_log([("a", "x", "view", day) for day in range(4)])
    middle = log.where(np.array([False, True, True, False]))
    assert middle.frame.index.tolist() == [1, 2]
    assert np.shares_memory(middle.frame["timestamp"].to_numpy(), log.frame["timestamp"].to_numpy())
    apart = log.where(np.array([True, False, True, False]))
    assert apart.frame.index.tolist() == [0, 2]
    assert len(log.where(np.zeros(4, bool))) == 0

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.config import Knobs
from training.events.log import EventLog
from training.matrix.user_item import ages_in_days, decay, decayed_sales, end_of, user_item_matrix

MakeLog = Callable[..., EventLog]
DAYS = st.floats(0, 3650)
HALF_LIVES = st.floats(0.1, 3650)


@given(DAYS, HALF_LIVES)
def test_one_more_half_life_halves_the_weight(age: float, half_life: float):
    now, later = decay(np.array([age, age + half_life]), half_life)
    assert later == pytest.approx(now / 2, rel=1e-9)


@given(DAYS, DAYS, HALF_LIVES)
def test_what_is_older_never_weighs_more(one: float, other: float, half_life: float):
    older, younger = decay(np.array([max(one, other), min(one, other)]), half_life)
    assert 0 <= older <= younger <= 1


@given(DAYS, DAYS, HALF_LIVES)
def test_decaying_twice_is_decaying_for_the_sum(one: float, other: float, half_life: float):
    first, second, both = decay(np.array([one, other, one + other]), half_life)
    assert both == pytest.approx(first * second, rel=1e-9)


def test_ages_count_back_from_the_moment_asked_for(make_log: MakeLog):
    log = make_log([("a", "x", "purchase", 0), ("b", "y", "purchase", 2.5)])
    assert end_of(log) == pd.Timestamp("2024-01-03 12:00")
    assert ages_in_days(log, end_of(log)).tolist() == [2.5, 0.0]
    assert ages_in_days(log, pd.Timestamp("2024-01-11")).tolist() == [10.0, 7.5]


def test_without_times_nothing_has_an_age(make_log: MakeLog):
    log = make_log([("a", "x", "purchase", 0), ("b", "y", "purchase", 9)], dated=False)
    assert end_of(log) is None
    assert ages_in_days(log, None).tolist() == [0.0, 0.0]


def test_in_the_taste_a_look_counts_by_the_square_of_its_weight(make_log: MakeLog):
    log = make_log([("ann", "milk", "view", 0), ("bob", "tea", "purchase", 0)])
    knobs = Knobs(event_weights={"view": 1, "cart": 3, "purchase": 5})
    facts = user_item_matrix(log, knobs, end_of(log)).facts
    assert facts.recent.tolist() == pytest.approx([1 / 5, 1])
    assert facts.lasting.tolist() == pytest.approx([1 / 25, 1])


def test_type_age_and_count_become_one_weight_in_units_of_a_purchase(make_log: MakeLog):
    log = make_log(
        [
            ("ann", "milk", "purchase", 0),
            ("ann", "milk", "view", 60),
            ("ann", "tea", "cart", 30),
            ("bob", "milk", "purchase", 60),
            ("bob", "milk", "purchase", 60),
        ]
    )
    knobs = Knobs(half_life_days=60, event_weights={"view": 1, "cart": 3, "purchase": 5})
    weights = user_item_matrix(log, knobs, end_of(log)).weights.toarray()
    expected = [
        [2 ** (-60 / 60) + 1 / 5, 3 / 5 * 2 ** (-30 / 60)],  # milk, tea
        [1 + 1, 0],
    ]
    np.testing.assert_allclose(weights, expected, rtol=1e-6)


def test_the_facts_of_a_pair_are_its_purchases_and_the_age_of_its_latest_event(make_log: MakeLog):
    log = make_log(
        [
            ("a", "x", "purchase", 0),
            ("a", "x", "purchase", 6),
            ("a", "x", "view", 8),
            ("b", "y", "view", 10),
        ]
    )
    frame = user_item_matrix(log, Knobs(), end_of(log)).to_frame().set_index("product_id")
    assert frame["purchases"].to_dict() == {"x": 2.0, "y": 0.0}
    assert frame["age_days"].to_dict() == {"x": 2.0, "y": 0.0}


def test_what_was_taken_back_is_neither_bought_nor_seen(make_log: MakeLog):
    log = make_log(
        [
            ("a", "x", "purchase", 0),
            ("a", "x", "purchase", 5),
            ("a", "x", "return", 8),
            ("a", "y", "cart", 1),
            ("a", "y", "remove_from_cart", 9),
            ("b", "y", "purchase", 9),
            ("b", "x", "purchase", 10),
            ("b", "x", "return", 10),
        ]
    )
    matrix = user_item_matrix(log, Knobs(half_life_days=10), end_of(log))
    assert matrix.weights.toarray().tolist() == [[0.5, 0], [0, pytest.approx(2 ** (-1 / 10))]]
    assert matrix.facts.purchases.tolist() == [1, 1]
    assert matrix.facts.age_days.tolist() == [10, 1]
    assert decayed_sales(log, 10, end_of(log)).tolist() == [0.5, pytest.approx(2 ** (-1 / 10))]


def test_a_return_that_comes_later_is_not_known_to_the_past(make_log: MakeLog):
    log = make_log([("a", "x", "purchase", 0), ("b", "y", "purchase", 0), ("a", "x", "return", 5)])
    past = log.where(log.is_purchase)
    assert user_item_matrix(past, Knobs(), end_of(past)).facts.purchases.tolist() == [1, 1]


def test_customers_and_products_of_another_part_of_the_log_keep_their_rows(make_log: MakeLog):
    log = make_log([("a", "x", "purchase", 0), ("b", "y", "purchase", 1)])
    part = log.where(log.user_rows == 1)
    matrix = user_item_matrix(part, Knobs(), end_of(part))
    assert matrix.shape == (2, 2)
    assert matrix.weights.toarray().tolist() == [[0, 0], [0, 1]]


def test_several_lines_of_one_order_are_one_purchase(make_log: MakeLog):
    lines = [("a", "x", "purchase", 0)] * 3 + [("a", "x", "view", 0), ("a", "x", "purchase", 1)]
    log = make_log([*lines, ("a", "y", "purchase", 1), ("b", "x", "purchase", 1)])
    kept = log.frame["timestamp"]
    baskets = np.array([7, 7, 7, 7, 8, 8, 8], np.uint64)  # Bob's order has the same id
    ordered = EventLog(log.frame.assign(basket_id=baskets), len(log))
    matrix = user_item_matrix(ordered, Knobs(), kept.max())
    assert matrix.facts.purchases.tolist() == [2, 1, 1]
    assert matrix.facts.seen.tolist() == [1, 0, 0]
    once = make_log([lines[0], *lines[3:], ("a", "y", "purchase", 1), ("b", "x", "purchase", 1)])
    expected = user_item_matrix(once, Knobs(), kept.max())
    np.testing.assert_array_equal(matrix.weights.toarray(), expected.weights.toarray())
    unnamed = EventLog(log.frame.assign(basket_id=np.uint64(0)), len(log))
    assert user_item_matrix(unnamed, Knobs(), kept.max()).facts.purchases.tolist() == [4, 1, 1]

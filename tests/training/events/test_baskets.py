import pandas as pd
import pytest

from training.events.baskets import LARGEST, baskets
from training.events.log import EventLog
from training.events.read import read_events

WEIGHTS = {"view": 1.0, "purchase": 5.0, "return": -5.0}


def log_of(tmp_path, rows, columns) -> EventLog:
    path = tmp_path / "events.csv"
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    return read_events(str(path), WEIGHTS)


def test_a_basket_is_what_a_customer_bought_on_one_day(tmp_path):
    rows = [
        ("ann", "bread", "purchase", "2024-01-01 09:00"),
        ("ann", "milk", "purchase", "2024-01-01 18:00"),
        ("ann", "milk", "purchase", "2024-01-01 19:00"),
        ("ann", "tea", "purchase", "2024-01-02 09:00"),
        ("bob", "tea", "purchase", "2024-01-02 09:00"),
        ("bob", "bread", "view", "2024-01-02 09:00"),
    ]
    log = log_of(tmp_path, rows, ["user_id", "product_id", "event_type", "timestamp"])
    # Bread, milk, tea in this order: ann's first day, her second, bob's. A view is in no basket.
    assert baskets(log).toarray().tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 1]]


def test_the_ids_of_baskets_are_taken_where_the_log_has_them(tmp_path):
    rows = [("ann", "bread", "7"), ("ann", "milk", "8"), ("ann", "tea", "7"), ("bob", "tea", "7")]
    log = log_of(tmp_path, rows, ["user_id", "product_id", "basket_id"])
    # Two customers never share a basket, whatever its id.
    assert sorted(baskets(log).toarray().tolist()) == [[0, 0, 1], [0, 1, 0], [1, 0, 1]]


def test_a_purchase_without_a_basket_s_id_is_of_its_customer_s_day(tmp_path):
    rows = [
        ("ann", "bread", "7", "2024-01-01"),
        ("ann", "milk", "", "2024-01-01"),
        ("ann", "tea", "", "2024-01-01"),
        ("ann", "tea", "7", "2024-01-02"),
        ("ann", "milk", "", "2024-01-02"),
        ("bob", "bread", "", "2024-01-01"),
    ]
    log = log_of(tmp_path, rows, ["user_id", "product_id", "basket_id", "timestamp"])
    # Ann's 7: bread and tea; her first day: milk and tea; her second: milk. Bob's day: bread.
    assert sorted(baskets(log).toarray().tolist()) == [[0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 0, 1]]


def test_without_ids_and_times_all_that_a_customer_bought_is_one_basket(tmp_path):
    rows = [("ann", "bread"), ("ann", "milk"), ("bob", "tea")]
    log = log_of(tmp_path, rows, ["user_id", "product_id"])
    assert baskets(log).toarray().tolist() == [[1, 1, 0], [0, 0, 1]]


def test_what_was_returned_is_in_no_basket(tmp_path):
    rows = [
        ("ann", "bread", "purchase", "2024-01-01"),
        ("ann", "milk", "purchase", "2024-01-01"),
        ("bob", "tea", "purchase", "2024-01-01"),
        ("ann", "milk", "return", "2024-01-05"),
    ]
    log = log_of(tmp_path, rows, ["user_id", "product_id", "event_type", "timestamp"])
    assert baskets(log).toarray().tolist() == [[1, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize(("size", "kept"), [(LARGEST, 2), (LARGEST + 1, 1)])
def test_very_large_baskets_are_left_out(tmp_path, size: int, kept: int):
    rows = [("ann", f"p{number:03d}") for number in range(size)] + [("bob", "p000")]
    log = log_of(tmp_path, rows, ["user_id", "product_id"])
    assert baskets(log).shape == (kept, size)

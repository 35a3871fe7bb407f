import numpy as np
import pandas as pd
import pytest

from training.config import Knobs
from training.events.log import EventLog
from training.matrix.items import item_facts
from training.matrix.user_item import user_item_matrix

NOW = pd.Timestamp("2024-01-31")


def log_of(rows: list[tuple[str, str, str, int, float, float]]) -> EventLog:
    """Rows of customer, product, type, days ago, quantity, value."""
    frame = pd.DataFrame(
        rows, columns=["user_id", "product_id", "event_type", "days", "quantity", "value"]
    )
    frame["timestamp"] = NOW - pd.to_timedelta(frame.pop("days"), unit="D")
    for name in ("user_id", "product_id"):
        frame[name] = frame[name].astype("category")
    frame["event_type"] = pd.Categorical(frame["event_type"], ["view", "purchase"])
    return EventLog(frame, len(frame))


@pytest.fixture(scope="module")
def facts():
    """Milk is bought by ann on days 30 and 10 and by bob on day 0; tea is only looked at by bob."""
    log = log_of(
        [
            ("ann", "milk", "purchase", 30, 2, 4.0),
            ("ann", "milk", "purchase", 10, 1, 2.0),
            ("bob", "milk", "purchase", 0, 1, 2.0),
            ("bob", "tea", "view", 5, 1, 9.0),
        ]
    )
    matrix = user_item_matrix(log, Knobs(), NOW)
    return item_facts(log, matrix, NOW)


def test_sales_are_relative_to_the_average_product_that_is_sold(facts):
    # All purchases are milk's; nobody bought tea.
    assert facts.sales_7.tolist() == [1, 0]
    assert facts.buyers.tolist() == [1, 0]


def test_times_count_back_from_now_and_are_minus_one_where_nothing_was_sold(facts):
    assert facts.age_days.tolist() == [30, -1]
    assert facts.last_sale_days.tolist() == [0, -1]


def test_the_gap_is_from_one_purchase_of_a_customer_to_the_next(facts):
    assert facts.gap_days.tolist() == [20, -1]


def test_a_look_before_the_first_purchase_makes_the_gap_longer():
    # From the look on day 50 to the latest purchase on day 10, one purchase after the first.
    log = log_of(
        [
            ("ann", "milk", "view", 50, 1, 2.0),
            ("ann", "milk", "purchase", 30, 1, 2.0),
            ("ann", "milk", "purchase", 10, 1, 2.0),
        ]
    )
    facts = item_facts(log, user_item_matrix(log, Knobs(), NOW), NOW)
    assert facts.gap_days.tolist() == [40]


def test_rebuying_is_drawn_to_the_shops_share_by_ten_pseudo_buyers(facts):
    # One of milk's two buyers came back, which is the shop's share too: 1/2.
    assert facts.rebuy == pytest.approx([(1 + 10 * 0.5) / 12, 0.5])


def test_conversion_is_buyers_over_lookers(facts):
    assert facts.conversion.tolist() == [1, 0]


def test_the_price_is_revenue_over_quantity(facts):
    assert facts.log_price == pytest.approx([np.log1p(8.0 / 4), -1])

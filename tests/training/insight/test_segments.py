"""Who belongs to which slice, on a log small enough to count by hand."""

import numpy as np
import pandas as pd
import pytest

from tests.training.conftest import MakeLog
from training.config import Knobs
from training.evaluation.tasks import Task, is_newcomers, newcomers, tasks
from training.events.split import Split, split_by_time
from training.fit import fit
from training.insight.segments import (
    customer_segments,
    days_since_last_event,
    past_events,
    product_segments,
)

ANN, BOB, CLEO, DAN = range(4)
BREAD, EGGS, MILK, TEA = range(4)


@pytest.fixture
def parts(make_log: MakeLog) -> Split:
    """Before day 100 Ann did five things, Bob two, Cleo one, a view; Dan comes later."""
    log = make_log(
        [
            ("ann", "milk", "purchase", 0),
            ("ann", "milk", "purchase", 10),
            ("ann", "milk", "purchase", 20),
            ("ann", "milk", "view", 40),
            ("ann", "tea", "purchase", 75),
            ("bob", "milk", "purchase", 30),
            ("bob", "bread", "purchase", 95),
            ("cleo", "tea", "view", 5),
            ("ann", "eggs", "purchase", 101),
            ("bob", "milk", "purchase", 102),
            ("cleo", "milk", "purchase", 103),
            ("dan", "eggs", "purchase", 104),
            ("dan", "tea", "purchase", 104),
        ]
    )
    return split_by_time(log, pd.Timestamp("2024-01-01") + pd.Timedelta(days=100))


def members(parts: Split, dated: bool = True) -> dict[str, list[int]]:
    model = fit(parts.past, Knobs(), parts.cutoff)
    customers = customer_segments(model.matrix, dated)
    products = product_segments(model.matrix, model.items.age_days, dated)
    return {s.name: np.flatnonzero(s.members).tolist() for s in [*customers, *products]}


def test_customers_are_told_apart_by_their_past_events(parts: Split):
    matrix = fit(parts.past, Knobs(), parts.cutoff).matrix
    assert past_events(matrix).tolist() == [5, 2, 1, 0]
    found = members(parts)
    assert found["customers_1_event"] == [CLEO]
    assert found["customers_2_to_4_events"] == [BOB]
    assert found["customers_5_or_more_events"] == [ANN]


def test_light_and_heavy_are_thirds_of_the_active_customers(parts: Split):
    # Of 1, 2 and 5 events the thirds end at 5/3 and 3; Dan, who did nothing, is no more than light.
    found = members(parts)
    assert found["customers_light"] == [CLEO, DAN]
    assert found["customers_middle"] == [BOB]
    assert found["customers_heavy"] == [ANN]


def test_customers_are_told_apart_by_the_age_of_their_latest_event(parts: Split):
    matrix = fit(parts.past, Knobs(), parts.cutoff).matrix
    np.testing.assert_allclose(days_since_last_event(matrix), [25, 5, 95, np.nan])
    found = members(parts)
    assert found["customers_last_seen_up_to_7_days"] == [BOB]
    assert found["customers_last_seen_8_to_30_days"] == [ANN]
    assert found["customers_last_seen_31_to_90_days"] == []
    assert found["customers_last_seen_over_90_days"] == [CLEO]


def test_the_head_holds_a_third_of_the_purchases_and_the_tail_the_rest(parts: Split):
    # Milk has 4 of 6 purchases, tea and bread one each; eggs were never sold.
    found = members(parts)
    assert found["products_head"] == [MILK]
    assert found["products_tail"] == [BREAD, TEA]
    assert found["products_never_sold_before"] == [EGGS]


def test_young_products_were_first_sold_in_the_last_thirty_days_or_never(parts: Split):
    # Bread 5 days before, tea 25; milk 100; eggs never.
    assert members(parts)["products_younger_than_30_days"] == [BREAD, EGGS, TEA]


def test_without_times_nobody_is_old_or_young(parts: Split):
    names = members(parts, dated=False)
    assert not [name for name in names if "days" in name]
    assert "customers_1_event" in names
    assert "products_never_sold_before" in names


def test_first_buyers_are_asked_apart_from_the_tasks(parts: Split):
    matrix = fit(parts.past, Knobs(), parts.cutoff).matrix
    asked: dict[str, Task] = {task.name: task for task in newcomers(matrix, parts.future)}
    assert asked["all/customers_0_events"].user_rows.tolist() == [DAN]
    assert asked["all/customers_0_events"].targets.toarray().nonzero()[1].tolist() == [EGGS, TEA]
    assert asked["all/customers_only_browsed"].user_rows.tolist() == [CLEO]
    assert all(is_newcomers(task) for task in asked.values())
    for task in tasks(matrix, parts.future):
        assert not is_newcomers(task)
        assert not {CLEO, DAN} & set(task.user_rows.tolist())

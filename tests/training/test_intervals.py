import warnings

import numpy as np
import pytest

from training.intervals import LEVEL, Interval, intervals, joint_level, verdict


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_the_interval_of_a_share_is_as_wide_as_the_normal_approximation_says():
    # 400 customers, half of them 1: standard error sqrt(0.5 · 0.5 / 400) = 0.025.
    values = np.tile([0.0, 1.0], 200)[:, None]
    (found,) = intervals(values, rng())
    assert found.mean == 0.5
    assert found.low == pytest.approx(0.5 - 1.96 * 0.025, abs=0.005)
    assert found.high == pytest.approx(0.5 + 1.96 * 0.025, abs=0.005)


def test_several_intervals_that_hold_at_once_are_wider_each():
    values = np.tile([0.0, 1.0], 200)[:, None]
    (found,) = intervals(values, rng(), joint_level(3))
    assert found.low == pytest.approx(0.5 - 2.39 * 0.025, abs=0.006)  # 98.3 %
    assert joint_level(1) == LEVEL


def test_a_constant_has_no_width():
    assert intervals(np.full((30, 1), 0.25), rng()) == [Interval(0.25, 0.25, 0.25)]


def test_customers_without_a_figure_do_not_count():
    values = np.array([[1.0], [0.0], [np.nan], [np.nan]])
    assert intervals(values, rng())[0].mean == 0.5


def test_a_column_without_any_figure_is_nan_and_warns_nobody():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        empty, full = intervals(np.array([[np.nan, 1.0], [np.nan, 1.0]]), rng())
    assert np.isnan([empty.mean, empty.low, empty.high]).all()
    assert full == Interval(1.0, 1.0, 1.0)


def test_nobody_gives_nan_for_every_metric():
    found = intervals(np.empty((0, 2)), rng())
    assert len(found) == 2
    assert np.isnan([i.mean for i in found]).all()


def test_a_difference_is_compared_customer_by_customer():
    # Customers differ much, the two methods by 0.01 on each: only the paired interval sees it.
    base = np.random.default_rng(1).random(200)
    ours, theirs, gain = intervals(np.column_stack((base + 0.01, base, np.full(200, 0.01))), rng())
    assert ours.low < theirs.high
    assert gain.low == pytest.approx(0.01)


def test_the_same_seed_gives_the_same_interval():
    values = np.random.default_rng(2).random((50, 3))
    assert intervals(values, rng()) == intervals(values, rng())


def test_an_interval_is_written_with_its_limits():
    assert str(Interval(0.5, 0.25, 0.75)) == "0.5000 [0.2500, 0.7500]"


def test_a_difference_is_better_or_worse_only_where_its_interval_leaves_zero_out():
    assert verdict(Interval(0.02, 0.01, 0.03)) == "better"
    assert verdict(Interval(-0.02, -0.03, -0.01)) == "worse"
    assert verdict(Interval(0.01, 0.0, 0.02)) == "level"
    assert verdict(Interval(np.nan, np.nan, np.nan)) == "not measured"

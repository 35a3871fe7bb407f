from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from training.errors import InputError
from training.events import split as split_module
from training.events.log import EventLog
from training.events.split import learning_windows, split, split_by_time, split_undated

MakeLog = Callable[..., EventLog]
DAY_0 = pd.Timestamp("2024-01-01")


def days(log: EventLog) -> list[float]:
    return [(t - DAY_0) / pd.Timedelta(days=1) for t in log.frame["timestamp"]]


def test_what_comes_at_the_cut_off_is_future(make_log: MakeLog):
    log = make_log([("a", "x", "purchase", 1), ("b", "y", "purchase", 2), ("a", "y", "view", 3)])
    parts = split_by_time(log, DAY_0 + pd.Timedelta(days=2))
    assert days(parts.past) == [1]
    assert days(parts.future) == [2, 3]


def test_both_sides_keep_the_ids_of_the_whole_log(make_log: MakeLog):
    log = make_log([("a", "x", "purchase", 0), ("b", "y", "purchase", 10)])
    parts = split(log, np.random.default_rng(0))
    assert parts.past.users == parts.future.users == log.users
    assert parts.past.products == parts.future.products == log.products


@pytest.mark.parametrize(
    ("span", "test_days"),
    [(10, 2), (140, 28), (1000, 28)],  # a fifth of 10 is 2, of 140 is 28; never more than 28
)
def test_the_window_is_a_fifth_of_the_log_but_at_most_28_days(
    make_log: MakeLog, span: float, test_days: float
):
    log = make_log([("a", "x", "purchase", 0), ("b", "y", "purchase", span)])
    parts = split(log, np.random.default_rng(0))
    assert parts.cutoff == DAY_0 + pd.Timedelta(days=span - test_days)


def test_the_window_can_be_given(make_log: MakeLog):
    log = make_log([("a", "x", "purchase", d) for d in range(11)] + [("b", "y", "view", 0)])
    assert days(split(log, np.random.default_rng(0), test_days=3).future) == [7, 8, 9, 10]


@given(st.lists(st.floats(0, 400), min_size=2, max_size=40).filter(lambda d: len(set(d)) > 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_past_and_future_are_a_partition_with_the_past_first(make_log: MakeLog, when: list[float]):
    log = make_log([(str(i % 3), "x", "purchase", day) for i, day in enumerate(when)])
    if log.frame["timestamp"].nunique() < 2:  # closer than a nanosecond
        return
    parts = split(log, np.random.default_rng(0))
    together = sorted([*parts.past.frame.index, *parts.future.frame.index])
    assert together == list(range(len(log)))
    assert parts.past.frame["timestamp"].max() < parts.future.frame["timestamp"].min()


def test_a_window_as_long_as_the_log_is_refused(make_log: MakeLog):
    log = make_log([("a", "x", "purchase", 0), ("b", "y", "purchase", 10)])
    with pytest.raises(
        InputError, match=r"test_days = 10 is not allowed: the log spans 10\.00 days"
    ):
        split(log, np.random.default_rng(0), test_days=10)


def test_a_log_of_one_moment_is_refused(make_log: MakeLog):
    log = make_log([("a", "x", "purchase", 5), ("b", "y", "purchase", 5)])
    with pytest.raises(InputError, match=r"all 2 events carry the time 2024-01-06.*two different"):
        split(log, np.random.default_rng(0))


def test_a_cut_off_outside_the_log_is_refused(make_log: MakeLog):
    log = make_log([("a", "x", "purchase", 0), ("b", "y", "purchase", 10)])
    with pytest.raises(InputError, match=r"allowed: after 2024-01-01 00:00:00, up to 2024-01-11"):
        split_by_time(log, DAY_0)


def test_without_times_a_fifth_of_the_purchases_is_held_out_by_the_seed(make_log: MakeLog):
    rows = [(str(i), "x" if i % 2 else "y", "purchase", 0) for i in range(500)]
    log = make_log([*rows, *[(str(i), "z", "view", 0) for i in range(500)]], dated=False)
    parts = split(log, np.random.default_rng(7))
    again = split_undated(log, np.random.default_rng(7))
    other = split_undated(log, np.random.default_rng(8))
    assert parts.cutoff is None
    assert parts.future.is_purchase.all()
    # 500 draws at a fifth: 100 in the mean, standard deviation sqrt(500 · 0.2 · 0.8) ≈ 9.
    assert 70 < len(parts.future) < 130
    assert list(parts.future.frame.index) == list(again.future.frame.index)
    assert list(parts.future.frame.index) != list(other.future.frame.index)


def test_too_few_events_to_hold_out_are_refused(make_log: MakeLog):
    log = make_log([("a", "x", "view", 0), ("b", "y", "purchase", 0)], dated=False)
    with pytest.raises(InputError, match="2 events are too few to hold out a fifth"):
        split(log, np.random.default_rng(0))


def test_windows_lie_inside_the_past_the_older_first(shop_log: EventLog):
    rng = np.random.default_rng(0)
    parts = split(shop_log, rng)
    windows = learning_windows(parts.past, rng)
    for older, newer in pairwise([*windows, parts]):
        assert older.cutoff < newer.cutoff
        assert len(newer.past) == len(older.past) + len(older.future)


def test_what_is_too_short_for_a_window_of_the_length_asked_for_has_one_of_the_usual(
    make_log: MakeLog,
):
    log = make_log([(str(day % 7), "tea", "purchase", day) for day in range(31)])
    parts = split(log, np.random.default_rng(0), test_days=20)
    [*_, newest] = learning_windows(parts.past, np.random.default_rng(0), test_days=20)
    assert newest.cutoff == parts.past.frame["timestamp"].max() - pd.Timedelta(days=1.8)


def test_a_third_window_is_taken_where_two_have_few_returning_customers(
    make_log: MakeLog, monkeypatch: pytest.MonkeyPatch
):
    # Ann and Bob come back in either window, Cy in the newer one only, Dee never bought before.
    regulars = [(name, "tea", "purchase", day) for name in ("ann", "bob") for day in range(0, 50)]
    others = [("cy", "tea", "purchase", 5), ("cy", "tea", "purchase", 45)]
    log = make_log([*regulars, *others, ("dee", "tea", "purchase", 45)])
    for enough, n_windows in ((5, 2), (6, 3)):
        monkeypatch.setattr(split_module, "ENOUGH_CUSTOMERS", enough)
        assert len(learning_windows(log, np.random.default_rng(0))) == n_windows

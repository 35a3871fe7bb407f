"""The sweep judges ``buy_again`` inside the past, as the strategy itself ranks."""

import numpy as np
import pytest

from tests.training.insight.conftest import JudgedShop
from training.config import Knobs
from training.evaluation.evaluate import judge
from training.evaluation.tasks import tasks
from training.events.log import EventLog
from training.events.split import learning_windows, split_undated
from training.fit import fit
from training.insight.half_life import GRID_DAYS, half_lives


def test_every_half_life_is_judged_on_the_same_customers(judged_shop: JudgedShop):
    found = half_lives(judged_shop.windows, Knobs(half_life_days=60))
    assert found is not None
    assert list(found.found) == sorted({*GRID_DAYS, 60})
    assert found.in_use == 60
    assert all(0 <= i.low <= i.mean <= i.high <= 1 for i in found.found.values())


def test_the_figure_is_that_of_the_strategy_on_the_newest_window(judged_shop: JudgedShop):
    knobs, window = Knobs(half_life_days=60), judged_shop.windows[-1]
    model = fit(window.past, knobs, window.cutoff)
    task = tasks(model.matrix, window.future)[0]
    lists = model.recommend_rows(task.user_rows, 20, "buy_again")
    expected = judge(task, "buy_again", lists).per_user["ndcg_at_10"].mean()
    found = half_lives(judged_shop.windows, knobs)
    assert found is not None
    assert found.n_customers == len(task.user_rows)
    assert found.found[60].mean == pytest.approx(expected)


def test_without_a_dated_window_there_is_no_sweep(shop_log: EventLog):
    undated = EventLog(shop_log.frame.drop(columns="timestamp"), len(shop_log))
    rng = np.random.default_rng(0)
    past = split_undated(undated, rng).past
    assert half_lives(learning_windows(past, rng), Knobs()) is None
    assert half_lives([], Knobs()) is None

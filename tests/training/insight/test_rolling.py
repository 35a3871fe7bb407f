"""Earlier origins know nothing of what comes after them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.training.conftest import MakeLog
from tests.training.insight.conftest import JudgedShop
from training.config import MainConfig
from training.errors import InputError
from training.evaluation.evaluate import Evaluation, evaluate
from training.evaluation.tasks import judged_tasks
from training.events.log import EventLog
from training.events.split import Split, split, split_by_time
from training.insight.page import page
from training.insight.plots import over_time
from training.insight.rolling import earlier_cutoffs, roll, rolling_metrics
from training.ranking.learn import trained_on
from training.report import rolling_table


def day(number: float) -> pd.Timestamp:
    return pd.Timestamp("2024-01-01") + pd.Timedelta(days=number)


@pytest.fixture
def parts(make_log: MakeLog) -> Split:
    """An event on each of the days 0 to 100; the last ten are the test window."""
    log = make_log([("ann", "milk", "purchase", number) for number in range(101)])
    return split_by_time(log, day(90))


def test_cutoffs_are_a_windows_length_apart_and_the_oldest_comes_first(parts: Split):
    assert earlier_cutoffs(parts, 1) == []
    assert earlier_cutoffs(parts, 3) == [day(70), day(80)]


def test_every_origin_has_a_past(parts: Split):
    # Nine windows of ten days before day 90 would leave nothing before the first.
    assert earlier_cutoffs(parts, 9)[0] == day(10)
    with pytest.raises(InputError, match=r"origins = 10 is not allowed.*allowed: 1 to 9"):
        earlier_cutoffs(parts, 10)


def test_a_log_without_times_has_no_earlier_origin(make_log: MakeLog):
    log = make_log([("ann", "milk", "purchase", n) for n in range(50)], dated=False)
    parts = split(log, np.random.default_rng(0))
    assert earlier_cutoffs(parts, 1) == []
    with pytest.raises(InputError, match="origins = 2 is not allowed: the log has no times"):
        earlier_cutoffs(parts, 2)


def test_the_last_origin_is_the_test_window_itself(judged_shop: JudgedShop):
    origins = judged_shop.insight.origins
    assert len(origins) == 3
    assert origins[-1].evaluation is judged_shop.evaluation
    assert origins[-1].cutoff == judged_shop.parts.cutoff
    assert sorted(o.cutoff for o in origins) == [o.cutoff for o in origins]


def test_a_task_that_earlier_origins_were_not_asked_is_shown_as_nothing(judged_shop: JudgedShop):
    # As if looks were only kept of late: the first past has none.
    first, *others = judged_shop.insight.origins
    means = {key: mean for key, mean in first.evaluation.means.items() if key[1] != "unseen"}
    judged = [j for j in first.evaluation.judged if j.task.name != "unseen"]
    without = Evaluation(judged, means, first.evaluation.gains)
    origins = [replace(first, evaluation=without), *others]
    assert others[-1].evaluation.tasks() == ["all", "new", "unseen"]
    lines = rolling_table(origins)[0].splitlines()
    [unseen] = [line for line in lines if line.split()[:2] == ["unseen", "ours"]]
    assert unseen.count("nan [nan, nan]") == 1
    assert len(over_time.rolling(origins).axes) == 3
    insight = replace(judged_shop.insight, origins=origins)
    assert "neither bought nor looked at" in page(insight, [])


def test_unless_asked_for_there_are_none(judged_shop: JudgedShop):
    assert roll(judged_shop.parts, MainConfig(), judged_shop.evaluation) == []


def test_metrics_of_an_origin_have_a_name_of_their_own(judged_shop: JudgedShop):
    steps = rolling_metrics(judged_shop.insight.origins)
    expected = judged_shop.evaluation.metrics()["all/ndcg_at_10"]
    assert steps[-1]["rolling/all/ndcg_at_10"] == expected
    assert all(name.startswith("rolling/") for step in steps for name in step)
    assert "rolling/popular/new/ndcg_at_10" in steps[0]


def test_what_comes_after_an_origins_window_changes_nothing_of_it(judged_shop: JudgedShop):
    # From the second origin on everybody buys one product only: the first one's figures stay.
    parts, origins = judged_shop.parts, judged_shop.insight.origins
    config = MainConfig(origins=3, second_stage="never")
    times = parts.past.frame["timestamp"]
    changed = parts.past.frame.copy()
    later = (times >= origins[1].cutoff).to_numpy()
    changed.loc[later, "product_id"] = changed["product_id"].cat.categories[0]
    other = Split(EventLog(changed, len(changed)), parts.future, parts.cutoff)
    first = roll(other, config, judged_shop.evaluation)[0]
    assert first.evaluation.metrics() == origins[0].evaluation.metrics()


def test_an_origin_is_what_a_run_at_that_moment_would_have_found(judged_shop: JudgedShop):
    parts, [first, second, _] = judged_shop.parts, judged_shop.insight.origins
    known = parts.past.where((parts.past.frame["timestamp"] < second.cutoff).to_numpy())
    window = split_by_time(known, first.cutoff)
    config = MainConfig(second_stage="never")
    rng = np.random.default_rng(config.seed)
    model = trained_on(window.past, window.cutoff, config, rng)
    alone = evaluate(model, judged_tasks(model.matrix, window.future), rng)
    assert first.evaluation.metrics() == alone.metrics()

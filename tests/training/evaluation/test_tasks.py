from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from training.config import Knobs
from training.evaluation import tasks as asking
from training.evaluation.tasks import Task, judged_tasks, tasks
from training.events.log import EventLog
from training.events.split import Split, split_by_time
from training.fit import fit

MakeLog = Callable[..., EventLog]
PRODUCTS = ["bread", "eggs", "milk", "tea"]


@pytest.fixture
def parts(make_log: MakeLog) -> Split:
    """Ann buys milk again and eggs anew; Bob only buys again; Cleo and Dan only come later."""
    log = make_log(
        [
            ("ann", "milk", "purchase", 1),
            ("ann", "bread", "purchase", 2),
            ("bob", "tea", "purchase", 2),
            ("cleo", "milk", "view", 2),
            ("ann", "milk", "purchase", 5),
            ("ann", "milk", "purchase", 6),
            ("ann", "eggs", "purchase", 6),
            ("ann", "tea", "view", 6),
            ("bob", "tea", "purchase", 5),
            ("cleo", "milk", "purchase", 5),
            ("dan", "milk", "purchase", 5),
        ]
    )
    return split_by_time(log, pd.Timestamp("2024-01-04"))


@pytest.fixture
def asked(parts: Split) -> dict[str, Task]:
    matrix = fit(parts.past, Knobs(), parts.cutoff).matrix
    return {task.name: task for task in tasks(matrix, parts.future)}


def targets(task: Task) -> dict[int, list[str]]:
    dense = task.targets.toarray()
    return {
        int(user): [PRODUCTS[i] for i in np.flatnonzero(row)]
        for user, row in zip(task.user_rows, dense, strict=True)
    }


def test_all_asks_for_any_future_purchase_of_customers_with_a_past_purchase(asked):
    ann, bob = 0, 1  # cleo (2) only looked before, dan (3) was not there
    assert targets(asked["all"]) == {ann: ["eggs", "milk"], bob: ["tea"]}
    assert asked["all"].scenario == "for_you"


def test_new_asks_only_for_what_that_customer_never_bought(asked):
    ann = 0  # bob bought tea before
    assert targets(asked["new"]) == {ann: ["eggs"]}
    assert asked["new"].scenario == "discover"


def test_unseen_asks_only_for_what_that_customer_had_not_looked_at_either(
    make_log: MakeLog, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(asking, "LEAST_JUDGED", 1)
    log = make_log(
        [
            ("ann", "bread", "purchase", 1),
            ("ann", "tea", "view", 1),
            ("ann", "milk", "cart", 2),
            ("bob", "bread", "purchase", 2),
            ("bob", "eggs", "view", 2),
            *(("ann", product, "purchase", 5) for product in PRODUCTS),
            ("bob", "eggs", "purchase", 5),
        ]
    )
    parts = split_by_time(log, pd.Timestamp("2024-01-04"))
    matrix = fit(parts.past, Knobs(), parts.cutoff).matrix
    _, new, unseen = judged_tasks(matrix, parts.future)
    assert (unseen.name, unseen.scenario) == ("unseen", "unseen")
    assert targets(new) == {0: ["eggs", "milk", "tea"], 1: ["eggs"]}
    assert targets(unseen) == {0: ["eggs", "milk"]}  # a cart is no look; bob has no target left


def test_a_few_customers_are_not_asked_for_unseen_products(parts: Split):
    matrix = fit(parts.past, Knobs(), parts.cutoff).matrix  # cleo looked, only ann's eggs are new
    assert matrix.facts.looks.any()
    assert [task.name for task in judged_tasks(matrix, parts.future)] == ["all", "new"]


def test_a_log_without_looks_is_not_asked_for_unseen_products(
    make_log: MakeLog, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(asking, "LEAST_JUDGED", 1)
    bought = [("ann", product, "purchase", day) for day, product in enumerate(PRODUCTS)]
    parts = split_by_time(make_log(bought), pd.Timestamp("2024-01-03"))
    matrix = fit(parts.past, Knobs(), parts.cutoff).matrix
    assert [task.name for task in judged_tasks(matrix, parts.future)] == ["all", "new"]


def test_a_product_never_sold_in_the_past_stays_a_target(asked):
    assert "eggs" in targets(asked["new"])[0]


def test_targets_are_counted_once_however_often_they_are_bought(asked):
    assert asked["all"].n_targets.tolist() == [2, 1]


def test_a_hit_is_a_target_in_the_list_and_padding_is_none(asked):
    bread, eggs, milk, tea = range(4)
    lists = np.array([[tea, milk, eggs], [bread, tea, -1]])
    assert asked["all"].hits(lists).tolist() == [[False, True, True], [False, True, False]]


def test_padding_is_no_hit_even_where_the_first_product_is_a_target(make_log: MakeLog):
    log = make_log([("a", "x", "purchase", 0), ("b", "y", "view", 0), ("a", "x", "purchase", 9)])
    parts = split_by_time(log, pd.Timestamp("2024-01-05"))
    task = tasks(fit(parts.past, Knobs(), parts.cutoff).matrix, parts.future)[0]
    assert task.hits(np.array([[-1, 0]])).tolist() == [[False, True]]


def test_a_sample_of_customers_keeps_their_targets(asked):
    one = asked["all"].sample(1, np.random.default_rng(0))
    assert len(one.user_rows) == 1
    assert targets(one).items() <= targets(asked["all"]).items()
    assert asked["all"].sample(10, np.random.default_rng(0)) is asked["all"]


def test_lists_for_nobody_have_no_hits(asked):
    nobody = Task("all", "for_you", np.empty(0, np.int64), asked["all"].targets[:0])
    assert nobody.hits(np.empty((0, 20), np.int32)).shape == (0, 20)


def test_what_is_returned_is_no_target_and_what_was_returned_is_new(make_log: MakeLog) -> None:
    log = make_log(
        [
            ("ann", "milk", "purchase", 1),
            ("ann", "tea", "purchase", 1),
            ("ann", "tea", "return", 2),
            ("ann", "tea", "purchase", 5),
            ("ann", "eggs", "purchase", 5),
            ("ann", "eggs", "return", 6),
            ("bob", "bread", "purchase", 1),
        ]
    )
    parts = split_by_time(log, pd.Timestamp("2024-01-04"))
    asked = tasks(fit(parts.past, Knobs(), parts.cutoff).matrix, parts.future)
    assert [targets(task) for task in asked] == [{0: ["tea"]}, {0: ["tea"]}]


def test_of_many_customers_the_same_ones_are_judged_by_every_run(parts, monkeypatch):
    matrix = fit(parts.past, Knobs(), parts.cutoff).matrix
    every, *_ = judged_tasks(matrix, parts.future)
    assert len(every.user_rows) == 2
    monkeypatch.setattr(asking, "MOST_JUDGED", 1)
    one, again = (judged_tasks(matrix, parts.future)[0] for _ in range(2))
    assert len(one.user_rows) == 1
    assert one.user_rows.tolist() == again.user_rows.tolist()
    assert targets(one).items() <= targets(every).items()

"""Money captured, by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.training.conftest import MakeLog
from training.config import Knobs
from training.evaluation.tasks import tasks
from training.events.log import EventLog
from training.events.split import Split, split_by_time
from training.fit import fit
from training.insight.revenue import captured, money

ANN, BOB, CLEO = range(3)
BREAD, EGGS, MILK = range(3)


@pytest.fixture
def parts(make_log: MakeLog) -> Split:
    """Later Ann pays 2 + 4 for milk and 3 for eggs, Bob nothing for bread, Cleo an unknown sum."""
    log = make_log(
        [
            ("ann", "milk", "purchase", 0),
            ("bob", "milk", "purchase", 0),
            ("cleo", "milk", "purchase", 0),
            ("ann", "milk", "purchase", 9),
            ("ann", "milk", "purchase", 9),
            ("ann", "eggs", "purchase", 9),
            ("ann", "bread", "view", 9),
            ("bob", "bread", "purchase", 9),
            ("cleo", "eggs", "purchase", 9),
        ]
    )
    value = np.array([1, 1, 1, 2, 4, 3, 100, -5, np.nan], np.float32)
    dated = EventLog(log.frame.assign(value=value), len(log))
    return split_by_time(dated, pd.Timestamp("2024-01-05"))


def test_money_is_what_purchases_were_worth(parts: Split):
    spent = money(parts.future)
    assert spent is not None
    assert spent.toarray()[ANN].tolist() == [0, 3, 6]
    assert spent.toarray()[[BOB, CLEO]].sum() == 0


def test_a_log_without_values_has_no_money(make_log: MakeLog):
    assert money(make_log([("ann", "milk", "purchase", 0)])) is None


def test_a_hit_captures_the_money_of_its_target(parts: Split):
    spent = money(parts.future)
    assert spent is not None
    both = tasks(fit(parts.past, Knobs(), parts.cutoff).matrix, parts.future)
    lists = np.array([[BREAD, MILK, EGGS], [BREAD, -1, -1], [MILK, EGGS, -1]])
    every = captured(both[0], lists, spent, (2, 3))
    assert every.total.tolist() == [9, 0, 0]
    assert every.hits[2].tolist() == [6, 0, 0]
    np.testing.assert_allclose(every.share(2), [6 / 9, np.nan, np.nan])
    np.testing.assert_allclose(every.share(3), [1, np.nan, np.nan])
    # Milk is no target of `new`, since Ann bought it before: only the eggs count.
    new = captured(both[1], lists, spent, (2, 3))
    assert new.total[0] == 3
    assert [new.hits[2][0], new.hits[3][0]] == [0, 3]


def test_lists_of_nobody_capture_nothing(parts: Split):
    spent = money(parts.future)
    assert spent is not None
    [every, _] = tasks(fit(parts.past, Knobs(), parts.cutoff).matrix, parts.future)
    nobody = replace(every, user_rows=every.user_rows[:0], targets=every.targets[:0])
    found = captured(nobody, np.zeros((0, 3), np.int64), spent, (2, 3))
    assert found.total.shape == found.hits[2].shape == found.share(3).shape == (0,)

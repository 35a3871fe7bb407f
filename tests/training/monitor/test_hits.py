"""What returning customers bought next, measured as the test window was."""

from collections.abc import Callable

import numpy as np
import pytest

from model.recommender import Recommender
from training.config import Knobs
from training.events.log import EventLog
from training.fit import fit
from training.matrix.user_item import end_of
from training.monitor.health import Reading
from training.monitor.hits import Bought, Expected, bought_of, readings
from training.monitor.windows import days_after, latest

MakeLog = Callable[..., EventLog]
EXPECTED = Expected(hit_rate=0.8, days=28)


@pytest.fixture
def model(make_log: MakeLog) -> Recommender:
    """Ann and Bob bought, Cleo only looked; ten places hold all three products for everybody."""
    log = make_log(
        [
            ("ann", "milk", "purchase", 0),
            ("bob", "tea", "purchase", 0),
            ("bob", "eggs", "purchase", 1),
            ("cleo", "milk", "view", 1),
        ]
    )
    return fit(log, Knobs(low_pass_vectors=0), end_of(log))


def hit_rate(days: float, expected: Expected = EXPECTED, hits: int = 0) -> Reading:
    """Ten customers buy one product each, and that many of them one of their list."""
    bought = Bought(10, np.arange(10), np.arange(10) < hits, np.ones(10))
    return readings(bought, expected, days, 0.5)[0]


def test_only_customers_with_a_past_purchase_are_asked(
    model: Recommender, make_log: MakeLog
) -> None:
    """Ann hits and Bob misses; Cleo bought nothing before, and Dan is unknown."""
    fresh = [("ann", "milk"), ("bob", "rice"), ("cleo", "milk"), ("dan", "milk")]
    found = bought_of(model, make_log([(*pair, "purchase", 2) for pair in fresh]))
    assert found.n_customers == 2
    assert found.rate().mean == 0.5


def test_a_purchase_that_was_taken_back_is_no_hit(model: Recommender, make_log: MakeLog) -> None:
    """Ann's milk came back and she bought nothing else; Bob kept his tea: one of one."""
    found = bought_of(
        model,
        make_log(
            [
                ("ann", "milk", "purchase", 2),
                ("ann", "milk", "return", 3),
                ("bob", "tea", "purchase", 2),
            ]
        ),
    )
    assert found.n_customers == 1
    assert found.rate().mean == 1


def test_a_low_hit_rate_over_the_length_of_the_test_window_is_an_alarm() -> None:
    """.5 · .8 = .4 is the least; none of ten hit, and the interval ends at .28."""
    low = hit_rate(days=28)
    assert low.alarm
    assert low.allowed == "at least 0.4000, 0.5 of the tested 0.8000"
    assert not hit_rate(days=28, hits=8).alarm


def test_of_few_customers_no_hit_is_no_alarm() -> None:
    """Five miss: Wilson's interval for none of five ends at z² / (5 + z²) = .43."""
    bought = Bought(5, np.arange(5), np.zeros(5, bool), np.ones(5))
    assert bought.rate().high == pytest.approx(1.96**2 / (5 + 1.96**2), abs=1e-4)
    assert not readings(bought, Expected(0.8, 28), 28, 0.5)[0].alarm
    assert readings(bought, Expected(0.9, 28), 28, 0.5)[0].alarm


def test_nobody_came_back() -> None:
    nobody = np.empty(0, np.int64)
    reading = readings(Bought(0, nobody, nobody > 0, nobody / 1), EXPECTED, 28, 0.5)[0]
    assert np.isnan(reading.value)
    assert not reading.alarm


def test_a_low_hit_rate_over_a_shorter_time_is_told_but_not_judged() -> None:
    """Nine tenths of 28 days are 25.2."""
    assert hit_rate(days=25.3).alarm
    short = hit_rate(days=3)
    assert not short.alarm
    assert short.allowed == ""
    assert short.meaning.startswith(
        "not judged: the new events cover 3.0 days, the tested 0.8000 is of 28.0; share of 10 "
    )
    assert short.line().startswith("      hit_rate_at_10")
    assert "not judged" in short.line()


@pytest.mark.parametrize(
    ("expected", "days", "why"),
    [
        (Expected(float("nan"), 28), 28, "the tested hit rate is not known"),
        (Expected(0.8, float("nan")), 28, "without times nobody knows of how many days it is"),
        (Expected(0.8, 28), float("nan"), "without times nobody knows of how many days it is"),
    ],
)
def test_a_hit_rate_without_its_like_is_not_judged(
    expected: Expected, days: float, why: str
) -> None:
    reading = hit_rate(days, expected)
    assert not reading.alarm
    assert reading.meaning.startswith(f"not judged: {why}; ")


def test_the_new_days_begin_with_the_file_or_where_training_ended(make_log: MakeLog) -> None:
    log = make_log([("ann", "milk", "purchase", day) for day in (1, 3, 9)])
    assert days_after(log, "2024-01-05") == 10 - 5  # day 9 is the 10th of January
    assert days_after(log, "2023-12-01") == 9 - 1
    assert np.isnan(days_after(log, ""))


def test_no_more_than_the_length_of_the_test_window_is_held_against_it(make_log: MakeLog) -> None:
    log = make_log([("ann", "milk", "purchase", day) for day in (1, 3, 9)])
    assert [len(latest(log, days)) for days in (1, 6, 7, float("nan"))] == [1, 2, 2, 3]

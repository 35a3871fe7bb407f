"""What stands for the future of a log without times."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from training.events.log import EventLog
from training.events.split import Split, split_undated
from training.events.undated import LIKE_VISITS, PURCHASES, VISITS

MakeLog = Callable[..., EventLog]
Row = tuple[str, str, str, float]


def drawn(log: EventLog, seed: int = 0) -> Split:
    return split_undated(log, np.random.default_rng(seed))


def in_baskets(log: EventLog, ids: Sequence[int] | NDArray) -> EventLog:
    return replace(log, frame=log.frame.assign(basket_id=np.asarray(ids, np.uint64)))


def visits_of(part: EventLog) -> set[tuple[int, int]]:
    return set(zip(part.user_rows.tolist(), part.frame["basket_id"].tolist(), strict=True))


def weekly(n_customers: int, n_visits: int) -> tuple[list[Row], list[int]]:
    """Everybody looks at two products and buys three on every visit."""
    rows, ids = [], []
    for customer in range(n_customers):
        for visit in range(n_visits):
            for place in range(5):
                kind = "view" if place < 2 else "purchase"
                product = f"p{(customer + 3 * visit + place) % 40:02}"
                rows.append((f"u{customer:03}", product, kind, 0))
                ids.append(1 + visit)
    return rows, ids


def buying_again(n_customers: int) -> list[Row]:
    """Everybody buys one product five times, and once each ten teas and ten tools that lie side by
    side on two shelves; which teas says nothing of which tools."""
    rng = np.random.default_rng(0)
    rows: list[Row] = []
    for number in range(n_customers):
        customer = f"u{number:03}"
        rows += [(customer, f"usual{number % 5}", "purchase", 0)] * 5
        for kind in ("tea", "tool"):
            first = rng.integers(30)
            bought = [f"{kind}{(first + place) % 30:02}" for place in range(10)]
            rows += [(customer, product, "purchase", 0) for product in bought]
    return rows


def test_visits_are_held_out_whole(make_log: MakeLog) -> None:
    rows, ids = weekly(100, 5)
    parts = drawn(in_baskets(make_log(rows, dated=False), ids))
    assert parts.drawn == VISITS
    assert parts.cutoff is None
    assert not visits_of(parts.past) & visits_of(parts.future)
    # 500 visits at a fifth: 100 in the mean, standard deviation sqrt(500 · 0.2 · 0.8) ≈ 9.
    assert 70 < len(visits_of(parts.future)) < 130
    assert len(parts.future) == 5 * len(visits_of(parts.future))  # views went with the purchases


def test_the_same_basket_id_of_two_customers_is_two_visits(make_log: MakeLog) -> None:
    rows, _ = weekly(100, 5)
    parts = drawn(in_baskets(make_log(rows, dated=False), [7] * len(rows)))
    assert parts.drawn == PURCHASES  # one visit each: nobody came back
    rows, ids = weekly(100, 2)
    parts = drawn(in_baskets(make_log(rows, dated=False), ids))
    assert 0 < len({visit for _, visit in visits_of(parts.future)} & {1, 2}) == 2
    assert len(visits_of(parts.future)) < 100


def test_a_purchase_without_a_basket_is_a_visit_by_itself(make_log: MakeLog) -> None:
    rows, ids = weekly(100, 5)
    ids = [0 if visit == 1 else visit for visit in ids]
    parts = drawn(in_baskets(make_log(rows, dated=False), ids))
    assert parts.drawn == VISITS
    without = parts.future.where((parts.future.frame["basket_id"] == 0).to_numpy())
    assert without.is_purchase.all()
    # 300 purchases of 100 customers, held out one by one.
    assert 30 < len(without) < 90


def test_purchases_mostly_without_a_basket_have_no_visits(make_log: MakeLog) -> None:
    rows, ids = weekly(100, 5)
    parts = drawn(in_baskets(make_log(rows, dated=False), [0 if i < 4 else i for i in ids]))
    assert parts.drawn != VISITS


def test_who_buys_again_without_baskets_keeps_the_rest_of_what_they_buy_again(
    make_log: MakeLog,
) -> None:
    parts = drawn(make_log(buying_again(100), dated=False))
    assert parts.drawn == LIKE_VISITS
    future = parts.future.frame
    usual = future[future["product_id"].str.startswith("usual")]
    # Bought five times: one purchase of everybody is certain to be held out.
    assert len(usual) == 100
    assert not usual["user_id"].duplicated().any()
    once = future[~future["product_id"].str.startswith("usual")]
    assert (once.groupby("user_id", observed=True).size() == 4).all()  # a fifth of twenty


def test_what_is_held_out_together_is_alike(make_log: MakeLog) -> None:
    future = drawn(make_log(buying_again(100), dated=False)).future.frame
    once = future[~future["product_id"].str.startswith("usual")]
    kinds = once.assign(kind=once["product_id"].str[:2]).groupby("user_id", observed=True)["kind"]
    # By chance four of ten and ten are of one kind one time in twelve.
    assert (kinds.nunique() == 1).mean() > 0.5


def test_customers_who_never_came_back_are_not_asked(make_log: MakeLog) -> None:
    once = [(f"w{n:03}", f"tea{n % 30:02}", "purchase", 0) for n in range(50)]
    parts = drawn(make_log([*buying_again(100), *once], dated=False))
    assert parts.drawn == LIKE_VISITS
    assert not parts.future.frame["user_id"].str.startswith("w").any()


def test_few_repeated_rows_are_no_sign_of_buying_again(make_log: MakeLog) -> None:
    once = [row for row in buying_again(100) if not row[1].startswith("usual")]
    doubled = [*once, *once[:60:2]]  # thirty doubled rows of two thousand
    assert drawn(make_log(doubled, dated=False)).drawn == PURCHASES


def test_too_few_returning_customers_are_no_sample(make_log: MakeLog) -> None:
    assert drawn(make_log(buying_again(19), dated=False)).drawn == PURCHASES
    assert drawn(make_log(buying_again(20), dated=False)).drawn == LIKE_VISITS
    rows, ids = weekly(19, 5)
    assert drawn(in_baskets(make_log(rows, dated=False), ids)).drawn == PURCHASES


def test_the_draw_is_the_seeds(make_log: MakeLog) -> None:
    rows, ids = weekly(50, 5)
    baskets, again = (
        in_baskets(make_log(rows, dated=False), ids),
        make_log(buying_again(50), dated=False),
    )
    for log in (baskets, again):
        one, same, other = (drawn(log, seed).future.frame.index for seed in (1, 1, 2))
        assert one.equals(same)
        assert not one.equals(other)


def test_every_event_is_on_one_side(make_log: MakeLog) -> None:
    rows, ids = weekly(50, 5)
    log = make_log([*rows, *buying_again(50)], dated=False)
    for each in (log, in_baskets(log, [*ids, *[9] * (len(log) - len(ids))])):
        parts = drawn(each)
        together = pd.concat([parts.past.frame, parts.future.frame]).index
        assert sorted(together) == list(range(len(log)))


@pytest.mark.parametrize("kind", ["visits", "like visits", "purchases"])
def test_the_draw_does_not_depend_on_the_order_of_the_rows(make_log: MakeLog, kind: str) -> None:
    if kind == "visits":
        rows, ids = weekly(30, 3)
        log = in_baskets(make_log(rows, dated=False), ids)
    elif kind == "like visits":
        log = make_log(buying_again(30), dated=False)
    else:
        log = make_log([(f"u{n % 9}", f"p{n}", "purchase", 0) for n in range(90)], dated=False)
    shuffled = np.random.default_rng(1).permutation(len(log))
    one, other = (
        part.future.frame.astype(str).apply(tuple, axis=1)
        for part in (drawn(log), drawn(log.in_order(shuffled)))
    )
    assert len(one)
    assert sorted(one) == sorted(other)

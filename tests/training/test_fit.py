from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from model.candidates import LITTLE, OWN, propose
from model.features import features
from model.recommender import Recommender
from model.strategies import BuyAgain
from tests.conftest import shop_frame
from tests.training.conftest import MakeLog
from training.config import Knobs
from training.events.read import read_events
from training.events.split import split_by_time
from training.fit import (
    algorithm_of,
    are_comparable,
    bought_again,
    comparable,
    fit,
    normalised_customers,
    trend_of,
)
from training.matrix.items import rebuy_share
from training.matrix.user_item import end_of, user_item_matrix

PLAIN = Knobs(neighbour_product_exponent=0, neighbour_exponent=0)
ALL = np.arange(3)
TASTE = csr_array(np.array([[1, 0], [3, 1], [2, 0]], np.float32))


def test_customers_are_listed_by_product():
    assert normalised_customers(TASTE, PLAIN, ALL).toarray().tolist() == [[1, 3, 2], [0, 1, 0]]


def test_products_and_customers_with_much_count_less():
    knobs = Knobs(neighbour_product_exponent=1, neighbour_exponent=1)
    # Product 0 weighs 6 in all, product 1 weighs 1; the customers weigh 1, 4 and 2.
    found = normalised_customers(TASTE, knobs, ALL).toarray()
    assert found == pytest.approx(np.array([[1 / 6, 3 / 24, 2 / 12], [0, 1 / 4, 0]]))


def test_of_many_customers_those_are_kept_for_whom_the_product_weighs_most():
    assert normalised_customers(TASTE, PLAIN, ALL, 2).toarray().tolist() == [[0, 3, 2], [0, 1, 0]]


def test_a_product_of_too_few_customers_or_of_faded_weights_is_not_compared():
    # Product 0 has two customers, product 1 one, product 2 two whose weights have faded to 0.
    weights = np.array([1, 2, 3, 0, 0], np.float32)
    taste = csr_array((weights, [0, 1, 0, 2, 2], [0, 2, 4, 5]), shape=(3, 3))
    assert are_comparable(taste, 2).tolist() == [True, False, False]
    assert comparable(taste, 2).toarray().tolist() == [[1, 0, 0], [3, 0, 0], [0, 0, 0]]


def test_few_buyers_say_little_of_a_trend_and_products_not_bought_have_none(make_log: MakeLog):
    rows = [(f"u{i}", "rising", "purchase", 90) for i in range(60)]
    rows += [(f"u{i}", "falling", "purchase", 0) for i in range(60)]
    rows += [("u0", "rare", "purchase", 90), ("u0", "seen", "view", 90)]
    log, knobs = make_log(rows), Knobs(neighbour_half_life_days=9)
    everybody = user_item_matrix(log, knobs, end_of(log)).everybody()
    usual = 30 * (61 + 60 / 1024) / 121  # 60 bought ten half-lives ago
    expected = [(60 / 1024 + usual) / 90, (1 + usual) / 31, (60 + usual) / 90, 0]
    rows_of = log.products.rows_of(["falling", "rare", "rising", "seen"])
    assert trend_of(everybody, knobs)[rows_of] == pytest.approx(np.array(expected))
    assert expected[0] < expected[1] < expected[2]


def test_of_what_a_customer_bought_alike_what_others_come_back_for_is_bought_again(
    make_log: MakeLog,
):
    others = [(f"u{i}", name, "purchase", 1) for i in range(20) for name in ("a lamp", "tea")]
    again = [(f"u{i}", "tea", "purchase", 2) for i in range(20)]
    ann = [("ann", name, "purchase", 3) for name in ("a lamp", "tea")]
    log = make_log([*others, *again, *ann])
    assert fit(log, Knobs(), end_of(log)).recommend("ann", 2, "buy_again") == ["tea", "a lamp"]


def test_own_weights_count_by_the_root_of_the_share_of_buyers_who_came_back(make_log: MakeLog):
    rows = [(f"u{i}", "tea", "purchase", day) for i in range(20) for day in (0, 5)]
    rows += [(f"u{i}", "a lamp", "purchase", 5) for i in range(20)]
    log = make_log(rows)
    matrix = user_item_matrix(log, Knobs(), end_of(log))
    again, everybody = bought_again(rebuy_share(matrix)), matrix.everybody()
    lamp, tea = log.products.rows_of(["a lamp", "tea"])
    # Half of all buyers came back: so did ten pseudo-buyers of every product.
    assert again[[lamp, tea]] ** 2 == pytest.approx([5 / 30, 25 / 30])
    own = BuyAgain(again).score(everybody)
    weights = everybody.weights.toarray()
    assert own[0, lamp] == pytest.approx(weights[0, lamp] * (5 / 30) ** 0.5)


def test_what_others_come_back_for_outweighs_a_heavier_own_weight(make_log: MakeLog):
    others = [(f"u{i}", "tea", "purchase", day) for i in range(40) for day in (0, 1)]
    others += [(f"v{i}", "a lamp", "purchase", 1) for i in range(40)]
    ann = [("ann", "tea", "purchase", 9), ("ann", "a lamp", "purchase", 20)]  # fades less
    log = make_log([*others, *ann, ("bob", "tea", "purchase", 20)])
    own = fit(log, Knobs(), end_of(log))
    assert own.recommend("ann", 2, "buy_again") == ["tea", "a lamp"]


def test_without_times_all_that_is_bought_has_one_trend(make_log: MakeLog):
    rows = [("ann", "tea", "purchase", 0), ("bob", "tea", "purchase", 0)]
    log = make_log([*rows, ("ann", "a lamp", "purchase", 0)], dated=False)
    everybody = user_item_matrix(log, Knobs(), None).everybody()
    assert trend_of(everybody, Knobs()).tolist() == [1, 1]


def test_where_nobody_buys_twice_own_weights_alone_decide(make_log: MakeLog):
    many = [(f"u{i}", "tea", "purchase", 0) for i in range(20)]
    log = make_log([*many, ("ann", "tea", "purchase", 9), ("ann", "a lamp", "purchase", 8)])
    assert fit(log, Knobs(), end_of(log)).recommend("ann", 2, "buy_again") == ["tea", "a lamp"]


def test_the_algorithm_that_is_named_is_that_of_the_products_compared(
    recommender: Recommender, knobs: Knobs, monkeypatch: pytest.MonkeyPatch
):
    taste = comparable(recommender.matrix.everybody().lasting, knobs.min_customers)
    n_products = len(np.unique(taste.indices))
    monkeypatch.setattr("training.similarity.MOST_REGRESSED", n_products)
    assert algorithm_of(recommender.matrix, knobs) == "ridge"
    monkeypatch.setattr("training.similarity.MOST_REGRESSED", n_products - 1)
    assert algorithm_of(recommender.matrix, knobs) == "asymmetric"


def known_of_candidates(fitted: Recommender) -> pd.DataFrame:
    """Every candidate of every customer with its features, by ids."""
    histories = fitted.matrix.everybody()
    proposed = propose(fitted.strategies, fitted.popular, histories)
    named = pd.DataFrame(features(proposed, histories, fitted.items))
    named["user_id"] = fitted.matrix.users.ids_of(proposed.customers())
    named["product_id"] = fitted.matrix.products.ids_of(proposed.items)
    return named.set_index(["user_id", "product_id"]).sort_index()


def test_who_and_what_only_the_future_knows_changes_nothing_of_the_past(
    tmp_path: Path, knobs: Knobs
):
    frame = shop_frame()
    moment = frame["timestamp"].max() + pd.Timedelta(days=1)
    later = pd.DataFrame(
        {
            "user_id": [f"later {n}" for n in range(300)],
            "product_id": [f"{'an' * (n % 2)} later product {n}" for n in range(300)],
            "event_type": "purchase",
            "timestamp": moment + pd.to_timedelta(np.arange(1, 301), unit="h"),
        }
    )
    frame.to_csv(tmp_path / "past.csv", index=False)
    pd.concat([frame, later]).to_csv(tmp_path / "all.csv", index=False)
    past = read_events(str(tmp_path / "past.csv"), knobs.event_weights)
    whole = read_events(str(tmp_path / "all.csv"), knobs.event_weights)
    alone = fit(past, knobs, moment)
    beside = fit(split_by_time(whole, moment).past, knobs, moment)
    assert beside.matrix.shape == tuple(n + 300 for n in alone.matrix.shape)
    kept = known_of_candidates(beside).loc[list(past.users.ids_of(range(len(past.users))))]
    pd.testing.assert_frame_equal(kept, known_of_candidates(alone), rtol=1e-2)


def test_who_looked_at_very_much_still_buys_again(make_log: MakeLog):
    rows = [("ann", f"bought {n}", "purchase", 0) for n in range(10)]
    rows += [("ann", f"seen {n}", "view", 300) for n in range(OWN + 10)]
    fitted = fit(log := make_log(rows), Knobs(), end_of(log))
    assert sorted(fitted.recommend("ann", 10, "buy_again")) == [f"bought {n}" for n in range(10)]


def test_what_was_bought_a_thousand_half_lives_ago_is_bought_again(make_log: MakeLog):
    rows = [("ann", f"p{n:02d}", "purchase", 0) for n in range(LITTLE + 1)]
    log = make_log([*rows, ("bob", "tea", "purchase", 1000)])
    fitted = fit(log, Knobs(half_life_days=1), end_of(log))
    assert len(fitted.recommend("ann", 20, "buy_again")) == LITTLE + 1

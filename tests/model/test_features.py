from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from model.candidates import Candidates
from model.features import features
from model.items import ItemFacts
from model.matrix import Histories, PairFacts
from model.recommender import Recommender

TO_THREE_DIGITS = 2**-7


def one_customer() -> tuple[Candidates, Histories, ItemFacts]:
    """Bought item 0 three times (10 to 30 days ago) at log price 2, looked at item 1 yesterday."""
    arrays = {
        "purchases": [3, 0],
        "seen": [0, 1],
        "looks": [0, 1],
        "recent": [1.5, 0.2],
        "lasting": [2.5, 0.2],
        "age_days": [10, 1],
        "first_age_days": [30, 1],
    }
    facts = PairFacts(**{name: np.array(values, np.float32) for name, values in arrays.items()})
    weights = csr_array(np.array([[2.0, 0.2, 0.0]], np.float32))
    items: dict[str, Any] = {
        name: np.zeros(3, np.float32) for name in ItemFacts.__dataclass_fields__
    } | {
        "gap_days": np.array([20, 7, -1], np.float32),
        "log_price": np.array([2, 3, -1], np.float32),
        "sales_7": np.array([1, 2, 4], np.float32),
        "sales_30": np.array([1, 1, 1], np.float32),
        "groups": {
            "category": np.array([1, 0, 1], np.int32),
            "brand": np.array([1, 2, 2], np.int32),
        },
    }
    candidates = Candidates(
        np.array([0, 3]),
        np.arange(3),
        np.array([0, 1, -1]),
        np.ones((3, 1), np.float32),
        ("popular",),
    )
    return candidates, Histories(weights, facts, np.array([0])), ItemFacts(**items)


def test_facts_of_the_pair_are_those_of_the_history():
    named = features(*one_customer())
    assert named["pair_purchases"].tolist() == [3, 0, 0]
    assert named["pair_age_days"].tolist() == [10, 1, -1]
    # (30 - 10) / (3 - 1) = 10 days a purchase after the first; unknown where there was none.
    assert named["pair_gap_days"].tolist() == [10, -1, -1]


def test_who_only_looked_has_no_share_of_repeated_purchases():
    candidates, histories, items = one_customer()
    # One product, bought three times; then the same customer without a purchase.
    assert features(candidates, histories, items)["customer_repeat_share"] == pytest.approx(
        [2 / 3] * 3, rel=TO_THREE_DIGITS
    )
    looked = replace(histories.facts, purchases=np.zeros(2, np.float32))
    found = features(candidates, replace(histories, facts=looked), items)
    assert found["customer_repeat_share"].tolist() == [-1, -1, -1]


def test_a_product_is_due_by_its_own_interval_then_by_the_products():
    # 10 days since the last purchase, every 10 days; 1 day since it was seen, every 7 days.
    due = features(*one_customer())["due"]
    assert due == pytest.approx([1.0, 1 / 7, -1.0], rel=TO_THREE_DIGITS)


def test_prices_compare_with_what_the_customer_pays():
    # The customer's mean log price is that of item 0: 2. Item 2 has no price.
    assert features(*one_customer())["price_difference"].tolist() == [0, 1, 0]


def test_a_group_sums_what_the_customer_lately_did_with_all_its_products():
    named = features(*one_customer())
    # Items 0 and 2 share a category, item 1 has none; items 1 and 2 share a brand.
    assert named["recent_of_category"].tolist() == [1.5, -1, 1.5]
    assert named["recent_of_brand"] == pytest.approx([1.5, 0.2, 0.2], rel=TO_THREE_DIGITS)


def test_groups_of_one_customer_are_not_anothers(recommender: Recommender):
    n_items = recommender.matrix.shape[1]
    groups = {"category": np.arange(n_items, dtype=np.int32) % 3}
    items = replace(recommender.items, groups=groups)
    everybody = recommender.matrix.everybody()
    together = recommender.scored(everybody, "for_you")[0]
    expected = features(together, everybody, items)["recent_of_category"]
    alone = []
    for row in range(len(everybody)):
        one = recommender.matrix.histories(np.array([row]))
        alone += features(recommender.scored(one, "for_you")[0], one, items)[
            "recent_of_category"
        ].tolist()
    assert len(alone) > len(everybody)
    assert expected.tolist() == alone


def test_a_rise_is_the_last_week_against_the_last_month():
    assert features(*one_customer())["item_rise"] == pytest.approx(
        np.array([1, 2, 4]) / 1.01, rel=TO_THREE_DIGITS
    )


def test_every_feature_is_a_finite_float32(recommender: Recommender):
    histories = recommender.matrix.everybody()
    candidates = recommender.scored(histories, "for_you")[0]
    for name, values in features(candidates, histories, recommender.items).items():
        assert values.dtype == np.float32, name
        assert values.shape == candidates.items.shape, name
        assert np.isfinite(values).all(), name


def test_nobodys_features_are_finite(recommender: Recommender):
    nobody = recommender.history(-1)
    candidates = recommender.scored(nobody, "for_you")[0]
    named = features(candidates, nobody, recommender.items)
    assert all(np.isfinite(values).all() for values in named.values())
    assert (named["customer_age_days"] == -1).all()

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from benchmarks.session import Basket, first_baskets, measure
from model.recommender import Recommender
from model.relations import Relation
from model.scenarios import TOGETHER
from training.events.log import EventLog


def test_the_first_basket_of_more_products_than_looks_is_asked_about_by_its_first_ones():
    rows = [
        ("ann", 1, "milk"),
        ("bob", 2, "tea"),  # one product only
        ("ann", 3, "jam"),
        ("ann", 3, "rye"),
        ("bob", 4, "tea"),
        ("bob", 4, "tea"),
        ("bob", 4, "milk"),
        ("ann", 5, "tea"),
        ("ann", 5, "jam"),
    ]
    frame = pd.DataFrame(rows, columns=["user_id", "basket_id", "product_id"])
    frame = frame.assign(event_type="purchase").astype(
        {"user_id": "category", "product_id": "category", "event_type": "category"}
    )
    log = EventLog(frame, len(frame))
    assert first_baskets(log) == [
        Basket("ann", ("jam",), frozenset({"rye"})),
        Basket("bob", ("tea",), frozenset({"milk"})),
    ]
    assert first_baskets(log, looks=2) == []
    one_basket = EventLog(frame.assign(basket_id=1), len(frame))
    assert first_baskets(one_basket, looks=2) == [Basket("ann", ("milk", "jam"), {"rye", "tea"})]


def test_what_baskets_give_is_told_apart(recommender: Recommender):
    products = recommender.matrix.products
    near = np.zeros((len(products),) * 2, np.float32)
    near[products.rows_of(["p05"]), products.rows_of(["p12"])] = 1
    model = replace(recommender, relations={TOGETHER: Relation(products, csr_array(near))})
    basket = Basket("000", ("p05",), frozenset({"p12"}))  # of another taste
    for line in measure(model, "shop", [basket]):
        assert line["ndcg_by_taste"] == 0
        assert line["of_baskets"] == line["ndcg_with"] > 0


def test_a_line_a_scenario_and_way_of_asking(recommender: Recommender):
    shown = recommender.recommend("007", 3)
    [nobody, *_] = recommender.recommend(None, 10)
    baskets = [
        Basket("007", (shown[0],), frozenset(shown[1:])),
        Basket("008", (nobody,), frozenset({"absent"})),
    ]
    lines = list(measure(recommender, "shop", baskets))
    assert [(line["scenario"], line["asked_as"]) for line in lines] == [
        (scenario, who) for scenario in ("for_you", "discover") for who in ("customer", "stranger")
    ]
    first = lines[0]
    assert first["ndcg_without"] == 0.5  # the other two of one list, and none of the other's
    assert first["difference"] == round(first["ndcg_with"] - first["ndcg_without"], 4)
    assert {line["n_baskets"] for line in lines} == {2}

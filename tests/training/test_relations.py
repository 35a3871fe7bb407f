from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model import storage
from model.answer import Answers
from model.recommender import Recommender
from model.request import Request
from training.config import Knobs
from training.events.baskets import baskets
from training.events.log import EventLog
from training.relations import relations

BEST_SELLER = "p00"


@pytest.fixture(scope="module")
def catalogue() -> pd.DataFrame:
    """Four tastes are four categories; one product more, of the first, was never sold."""
    ids = [f"p{number:02d}" for number in range(48)]
    category = [f"category {number // 12}" for number in range(48)]
    rows = {"product_id": [*ids, "brand new"], "category": [*category, "category 0"]}
    return pd.DataFrame(rows).set_index("product_id")


@pytest.fixture(scope="module")
def related(
    recommender: Recommender, shop_log: EventLog, catalogue: pd.DataFrame, knobs: Knobs
) -> Recommender:
    return replace(recommender, relations=relations(shop_log, recommender, catalogue, knobs))


def taste(product_id: str) -> int:
    return int(product_id[1:]) // 12


def test_similar_products_are_the_nearest_in_the_similarity(related: Recommender):
    row = related.matrix.products.row("p13")
    near = related.strategies["similar_items"].similarity[[row]].toarray()[0]
    expected = np.argsort(-near, kind="stable")[:5]
    found = related.recommend(None, 5, "similar", product_ids=["p13"])
    assert found == related.matrix.products.ids_of(expected)


def test_what_is_asked_about_is_never_shown_and_unknown_ids_are_passed_over(related: Recommender):
    for scenario in related.relations:
        asked = ["p13", "p14", "no such product"]
        found = related.recommend(None, 20, scenario, product_ids=asked)
        assert found
        assert not set(found) & set(asked)
        assert found == related.recommend("000", 20, scenario, product_ids=asked[1::-1])


def test_about_unknown_products_alone_there_is_nothing_to_show(related: Recommender):
    for scenario in related.relations:
        assert related.recommend("000", 5, scenario, product_ids=["no such product"]) == []


def test_bought_together_counts_common_baskets(related: Recommender, shop_log: EventLog):
    found = related.recommend(None, 100, "bought_together", product_ids=["p13"])
    row, held = related.matrix.products.row("p13"), baskets(shop_log)
    shared = (held.T @ held).toarray()[row]
    shared[row] = 0
    assert set(related.matrix.products.rows_of(found)) == set(np.flatnonzero(shared))


def test_a_product_that_nobody_bought_has_neighbours_of_its_category(related: Recommender):
    found = related.recommend(None, 5, "similar", product_ids=["brand new"])
    assert len(found) == 5
    assert {taste(product) for product in found} == {0}
    # Descriptions are all the same: the best seller of the category comes first.
    first = related.matrix.products.row(found[0])
    in_category = related.matrix.products.rows_of([f"p{number:02d}" for number in range(12)])
    popularity = related.popular.popularity
    assert popularity[first] == popularity[in_category].max()


def test_without_a_catalogue_products_known_by_it_alone_are_unknown(
    recommender: Recommender, shop_log: EventLog, knobs: Knobs
):
    bare = replace(recommender, relations=relations(shop_log, recommender, None, knobs))
    assert bare.recommend(None, 5, "similar", product_ids=["brand new"]) == []
    assert bare.recommend(None, 5, "similar", product_ids=["p13"])


def test_relations_saved_equal_relations_loaded(related: Recommender, tmp_path: Path):
    storage.save(related, tmp_path)
    loaded = storage.load(tmp_path)
    for scenario in related.relations:
        for asked in (["p13"], ["brand new", "p40"]):
            found = loaded.recommend(None, 10, scenario, product_ids=asked)
            assert found == related.recommend(None, 10, scenario, product_ids=asked)


@pytest.mark.parametrize("scenario", ["similar", "bought_together"])
def test_explanations_name_the_products_a_list_follows(related: Recommender, scenario: str):
    given = {"user_id": None, "k": 5, "scenario": scenario, "product_ids": ["p13", "p40"]}
    answer = Answers(related).of(Request.of({**given, "explain": True}))
    assert [each["product_id"] for each in answer["explanations"]] == answer["recommended_products"]
    scores = [each["score"] for each in answer["explanations"]]
    assert scores == sorted(scores, reverse=True)
    for each in answer["explanations"]:
        assert each["strategy"] == scenario
        assert each["because"]
        assert set(each["because"]) <= {"p13", "p40"}


def test_other_lists_are_as_before(related: Recommender, recommender: Recommender):
    for scenario in ("for_you", "discover", "buy_again", "popular"):
        rows = np.arange(recommender.matrix.shape[0])
        before = recommender.recommend_rows(rows, 20, scenario)
        np.testing.assert_array_equal(related.recommend_rows(rows, 20, scenario), before)

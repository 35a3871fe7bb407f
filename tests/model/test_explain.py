import pytest

from model.candidates import POPULAR
from model.explain import MOST_REASONS, explain
from model.request import Request
from model.scenarios import SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("user_id", ["001", "stranger", None])
def test_every_product_gets_one_explanation_in_order(recommender, scenario, user_id):
    products = recommender.recommend(user_id, 10, scenario)
    explanations = explain(recommender, Request(user_id, scenario=scenario), products)
    assert [e["product_id"] for e in explanations] == products
    assert all(e["strategy"] in (*recommender.strategies, POPULAR) for e in explanations)
    assert all(len(e["because"]) <= MOST_REASONS for e in explanations)


@pytest.mark.parametrize("scenario", ["for_you", "discover", "buy_again"])
def test_the_list_is_in_the_order_of_the_scores(recommender, scenario):
    products = recommender.recommend("001", 10, scenario)
    explanations = explain(recommender, Request("001", scenario=scenario), products)
    scores = [e["score"] for e in explanations if e["score"] is not None]
    assert scores
    assert scores == sorted(scores, reverse=True)
    assert all(e["score"] is None for e in explanations[len(scores) :])


def test_reasons_are_products_of_the_customers_history(recommender):
    products = recommender.recommend("001", 10, "discover")
    explanations = explain(recommender, Request("001", scenario="discover"), products)
    reasons = {product for e in explanations for product in e["because"]}
    assert reasons
    assert reasons <= set(recommender.matrix.of("001").index)


def test_a_stranger_is_shown_what_is_popular_and_no_reasons(recommender):
    products = recommender.recommend(None)
    for explanation in explain(recommender, Request(None), products):
        assert (explanation["strategy"], explanation["because"]) == (POPULAR, [])


def test_a_strangers_session_is_a_reason(recommender):
    request = Request(None, recent_products=("p05",))
    products = recommender.recommend(None, 10, "for_you", ("p05",))
    reasons = [e["because"] for e in explain(recommender, request, products)]
    assert ["p05"] in reasons

"""What is bought with the products of a session has its say beside the ranker."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from model.explain import explain
from model.recommender import Recommender
from model.relations import Relation
from model.request import Request
from model.scenarios import TOGETHER

CUSTOMER, LOOKED_AT, ALSO, NEVER_ALONE = "000", "p05", "p06", "p12"
"""Customers of the first taste buy p00 to p11; p12 is of another taste."""

UNPOPULAR = "p40"
"""Of another taste, too, and nothing else speaks for it."""


@pytest.fixture(scope="module")
def with_baskets(recommender: Recommender) -> Recommender:
    return in_baskets(recommender, NEVER_ALONE)


def in_baskets(recommender: Recommender, product: str) -> Recommender:
    """In the baskets of p05 there is the product, nothing else; in those of p06 a little of it."""
    products = recommender.matrix.products
    near = np.zeros((len(products),) * 2, np.float32)
    looked_at, also, row = products.rows_of([LOOKED_AT, ALSO, product])
    near[looked_at, row], near[also, row] = 1, 0.1
    return replace(recommender, relations={TOGETHER: Relation(products, csr_array(near))})


@pytest.mark.parametrize("scenario", ["for_you", "discover"])
@pytest.mark.parametrize("user_id", [CUSTOMER, "stranger"])
def test_what_baskets_hold_with_the_product_looked_at_is_shown(
    recommender: Recommender, with_baskets: Recommender, user_id: str, scenario: str
):
    asked = (user_id, 10, scenario)
    assert NEVER_ALONE not in recommender.recommend(*asked, [LOOKED_AT])
    assert NEVER_ALONE in with_baskets.recommend(*asked, [LOOKED_AT])


@pytest.mark.parametrize("session", [[], ["p07"], ["no such product"]])
def test_a_session_without_such_baskets_is_answered_as_before(
    recommender: Recommender, with_baskets: Recommender, session: list[str]
):
    for user_id in (CUSTOMER, "stranger"):
        asked = (user_id, 10, "for_you", session)
        assert with_baskets.recommend(*asked) == recommender.recommend(*asked)


def test_what_is_new_to_a_customer_is_nothing_to_buy_again(with_baskets: Recommender):
    assert NEVER_ALONE not in with_baskets.recommend(CUSTOMER, 100, "buy_again", [LOOKED_AT])


def test_what_was_bought_is_not_discovered_by_a_session(with_baskets: Recommender):
    owner = with_baskets.matrix.users.ids_of([3])[0]
    bought = with_baskets.recommend(owner, 1, "buy_again")[0]
    products = with_baskets.matrix.products
    near = np.zeros((len(products),) * 2, np.float32)
    near[products.rows_of([LOOKED_AT]), products.rows_of([bought])] = 1
    related = replace(with_baskets, relations={TOGETHER: Relation(products, csr_array(near))})
    assert bought in related.recommend(owner, 5, "for_you", [LOOKED_AT])
    assert bought not in related.recommend(owner, 100, "discover", [LOOKED_AT])


def test_the_more_products_of_a_session_speak_for_one_the_nearer_it_is(with_baskets: Recommender):
    row = with_baskets.matrix.users.row(CUSTOMER)
    one, both = (with_baskets.history(row, session) for session in ([LOOKED_AT], [LOOKED_AT, ALSO]))
    never_alone = with_baskets.matrix.products.rows_of([NEVER_ALONE])
    assert one.session is not None
    assert both.session is not None
    assert one.session.indices.tolist() == both.session.indices.tolist() == never_alone.tolist()
    assert one.session.data == pytest.approx([1])
    assert both.session.data == pytest.approx([1.1])


def test_it_is_explained_by_the_products_of_the_session(recommender: Recommender):
    with_baskets = in_baskets(recommender, UNPOPULAR)
    session = (ALSO, LOOKED_AT, LOOKED_AT)  # one page was opened twice
    products = with_baskets.recommend(CUSTOMER, 10, "discover", session)
    request = Request(CUSTOMER, scenario="discover", recent_products=session)
    explained = {each["product_id"]: each for each in explain(with_baskets, request, products)}
    assert list(explained) == products
    assert explained[UNPOPULAR]["strategy"] == TOGETHER
    assert explained[UNPOPULAR]["because"] == [LOOKED_AT, ALSO]
    scores = [each["score"] for each in explained.values() if each["score"] is not None]
    assert scores == sorted(scores, reverse=True)
    others = {each["strategy"] for product, each in explained.items() if product != UNPOPULAR}
    assert TOGETHER not in others

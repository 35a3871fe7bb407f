"""Coverage, Gini, popularity, novelty and diversity against hand-computed values and laws."""

from math import log2

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.metrics.pairwise import cosine_similarity

from model.recommender import Recommender
from training.config import Knobs
from training.events.log import EventLog
from training.insight import beyond
from training.insight.beyond import Products
from training.matrix.user_item import end_of, user_item_matrix

DAY = pd.Timedelta(days=1)
BUYERS = np.array([8, 4, 2, 1, 0])  # of 8 customers; the fifth product was only looked at
LISTS = np.array([[0, 1], [0, 4], [0, -1], [-1, -1]], np.int32)


def test_coverage_is_the_share_of_bought_products_that_anybody_is_shown():
    # Of the four bought products two are shown; that the fifth is shown does not count.
    assert beyond.coverage(LISTS, BUYERS, 2) == 2 / 4
    assert beyond.coverage(LISTS, BUYERS, 1) == 1 / 4


def test_gini_is_one_for_one_product_in_every_place_and_zero_for_an_even_share():
    assert beyond.gini(np.array([[0], [0], [0]], np.int32), BUYERS, 1) == pytest.approx(1)
    assert beyond.gini(np.array([[0, 1], [2, 3]], np.int32), BUYERS, 2) == pytest.approx(0)


def test_gini_of_three_quarters_and_a_quarter():
    # x = 0, 0, 1, 3 with n = 4: (-3·0 - 1·0 + 1·1 + 3·3) / (3 · 4) = 10 / 12.
    lists = np.array([[0, 1], [0, -1], [0, -1]], np.int32)
    assert beyond.gini(lists, BUYERS, 2) == pytest.approx(10 / 12)


def test_popularity_is_the_mean_share_of_customers_who_bought_what_a_list_shows():
    found = beyond.popularity(LISTS, BUYERS, 8, 2)
    np.testing.assert_allclose(found, [(8 / 8 + 4 / 8) / 2, (8 / 8 + 0) / 2, 8 / 8, np.nan])


def test_novelty_is_the_mean_self_information_in_bits():
    # Bought by everybody: 0 bits; by half: 1 bit; by nobody counts as by one of eight: 3 bits.
    found = beyond.novelty(LISTS, BUYERS, 8, 2)
    np.testing.assert_allclose(found, [(0 + 1) / 2, (0 + log2(8)) / 2, 0, np.nan])


def test_nobody_and_nothing_have_no_figures():
    nobody, nothing = np.empty((0, 2), np.int32), np.full((1, 2), -1, np.int32)
    for of in (beyond.popularity, beyond.novelty):
        assert of(nobody, BUYERS, 8, 2).shape == (0,)
    assert np.isnan(beyond.gini(nothing, BUYERS, 2))
    assert np.isnan(beyond.coverage(LISTS, np.zeros(5, int), 2))
    assert beyond.diversity(nobody, csr_array((5, 1)), 2).shape == (0,)


def test_diversity_by_category_is_the_share_of_pairs_from_different_categories():
    # Products 0 and 1 are drinks, 2 is bread, 3 has no category and is like no other.
    vectors = csr_array(np.array([[1.0, 0], [1, 0], [0, 1], [0, 0], [0, 0]]))
    lists = np.array([[0, 1, 2], [0, 1, -1], [0, 3, 4], [2, -1, -1]], np.int32)
    found = beyond.diversity(lists, vectors, 3)
    np.testing.assert_allclose(found, [2 / 3, 0, 1, np.nan])


@given(st.integers(0, 2**32 - 1))
def test_diversity_is_one_minus_the_mean_cosine_of_all_pairs(seed: int):
    rng = np.random.default_rng(seed)
    dense = (rng.random((12, 6)) < 0.4).astype(float)
    vectors = dense / np.maximum(np.linalg.norm(dense, axis=1, keepdims=True), 1e-12)
    lists = np.array([rng.choice(12, 5, replace=False) for _ in range(7)], np.int32)
    alike = cosine_similarity(dense)
    pairs = np.triu_indices(5, 1)
    expected = [1 - alike[np.ix_(row, row)][pairs].mean() for row in lists]
    np.testing.assert_allclose(beyond.diversity(lists, csr_array(vectors), 5), expected)


def test_buyers_are_counted_once_a_product(recommender: Recommender):
    frame = recommender.matrix.to_frame()
    expected = frame[frame["purchases"] > 0].groupby("product_id").size()
    ids = recommender.matrix.products.ids_of([4])
    assert beyond.buyers(recommender.matrix)[4] == expected[ids[0]]


def test_products_are_alike_by_category_where_the_catalogue_has_one(recommender: Recommender):
    ids = recommender.matrix.products.ids_of(range(48))
    shelf = [str(number // 12) if number else "" for number in range(48)]
    catalogue = pd.DataFrame({"category": shelf}, index=pd.Index(ids))
    found = Products.of(recommender.matrix, catalogue)
    assert found.alike_by == "category"
    assert found.vectors.shape == (48, 4)
    assert np.diff(found.vectors.indptr).tolist() == [0] + [1] * 47


@pytest.mark.parametrize("catalogue", [None, pd.DataFrame({"title": []})])
def test_products_are_alike_by_common_buyers_without_categories(
    recommender: Recommender, catalogue: pd.DataFrame | None
):
    found = Products.of(recommender.matrix, catalogue)
    bought = recommender.matrix.everybody().bought.toarray() > 0
    assert found.alike_by == "co-purchase"
    expected = cosine_similarity(bought.T)
    np.testing.assert_allclose((found.vectors @ found.vectors.T).toarray(), expected, atol=1e-12)


def test_customers_whom_only_the_future_knows_are_not_counted(shop_log: EventLog, knobs: Knobs):
    first_days = shop_log.frame["timestamp"] < shop_log.frame["timestamp"].min() + DAY
    past = shop_log.where(first_days.to_numpy())
    matrix = user_item_matrix(past, knobs, end_of(past))
    known = len(set(past.user_rows))
    assert known < matrix.shape[0]
    assert Products.of(matrix, None).n_customers == known

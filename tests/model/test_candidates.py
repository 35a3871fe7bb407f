import numpy as np
import pytest

from model.candidates import OWN, PROPOSED, Candidates, propose
from model.recommender import Recommender


def two_customers(scores: list[float]) -> Candidates:
    """Three candidates for the first customer, two for the second."""
    column = np.array(scores, np.float32)[:, None]
    items, pairs = np.array([1, 4, 9, 0, 4]), np.array([-1, 0, -1, -1, 1])
    return Candidates(np.array([0, 3, 5]), items, pairs, column, ("popular",))


def test_scores_are_divided_by_the_mean_of_the_customers_best():
    candidates = two_customers([1, 2, 3, 4, 0])
    # First customer: mean (1 + 2 + 3) / 3 = 2. Second: only 4 is above 0, so 4 / 4 = 1.
    normalised = candidates.normalised(candidates.scores[:, 0])
    assert normalised.tolist() == [0.5, 1.0, 1.5, 1.0, 0.0]


def test_a_customer_without_any_score_keeps_zeros():
    assert two_customers([0, 0, 0, 2, 2]).normalised(
        np.array([0, 0, 0, 2, 2], np.float32)
    ).tolist() == [0, 0, 0, 1, 1]


def test_some_candidates_stay_with_their_customers():
    kept = two_customers([1, 2, 3, 4, 5]).only(np.array([True, False, True, False, True]))
    assert kept.indptr.tolist() == [0, 2, 3]
    assert kept.items.tolist() == [1, 9, 4]
    assert kept.customers().tolist() == [0, 0, 1]


@pytest.fixture(scope="module")
def proposed(recommender: Recommender) -> Candidates:
    histories = recommender.matrix.everybody()
    return propose(recommender.strategies, recommender.popular, histories)


def test_own_products_point_at_their_pair_and_others_at_none(
    proposed: Candidates, recommender: Recommender
):
    weights = recommender.matrix.weights
    own = proposed.pairs >= 0
    assert np.array_equal(weights.indices[proposed.pairs[own]], proposed.items[own])
    new = set(zip(proposed.customers()[~own], proposed.items[~own], strict=True))
    assert not new & set(zip(*weights.nonzero(), strict=True))


def test_every_own_product_is_a_candidate_while_there_are_few(
    proposed: Candidates, recommender: Recommender
):
    assert np.diff(recommender.matrix.weights.indptr).max() <= OWN
    assert (proposed.pairs >= 0).sum() == recommender.matrix.weights.nnz


def test_what_is_popular_is_proposed_to_those_of_whom_little_is_known(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("model.candidates.LITTLE", 6)  # customers of the small shop have up to 10
    everybody, popular = recommender.matrix.everybody(), recommender.popular
    alone = propose({}, popular, everybody)
    assert np.array_equal(alone.scores[:, 0], popular.popularity[alone.items])
    little, much = [], []
    for row, n_products in enumerate(np.diff(everybody.weights.indptr)):
        own = set(everybody.weights[[row]].indices)
        found = set(alone.items[alone.indptr[row] : alone.indptr[row + 1]])
        (little if n_products <= 6 else much).append((own, found))
    best_sellers = set(popular.order[:PROPOSED])
    assert little
    assert much
    assert all(found == own | best_sellers for own, found in little)
    assert all(found == own for own, found in much)


def test_no_customer_has_more_candidates_than_the_strategies_may_propose(
    proposed: Candidates, recommender: Recommender
):
    most = 2 * OWN + PROPOSED * (len(recommender.strategies) + 1)
    assert np.diff(proposed.indptr).max() <= most


def test_one_customer_has_the_candidates_and_scores_they_have_among_all(
    proposed: Candidates, recommender: Recommender
):
    for row in (0, 7, 42):
        history = recommender.matrix.histories(np.array([row]))
        alone = propose(recommender.strategies, recommender.popular, history)
        start, end = proposed.indptr[row : row + 2]
        assert np.array_equal(alone.items, proposed.items[start:end])
        assert np.array_equal(alone.scores, proposed.scores[start:end])

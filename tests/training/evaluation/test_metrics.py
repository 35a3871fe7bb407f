"""Ranking metrics against hand-computed values, against others' libraries, and against laws."""

from math import log2

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import ndcg_score

from training.evaluation.evaluate import CUTOFFS
from training.evaluation.metrics import (
    METRICS,
    average_precision,
    hit_rate,
    ndcg,
    precision,
    recall,
    reciprocal_rank,
)

HIT_MISS_HIT = np.array([[True, False, True]])
THREE_TARGETS = np.array([3])


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        # Hits at ranks 1 and 3, three targets, list of three.
        (ndcg, (1 / log2(2) + 1 / log2(4)) / (1 / log2(2) + 1 / log2(3) + 1 / log2(4))),
        (recall, 2 / 3),
        (precision, 2 / 3),
        (hit_rate, 1.0),
        (average_precision, (1 / 1 + 2 / 3) / 3),
        (reciprocal_rank, 1.0),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_list_with_two_hits_of_three_targets(metric, expected: float):
    assert metric(HIT_MISS_HIT, THREE_TARGETS, 3).tolist() == pytest.approx([expected])


def test_the_first_hit_at_rank_two_has_reciprocal_rank_one_half():
    assert reciprocal_rank(np.array([[False, True, True]]), np.array([2]), 3).tolist() == [0.5]


def test_the_ideal_is_cut_at_k():
    # Two hits in a list of two are perfect, though five targets exist.
    assert ndcg(np.array([[True, True]]), np.array([5]), 2).tolist() == [1.0]
    assert average_precision(np.array([[True, True]]), np.array([5]), 2).tolist() == [1.0]
    assert recall(np.array([[True, True]]), np.array([5]), 2).tolist() == [2 / 5]


@pytest.mark.parametrize("name", METRICS)
def test_what_comes_after_k_does_not_count(name: str):
    assert METRICS[name](np.array([[False, False, True]]), np.array([1]), 2).tolist() == [0.0]


@pytest.mark.parametrize("name", METRICS)
def test_a_customer_without_targets_is_undefined_and_one_without_hits_is_a_miss(name: str):
    hits = np.array([[False, False], [False, False]])
    values = METRICS[name](hits, np.array([0, 1]), 2)
    assert np.isnan(values[0])
    assert values[1] == 0.0


@pytest.mark.parametrize("name", METRICS)
def test_an_empty_list_is_a_miss(name: str):
    padded = np.zeros((1, 5), bool)
    assert METRICS[name](padded, np.array([2]), 5).tolist() == [0.0]


@pytest.mark.parametrize("name", METRICS)
def test_nobody_gives_no_figures(name: str):
    assert METRICS[name](np.empty((0, 5), bool), np.empty(0, int), 5).shape == (0,)


def test_ndcg_of_a_list_shorter_than_k_counts_the_missing_places_as_misses():
    # One hit at rank 1 of a list of one, two targets, k = 5: 1 / (1 + 1/log2(3)).
    assert ndcg(np.array([[True]]), np.array([2]), 5).tolist() == pytest.approx(
        [1 / (1 + 1 / log2(3))]
    )


HITS = st.lists(st.booleans(), min_size=1, max_size=12)


@given(HITS, st.integers(0, 5), st.integers(1, 12))
def test_every_metric_lies_between_0_and_1(hits: list[bool], more_targets: int, k: int):
    found = np.array([hits])
    n_targets = np.array([max(sum(hits) + more_targets, 1)])
    for metric in METRICS.values():
        assert 0 <= metric(found, n_targets, k)[0] <= 1 + 1e-12


@given(HITS, st.integers(1, 12), st.integers(0, 11))
def test_moving_a_hit_up_never_lowers_a_metric(hits: list[bool], k: int, place: int):
    place = place % len(hits)
    better = list(hits)
    if place:
        better[place - 1], better[place] = (
            max(hits[place - 1 : place + 1]),
            min(hits[place - 1 : place + 1]),
        )
    n_targets = np.array([max(sum(hits), 1)])
    for metric in METRICS.values():
        before, after = (
            metric(np.array([hits]), n_targets, k),
            metric(np.array([better]), n_targets, k),
        )
        assert after[0] >= before[0] - 1e-12


@given(HITS, st.integers(1, 11))
def test_recall_and_hit_rate_never_fall_with_a_longer_list(hits: list[bool], k: int):
    n_targets = np.array([max(sum(hits), 1)])
    for metric in (recall, hit_rate, reciprocal_rank):
        assert metric(np.array([hits]), n_targets, k + 1) >= metric(np.array([hits]), n_targets, k)


def random_lists(
    n_users: int, n_items: int, most_targets: int
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Targets and scores of random customers, shape (n_users, n_items); no scores are equal."""
    rng = np.random.default_rng(0)
    targets = np.zeros((n_users, n_items), bool)
    for row in targets:
        row[rng.choice(n_items, rng.integers(1, most_targets + 1), replace=False)] = True
    return targets, rng.permuted(np.tile(np.arange(n_items, dtype=float), (n_users, 1)), axis=1)


def hits_of(targets: NDArray[np.bool_], scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.take_along_axis(targets, np.argsort(-scores, axis=1), axis=1)


@pytest.mark.parametrize("k", [1, *CUTOFFS, 40])
def test_ndcg_agrees_with_scikit_learn(k: int):
    targets, scores = random_lists(n_users=200, n_items=40, most_targets=20)
    ours = ndcg(hits_of(targets, scores), targets.sum(axis=1), k)
    theirs = [ndcg_score([t], [s], k=k) for t, s in zip(targets, scores, strict=True)]
    np.testing.assert_allclose(ours, theirs)


@pytest.mark.parametrize("k", CUTOFFS)
@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("ndcg", ir_measures.nDCG),
        ("recall", ir_measures.R),
        ("precision", ir_measures.P),
        ("hit_rate", ir_measures.Success),
        ("map", ir_measures.AP),
        ("mrr", ir_measures.RR),
    ],
)
def test_every_metric_agrees_with_ir_measures_customer_by_customer(
    name: str, theirs: ir_measures.Measure, k: int
):
    # At most five targets: trec_eval divides average precision by all targets, we by at most k.
    targets, scores = random_lists(n_users=100, n_items=40, most_targets=5)
    ours = METRICS[name](hits_of(targets, scores), targets.sum(axis=1), k)
    qrels = {f"u{u:03}": {f"i{i}": 1 for i in np.flatnonzero(row)} for u, row in enumerate(targets)}
    run = {
        f"u{u:03}": {f"i{i}": float(s) for i, s in enumerate(row)} for u, row in enumerate(scores)
    }
    found = {each.query_id: each.value for each in ir_measures.iter_calc([theirs @ k], qrels, run)}
    np.testing.assert_allclose(ours, [found[f"u{u:03}"] for u in range(100)])

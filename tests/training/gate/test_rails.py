"""Guard rails on hand-made lists and on the small shop."""

from dataclasses import replace

import numpy as np
import pytest

from model.recommender import Recommender
from training.evaluation.evaluate import judge
from training.evaluation.tasks import Task
from training.gate import rails
from training.intervals import UNDEFINED, Interval
from training.precompute import with_lists


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_bounds_are_relative_to_the_rival() -> None:
    assert rails.coverage_check("all", 0.0801, 0.10, "champion", 0.8).passed
    assert not rails.coverage_check("all", 0.0799, 0.10, "champion", 0.8).passed
    assert rails.popularity_check("all", 0.125, 0.10, "champion", 1.25).passed
    assert not rails.popularity_check("all", 0.126, 0.10, "champion", 1.25).passed


def test_a_bought_product_in_discover_is_found(
    recommender: Recommender, rng: np.random.Generator
) -> None:
    sound = with_lists(recommender)
    assert rails.discover_check(sound, rng).passed
    wrong = sound.lists["discover"].copy()
    wrong[7, 0] = sound.matrix.histories(np.array([7])).bought.indices[0]
    check = rails.discover_check(replace(sound, lists={**sound.lists, "discover": wrong}), rng)
    assert not check.passed
    assert check.found == "1 bought products in 80 lists"


def test_the_same_list_for_everybody_is_found(
    recommender: Recommender, rng: np.random.Generator
) -> None:
    same = np.tile(recommender.popular.order[:10], (80, 1)).astype(np.int32)
    assert not rails.variety_check(replace(recommender, lists={"for_you": same}), rng).passed
    assert rails.variety_check(recommender, rng).passed


def test_lists_of_a_catalogue_that_each_holds_wholly_may_be_the_same(
    recommender: Recommender, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rails, "DEFAULT_K", recommender.matrix.shape[1])
    same = np.tile(recommender.popular.order, (80, 1)).astype(np.int32)
    assert rails.variety_check(replace(recommender, lists={"for_you": same}), rng).passed


def test_mean_overlap_of_lists_that_share_one_of_two_products_is_a_half(
    rng: np.random.Generator,
) -> None:
    assert rails.mean_overlap(np.array([[1, 2], [3, 1]], np.int32), rng) == 0.5


def test_a_model_that_got_worse_for_customers_with_short_histories_only_is_found(
    recommender: Recommender, rng: np.random.Generator
) -> None:
    rows = np.arange(80)
    targets = (recommender.matrix.weights > 0).astype(bool)
    task = Task("all", "for_you", rows, targets)
    lists = recommender.recommend_rows(rows, 20)
    sizes = np.diff(recommender.matrix.weights.indptr)
    worse = np.where((sizes <= np.quantile(sizes, 0.25))[:, None], -1, lists)
    good, bad = judge(task, "champion", lists), judge(task, "ours", worse)
    check = rails.cold_check(bad, good, recommender.matrix, "ndcg_at_10", 0.95, rng)
    assert not check.passed
    assert rails.cold_check(good, bad, recommender.matrix, "ndcg_at_10", 0.95, rng).passed


def test_over_a_few_customers_with_short_histories_nothing_is_said(
    recommender: Recommender, rng: np.random.Generator
) -> None:
    few = Task("all", "for_you", np.arange(8), (recommender.matrix.weights[:8] > 0).astype(bool))
    good = judge(few, "champion", recommender.recommend_rows(few.user_rows, 20))
    bad = judge(few, "ours", np.full((8, 20), -1, np.int32))
    assert rails.cold_check(bad, good, recommender.matrix, "ndcg_at_10", 0.95, rng).passed


def test_latency_is_held_against_its_bound(
    recommender: Recommender, rng: np.random.Generator
) -> None:
    assert rails.latency_check(recommender, 10_000, rng).passed
    assert not rails.latency_check(recommender, 1e-6, rng).passed


@pytest.mark.parametrize(("n_customers", "passed"), [(9, True), (10, False)])
def test_of_fewer_than_ten_customers_nothing_is_refused(n_customers: int, passed: bool) -> None:
    check = rails.not_below("ndcg", Interval(-0.1, -0.2, -0.05), n_customers)
    assert check.passed is passed
    assert ("too few customers to say" in check.found) is passed
    assert not rails.not_below("ndcg", UNDEFINED, 10).passed

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from model.candidates import Candidates
from model.rankers import Blend, TwoStage
from model.recommender import Recommender
from model.trees import Trees
from training.config import Knobs
from training.evaluation.tasks import Task, tasks
from training.events.log import EventLog
from training.events.split import Split, learning_windows, split
from training.events.undated import LIKE_VISITS, PURCHASES
from training.fit import fit
from training.matrix.user_item import end_of
from training.ranking import learn
from training.ranking.blend import learn_blend
from training.ranking.examples import Examples, examples
from training.ranking.learn import (
    ALONE,
    BESIDE,
    NEW_WEIGHT,
    Ranking,
    Trial,
    gain_of_trees,
    learn_rankers,
    ranked_by,
)
from training.ranking.trees import learn_trees
from training.similarity import low_pass


def toy(n_users: int = 60) -> Examples:
    """Column 0 tells which of five candidates is the target, column 1 is noise."""
    rng = np.random.default_rng(0)
    is_target = np.zeros((n_users, 5), bool)
    is_target[np.arange(n_users), rng.integers(5, size=n_users)] = True
    scores = np.stack((is_target + 0.1, rng.random((n_users, 5))), axis=2).reshape(-1, 2)
    items = np.tile(np.arange(5), n_users)
    candidates = Candidates(
        np.arange(n_users + 1) * 5,
        items,
        np.full(len(items), -1),
        scores.astype(np.float32),
        ("good", "popular"),
    )
    outcomes = scores[:, :1], is_target.ravel(), np.ones(n_users, np.int64)
    return Examples(np.arange(n_users), candidates, ["x"], *outcomes)


def test_the_blend_finds_the_strategy_that_knows():
    weights = learn_blend([toy()], np.random.default_rng(0)).weights
    assert weights[0] > weights[1]
    assert weights.sum() == pytest.approx(1)


def test_the_same_seed_learns_the_same_blend():
    first, second = (learn_blend([toy()], np.random.default_rng(3)).weights for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_seeds_agree_on_the_blend_of_strategies_that_err_alike():
    # Both columns are noise around the target: no weight is right, and luck decides which is found.
    rng = np.random.default_rng(1)
    shown = toy()
    noise = rng.normal(scale=0.7, size=shown.candidates.scores.shape).astype(np.float32)
    scores = shown.is_target[:, None] + noise
    alike = replace(shown, candidates=replace(shown.candidates, scores=scores))
    shares = [learn_blend([alike], np.random.default_rng(seed)).weights[0] for seed in range(10)]
    assert np.std(shares) < 0.1


def test_what_was_bought_counts_as_often_as_it_is_said():
    # A quarter was bought, whatever the feature says: odds of a third, or of four thirds.
    shown = toy(400)
    bought = np.arange(len(shown.is_target)) % 4 == 0
    level = replace(shown, is_target=bought, features=np.zeros((len(bought), 1), np.float32))
    plain, counted = (
        learn_trees([level], np.random.default_rng(0), weight).predict(level.features[:1])[0]
        for weight in (1.0, 4.0)
    )
    assert np.exp([plain, counted]) == pytest.approx([1 / 3, 4 / 3], rel=0.01)


@pytest.mark.parametrize(("scenario", "expected"), [("for_you", 1), ("discover", NEW_WEIGHT)])
def test_purchases_count_more_where_few_candidates_are_bought(
    monkeypatch: pytest.MonkeyPatch, scenario: str, expected: float
):
    asked = []

    def recorded(*given, bought_weight: float) -> Trees:
        asked.append(bought_weight)
        return learn_trees(*given, bought_weight=bought_weight)

    monkeypatch.setattr(learn, "learn_trees", recorded)
    windows, rng = [toy(), toy()], np.random.default_rng(0)
    learn.learn_ranker(scenario, windows, rng, with_trees=True)
    assert set(asked) == {expected}


def hinted(helps: bool) -> Trial:
    """Trees know a hint of the target; the blend's column is a second hint, or mere noise."""
    rng = np.random.default_rng(2)
    shown = toy(600)
    hint = shown.is_target + rng.normal(scale=0.5, size=len(shown.is_target))
    other = helps * shown.is_target + rng.exponential(size=len(shown.is_target))
    scores = np.column_stack((other, other)).astype(np.float32)
    known = replace(
        shown,
        features=hint[:, None].astype(np.float32),
        candidates=replace(shown.candidates, scores=scores),
    )
    trees = learn_trees([known], np.random.default_rng(0))
    return Trial(Blend(np.array([1, 0], np.float32)), trees, known)


@pytest.mark.parametrize(("helps", "expected"), [(True, BESIDE), (False, ALONE)])
def test_the_blend_leaves_the_trees_alone_where_they_are_better_without_it(
    helps: bool, expected: float
):
    share, gain = gain_of_trees([hinted(helps)], np.random.default_rng(0))
    assert share == expected
    assert gain.low > 0


def test_customers_of_two_windows_count_once_and_others_make_the_gain_surer():
    trial = hinted(helps=False)
    moved = replace(trial.shown, user_rows=trial.shown.user_rows + len(trial.shown.user_rows))
    once, twice, others = (
        gain_of_trees(trials, np.random.default_rng(0))[1]
        for trials in ([trial], [trial, trial], [trial, replace(trial, shown=moved)])
    )
    assert twice == once
    assert others.mean == pytest.approx(once.mean)
    assert others.high - others.low < 0.8 * (once.high - once.low)


@pytest.fixture(scope="module")
def window(shop_log: EventLog) -> Split:
    return split(shop_log, np.random.default_rng(0))


def test_examples_are_the_candidates_of_the_customers_asked(window: Split, knobs: Knobs):
    recommender = fit(window.past, knobs, window.cutoff)
    asked = tasks(recommender.matrix, window.future)
    shown = examples(recommender, asked)
    assert list(shown) == ["for_you", "discover"]
    for task in asked:
        found = shown[task.scenario]
        assert found.n_targets.sum() == task.targets.nnz
        assert found.is_target.sum() <= task.targets.nnz
        assert found.features.shape == (len(found.candidates.items), len(found.names))
        assert np.isfinite(found.features).all()


def test_what_was_bought_is_no_example_of_discovery(window: Split, knobs: Knobs):
    recommender = fit(window.past, knobs, window.cutoff)
    shown = examples(recommender, tasks(recommender.matrix, window.future))["discover"]
    own = shown.candidates.pairs >= 0
    purchases = shown.features[:, shown.names.index("pair_purchases")]
    assert (purchases == 0).all()
    assert not own.all()


def test_a_task_without_targets_for_a_customer_asks_them_nothing():
    targets = csr_array(np.array([[True, False], [False, True]]))
    task = Task("all", "for_you", np.array([2, 5]), targets)
    asked, found = task.among(np.array([1, 2, 5, 6]))
    assert asked.tolist() == [False, True, True, False]
    assert found.toarray().tolist() == [[0, 0], [1, 0], [0, 1], [0, 0]]


def test_learning_gives_a_ranker_for_both_judged_scenarios(shop_log: EventLog, knobs: Knobs):
    rng = np.random.default_rng(0)
    parts = split(shop_log, rng)
    calls: list[int] = []
    learnt = learn_rankers(learning_windows(parts.past, rng), knobs, rng, calls.append)
    assert calls == [1, 1, 1]
    assert set(learnt.by_scenario) == {"for_you", "discover"}
    for found in learnt.by_scenario.values():
        wins = found.gain_of_trees.low > 0
        assert isinstance(found.ranker, TwoStage if wins else Blend)


def test_without_a_second_stage_every_ranker_is_a_blend(shop_log: EventLog):
    rng = np.random.default_rng(0)
    knobs = Knobs(second_stage="never")
    learnt = learn_rankers(learning_windows(shop_log, rng), knobs, rng)
    assert {type(found.ranker) for found in learnt.by_scenario.values()} == {Blend}


def test_trees_do_not_learn_how_what_is_like_visits_was_drawn(shop_log: EventLog):
    undated = replace(shop_log, frame=shop_log.frame.drop(columns="timestamp"))
    windows = learning_windows(undated, np.random.default_rng(0))
    assert {window.drawn for window in windows} == {LIKE_VISITS}
    learnt = learn_rankers(windows, Knobs(), np.random.default_rng(0)).by_scenario
    for found in learnt.values():
        assert type(found.ranker) is Blend
        assert np.isnan(found.gain_of_trees.mean)
    as_if_single = [replace(window, drawn=PURCHASES) for window in windows]
    compared = learn_rankers(as_if_single, Knobs(), np.random.default_rng(0)).by_scenario
    for found in compared.values():
        assert not np.isnan(found.gain_of_trees.mean)


def test_what_the_newest_window_s_shape_decides_holds_for_all_fits(
    shop_log: EventLog, monkeypatch: pytest.MonkeyPatch
):
    rng = np.random.default_rng(0)
    windows = learning_windows(shop_log, rng)
    knobs = Knobs(second_stage="never")

    def filled(log: EventLog) -> float:
        pairs = log.frame[["user_id", "product_id"]].drop_duplicates()
        n_users, n_items = pairs.nunique()
        return len(pairs) / (n_users * n_items)

    # The filter would be on for the newest window, and off for the whole log.
    assert filled(windows[-1].past) < filled(shop_log)
    between = (filled(windows[-1].past) + filled(shop_log)) / 2
    monkeypatch.setattr(low_pass, "SPARSE", between)
    monkeypatch.setattr(low_pass, "DENSE", 1)
    assert "low_pass" not in fit(shop_log, knobs, end_of(shop_log)).strategies
    ranking = learn_rankers(windows, knobs, rng)
    shipped = ranked_by(fit(shop_log, ranking.knobs, end_of(shop_log)), ranking)
    assert "low_pass" in shipped.strategies
    assert len(shipped.recommend("000", 5)) == 5


def test_scenarios_that_are_not_judged_keep_their_ranker(recommender: Recommender, window: Split):
    ranked = ranked_by(recommender, Ranking({}, Knobs()))
    assert ranked.rankers == dict(recommender.rankers)

"""Learn how to rank, on windows inside the past, and keep trees only where they win."""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.columns import DEFAULT_K
from model.matrix import Floats
from model.rankers import Blend, TwoStage, mixed, purchase_probability
from model.recommender import Recommender
from model.scenarios import SCENARIOS
from model.sparse import best_of_each
from model.trees import Trees
from training.config import Knobs
from training.evaluation.metrics import ndcg
from training.evaluation.tasks import tasks
from training.events.log import EventLog
from training.events.split import Split, learning_windows
from training.events.undated import LIKE_VISITS
from training.fit import fit, settled
from training.intervals import UNDEFINED, Interval, intervals
from training.ranking.blend import learn_blend
from training.ranking.examples import Examples, examples
from training.ranking.trees import learn_trees

MOST_LEARNING = 5000
"""Customers of a window that ranking is learnt from at the most."""

NEW_WEIGHT = 4.0
"""As how many examples a purchase counts where what is new is ranked.

Few candidates are bought there, and trees shrink what they learn from few (`docs/experiments.md`).
"""

BESIDE, ALONE = 0.5, 0.0
"""How much of the blend may stand beside the trees."""

logger = logging.getLogger("training")


@dataclass(frozen=True)
class Learnt:
    """A scenario's ranker, and by how much trees beat the blend on held-out time (NDCG@10)."""

    ranker: Blend | TwoStage
    gain_of_trees: Interval


@dataclass(frozen=True)
class Ranking:
    """What was learnt, and for which strategies.

    Attributes
    ----------
    by_scenario : mapping of scenario name to Learnt
    knobs : Knobs
        Those that it was learnt with. What they leave to the log's shape is settled: a ranker
        orders the strategies it has seen, so these have to be fitted with the same.
    """

    by_scenario: Mapping[str, Learnt]
    knobs: Knobs


def learn_rankers(
    windows: list[Split],
    knobs: Knobs,
    rng: np.random.Generator,
    advance: Callable[[int], object] | None = None,
) -> Ranking:
    """Learn a ranker for the scenario of each task from windows inside the past, oldest first.

    Blend and trees are compared on every window, learnt on the others; the winner is learnt again,
    on all. ``advance`` is called with 1 after every window.
    """
    seen: dict[str, list[Examples]] = {}
    for window in reversed(windows):
        recommender = fit(window.past, knobs, window.cutoff)
        if window is windows[-1]:  # the newest, which is most like the log, settles its shape
            knobs = settled(recommender.matrix, knobs)
        asked = [
            task.sample(MOST_LEARNING, rng)
            for task in tasks(recommender.matrix, window.future)
            if len(task.user_rows)
        ]
        for scenario, shown in examples(recommender, asked).items() if asked else ():
            seen.setdefault(scenario, []).insert(0, shown)
        if advance:
            advance(1)
    if not seen:
        logger.warning("the past holds no window to learn ranking on: every strategy weighs alike")
    learn = partial(learn_ranker, with_trees=tries_trees(knobs, windows))
    with ThreadPoolExecutor() as threads:  # trees grow outside of Python
        learnt = threads.map(learn, seen, seen.values(), rng.spawn(len(seen)))
        return Ranking(dict(zip(seen, learnt, strict=True)), knobs)


def tries_trees(knobs: Knobs, windows: Sequence[Split]) -> bool:
    """Whether trees are tried: not where windows are only like visits.

    They would win there and lose on the weeks to come, as they learn how such windows were drawn
    (`docs/experiments.md`).
    """
    like_visits = any(window.drawn == LIKE_VISITS for window in windows)
    return knobs.second_stage == "auto" and not like_visits


def ranked_by(recommender: Recommender, ranking: Ranking) -> Recommender:
    """The same strategies, ordered by what was learnt; scenarios not learnt keep their ranker."""
    rankers = {scenario: found.ranker for scenario, found in ranking.by_scenario.items()}
    return replace(recommender, rankers={**recommender.rankers, **rankers})


def trained_on(
    past: EventLog,
    cutoff: pd.Timestamp | None,
    knobs: Knobs,
    rng: np.random.Generator,
    test_days: float | None = None,
) -> Recommender:
    """Learn to rank inside the past, fit the strategies on all of it: what the main job judges."""
    learnt = learn_rankers(learning_windows(past, rng, test_days), knobs, rng)
    return ranked_by(fit(past, learnt.knobs, cutoff), learnt)


def learn_ranker(
    scenario: str, shown: list[Examples], rng: np.random.Generator, with_trees: bool
) -> Learnt:
    """Learn one scenario's ranker from the examples of each window, oldest first.

    ``with_trees`` says whether trees are tried at all.
    """
    blend = learn_blend(shown, rng)
    if not with_trees or len(shown) < 2:
        return Learnt(blend, UNDEFINED)
    hides_bought = SCENARIOS[scenario].hides_bought
    grow = partial(learn_trees, bought_weight=NEW_WEIGHT if hides_bought else 1.0)
    trials = []
    for place, held_out in enumerate(shown):
        others = shown[:place] + shown[place + 1 :]
        trials.append(Trial(learn_blend(others, rng), grow(others, rng), held_out))
    share, gain = gain_of_trees(trials, rng)
    if not gain.low > 0:
        return Learnt(blend, gain)
    return Learnt(TwoStage(blend, grow(shown, rng), share), gain)


@dataclass(frozen=True)
class Trial:
    """Two rivals, and what both are shown: a window that neither has learnt from."""

    blend: Blend
    trees: Trees
    shown: Examples

    def gains(self) -> NDArray[np.float64]:
        """NDCG@10 of trees beside the blend and of trees alone, minus that of the blend.

        Shape (n_customers, 2).
        """
        candidates = self.shown.candidates
        blended = self.blend.total(candidates)
        baseline = _ndcg(self.shown, blended)
        probability = purchase_probability(self.trees, self.shown.features)
        gains = [
            _ndcg(self.shown, mixed(candidates, probability, blended, share)) - baseline
            for share in (BESIDE, ALONE)
        ]
        return np.column_stack(gains)


def gain_of_trees(trials: Sequence[Trial], rng: np.random.Generator) -> tuple[float, Interval]:
    """Which share of the blend stands beside the trees, and what both add to the blend alone.

    Mean over the customers, each of whom counts once, however many trials saw them. The share with
    the higher mean stands.
    """
    users = np.concatenate([trial.shown.user_rows for trial in trials])
    gains = pd.DataFrame(np.concatenate([trial.gains() for trial in trials]))
    beside, alone = intervals(gains.groupby(users).mean().to_numpy(), rng)
    return (ALONE, alone) if alone.mean > beside.mean else (BESIDE, beside)


def ndcg_of(ranker: Blend | TwoStage, shown: Examples) -> NDArray[np.float64]:
    """NDCG@10 of every customer's candidates in the ranker's order."""
    if isinstance(ranker, Blend):
        return _ndcg(shown, ranker.total(shown.candidates))
    blended = ranker.blend.total(shown.candidates)
    return _ndcg(shown, ranker.combined(shown.candidates, shown.features, blended))


def _ndcg(shown: Examples, scores: Floats) -> NDArray[np.float64]:
    candidates = shown.candidates
    best = best_of_each(scores, candidates.items, candidates.indptr, DEFAULT_K)
    hits = np.append(shown.is_target, False)[best]
    return ndcg(hits, shown.n_targets, DEFAULT_K)

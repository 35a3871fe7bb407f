"""Learn how to rank, on a validation window inside the past."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from model.blend import Blend
from model.recommender import Recommender
from training.blend import learn_blend
from training.config import Knobs
from training.evaluation.tasks import tasks
from training.events.split import Split
from training.fit import fit

LEARNING_USERS = 2000
"""Customers that the blend is learnt on at the most."""


def learn_rankers(window: Split, knobs: Knobs, rng: np.random.Generator) -> Mapping[str, Blend]:
    """Fit on the window's past, and learn the blend of each judged scenario on its future."""
    recommender = fit(window.past, knobs, window.cutoff)
    learnt = {}
    for task in tasks(recommender.matrix, window.future):
        asked = task.sample(LEARNING_USERS, rng)
        if not len(asked.user_rows):
            continue
        histories = recommender.matrix.histories(asked.user_rows)
        candidates = recommender.candidates(histories, asked.scenario)
        learnt[asked.scenario] = learn_blend(candidates, asked, rng)
    return {**recommender.rankers, **learnt}


def ranked_by(recommender: Recommender, rankers: Mapping[str, Blend]) -> Recommender:
    """The same strategies, ordered by other rankers."""
    return replace(recommender, rankers=rankers)

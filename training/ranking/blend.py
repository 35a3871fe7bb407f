"""Learn the blend: which weight each strategy deserves, on a window inside the past."""

import numpy as np
from numpy.typing import NDArray

from model.rankers import Blend
from training.evaluation.metrics import ndcg
from training.ranking.examples import Examples

DIRECTIONS = 100
K = 10


def learn_blend(shown: Examples, rng: np.random.Generator) -> Blend:
    """Search the weights with the highest NDCG@10 on the examples.

    Random points of the simplex, then ever smaller steps around the best one; seeded by ``rng``.
    """
    board = _Board.of(shown)
    n = shown.candidates.scores.shape[1]
    trials = np.vstack((np.eye(n), rng.dirichlet(np.full(n, 0.5), DIRECTIONS // 2)))
    best, best_score = trials[0], -1.0
    for trial in trials:
        score = board.ndcg(trial)
        if score > best_score:
            best, best_score = trial, score
    for step in np.linspace(0.5, 0.05, DIRECTIONS // 2):
        trial = best * np.exp(step * rng.standard_normal(n))
        trial /= trial.sum()
        score = board.ndcg(trial)
        if score > best_score:
            best, best_score = trial, score
    return Blend(best.astype(np.float32))


class _Board:
    """Candidates laid out as (n_users, widest) arrays, so that one trial is a few array passes."""

    def __init__(self, scores: NDArray, is_target: NDArray[np.bool_], n_targets: NDArray) -> None:
        self.scores, self.is_target, self.n_targets = scores, is_target, n_targets

    @classmethod
    def of(cls, shown: Examples) -> "_Board":
        candidates = shown.candidates
        lengths = np.diff(candidates.indptr)
        rows = np.repeat(np.arange(len(lengths)), lengths)
        places = np.arange(len(rows)) - candidates.indptr[rows]
        shape = (len(lengths), max(int(lengths.max(initial=0)), K))
        scores = np.zeros((*shape, candidates.scores.shape[1]), np.float32)
        scores[rows, places] = candidates.scores
        is_target = np.zeros(shape, bool)
        is_target[rows, places] = shown.is_target
        return cls(scores, is_target, shown.n_targets)

    def ndcg(self, weights: NDArray) -> float:
        total = self.scores @ weights.astype(np.float32)
        best = np.argpartition(-total, K - 1, axis=1)[:, :K]
        values = np.take_along_axis(total, best, axis=1)
        best = np.take_along_axis(best, np.argsort(-values, axis=1, kind="stable"), axis=1)
        hits = np.take_along_axis(self.is_target, best, axis=1)
        return float(np.nanmean(ndcg(hits, self.n_targets, K)))

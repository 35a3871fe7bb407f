"""Learn the blend: which weight each strategy deserves, on windows inside the past."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from model.candidates import Candidates
from model.columns import DEFAULT_K
from model.rankers import Blend
from model.sparse import best_entries
from training.evaluation.metrics import ndcg
from training.ranking.examples import Examples

N_BAGS = 16
"""Searches whose weights are averaged, each on another half of the customers."""

DIRECTIONS = 40
"""Weights that a search tries beside each strategy alone."""

CONTENDERS = 30
"""How many of each strategy's best candidates a search looks at."""


def learn_blend(windows: Sequence[Examples], rng: np.random.Generator) -> Blend:
    """Search the weights with the highest NDCG@10 on the examples of all windows.

    One search's best weights depend on who was drawn and on where it looked; the mean of several,
    each on half of the customers, varies half as much or less (`docs/experiments.md`). Source:
    Breiman, "Bagging Predictors", Machine Learning 1996.
    """
    board = _Board.of(windows)
    found = [_search(board.half(rng), rng) for _ in range(N_BAGS)]
    return Blend(np.mean(found, axis=0).astype(np.float32))


def _search(board: "_Board", rng: np.random.Generator) -> NDArray[np.float64]:
    """Random points of the simplex, then ever smaller steps around the best one."""
    n = board.scores.shape[2]
    best, best_score = np.full(n, 1 / n), -1.0
    for trial in np.vstack((np.eye(n), rng.dirichlet(np.full(n, 0.5), DIRECTIONS // 2))):
        score = board.ndcg(trial)
        if score > best_score:
            best, best_score = trial, score
    for step in np.linspace(0.5, 0.05, DIRECTIONS // 2):
        trial = best * np.exp(step * rng.standard_normal(n))
        trial /= trial.sum()
        score = board.ndcg(trial)
        if score > best_score:
            best, best_score = trial, score
    return best


@dataclass(frozen=True)
class _Board:
    """Candidates laid out as (n_users, widest) arrays, so that one trial is a few array passes."""

    scores: NDArray[np.float32]
    is_target: NDArray[np.bool_]
    n_targets: NDArray[np.int64]

    @classmethod
    def of(cls, windows: Sequence[Examples]) -> Self:
        shown = [window.only(_contend(window.candidates)) for window in windows]
        lengths = np.concatenate([np.diff(window.candidates.indptr) for window in shown])
        rows = np.repeat(np.arange(len(lengths)), lengths)
        places = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        scores = np.concatenate([window.candidates.scores for window in shown])
        shape = (len(lengths), max(int(lengths.max(initial=0)), DEFAULT_K))
        laid_out = np.zeros((*shape, scores.shape[1]), np.float32)
        laid_out[rows, places] = scores
        is_target = np.zeros(shape, bool)
        is_target[rows, places] = np.concatenate([window.is_target for window in shown])
        return cls(laid_out, is_target, np.concatenate([window.n_targets for window in shown]))

    def half(self, rng: np.random.Generator) -> "_Board":
        """Half of the customers, at least one."""
        n = len(self.n_targets)
        chosen = np.sort(rng.choice(n, max(n // 2, 1), replace=False))
        return _Board(self.scores[chosen], self.is_target[chosen], self.n_targets[chosen])

    def ndcg(self, weights: NDArray) -> float:
        """Mean over the customers with targets; NaN where chance drew none of them."""
        if not self.n_targets.any():
            return float("nan")
        total = self.scores @ weights.astype(np.float32)
        best = np.argpartition(-total, DEFAULT_K - 1, axis=1)[:, :DEFAULT_K]
        values = np.take_along_axis(total, best, axis=1)
        best = np.take_along_axis(best, np.argsort(-values, axis=1, kind="stable"), axis=1)
        hits = np.take_along_axis(self.is_target, best, axis=1)
        return float(np.nanmean(ndcg(hits, self.n_targets, DEFAULT_K)))


def _contend(candidates: Candidates) -> NDArray[np.bool_]:
    """Which candidates are among the best of some strategy for their customer."""
    kept = np.zeros(len(candidates.items), bool)
    for column in candidates.scores.T:
        kept[best_entries(column, candidates.indptr, CONTENDERS)[0]] = True
    return kept

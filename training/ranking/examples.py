"""What ranking is learnt from: candidates at a past moment, and which of them were bought later."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.candidates import Candidates, propose
from model.features import features
from model.matrix import Floats
from model.recommender import Recommender, allowed
from training.evaluation.tasks import Task


@dataclass(frozen=True)
class Examples:
    """Candidates of some customers with their features and outcomes.

    Attributes
    ----------
    user_rows : array of shape (n_customers,)
        Whose they are.
    candidates : Candidates
    names : list of str
        Names of the features.
    features : array of shape (n_candidates, n_features), float32
    is_target : array of shape (n_candidates,), bool
    n_targets : array of shape (n_customers,)
        All targets of each customer, candidates or not; 0 for one the task does not ask.
    """

    user_rows: NDArray[np.int64]
    candidates: Candidates
    names: list[str]
    features: Floats
    is_target: NDArray[np.bool_]
    n_targets: NDArray[np.int64]

    def only(self, kept: NDArray[np.bool_]) -> "Examples":
        """Some of the candidates, of the same customers."""
        return replace(
            self,
            candidates=self.candidates.only(kept),
            features=self.features[kept],
            is_target=self.is_target[kept],
        )


def examples(recommender: Recommender, tasks: Sequence[Task]) -> dict[str, Examples]:
    """Each scenario's candidates and what became of them, for the customers of its task."""
    collected: dict[str, list[Examples]] = {task.scenario: [] for task in tasks}
    everyone = np.unique(np.concatenate([task.user_rows for task in tasks]))
    size = recommender.block_users
    for start in range(0, len(everyone), size):
        user_rows = everyone[start : start + size]
        histories = recommender.matrix.histories(user_rows)
        proposed = propose(recommender.strategies, recommender.popular, histories)
        named = features(proposed, histories, recommender.items)
        rows = np.column_stack(list(named.values()))
        for task in tasks:
            asked, targets = task.among(user_rows)
            is_target = np.asarray(targets[proposed.customers(), proposed.items]).ravel() > 0
            n_targets = np.diff(targets.indptr).astype(np.int64)
            shown = Examples(user_rows, proposed, list(named), rows, is_target, n_targets)
            kept = allowed(proposed, histories, task.scenario) & asked[proposed.customers()]
            collected[task.scenario].append(shown.only(kept))
    return {scenario: _joined(parts) for scenario, parts in collected.items() if parts}


def _joined(parts: list[Examples]) -> Examples:
    lengths = np.concatenate([np.diff(part.candidates.indptr) for part in parts])
    candidates = Candidates(
        np.concatenate(([0], np.cumsum(lengths))),
        np.concatenate([part.candidates.items for part in parts]),
        np.concatenate([part.candidates.pairs for part in parts]),
        np.concatenate([part.candidates.scores for part in parts]),
        parts[0].candidates.names,
    )
    return Examples(
        np.concatenate([part.user_rows for part in parts]),
        candidates,
        parts[0].names,
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.is_target for part in parts]),
        np.concatenate([part.n_targets for part in parts]),
    )

"""The first way to rank candidates: a weighted sum of the strategies' scores."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.candidates import Candidates


@dataclass(frozen=True)
class Blend:
    """Weight of each strategy, in the order of the candidates' columns; popularity comes last."""

    weights: NDArray[np.float32]

    def score(self, candidates: Candidates) -> NDArray[np.float32]:
        """Score every candidate; one customer's scores do not depend on who else is asked for."""
        total = np.zeros(len(candidates.items), np.float32)
        for weight, column in zip(self.weights, candidates.scores.T, strict=True):
            total += weight * column
        return total

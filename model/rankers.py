"""How candidates are ordered: a blend of the strategies, or boosted trees on top of it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import expit

from model.candidates import Candidates
from model.features import features
from model.items import ItemFacts
from model.matrix import Floats, Histories
from model.trees import Trees

SESSION_SHARE = 0.5
"""How much what is bought with the products of a session counts beside the ranker.

A quarter is alike; by as much as the ranker, lists of known customers lose what they buy again
(`docs/experiments.md`).
"""


class Ranker(Protocol):
    """Orders candidates; one customer's scores do not depend on who else is asked for."""

    def score(self, candidates: Candidates, histories: Histories, items: ItemFacts) -> Floats:
        """A number for every candidate, higher is better."""
        ...


@dataclass(frozen=True)
class Blend:
    """Weighted sum of the strategies' normalised scores.

    Attributes
    ----------
    weights : array of shape (n_strategies + 1,), float32
        In the order of the candidates' columns; popularity comes last.
    """

    weights: Floats

    def score(self, candidates: Candidates, histories: Histories, items: ItemFacts) -> Floats:
        """The weighted sum."""
        return self.total(candidates)

    def total(self, candidates: Candidates) -> Floats:
        """Sum the columns in order, so that rounding is the same for one and for many."""
        total = np.zeros(len(candidates.items), np.float32)
        for weight, column in zip(self.weights, candidates.scores.T, strict=True):
            total += weight * column
        return total


@dataclass(frozen=True)
class TwoStage:
    """Boosted trees' probability of a purchase, with a share of the blend beside it.

    Both are divided by the mean of a customer's best 20 before they are added.

    Source: Covington et al., "Deep Neural Networks for YouTube Recommendations", RecSys 2016, for
    the two stages; Ke et al., "LightGBM", NeurIPS 2017, for the trees.
    """

    blend: Blend
    trees: Trees
    share: float

    def score(self, candidates: Candidates, histories: Histories, items: ItemFacts) -> Floats:
        """Probability and blend, each in units of the customer's best 20."""
        named = features(candidates, histories, items)
        rows = np.stack([named[name] for name in self.trees.features]).T
        return self.combined(candidates, rows, self.blend.total(candidates))

    def combined(self, candidates: Candidates, rows: Floats, blended: Floats) -> Floats:
        """The same, from feature rows and blend that are at hand."""
        probability = purchase_probability(self.trees, rows)
        return mixed(candidates, probability, blended, self.share)


def purchase_probability(trees: Trees, rows: Floats) -> Floats:
    """How likely each candidate is bought, by its feature rows."""
    return expit(trees.predict(rows))


def in_session(candidates: Candidates, scores: Floats) -> Floats:
    """A ranker's scores, with a share of what is bought with the products of the session."""
    if candidates.session is None:
        return scores
    return candidates.normalised(scores) + SESSION_SHARE * candidates.session


def mixed(candidates: Candidates, probability: Floats, blended: Floats, share: float) -> Floats:
    """Probability and a share of the blend, each in units of the customer's best 20."""
    return candidates.normalised(probability) + share * candidates.normalised(blended)

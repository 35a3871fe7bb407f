"""A peer's settings: the usual ones and a few others, the best on a window inside the past."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from benchmarks.datasets import Protocol
from benchmarks.quality.answers import Answer
from training.evaluation.metrics import ndcg
from training.evaluation.tasks import Task
from training.events.split import learning_windows

logger = logging.getLogger("benchmarks")

ASKED = 1000
"""Customers of a task whose lists decide between settings."""

Setting = Mapping[str, Any]


@dataclass(frozen=True)
class Peer:
    """A method of others.

    Attributes
    ----------
    fit : from a protocol and a setting to a fitted method
    usual : mapping of parameter to its library's default or its paper's value
    grid : mapping of parameter to the values worth trying
    trials : int
        Settings tried: the usual one, and others drawn from the grid.
    inputs : from a protocol to what each setting is tried with
        Parameters that say what the method is given: one variant, where there is no choice.
    """

    fit: Callable[[Protocol, Setting], Answer]
    usual: Setting
    grid: Mapping[str, Sequence[Any]]
    trials: int = 6
    inputs: Callable[[Protocol], Sequence[Setting]] = lambda protocol: ({},)

    def settings(self, rng: np.random.Generator) -> list[Setting]:
        """The usual setting first, then random points of the grid, each once."""
        points = [
            dict(zip(self.grid, values, strict=True)) for values in product(*self.grid.values())
        ]
        others = [point for point in points if point != self.usual]
        drawn = rng.permutation(len(others))[: self.trials - 1]
        return [self.usual, *(others[place] for place in drawn)]


def tuned(protocol: Protocol, peer: Peer) -> Answer:
    """Fit with the setting that is best on the newest window inside the past."""
    return peer.fit(protocol, best_setting(protocol, peer))


def best_setting(protocol: Protocol, peer: Peer) -> Setting:
    """The setting with the highest NDCG, in the mean of the tasks; the test is not looked at.

    It is one for all tasks, as a library's user would have one model.
    """
    inputs = peer.inputs(protocol)
    usual, rng = {**peer.usual, **inputs[0]}, np.random.default_rng(0)
    windows = learning_windows(protocol.parts.past, rng, protocol.test_days)
    if not windows:
        return usual
    inside = replace(protocol, parts=windows[-1])
    asked = [task.sample(ASKED, rng) for task in inside.tasks()]
    if not asked:
        return usual
    settings = [{**setting, **given} for setting in peer.settings(rng) for given in inputs]
    worth = [_worth(peer.fit(inside, setting), asked, protocol.k) for setting in settings]
    for setting, each in zip(settings, worth, strict=True):
        logger.info("%s inside the past: NDCG@%d %.4f", setting, protocol.k, each)
    return settings[int(np.argmax(worth))]


def _worth(answer: Answer, tasks: list[Task], k: int) -> float:
    found = zip(tasks, answer(tasks), strict=True)
    return float(np.mean([np.nanmean(ndcg(t.hits(lists), t.n_targets, k)) for t, lists in found]))

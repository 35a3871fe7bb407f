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

ANY = ""
"""Stands for a task that the window inside the past does not have."""

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
    """Fit with the settings that are best on the newest window inside the past, task by task."""
    best = best_settings(protocol, peer)
    chosen = {task.name: best.get(task.name, best[ANY]) for task in protocol.tasks()}
    fitted = {
        str(setting): peer.fit(protocol, setting)
        for setting in {str(each): each for each in chosen.values()}.values()
    }
    return lambda tasks: [fitted[str(chosen[task.name])]([task])[0] for task in tasks]


def best_settings(protocol: Protocol, peer: Peer) -> dict[str, Setting]:
    """The setting with the highest NDCG of each task, and of all; the test is not looked at."""
    inputs = peer.inputs(protocol)
    rng = np.random.default_rng(0)
    windows = learning_windows(protocol.parts.past, rng, protocol.test_days)
    inside = replace(protocol, parts=windows[-1]) if windows else None
    asked = [task.sample(ASKED, rng) for task in inside.tasks()] if inside else []
    if not inside or not asked:
        return {ANY: {**peer.usual, **inputs[0]}}
    settings = [{**setting, **given} for setting in peer.settings(rng) for given in inputs]
    worth = np.array([_worth(peer.fit(inside, each), asked, protocol.k) for each in settings])
    for setting, found in zip(settings, worth, strict=True):
        told = ", ".join(f"{t.name} {value:.4f}" for t, value in zip(asked, found, strict=True))
        logger.info("%s inside the past: NDCG@%d %s", setting, protocol.k, told)
    best = {task.name: settings[place] for task, place in zip(asked, worth.argmax(0), strict=True)}
    return {ANY: settings[int(worth.mean(axis=1).argmax())], **best}


def _worth(answer: Answer, tasks: list[Task], k: int) -> list[float]:
    """Mean NDCG of every task."""
    found = zip(tasks, answer(tasks), strict=True)
    return [float(np.nanmean(ndcg(t.hits(lists), t.n_targets, k))) for t, lists in found]

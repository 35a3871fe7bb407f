from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.datasets import Protocol, from_events
from benchmarks.quality.answers import Answer
from benchmarks.quality.peers.libraries import matrices
from benchmarks.quality.peers.search import Peer, Setting, best_settings, tuned
from model.recommender import NO_ITEM


@pytest.fixture(scope="module")
def shop(shop_csv: Path) -> Protocol:
    return from_events(str(shop_csv), "2024-04-01", np.random.default_rng(0))


def test_the_usual_setting_comes_first_and_none_comes_twice() -> None:
    peer = Peer(never_fitted, {"k": 2}, {"k": (1, 2, 3)}, trials=9)
    settings = [setting["k"] for setting in peer.settings(np.random.default_rng(0))]
    assert settings[0] == 2
    assert sorted(settings) == [1, 2, 3]


def never_fitted(protocol: Protocol, setting: Setting) -> Answer:
    raise AssertionError(setting)


def test_the_best_setting_is_found_inside_the_past(shop: Protocol) -> None:
    cutoffs = []

    def fit(protocol: Protocol, setting: Setting) -> Answer:
        """Knows the answers where ``oracle`` is set, and nothing else."""
        cutoffs.append(protocol.parts.cutoff)
        shown = np.arange(48) if setting["oracle"] else np.full(48, NO_ITEM)
        return lambda tasks: [np.tile(shown, (len(task.user_rows), 1)) for task in tasks]

    peer = Peer(fit, {"oracle": False}, {"oracle": (False, True)}, trials=2)
    assert best_settings(shop, peer)["all"] == {"oracle": True}
    assert all(cutoff < shop.parts.cutoff for cutoff in cutoffs)


def test_a_library_is_tried_with_both_matrices_where_there_are_several_types(
    shop: Protocol,
) -> None:
    assert [given["squared"] for given in matrices(shop)] == [True, False]
    bought = shop.parts.past.where(shop.parts.past.is_purchase)
    one_type = replace(shop, parts=replace(shop.parts, past=bought))
    assert [given["squared"] for given in matrices(one_type)] == [True]
    tried = []

    def fit(protocol: Protocol, setting: Setting) -> Answer:
        tried.append(setting)
        return lambda tasks: [np.full((len(task.user_rows), 20), NO_ITEM) for task in tasks]

    best_settings(shop, Peer(fit, {"k": 1}, {"k": (1, 2)}, inputs=matrices))
    assert len(tried) == 4
    assert {"k": 2, "squared": False} in tried


def test_each_task_is_asked_with_the_setting_that_is_best_for_it(shop: Protocol) -> None:
    def fit(protocol: Protocol, setting: Setting) -> Answer:
        """Answers one task only, with all products."""
        return lambda tasks: [
            np.tile(np.arange(48) if task.name == setting["knows"] else NO_ITEM, (n, 1))
            for task in tasks
            for n in [len(task.user_rows)]
        ]

    peer = Peer(fit, {"knows": "nothing"}, {"knows": ("nothing", "all", "new")})
    assert {task: best["knows"] for task, best in best_settings(shop, peer).items() if task} == {
        "all": "all",
        "new": "new",
    }
    tasks = shop.tasks()
    assert all((lists >= 0).all() for lists in tuned(shop, peer)(tasks))

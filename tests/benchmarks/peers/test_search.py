from pathlib import Path

import numpy as np
import pytest

from benchmarks.datasets import Protocol, from_events
from benchmarks.quality.answers import Answer
from benchmarks.quality.peers.search import Peer, Setting, best_setting
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
    assert best_setting(shop, peer) == {"oracle": True}
    assert all(cutoff < shop.parts.cutoff for cutoff in cutoffs)

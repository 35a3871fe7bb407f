from collections import Counter

import pytest

from benchmarks import ablation
from benchmarks.ablation import EVERYTHING, OF_GROUPS, Without, ablate, ingredients, tables
from benchmarks.datasets import Protocol, both
from model.recommender import Recommender
from training.config import Knobs
from training.events.log import EventLog
from training.events.split import split_by_time
from training.fit import fit


@pytest.fixture(scope="module")
def protocol(shop_log: EventLog) -> Protocol:
    cutoff = shop_log.frame["timestamp"].quantile(0.85)
    return Protocol("shop", split_by_time(shop_log, cutoff), both)


@pytest.fixture(scope="module")
def fitted(protocol: Protocol) -> Recommender:
    return fit(protocol.parts.past, Knobs(), protocol.parts.cutoff)


def test_every_strategy_is_left_out_once_and_without_times_nothing_about_age(fitted: Recommender):
    dated = [without.name for without in ingredients(fitted, dated=True)]
    undated = [without.name for without in ingredients(fitted, dated=False)]
    assert {*fitted.strategies, "popular", "trees"} <= set(dated)
    assert OF_GROUPS not in dated  # the shop has no catalogue
    assert set(dated) - set(undated) == {name for name in dated if name.startswith("age of")}


def test_what_is_left_out_is_neither_proposed_nor_seen(protocol: Protocol, fitted: Recommender):
    by_name = {without.name: without for without in ingredients(fitted, dated=True)}

    def seen(name: str):
        return by_name[name].seen(protocol.parts, fitted, 20, 0)["for_you"]

    whole, less = seen("nothing"), seen("similar_items")
    assert set(whole.candidates.names) - set(less.candidates.names) == {"similar_items"}
    assert "score_similar_items" not in less.names
    assert len(less.n_targets) == len(whole.n_targets)
    hidden = Without("pairs", hidden=("pair_",)).seen(protocol.parts, fitted, 20, 0)["for_you"]
    assert not [name for name in hidden.names if name.startswith("pair_")]
    assert hidden.features.shape == (len(hidden.is_target), len(hidden.names))


@pytest.mark.slow
def test_a_line_an_ingredient_and_scenario(protocol: Protocol, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ablation, "LITTLE", 5)
    lines = list(ablate(protocol, 1, 40, 3))
    assert set(Counter((line["scenario"], line["histories"]) for line in lines).values()) == {3}
    few, all_ = (
        next(line["n_users"] for line in lines if line["histories"] == histories)
        for histories in ("short", "all")
    )
    assert 0 < few < all_
    whole = [line for line in lines if line["histories"] == "all"]
    everything, *others = [line for line in whole if line["scenario"] == "for_you"]
    assert (everything["without"], everything["difference"]) == (EVERYTHING, 0)
    for line in others:
        assert line["ndcg_at_10"] == pytest.approx(
            everything["ndcg_at_10"] - line["difference"], abs=2e-4
        )
        assert line["ci_low"] <= line["difference"] <= line["ci_high"]


def test_a_table_has_a_row_an_ingredient_and_what_leaves_zero_out_is_bold():
    def line(without: str, difference: float, low: float, high: float, **other) -> dict:
        asked = {"dataset": "shop", "scenario": "discover", "without": without}
        limits = {"difference": difference, "ci_low": low, "ci_high": high}
        of = {"histories": "all", "n_users": 1200}
        return {**asked, "ndcg_at_10": 0.2 - difference, **limits, **of, **other}

    lines = [line(EVERYTHING, 0, 0, 0), line("trees", 0.01, 0.005, 0.02), line("popular", 0, 0, 0)]
    few = line("trees", 0.01, 0.005, 0.02, histories="short", n_users=29)
    assert tables([*lines, few, line("trend", -0.001, -0.01, 0.01)]).splitlines() == [
        "| shop without | `discover`, 1,200 customers |",
        "| --- | --- |",
        "| nothing | .2000 |",
        "| trees | **.0100 [.0050, .0200]** |",
        "| popular | not used |",
        "| trend | -.0010 [-.0100, .0100] |",
    ]

"""The synthetic shop is what it says, and the benchmarks of growth and of batch lists run."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import batch, scale
from benchmarks.shop import Shop, write

STAGES = {"read", "split", "learn the ranking", "matrix", "similarity", "relate products"}


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("shop")
    written = write(Shop.of(20_000), folder)
    frame = pd.concat(map(pd.read_parquet, sorted(folder.iterdir())), ignore_index=True)
    assert len(frame) == written
    return frame


def test_the_shop_is_the_same_by_its_seed(events: pd.DataFrame, tmp_path: Path) -> None:
    write(Shop.of(20_000), tmp_path)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "00000.parquet"), events)


def test_the_shop_has_about_the_events_asked_for_oldest_first(events: pd.DataFrame) -> None:
    assert len(events) == pytest.approx(20_000, rel=0.05)
    assert events["timestamp"].is_monotonic_increasing


def test_every_purchase_comes_after_a_cart_and_that_after_a_view(events: pd.DataFrame) -> None:
    counts = events.groupby(["user_id", "product_id", "event_type"]).size().unstack(fill_value=0)
    assert (counts["view"] >= counts["cart"]).all()
    assert (counts["cart"] >= counts["purchase"]).all()
    assert events["value"].notna().sum() == counts["purchase"].sum() > 0


def test_some_products_are_bought_again(events: pd.DataFrame) -> None:
    bought = events[events["event_type"] == "purchase"]
    assert bought.duplicated(["user_id", "product_id"]).mean() > 0.1


@pytest.mark.slow
def test_the_benchmark_of_growth_prints_a_line_a_stage_and_draws(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    scale.main(["--events", "5e3", "--plot", str(tmp_path / "growth.png")])
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert {line["stage"] for line in lines} >= STAGES
    fields = ["events", "stage", "seconds", "cpu_seconds", "peak_rss_mb", "rate"]
    assert all(list(line) == fields for line in lines)
    assert all(line["peak_rss_mb"] > 0 for line in lines)
    assert (tmp_path / "growth.png").stat().st_size > 0


@pytest.mark.slow
def test_the_benchmark_of_batch_lists_has_peers_and_both_ways_of_ours(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(batch, "QUICK_SIZES", {"tiny": 5_000})
    batch.main(["--quick"])
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [line["method"] for line in lines] == ["ours_kept", "ours_computed", *batch.PEERS]
    ratios = {line["method"]: line["ratio_vs_implicit"] for line in lines}
    assert ratios[batch.REFERENCE] == 1
    assert np.all([line["users_per_s"] > 0 for line in lines])

"""The command, on the small shop."""

import json
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest
from scipy.sparse import csr_array, save_npz

from benchmarks.datasets import Protocol, from_events
from benchmarks.quality import __main__ as command
from benchmarks.quality.measure import measure
from benchmarks.quality.methods import METHODS
from benchmarks.quality.peers import rectools_models
from benchmarks.variants import counts_of_past, smaller
from training.errors import InputError

FIELDS = [
    *("dataset", "method", "task"),
    *("ndcg_at_10", "recall_at_10", "hit_rate_at_10", "ci_low", "ci_high"),
    *("n_users", "fit_s", "recommend_s", "peak_rss_mb"),
]


@pytest.fixture(scope="module")
def shop(shop_csv: Path) -> Protocol:
    return from_events(str(shop_csv), "2024-04-01", np.random.default_rng(0))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_one_line_a_task_with_all_fields(shop: Protocol, method: str) -> None:
    lines = list(measure(shop, method))
    if "skipped" in lines[0]:
        pytest.skip(lines[0]["skipped"])
    assert [line["task"] for line in lines] == ["all", "new"]
    for line in lines:
        assert list(line) == FIELDS
        assert line["method"] == method
        assert 0 <= line["ci_low"] <= line["ndcg_at_10"] <= line["ci_high"] <= 1
        assert line["peak_rss_mb"] > 0


def test_what_cannot_be_asked_of_the_data_is_a_line_that_says_why(
    shop: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rectools_models, "MOST_PRODUCTS", 10)
    assert list(measure(shop, "rectools_ease")) == [
        {
            "dataset": shop.dataset,
            "method": "rectools_ease",
            "skipped": "EASE inverts a matrix of products by products: 48 of them; "
            "allowed here: 10",
        }
    ]


def test_buying_again_hits_nothing_new(shop: Protocol) -> None:
    every, new = measure(shop, "buy_again")
    assert every["hit_rate_at_10"] > 0
    assert new["hit_rate_at_10"] == 0


def test_lists_of_twenty_are_measured_where_the_protocol_asks(shop: Protocol) -> None:
    of_twenty = Protocol(shop.dataset, shop.parts, shop.ask, k=20)
    line = next(measure(of_twenty, "popular"))
    assert line["recall_at_20"] >= line["recall_at_10"]
    assert line["ci_low"] <= line["ndcg_at_20"] <= line["ci_high"]


@pytest.mark.slow
def test_the_command_prints_json_lines_from_a_process_a_method(
    shop_csv: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ["--events", str(shop_csv), "--cutoff", "2024-04-01", "--methods", "popular,buy_again"]
    assert command.main(asked) == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [(line["method"], line["task"]) for line in lines] == [
        ("popular", "all"),
        ("popular", "new"),
        ("buy_again", "all"),
        ("buy_again", "new"),
    ]


def test_a_smaller_shop_has_some_of_the_customers_and_of_the_events(shop: Protocol) -> None:
    few = smaller(shop, customers=20, share=0.5)
    assert few.dataset == f"{shop.dataset}, 20 customers, 0.5 of the events"
    assert set(few.parts.future.user_rows) <= set(smaller(shop, customers=20).parts.past.user_rows)
    of_twenty = smaller(shop, customers=20).parts
    assert len(np.unique(of_twenty.past.user_rows)) == 20
    for some, every in ((few.parts.past, of_twenty.past), (few.parts.future, of_twenty.future)):
        assert 0.3 * len(every) < len(some) < 0.7 * len(every)
    assert smaller(shop, customers=20, share=0.5).parts.past.frame.equals(few.parts.past.frame)
    assert smaller(shop, customers=10**6).parts.past.frame.equals(shop.parts.past.frame)


def test_a_draw_of_nothing_is_refused(shop: Protocol) -> None:
    with pytest.raises(InputError, match="nothing is left of past or future"):
        smaller(shop, share=1e-9)


def test_the_command_measures_the_smaller_shop(
    shop_csv: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ["--events", str(shop_csv), "--cutoff", "2024-04-01", "--customers", "20"]
    assert command.main([*asked, "--methods", "popular", "--measured-here"]) == 0
    line = json.loads(capfd.readouterr().out.splitlines()[0])
    assert line["dataset"] == "events.csv, 20 customers"
    assert 0 < line["n_users"] <= 20


@pytest.mark.parametrize("option", [("--customers", "0"), ("--share", "0"), ("--share", "1.5")])
def test_a_shop_cannot_be_made_larger_or_empty(
    option: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command.main([*option, "--methods", "popular"])
    assert f"{option[1]} is not allowed; allowed: " in capsys.readouterr().err


def test_a_method_that_is_killed_is_not_a_success(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = iter([0, -9, 0])
    monkeypatch.setattr(
        command.subprocess, "run", lambda asked, env: CompletedProcess(asked, next(codes))
    )
    assert command.main(["--methods", "popular,buy_again,ours"]) == 128 + 9


def test_the_command_says_where_data_is_missing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("BENCHMARK_DATA", raising=False)
    assert command.main(["--dataset", "gowalla", "--methods", "popular", "--measured-here"]) == 2
    told = capfd.readouterr()
    assert told.out == ""
    assert "error: gowalla/train.npz is absent" in told.err
    assert "BENCHMARK_DATA" in told.err


def test_an_unknown_method_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--methods", "crystal_ball"])
    assert "no method 'crystal_ball'; allowed: popular, buy_again" in capsys.readouterr().err


@pytest.mark.parametrize("forgotten", ["undated", "counts"])
def test_times_of_the_past_can_be_forgotten(
    shop_csv: Path, capsys: pytest.CaptureFixture[str], forgotten: str
) -> None:
    cut = ["--events", str(shop_csv), "--cutoff", "2024-04-01"]
    asked = [*cut, f"--{forgotten}", "--measured-here"]
    assert command.main([*asked, "--methods", "buy_again"]) == 0
    every, new = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert every["dataset"] == f"events.csv, {forgotten}"
    assert every["hit_rate_at_10"] > 0 == new["hit_rate_at_10"]


def test_counts_are_all_that_is_left_of_the_past(shop: Protocol) -> None:
    counted = counts_of_past(shop).parts
    assert list(counted.past.frame) == ["user_id", "product_id", "event_type"]
    assert counted.cutoff is None
    assert counted.past.is_purchase.all()
    assert len(counted.past) == shop.parts.past.is_purchase.sum()
    assert counted.future is shop.parts.future


def test_a_cutoff_that_would_be_ignored_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(["--dataset", "complete_journey", "--cutoff", "2017-11-01"])
    assert "--cutoff goes with --events" in capsys.readouterr().err


def test_where_nobody_can_be_judged_the_command_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, customers in (("train", [0, 1, 1]), ("test", [2, 3, 3])):
        pairs = (np.ones(3), (customers, [0, 1, 2]))
        save_npz(tmp_path / f"{name}.npz", csr_array(pairs, shape=(4, 3)))
    files = ["--train", str(tmp_path / "train.npz"), "--test", str(tmp_path / "test.npz")]
    assert command.main([*files, "--methods", "popular", "--measured-here"]) == 2
    assert "nobody who is known from the past of train has a target" in capsys.readouterr().err

"""Logs and matrices that nobody has seen: no crash, sane figures, never below the baselines."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality import __main__ as command

from .unseen import UNSEEN, events


def lines_of(capfd: pytest.CaptureFixture[str], given: list[str], method: str) -> dict[str, dict]:
    """What the command prints for one method, by task."""
    assert command.main([*given, "--methods", method, "--measured-here"]) == 0
    lines = map(json.loads, capfd.readouterr().out.splitlines())
    return {line["task"]: line for line in lines}


NOT_LEARNABLE = {"again"}
"""A matrix has a pair once, so nothing in train says that pairs of it come back in test."""


@pytest.mark.parametrize("name", UNSEEN)
def test_ours_is_not_below_the_baselines_on_a_log_nobody_has_seen(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    given = UNSEEN[name](tmp_path, np.random.default_rng(0))
    methods = ("ours", "popular", "buy_again")
    ours, *baselines = (lines_of(capfd, given, method) for method in methods)
    assert ours
    for task, line in ours.items():
        assert 0 <= line["ci_low"] <= line["ndcg_at_10"] <= line["ci_high"] <= 1
        best = max(baseline[task]["ndcg_at_10"] for baseline in baselines)
        assert line["ci_high"] >= best or name in NOT_LEARNABLE, (task, line, best)


@pytest.fixture
def dated(tmp_path: Path) -> list[str]:
    days = np.arange(0, 100)
    moments = np.datetime64("2023-01-01") + days
    return events(
        tmp_path, {"user_id": days % 5, "product_id": days % 3, "timestamp": moments.astype(str)}
    )


@pytest.mark.parametrize(
    "cutoff", ["2023-03-01", "20230301", "2023-03-01T02:00:00+02:00", "1677628800", "1677628800000"]
)
def test_a_cutoff_is_read_in_every_way_in_which_logs_write_times(
    dated: list[str], cutoff: str, capfd: pytest.CaptureFixture[str]
) -> None:
    found = lines_of(capfd, [*dated, "--cutoff", cutoff], "popular")
    expected = lines_of(capfd, [*dated, "--cutoff", "2023-03-01 00:00"], "popular")
    figures = ("ndcg_at_10", "n_users")
    assert [found["all"][name] for name in figures] == [expected["all"][name] for name in figures]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cutoff", "2099-01-01"], "cut-off 2099-01-01 00:00:00 leaves one side empty"),
        (["--cutoff", "2001-01-01"], "cut-off 2001-01-01 00:00:00 leaves one side empty"),
        (["--cutoff", "soon"], "cut-off 'soon' is no time; allowed: ISO 8601"),
    ],
)
def test_a_cutoff_that_cannot_be_used_is_refused_in_one_line(
    dated: list[str], options: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert command.main([*dated, *options, "--methods", "popular", "--measured-here"]) == 2
    told = capfd.readouterr()
    assert message in told.err
    assert told.out == ""


@pytest.mark.parametrize("text", [b"", b"no archive"])
def test_a_file_that_holds_no_matrix_is_refused(
    text: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "train.npz"
    path.write_bytes(text)
    given = ["--train", str(path), "--test", str(path), "--methods", "popular", "--measured-here"]
    assert command.main(given) == 2
    assert "is no sparse matrix as scipy saves it" in capfd.readouterr().err

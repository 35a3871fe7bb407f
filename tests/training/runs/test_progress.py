import logging

import pytest

from training.runs.progress import Steps, bar


def test_a_step_is_one_log_line_with_rows_and_seconds(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "training")
    steps = Steps()
    with steps.step("read events") as step:
        step.rows = 12345
    with steps.step("register"):
        pass
    first, second = (record.getMessage() for record in caplog.records)
    assert first.startswith("read events: 12,345 rows, 0.0 s")
    assert second == "register: 0.0 s"
    assert [step.name for step in steps.done] == ["read events", "register"]


def test_a_step_that_fails_is_not_done(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "training")
    steps = Steps()

    def fail() -> None:
        with steps.step("evaluate"):
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert steps.done == []
    assert caplog.records == []


def test_away_from_a_terminal_progress_is_a_line_every_ten_seconds(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    caplog.set_level(logging.INFO, "training")
    clock = iter([0.0, 4.0, 11.0, 11.0, 12.0, 25.0, 25.0])
    monkeypatch.setattr("training.runs.progress.time.monotonic", lambda: next(clock))
    with bar("customers", 4000) as shown:  # 0: the first line is due at 10
        shown.advance(1000)  # 4: too early
        shown.advance(1000)  # 11: a line, the next is due at 21
        shown.advance(1000)  # 12: too early
        shown.advance(1000)  # 25: a line
    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["customers: 2,000 of 4,000", "customers: 4,000 of 4,000"]


def test_in_a_terminal_progress_is_a_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with bar("customers", 2) as shown:
        shown.advance(2)
    assert "customers" in capsys.readouterr().err

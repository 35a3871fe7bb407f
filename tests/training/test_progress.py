import logging

import pytest

from training.progress import Steps


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

import threading
import time

import numpy as np
import pytest

from training.runs.profile import PeakMemory, figure
from training.runs.progress import Step, Steps


def test_the_peak_of_a_step_is_its_own():
    with PeakMemory().watched() as memory:
        steps = Steps(memory)
        with steps.step("large"):
            held = np.ones(25_000_000)  # 200 MB, gone before the step ends
            time.sleep(0.3)  # on a busy machine a sample takes its time
            del held
        with steps.step("small"):
            np.ones(1000)
    large, small = (step.peak_mb or 0 for step in steps.done)
    assert large - small == pytest.approx(200, abs=40)


def test_a_sample_begun_before_a_restart_does_not_outlive_it(monkeypatch: pytest.MonkeyPatch):
    memory, begun, go_on = PeakMemory(), threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        assert go_on.wait(10)
        return 900_000_000

    monkeypatch.setattr(memory, "_resident", slow)
    sampler = threading.Thread(target=lambda: memory.peak_mb)
    sampler.start()
    assert begun.wait(10)
    restart = threading.Thread(target=memory.restart)
    restart.start()
    monkeypatch.setattr(memory, "_resident", lambda: 100_000_000)
    go_on.set()
    sampler.join()
    restart.join()
    assert memory.peak_mb == 100


def test_a_step_that_nobody_watches_has_no_peak():
    steps = Steps()
    with steps.step("read events"):
        pass
    assert steps.done[0].peak_mb is None


def test_the_plot_has_a_bar_a_step_in_seconds_and_in_megabytes():
    drawn = figure([Step("read", seconds=2.0, peak_mb=300.0), Step("fit", seconds=1.0)])
    seconds, memory = drawn.axes
    assert [bar.get_width() for bar in seconds.patches] == [2.0, 1.0]
    assert [bar.get_width() for bar in memory.patches] == [300.0, 0.0]
    assert [label.get_text() for label in seconds.get_yticklabels()] == ["read", "fit"]
    assert [panel.get_xlabel() for panel in drawn.axes] == ["seconds", "peak memory, MB"]

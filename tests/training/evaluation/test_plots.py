"""Every plot draws what its axes say, for every task and method."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from model.recommender import Recommender
from training.config import Knobs
from training.evaluation.evaluate import BASELINES, Evaluation, evaluate
from training.evaluation.plots import figures, long_tail
from training.evaluation.tasks import tasks
from training.events.log import EventLog
from training.events.split import split
from training.fit import fit


@pytest.fixture(scope="module")
def judged(shop_log: EventLog, knobs: Knobs) -> tuple[Recommender, Evaluation]:
    parts = split(shop_log, np.random.default_rng(0))
    model = fit(parts.past, knobs, parts.cutoff)
    asked = tasks(model.matrix, parts.future)
    return model, evaluate(model, asked, np.random.default_rng(0))


def test_every_plot_has_a_panel_a_task_with_named_axes(
    judged: tuple[Recommender, Evaluation],
) -> None:
    model, evaluation = judged
    drawn = figures(evaluation, model.matrix)
    assert set(drawn) == {
        "ndcg_against_baselines.png",
        "recall_by_k.png",
        "ndcg_by_history.png",
        "long_tail.png",
    }
    for figure in drawn.values():
        assert isinstance(figure, Figure)
        assert [axis.get_title() for axis in figure.axes] == ["task: all", "task: new"]
        assert all(axis.get_ylabel() for axis in figure.axes)


def test_the_popular_list_takes_all_its_places_from_the_head(
    judged: tuple[Recommender, Evaluation],
) -> None:
    model, evaluation = judged
    panel = long_tail(evaluation, model.matrix).axes[0]
    lines = {str(line.get_label()).split(",")[0]: line for line in panel.get_lines()}
    assert {"ours", *BASELINES} <= set(lines)
    for name in ("ours", "popular"):
        taken = np.asarray(lines[name].get_ydata())
        assert taken[-1] == pytest.approx(1)
        assert (np.diff(taken) >= 0).all()
    # Ten products of 48 take every place, and they are among the most bought.
    assert np.asarray(lines["popular"].get_ydata())[23] > 0.8

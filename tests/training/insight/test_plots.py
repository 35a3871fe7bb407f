"""Every plot draws what its axes say, for every task and method."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from tests.training.insight.conftest import JudgedShop
from training.evaluation.evaluate import BASELINES, OURS
from training.insight.plots import methods, over_time, plots, reach, slices
from training.insight.plots.style import COLOURS, TASKS

EVERY = {
    "metrics_against_baselines.png",
    "recall_by_k.png",
    "ndcg_by_customers.png",
    "ndcg_by_last_event.png",
    "recall_by_products.png",
    "long_tail.png",
    "half_life.png",
    "rolling_origins.png",
}


def test_every_plot_has_a_title_a_meaning_and_named_axes(judged_shop: JudgedShop) -> None:
    drawn = plots(judged_shop.insight, judged_shop.model.matrix)
    assert {plot.file for plot in drawn} == EVERY
    for plot in drawn:
        assert plot.title
        assert plot.meaning.endswith(".")
        assert plot.figure.get_suptitle()
        assert plot.figure.axes[0].get_ylabel()


def test_what_was_not_measured_is_not_drawn(judged_shop: JudgedShop) -> None:
    undated = [s for s in judged_shop.insight.slices if s.segment.family != "last_seen"]
    less = replace(judged_shop.insight, half_lives=None, origins=[], slices=undated)
    files = {plot.file for plot in plots(less, judged_shop.model.matrix)}
    assert EVERY - files == {"half_life.png", "rolling_origins.png", "ndcg_by_last_event.png"}


def test_bars_stand_at_the_means_with_their_intervals(judged_shop: JudgedShop) -> None:
    figure = methods.against_baselines(judged_shop.insight)
    means = judged_shop.evaluation.means
    [first, *_] = figure.axes
    found = [means[m, "all", "ndcg_at_10"] for m in (OURS, *BASELINES)]
    assert [bar.get_height() for bar in first.patches] == [i.mean for i in found]
    [whiskers] = [c for c in first.collections if isinstance(c, LineCollection)]
    ends = [(low[1], high[1]) for low, high in whiskers.get_segments()]
    np.testing.assert_allclose(ends, [(i.low, i.high) for i in found])


def test_recall_is_drawn_at_every_length_for_every_method(judged_shop: JudgedShop) -> None:
    figure = methods.by_k(judged_shop.insight, "recall")
    assert [axis.get_title() for axis in figure.axes] == [
        TASKS[task] for task in judged_shop.insight.tasks()
    ]
    for axis in figure.axes:
        assert {line.get_label() for line in axis.get_lines()} == {OURS, *BASELINES}
        assert all(list(line.get_xdata()) == [5, 10, 20] for line in axis.get_lines())


def test_segments_are_named_with_their_number_of_customers(judged_shop: JudgedShop) -> None:
    axis = slices.by_customers(judged_shop.insight).axes[0]
    labels = [text.get_text() for text in axis.get_xticklabels()]
    counts = {
        s.segment.label: s.n_customers for s in judged_shop.insight.slices_of("events", "all")
    }
    assert labels == [f"{label}\nn = {n}" for label, n in counts.items()]


def test_the_half_life_in_use_is_marked(judged_shop: JudgedShop) -> None:
    assert judged_shop.insight.half_lives is not None
    figure: Figure = over_time.half_lives(judged_shop.insight.half_lives)
    assert "in use: 90 days" in [text.get_text().strip() for text in figure.axes[0].texts]


def test_every_origin_is_a_point_of_every_method(judged_shop: JudgedShop) -> None:
    figure = over_time.rolling(judged_shop.insight.origins)
    axis = figure.axes[0]
    assert len(axis.get_xticks()) == 3
    assert axis.get_legend_handles_labels()[1] == [OURS, *BASELINES]


def test_the_popular_list_takes_all_its_places_from_the_head(judged_shop: JudgedShop) -> None:
    panel = reach.long_tail(judged_shop.insight, judged_shop.model.matrix).axes[0]
    lines = {str(line.get_label()).split(":")[0]: line for line in panel.get_lines()}
    assert set(COLOURS) <= set(lines)
    for name in ("ours", "popular"):
        taken = np.asarray(lines[name].get_ydata())
        assert taken[-1] == pytest.approx(1)
        assert (np.diff(taken) >= 0).all()
    # Ten products of 48 take every place, and they are among the most bought.
    assert np.asarray(lines["popular"].get_ydata())[23] > 0.8

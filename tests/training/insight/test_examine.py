"""Names, counts and means of everything beyond the tasks' means; intervals can be made again."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

from tests.training.conftest import MakeLog
from tests.training.insight.conftest import JudgedShop
from training.config import Knobs, MainConfig
from training.evaluation.evaluate import CUTOFFS, OURS, evaluate
from training.evaluation.tasks import tasks
from training.events.log import EventLog
from training.events.split import learning_windows, split, split_by_time
from training.fit import fit
from training.insight.beyond import coverage
from training.insight.examine import Insight, examine, newcomers_judged
from training.insight.files import write_files
from training.intervals import intervals

BEYOND = ("coverage", "gini", "novelty", "popularity", "diversity", "revenue", "revenue_total")
FORM = re.compile(
    r"((popular|buy_again)/)?(all|new|unseen)/"
    r"([a-z_]+_at_(5|10|20)(_ci_low|_ci_high)?"
    r"|(customers|products)_[a-z0-9_]+/(customers|[a-z_]+_at_(5|10|20)(_ci_low|_ci_high)?))"
)


def test_every_name_has_its_form(judged_shop: JudgedShop):
    for name in judged_shop.insight.metrics():
        assert FORM.fullmatch(name), name


def test_the_tasks_figures_are_those_of_the_evaluation(judged_shop: JudgedShop):
    assert judged_shop.evaluation.metrics().items() <= judged_shop.insight.metrics().items()


@pytest.mark.parametrize("k", CUTOFFS)
@pytest.mark.parametrize("name", BEYOND)
def test_every_task_and_method_has_every_figure_beyond_accuracy(
    judged_shop: JudgedShop, name: str, k: int
):
    metrics = judged_shop.insight.metrics()
    for task in ("all", "new", "unseen"):
        for method in ("", "popular/"):
            assert f"{method}{task}/{name}_at_{k}" in metrics
    limits = (f"all/{name}_at_{k}_ci_low" in metrics, f"all/{name}_at_{k}_ci_high" in metrics)
    assert limits == (name not in ("coverage", "gini"),) * 2


def test_coverage_is_that_of_the_lists_as_served(judged_shop: JudgedShop):
    [ours, *_] = judged_shop.evaluation.judged
    buyers = np.diff(judged_shop.model.matrix.everybody().bought.tocsc().indptr)
    metrics = judged_shop.insight.metrics()
    assert metrics["all/coverage_at_10"] == coverage(ours.lists, buyers, 10)


def test_the_popular_list_has_the_highest_popularity_and_the_lowest_novelty(
    judged_shop: JudgedShop,
):
    found = judged_shop.insight.metrics()
    assert found["popular/all/popularity_at_10"] > found["all/popularity_at_10"]
    assert found["popular/all/novelty_at_10"] < found["all/novelty_at_10"]


def test_a_slice_is_the_mean_over_its_customers_and_says_how_many(judged_shop: JudgedShop):
    table = judged_shop.insight.per_user
    metrics = judged_shop.insight.metrics()
    ours = table[(table["task"] == "all") & (table["method"] == OURS)]
    many = ours[ours["past_events"] >= 5]
    assert metrics["all/customers_5_or_more_events/customers"] == len(many)
    expected = pytest.approx(many["ndcg_at_10"].mean())
    assert metrics["all/customers_5_or_more_events/ndcg_at_10"] == expected


def test_slices_by_events_are_all_of_a_tasks_customers(judged_shop: JudgedShop):
    asked = {j.task.name: len(j.per_user) for j in judged_shop.evaluation.judged}
    for family in ("events", "weight", "last_seen"):
        for task, n in asked.items():
            counted = sum(
                s.n_customers
                for s in judged_shop.insight.slices
                if (s.task, s.method, s.segment.family) == (task, OURS, family)
            )
            assert counted == n


def test_recall_of_head_and_tail_make_up_the_recall_of_all(judged_shop: JudgedShop):
    # A customer's hits are those in the head, in the tail, and of products never sold (none).
    slices = {
        s.segment.name: s for s in judged_shop.insight.slices if (s.task, s.method) == ("all", OURS)
    }
    [ours] = [j for j in judged_shop.evaluation.judged if (j.task.name, j.method) == ("all", OURS)]
    hits, targets = ours.task.hits(ours.lists)[:, :10], ours.task.targets.toarray() > 0
    n_inside = np.zeros(len(hits), int)
    for name in ("products_head", "products_tail"):
        inside = slices[name].segment.members
        n_targets = targets[:, inside].sum(axis=1)
        n_hits = (hits & inside[np.maximum(ours.lists[:, :10], 0)]).sum(axis=1)
        n_inside += n_hits
        some = n_targets > 0
        expected = (n_hits[some] / n_targets[some]).mean()
        assert slices[name].figures["recall_at_10"].mean == pytest.approx(expected)
        assert slices[name].n_customers == some.sum()
    assert n_inside.tolist() == hits.sum(axis=1).tolist()


def test_a_slice_is_compared_with_each_baseline_customer_by_customer(judged_shop: JudgedShop):
    table = judged_shop.insight.per_user.set_index("user_row")
    heavy = table[(table["task"] == "all") & table["past_events"].gt(5)]
    slices = judged_shop.insight.slices_of("weight", "all")
    for each in (s for s in slices if s.segment.name == "customers_heavy"):
        if each.method == OURS:
            assert each.gain is None
            continue
        rows = heavy[heavy.index.isin(np.flatnonzero(each.segment.members))]
        ours, other = (rows.loc[rows["method"] == m, "ndcg_at_10"] for m in (OURS, each.method))
        assert each.gain is not None
        assert each.gain.mean == pytest.approx((ours - other).mean())
        assert each.gain.low <= each.gain.mean <= each.gain.high


def test_every_interval_can_be_made_again_from_the_results_per_customer(judged_shop: JudgedShop):
    table = judged_shop.insight.per_user
    ours = table[(table["task"] == "all") & (table["method"] == OURS)]
    for name in ("ndcg_at_10", "recall_at_20", "novelty_at_10", "revenue_at_10"):
        logged = judged_shop.insight.figure(OURS, "all", name)
        [made] = intervals(ours[[name]].to_numpy(), np.random.default_rng(1))
        assert logged is not None
        assert made.mean == pytest.approx(logged.mean)
        width = logged.high - logged.low
        assert made.low == pytest.approx(logged.low, abs=width / 5)
        assert made.high == pytest.approx(logged.high, abs=width / 5)
    total = ours["captured_value_at_10"].sum() / ours["targets_value"].sum()
    logged = judged_shop.insight.figure(OURS, "all", "revenue_total_at_10")
    assert logged is not None
    assert logged.mean == pytest.approx(total)


def test_unknown_customers_are_judged_on_the_list_that_serving_gives_them(
    judged_shop: JudgedShop,
):
    # Everything before the fifth day: few of the 80 customers were there.
    log = judged_shop.parts.past
    early = log.frame["timestamp"].min() + np.timedelta64(5, "D")
    parts = split_by_time(log, early)
    model = fit(parts.past, Knobs(), parts.cutoff)
    strangers = {(j.task.name, j.method): j for j in newcomers_judged(model, parts.future)}
    ours = strangers["all/customers_0_events", OURS]
    assert len(ours.task.user_rows) > 10
    served = model.recommend("nobody knows me", 20)
    for row in (0, -1):
        items = ours.lists[row]
        assert model.matrix.products.ids_of(items[items >= 0]) == served
    browsed = strangers["all/customers_only_browsed", OURS]
    some = browsed.task.user_rows[0]
    items = browsed.lists[0]
    expected = model.recommend(model.matrix.users.ids_of([some])[0], 20)
    assert model.matrix.products.ids_of(items[items >= 0]) == expected


def examined(log: EventLog, folder: Path) -> Insight:
    """The whole way with a plain fit, files included."""
    rng, config = np.random.default_rng(0), MainConfig()
    parts = split(log, rng)
    model = fit(parts.past, config, parts.cutoff)
    evaluation = evaluate(model, tasks(model.matrix, parts.future), rng)
    windows = learning_windows(parts.past, rng)
    insight = examine(evaluation, model, parts, windows, config, None)
    write_files(insight, model.matrix, folder)
    return insight


def test_a_log_without_times_has_no_ages_and_no_money_has_no_revenue(
    shop_log: EventLog, tmp_path: Path
):
    undated = EventLog(shop_log.frame.drop(columns="timestamp"), len(shop_log))
    insight = examined(undated, tmp_path)
    metrics = insight.metrics()
    assert insight.half_lives is None
    assert not [name for name in metrics if "days" in name or "revenue" in name]
    assert metrics["all/customers_5_or_more_events/customers"] > 0
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "drawn: a fifth of the returning customers&#39; purchases, chosen to be like" in text


def test_a_log_to_which_nobody_comes_back_has_slices_of_newcomers_only(
    make_log: MakeLog, tmp_path: Path
):
    early = [(f"early{n}", f"p{n % 3}", "purchase", n) for n in range(8)]
    late = [(f"late{n}", f"p{n % 3}", "purchase", 95 + n) for n in range(4)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        insight = examined(make_log([*early, *late]), tmp_path)
    metrics = insight.metrics()
    assert metrics["all/customers_0_events/customers"] == 4
    assert "all/ndcg_at_10" not in metrics
    assert "all/coverage_at_10" not in metrics
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Nobody who had bought before came back" in text
    assert "<td>0 (unknown)</td>" in text
    assert not list(tmp_path.glob("*.png"))

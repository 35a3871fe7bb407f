import json
import shlex

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from model.recommender import Recommender
from training import report
from training.evaluation.evaluate import Evaluation, Judged
from training.evaluation.tasks import Task
from training.insight.rolling import Origin
from training.intervals import Interval


def test_three_customers_show_what_they_bought_not_what_they_looked_at(recommender: Recommender):
    lines = report.customers(recommender, None).splitlines()
    bought = recommender.matrix.histories(np.arange(recommender.matrix.shape[0])).bought
    heads = [line.split() for line in lines if line.startswith("  customer")]
    assert len(heads) == 3
    for head, shown in zip(heads, lines[1::4], strict=True):
        row = recommender.matrix.users.row(head[1])
        own = recommender.matrix.products.ids_of(bought[[row]].indices)
        assert head[-2:] == [str(len(own)), "products"]
        assert set(shown.removeprefix("    bought   ").split(" | ")) <= set(own)


def test_products_are_shown_by_their_title(recommender: Recommender):
    ids = recommender.matrix.products.ids_of(range(recommender.matrix.shape[1]))
    catalogue = pd.DataFrame({"title": [f"Title of {id_}" for id_ in ids]}, index=pd.Index(ids))
    assert "Title of p" in report.customers(recommender, catalogue)


def test_commands_to_paste_survive_quotes_in_an_id():
    text = report.next_commands("shop", "3", True, 'o\'b "x"')
    curls = [shlex.split(line) for line in text.splitlines() if "curl" in line]
    assert json.loads(curls[0][-1]) == {"user_id": 'o\'b "x"'}
    assert json.loads(curls[1][-1]) == {"dataframe_records": [{"user_id": 'o\'b "x"'}]}
    assert "models:/shop@champion" in text


def test_a_version_that_is_not_champion_is_served_by_its_other_name():
    assert "models:/shop@challenger" in report.next_commands("shop", "3", False, "1")


def test_a_verdict_is_above_below_or_level_by_the_interval_of_the_difference():
    gains = {
        ("popular", "all", "ndcg_at_10"): Interval(0.2, 0.1, 0.3),
        ("popular", "new", "ndcg_at_10"): Interval(0.0, -0.1, 0.1),
        ("buy_again", "all", "ndcg_at_10"): Interval(-0.2, -0.3, -0.1),
        ("buy_again", "all", "recall_at_10"): Interval(9.0, 9.0, 9.0),
    }
    lines = report.verdicts(Evaluation([], {}, gains)).splitlines()
    assert [line.split(" (")[0].strip() for line in lines] == [
        "all: above popular",
        "new: level with popular",
        "all: below buy_again",
    ]


def test_earlier_cut_offs_are_columns_and_only_shown_where_there_are_some():
    means = {
        (method, "all", "ndcg_at_10"): Interval(0.5, 0.25, 0.75)
        for method in ("ours", "popular", "buy_again")
    }
    task = Task("all", "for_you", np.empty(0, int), csr_array((0, 1)))
    judged = Judged(task, "ours", np.empty((0, 20), np.int32), pd.DataFrame())
    days = [pd.Timestamp("2024-05-01"), pd.Timestamp("2024-06-01")]
    [table] = report.rolling_table([Origin(day, Evaluation([judged], means, {})) for day in days])
    assert "from 2024-05-01" in table
    assert "from 2024-06-01" in table
    assert table.count("0.5000 [0.2500, 0.7500]") == 6
    assert report.rolling_table([]) == []

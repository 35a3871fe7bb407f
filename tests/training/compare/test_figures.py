import numpy as np
import pandas as pd
import pytest

from model.recommender import Recommender
from training.compare.figures import ELSEWHERE, SHOWN, figures
from training.compare.sides import Side


@pytest.fixture
def make_side(recommender: Recommender):
    def side(data_hash: str, **of_task: float) -> Side:
        """Its NDCG@10 of some tasks, the same for ten customers."""
        metrics = {f"{task}/ndcg_at_10": value for task, value in of_task.items()}
        per_user = pd.DataFrame(
            {"user_id": f"{n}", "task": task, **dict.fromkeys(SHOWN, value)}
            for task, value in of_task.items()
            for n in range(10)
        )
        tags = {"data_hash": data_hash, "test_from": "2024-01-01"}
        return Side("version", recommender, {}, metrics, tags, per_user)

    return side


def test_tasks_that_neither_run_was_asked_are_not_compared(make_side) -> None:
    left, right = make_side("a", all=0.25, new=0.125), make_side("a", all=0.5, new=0.125)
    found = figures(left, right, np.random.default_rng(0))
    ndcg = {f.task: f for f in found if f.metric == "ndcg_at_10"}
    assert {task: (f.difference.mean, f.verdict) for task, f in ndcg.items()} == {
        "all": (0.25, "better"),
        "new": (0.0, "level"),
    }


def test_a_task_that_only_one_run_was_asked_is_shown_without_a_difference(make_side) -> None:
    left, right = make_side("a", all=0.25), make_side("b", all=0.5, unseen=0.25)
    found = figures(left, right, np.random.default_rng(0))
    [unseen] = [f for f in found if (f.task, f.metric) == ("unseen", "ndcg_at_10")]
    assert (unseen.right.mean, unseen.verdict) == (0.25, ELSEWHERE)
    assert np.isnan([unseen.left.mean, unseen.difference.mean]).all()

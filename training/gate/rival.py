"""The champion as a rival: its logged configuration, refitted on the challenger's training window.

So neither has seen the test window, and both answer the same customers.
"""

from collections.abc import Mapping

import numpy as np

from model.id_index import UNKNOWN_ROW
from model.recommender import NO_ITEM, Lists, Recommender
from training.config import MainConfig
from training.errors import InputError
from training.evaluation.evaluate import CUTOFFS, Evaluation, Judged, judge
from training.evaluation.tasks import Task
from training.events.catalogue import catalogue_of, grouped
from training.events.frame import by_weight
from training.events.log import EventLog
from training.events.read import read_events
from training.events.sample import Source
from training.events.split import Split, split_by_time
from training.events.taken_back import undoes
from training.gate.configuration import LoggedConfiguration
from training.lists import scenario_lists
from training.ranking.learn import trained_on

CHAMPION = "champion"
"""Its name among the methods that are judged, beside ours and the baselines."""


def judge_rival(
    rival: LoggedConfiguration,
    config: MainConfig,
    source: Source,
    parts: Split,
    evaluation: Evaluation,
) -> list[Judged]:
    """Fit the rival's configuration on the past and judge its lists for the same questions."""
    tasks = {j.task.name: j.task for j in evaluation.judged}
    past = _past_of(rival, config.event_weights, source, parts)
    rng = np.random.default_rng(rival.knobs.seed)
    model = trained_on(past, parts.cutoff, rival.knobs, rng, rival.test_days or None)
    return [judge(task, CHAMPION, lists_for(model, task, parts.past)) for task in tasks.values()]


def _past_of(
    rival: LoggedConfiguration, event_weights: Mapping[str, float], source: Source, parts: Split
) -> EventLog:
    """The same window, read anew where the rival's event weights make another log of it."""
    weights = rival.knobs.event_weights
    if read_alike(weights, event_weights):
        return parts.past
    if parts.cutoff is None:
        raise InputError(
            f"version {rival.version} weighs event types otherwise and the log has no timestamps, "
            "so the same events cannot be held out"
        )
    other = read_events(source.events, weights, source.event_columns)
    return split_by_time(grouped(other, catalogue_of(source)), parts.cutoff).past


def read_alike(weights: Mapping[str, float], others: Mapping[str, float]) -> bool:
    """Whether a log is the same by both: which types there are, in which order, undoing what.

    >>> read_alike({"view": 1, "purchase": 5}, {"view": 2, "purchase": 3})
    True
    >>> read_alike({"view": 1, "like": 2, "purchase": 5}, {"view": 2, "like": 1, "purchase": 5})
    False
    """
    in_order = by_weight(weights, weights) == by_weight(others, others)
    return in_order and undoes(weights) == undoes(others)


def lists_for(model: Recommender, task: Task, log: EventLog) -> Lists:
    """The model's lists for the task's customers, in the item rows of ``log``.

    The model may have been fitted on other customers and products: one it does not know gets the
    popular list, as served, and a product that ``log`` does not know is a miss.
    """
    matrix, k = model.matrix, CUTOFFS[-1]
    if matrix.users == log.users and matrix.products == log.products:
        return scenario_lists(model, task.user_rows, k, task.scenario)
    rows = matrix.users.rows_of_all(log.users)[task.user_rows]
    known = rows != UNKNOWN_ROW
    lists = np.full((len(rows), k), NO_ITEM, np.int32)
    lists[~known, : len(model.popular.order[:k])] = model.popular.order[:k]
    lists[known] = scenario_lists(model, rows[known], k, task.scenario)
    to_ours = log.products.rows_of_all(matrix.products)
    return np.where(lists == NO_ITEM, NO_ITEM, to_ours[lists]).astype(np.int32)

"""The champion as a rival: its logged configuration, refitted on the challenger's training window.

So neither has seen the test window, and both answer the same customers.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from model.id_index import UNKNOWN_ROW
from model.recommender import NO_ITEM, Lists, Recommender
from training.config import Knobs, MainConfig, validated
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
from training.gate.champions_log import ChampionsLog
from training.lists import lists_of
from training.ranking.learn import trained_on

CHAMPION = "champion"
"""Its name among the methods that are judged, beside ours and the baselines."""


@dataclass(frozen=True)
class Rival:
    """A configuration that answers today.

    Attributes
    ----------
    missing : list of str
        Knobs that did not exist when it was trained; today's defaults stand in.
    trained_on : ChampionsLog or None
        None where the model cannot be read.
    """

    version: str
    knobs: Knobs
    test_days: float
    missing: list[str]
    trained_on: ChampionsLog | None = None

    def differs_from(self, config: MainConfig) -> list[str]:
        """Names of the knobs that are not the challenger's."""
        ours = config.model_dump()
        theirs = {**self.knobs.model_dump(), "test_days": self.test_days}
        return [name for name, value in theirs.items() if ours[name] != value]


def rival_of(version: str, params: Mapping[str, str]) -> Rival:
    """Read a configuration back from a run's params.

    Raises
    ------
    InputError
        If a value is not allowed any more, or there are no params at all.
    """
    known = {name: params[name] for name in Knobs.model_fields if name in params}
    if not known:
        raise InputError(f"version {version} has no logged configuration")
    missing = [name for name in Knobs.model_fields if name not in params]
    given = {name: _parsed(value) for name, value in known.items()}
    return Rival(version, validated(Knobs, **given), float(params.get("test_days", 0)), missing)


def _parsed(value: str) -> object:
    """A mapping is logged as JSON, everything else as plain text."""
    return json.loads(value) if value.startswith("{") else value


def judge_rival(
    rival: Rival, config: MainConfig, source: Source, parts: Split, evaluation: Evaluation
) -> list[Judged]:
    """Fit the rival's configuration on the past and judge its lists for the same questions."""
    tasks = {j.task.name: j.task for j in evaluation.judged}
    past = _past_of(rival, config.event_weights, source, parts)
    rng = np.random.default_rng(rival.knobs.seed)
    model = trained_on(past, parts.cutoff, rival.knobs, rng, rival.test_days or None)
    return [judge(task, CHAMPION, lists_for(model, task, parts.past)) for task in tasks.values()]


def _past_of(
    rival: Rival, event_weights: Mapping[str, float], source: Source, parts: Split
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
        return lists_of(model, task.user_rows, k, [task.scenario])[task.scenario]
    rows = matrix.users.rows_of(log.users.ids_of(task.user_rows))
    known = rows != UNKNOWN_ROW
    lists = np.full((len(rows), k), NO_ITEM, np.int32)
    lists[~known, : len(model.popular.order[:k])] = model.popular.order[:k]
    lists[known] = lists_of(model, rows[known], k, [task.scenario])[task.scenario]
    to_ours = log.products.rows_of_all(matrix.products)
    return np.where(lists == NO_ITEM, NO_ITEM, to_ours[lists]).astype(np.int32)

"""What a configuration is worth: NDCG@10 on the newest window inside the past, as main would judge.

::

    |------------------- past -------------------|- test -|   never looked at
    |------------ window ------------|- asked ---|            the figure
    |- learn ranking -|- came next --|                        as main does, one window earlier
"""

from dataclasses import dataclass

import numpy as np

from model.matrix import UserItemMatrix
from training.config import Knobs
from training.errors import InputError
from training.evaluation.metrics import ndcg
from training.evaluation.tasks import Task, tasks
from training.events.log import EventLog
from training.events.split import Split, learning_windows, split
from training.fit import fit
from training.ranking.learn import learn_rankers, ranked_by

K = 10


@dataclass(frozen=True)
class Validation:
    """The newest window inside the past, and the windows inside it that ranking is learnt on."""

    window: Split
    learning: list[Split]
    customers: int
    seed: int

    @classmethod
    def of(cls, log: EventLog, test_days: float, customers: int, seed: int) -> "Validation":
        """Cut the log as main does, then once more.

        Raises
        ------
        InputError
            If the log is too short for a window inside its past.
        """
        rng = np.random.default_rng(seed)
        past = split(log, rng, test_days or None).past
        inside = learning_windows(past, rng, test_days or None)
        if not inside:
            raise InputError(
                f"{len(past)} events before the test window are too few for a window to tune on; "
                "allowed: a longer log, or a smaller test_days"
            )
        window = inside[-1]
        return cls(window, learning_windows(window.past, rng, test_days or None), customers, seed)

    def ndcg(self, knobs: Knobs) -> dict[str, float]:
        """NDCG@10 of each task that asks somebody, for the lists as served."""
        rng = np.random.default_rng(self.seed)
        learnt = learn_rankers(self.learning, knobs, rng)
        model = ranked_by(fit(self.window.past, learnt.knobs, self.window.cutoff), learnt)
        # A generator of their own: every configuration is asked for the same customers.
        asked = np.random.default_rng(self.seed)
        values: dict[str, float] = {}
        for task in self._tasks(model.matrix, asked):
            lists = model.recommend_rows(task.user_rows, K, task.scenario)
            values[task.name] = float(np.nanmean(ndcg(task.hits(lists), task.n_targets, K)))
        if not values:
            raise InputError("no customer of the past buys in the window to tune on")
        return values

    def _tasks(self, matrix: UserItemMatrix, rng: np.random.Generator) -> list[Task]:
        found = tasks(matrix, self.window.future)
        return [task.sample(self.customers, rng) for task in found if len(task.user_rows)]

"""What a configuration is worth: NDCG@10 on the newest window inside the past, as main would judge.

::

    |------------------- past -------------------|- test -|   never looked at
    |------------ window ------------|- asked ---|            the figures
    |- learn ranking -|- came next --|                        as main does, one window earlier
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from model.recommender import Recommender
from training.config import Knobs
from training.errors import InputError
from training.evaluation.metrics import ndcg
from training.evaluation.tasks import tasks
from training.events.log import EventLog
from training.events.split import Split, hold_out, learning_windows
from training.fit import fit, settled
from training.lists import scenario_lists
from training.ranking.learn import learn_rankers, ranked_by

K = 10


@dataclass(frozen=True)
class Validation:
    """The newest window inside the past, and the windows inside it that ranking is learnt on.

    ``tested_from`` is when main's test window begins; None without timestamps.
    """

    tested_from: pd.Timestamp | None
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
        parts = hold_out(log, test_days or None)
        inside = learning_windows(parts.past, rng, test_days or None)
        if not inside:
            raise InputError(
                f"{len(parts.past)} events before the test window are too few for a window to tune "
                "on; allowed: a longer log, or a smaller test_days"
            )
        window = inside[-1]
        learning = learning_windows(window.past, rng, test_days or None)
        return cls(parts.cutoff, window, learning, customers, seed)

    def figures(self, knobs: Knobs) -> Iterator[dict[str, float]]:
        """NDCG@10 of each task that asks somebody: unlearnt, then as served.

        Unlearnt, every strategy weighs the same. That takes a sixth of the time, and a
        configuration far behind others by then seldom ends before them.
        """
        model = fit(self.window.past, knobs, self.window.cutoff)
        yield self._ndcg(model)
        learnt = learn_rankers(self.learning, knobs, np.random.default_rng(self.seed))
        if learnt.knobs != settled(model.matrix, knobs):  # an earlier window has another shape
            model = fit(self.window.past, learnt.knobs, self.window.cutoff)
        yield self._ndcg(ranked_by(model, learnt))

    def _ndcg(self, model: Recommender) -> dict[str, float]:
        # A generator of their own: every configuration is asked for the same customers.
        rng = np.random.default_rng(self.seed)
        values: dict[str, float] = {}
        for whole in tasks(model.matrix, self.window.future):
            if len(whole.user_rows):
                task = whole.sample(self.customers, rng)
                lists = scenario_lists(model, task.user_rows, K, task.scenario)
                values[task.name] = float(np.nanmean(ndcg(task.hits(lists), task.n_targets, K)))
        if not values:
            raise InputError("no customer of the past buys in the window to tune on")
        return values

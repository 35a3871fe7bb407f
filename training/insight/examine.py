"""Take an evaluation apart: everything that is known of how good a run is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from model.id_index import UNKNOWN_ROW
from model.recommender import Lists, Recommender
from training.config import MainConfig
from training.evaluation.evaluate import CUTOFFS, OURS, Evaluation, Judged, judge, popular_lists
from training.evaluation.tasks import UNKNOWN_CUSTOMERS, Task, is_newcomers, newcomers
from training.events.log import EventLog
from training.events.split import Split
from training.insight.beyond import Products
from training.insight.further import further_means, per_customer
from training.insight.half_life import HalfLives, half_lives
from training.insight.revenue import money
from training.insight.rolling import Origin, roll
from training.insight.segments import (
    customer_segments,
    days_since_last_event,
    past_events,
    product_segments,
)
from training.insight.slices import (
    Slice,
    slices_of_customers,
    slices_of_newcomers,
    slices_of_products,
)
from training.intervals import Interval
from training.lists import scenario_lists


@dataclass(frozen=True)
class Insight:
    """Everything that is known of how good a run is.

    Attributes
    ----------
    cutoff : Timestamp or None
        The first moment of the test window; None without times.
    drawn : str
        Without times, how the part that was held out was drawn, in words.
    evaluation : Evaluation
        The tasks' means, which everything else explains.
    further : mapping of (method, task, metric) to Interval
        Beyond accuracy, and revenue captured.
    slices : list of Slice
        Customers and products by what was known of them at the cut-off.
    half_lives : HalfLives or None
    origins : list of Origin
        Earlier cut-offs and the test window's; empty unless earlier ones were asked for.
    per_user : DataFrame
        One line a customer, task and method: all that the intervals are made of.
    alike_by : str
        What diversity compares products by.
    """

    cutoff: pd.Timestamp | None
    drawn: str
    evaluation: Evaluation
    further: Mapping[tuple[str, str, str], Interval]
    slices: list[Slice]
    half_lives: HalfLives | None
    origins: list[Origin]
    per_user: pd.DataFrame
    alike_by: str

    def metrics(self) -> dict[str, float]:
        """Every figure by its name in MLflow."""
        named = Evaluation([], self.further, {}).metrics()
        for each in self.slices:
            named |= each.metrics()
        defined = {name: value for name, value in named.items() if not np.isnan(value)}
        return self.evaluation.metrics() | defined

    def tasks(self) -> list[str]:
        """Names of the tasks that ask anybody, in their order."""
        return [task for task in self.evaluation.tasks() if len(self.judged_in(task)[0].lists)]

    def judged_in(self, task: str) -> list[Judged]:
        """The methods of a task, ours first."""
        return [j for j in self.evaluation.judged if j.task.name == task]

    def slices_of(self, family: str, task: str) -> list[Slice]:
        """Every method's slices of one family, in the family's order."""
        return [s for s in self.slices if s.segment.family == family and s.task == task]

    def figure(self, method: str, task: str, metric: str) -> Interval | None:
        """A task's figure, of accuracy or beyond; None where it was not measured."""
        name = method, task, metric
        return self.evaluation.means.get(name) or self.further.get(name)


def examine(
    evaluation: Evaluation,
    recommender: Recommender,
    parts: Split,
    windows: Sequence[Split],
    config: MainConfig,
    catalogue: pd.DataFrame | None,
) -> Insight:
    """Take an evaluation apart; ``recommender`` is what gave it, ``windows`` lie in its past.

    Has its own generator, so that nothing here changes a figure elsewhere.
    """
    rng = np.random.default_rng(config.seed)
    known, spent = _known(recommender), money(parts.future)
    products = Products.of(recommender.matrix, catalogue)
    strangers = newcomers_judged(recommender, parts.future)
    further: dict[tuple[str, str, str], Interval] = {}
    lines = []
    for same in _by_task([*evaluation.judged, *strangers]):
        tables = [per_customer(judged, products, spent) for judged in same]
        lines += [_lines(*each, known) for each in zip(same, tables, strict=True)]
        if not is_newcomers(same[0].task):
            further |= further_means(same, tables, products, rng)
    return Insight(
        parts.cutoff,
        parts.drawn,
        evaluation,
        further,
        _slices(evaluation.judged, strangers, recommender, parts, rng),
        half_lives(windows, config),
        roll(parts, config, evaluation),
        pd.concat(lines, ignore_index=True),
        products.alike_by,
    )


def newcomers_judged(recommender: Recommender, future: EventLog) -> list[Judged]:
    """Ours and ``popular`` for customers without a past purchase, as they would be served."""
    asked = [task for task in newcomers(recommender.matrix, future) if len(task.user_rows)]
    return [
        judge(task, method, lists)
        for task in asked
        for method, lists in {
            OURS: _served(recommender, task),
            "popular": popular_lists(recommender, task),
        }.items()
    ]


def _served(recommender: Recommender, task: Task) -> Lists:
    k = CUTOFFS[-1]
    if task.name != UNKNOWN_CUSTOMERS:
        return scenario_lists(recommender, task.user_rows, k, task.scenario)
    one = recommender.rank(recommender.history(UNKNOWN_ROW), k, task.scenario)
    return np.repeat(one, len(task.user_rows), axis=0)


def _slices(
    judged: list[Judged],
    strangers: list[Judged],
    recommender: Recommender,
    parts: Split,
    rng: np.random.Generator,
) -> list[Slice]:
    """Every segment of every task, and the customers whom no task asks."""
    matrix, dated = recommender.matrix, parts.cutoff is not None
    customers = customer_segments(matrix, dated)
    products = product_segments(matrix, recommender.items.age_days, dated)
    found = [each for same in _by_task(strangers) for each in slices_of_newcomers(same, rng)]
    for same in _by_task(judged):
        found += slices_of_customers(same, customers, rng)
        found += slices_of_products(same, products, rng)
    return found


def _by_task(judged: Sequence[Judged]) -> list[list[Judged]]:
    """The methods of each task."""
    names = dict.fromkeys(j.task.name for j in judged)
    return [[j for j in judged if j.task.name == name] for name in names]


def _known(recommender: Recommender) -> pd.DataFrame:
    """What was known of every customer at the cut-off, one line a user row."""
    matrix = recommender.matrix
    days = days_since_last_event(matrix)
    return pd.DataFrame({"past_events": past_events(matrix), "days_since_last_event": days})


def _lines(judged: Judged, further: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """A method's results, with what was known of each customer."""
    task, rows = judged.task, judged.task.user_rows
    asked = {"user_row": rows, "task": task.name, "method": judged.method}
    facts = pd.DataFrame({**asked, "n_targets": task.n_targets})
    of_rows = known.iloc[rows].reset_index(drop=True)
    return pd.concat([facts, of_rows, judged.per_user, further], axis=1)

"""Rolling origins: the same judgement at earlier cut-offs, to see how stable the figures are.

::

    |---------------- past ----------------|- test -|    the last origin, which every run has
    |--------- past ---------|- test -|                  each is fitted on its own past and
    |--- past ---|- test -|                              knows nothing of what comes after

Source: Tashman, "Out-of-sample tests of forecasting accuracy", International Journal of
Forecasting, 2000.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from model.columns import TIMESTAMP
from training.config import MainConfig
from training.errors import InputError
from training.evaluation.evaluate import Evaluation, evaluate
from training.evaluation.tasks import judged_tasks
from training.events.split import Split
from training.ranking.learn import trained_on


@dataclass(frozen=True)
class Origin:
    """What was found with everything before one moment as the past."""

    cutoff: pd.Timestamp
    evaluation: Evaluation


def check_origins(parts: Split, origins: int) -> None:
    """Refuse more origins than the past has room for, before anything is fitted.

    Raises
    ------
    InputError
        As `earlier_cutoffs` does.
    """
    earlier_cutoffs(parts, origins)


def earlier_cutoffs(parts: Split, origins: int) -> list[pd.Timestamp]:
    """The cut-offs before the test window's, a window's length apart, oldest first.

    Raises
    ------
    InputError
        If the log has no times, or its past is too short for so many.
    """
    if origins == 1:
        return []
    if parts.cutoff is None:
        raise InputError(f"origins = {origins} is not allowed: the log has no times; allowed: 1")
    length = parts.future.frame[TIMESTAMP].max() - parts.cutoff
    first = parts.past.frame[TIMESTAMP].min()
    most = 1 + max(0, int(np.ceil((parts.cutoff - first) / length)) - 1)
    if origins > most:
        raise InputError(
            f"origins = {origins} is not allowed: the {(parts.cutoff - first).days} days before "
            f"the test window hold no more than {most - 1} windows of {length.days} days with a "
            f"past; allowed: 1 to {most}"
        )
    return [parts.cutoff - step * length for step in range(origins - 1, 0, -1)]


def roll(parts: Split, config: MainConfig, evaluation: Evaluation) -> list[Origin]:
    """Every origin, oldest first; the last is the test window's, judged already.

    None at all unless earlier ones are asked for.
    """
    cutoffs = earlier_cutoffs(parts, config.origins)
    if not cutoffs or parts.cutoff is None:
        return []
    ends = [*cutoffs[1:], parts.cutoff]
    earlier = [_judged(parts, config, *each) for each in zip(cutoffs, ends, strict=False)]
    return [*earlier, Origin(parts.cutoff, evaluation)]


def rolling_metrics(origins: Sequence[Origin]) -> list[dict[str, float]]:
    """The figures of each origin under ``rolling/…``, in the order of the origins."""
    return [
        {f"rolling/{name}": value for name, value in origin.evaluation.metrics().items()}
        for origin in origins
    ]


def _judged(parts: Split, config: MainConfig, cutoff: pd.Timestamp, end: pd.Timestamp) -> Origin:
    """Learn, fit and judge as main does, with nothing at or after ``end``."""
    rng = np.random.default_rng(config.seed)
    times = parts.past.frame[TIMESTAMP]
    past = parts.past.where((times < cutoff).to_numpy())
    future = parts.past.where(((times >= cutoff) & (times < end)).to_numpy())
    model = trained_on(past, cutoff, config, rng, config.test_days or None)
    return Origin(cutoff, evaluate(model, judged_tasks(model.matrix, future), rng))

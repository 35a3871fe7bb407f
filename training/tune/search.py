"""The search itself: seeded trial by trial, so that a resumed one is the one never interrupted."""

import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from training.config import TuneConfig
from training.errors import InputError
from training.tune.space import Bounds, Value

MADE_OF = "made_of"
SECONDS_PER_MINUTE = 60.0

STARTUP_TRIALS = 5
"""Trials that end before any is given up."""

KEPT_PERCENT = 75.0
"""A trial is given up whose first figure is below those of this share of the trials that ended."""

Objective = Callable[[int, Trial], float | None]
"""Number of the trial and the trial -> what is to be as large as possible; None if given up."""


def study_of(config: TuneConfig, made_of: str) -> optuna.Study:
    """The study in the storage, or a new one; trials that a kill left unfinished are closed.

    ``made_of`` says what the objective depends on: values of another one cannot be compared.

    Raises
    ------
    InputError
        If the study's trials were made of something else, or the file is no storage.
    """
    path = Path(config.storage).expanduser()
    path.parent.mkdir(parents=True, exist_ok=True)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        study = optuna.create_study(
            storage=f"sqlite:///{path}",
            study_name=config.study,
            direction="maximize",
            pruner=optuna.pruners.PercentilePruner(KEPT_PERCENT, STARTUP_TRIALS),
            load_if_exists=True,
        )
    except Exception as error:
        told = " ".join(str(error).split())[:300]
        raise InputError(f"storage = {config.storage!r} cannot be used: {told}") from error
    if study.user_attrs.setdefault(MADE_OF, made_of) != made_of:
        raise InputError(
            f"study {config.study!r} in {config.storage} was made of other events or settings; "
            "give another name with -P study=…"
        )
    study.set_user_attr(MADE_OF, made_of)
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
    return study


def search(
    study: optuna.Study,
    config: TuneConfig,
    space: Mapping[str, Bounds],
    defaults: Mapping[str, Value],
    objective: Objective,
) -> int:
    """Try configurations until there are ``trials`` of them or the time is over; how many now."""
    started = time.monotonic()
    before = len(ended(study))
    for number in range(before, config.trials):
        over = (time.monotonic() - started) / SECONDS_PER_MINUTE >= config.minutes > 0
        if over and number > before:
            break
        trial = _asked(study, config.seed, number, space, defaults)
        worth = objective(number, trial)
        study.tell(trial, worth, TrialState.PRUNED if worth is None else TrialState.COMPLETE)
    return len(ended(study)) - before


def _asked(
    study: optuna.Study,
    seed: int,
    number: int,
    space: Mapping[str, Bounds],
    defaults: Mapping[str, Value],
) -> Trial:
    """The next configuration: the defaults first, then what the trials so far suggest.

    The seed is that of the trial, not of the process.
    """
    if number == 0 and not study.get_trials(states=(TrialState.WAITING,)):
        study.enqueue_trial(dict(defaults))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study.sampler = optuna.samplers.TPESampler(seed=seed + number)
    return study.ask({name: bounds.distribution() for name, bounds in space.items()})


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """Trials with a value, in their order."""
    return study.get_trials(states=(TrialState.COMPLETE,))


def ended(study: optuna.Study) -> list[FrozenTrial]:
    """Trials with a value, and those that were given up, in their order."""
    return study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED))

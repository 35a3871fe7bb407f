"""The tune job: read, search in nested runs, log the best configuration and two plots."""

import json
import logging
import shlex
import sys
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import mlflow
import numpy as np
import optuna
from matplotlib.figure import Figure
from optuna.visualization import matplotlib as plots
from tqdm import tqdm

from model.columns import EVENT_TYPE
from training.config import CatalogueConfig, Knobs, TuneConfig
from training.events.catalogue import catalogue_of, grouped, hash_of
from training.events.fingerprint import fingerprint
from training.events.log import EventLog
from training.events.read import read_events
from training.events.sample import source_of
from training.events.taken_back import undoes
from training.locks import nobody_else
from training.runs import tracking
from training.runs.orphans import owner_tags
from training.tune.objective import Validation
from training.tune.search import ended, finished, search, study_of
from training.tune.space import EVENT_WEIGHTS, SPACE, Value, event_weight_bounds
from training.tune.tuned import CONFIGURATION, JOB, TEST_DAYS, TESTED_FROM, TUNE

NDCG = "ndcg_at_10"
VALIDATION, UNLEARNT = "validation", "validation/unlearnt"
OBJECTIVE = f"{VALIDATION}/{NDCG}"
FIXED = ("second_stage", "seed")
"""Knobs that a search is given and does not change."""

WEIGHT_OF = f"{EVENT_WEIGHTS}."
"""Begins the name of what is searched for one type of event."""

SETTINGS = ("event_weights", "second_stage", "seed", "test_days", "customers")
"""What, beside the events and the catalogue, the objective depends on."""

logger = logging.getLogger("training")


def tune(config: TuneConfig) -> str:
    """Search, and log what was found; returns it with the command that uses it.

    Raises
    ------
    InputError
        If another process searches the same study, or the events cannot be tuned on.
    """
    told = (
        f"study {config.study!r} in {config.storage} is being searched by another process; "
        "allowed: to wait until it has ended, or another name with -P study=…"
    )
    storage = Path(config.storage).expanduser().resolve()
    with (
        nobody_else(f"search {storage} {config.study}", told),
        tracking.run(config, f"tune {Path(config.events).name}") as run,
    ):
        mlflow.set_tags({JOB: TUNE, "study": config.study})
        return _searched(config, run.info.run_id)


def _searched(config: TuneConfig, run_id: str) -> str:
    log, made_of = _read(config)
    study = study_of(config, made_of)
    validation = Validation.of(log, config.test_days, config.customers, config.seed)
    mlflow.set_tag(TESTED_FROM, str(validation.tested_from or ""))
    weights = event_weight_bounds(config.event_weights, _types(log), log.target_event)
    space = SPACE | {WEIGHT_OF + name: bounds for name, bounds in weights.items()}
    done = len(ended(study))
    if done:
        logger.info("study %s goes on after %d trials", config.study, done)
    with _progress(config.trials, done) as tell:

        def objective(number: int, trial: optuna.Trial) -> float | None:
            worth = _tried(validation, _knobs(config, trial.params), number, trial)
            tell(number, worth)
            return worth

        now = search(study, config, space, _defaults(config, weights), objective)
    _log_best(study, config)
    return _account(study, config, now, run_id)


def _read(config: TuneConfig) -> tuple[EventLog, str]:
    """The log, and what the objective depends on: the log's hash, the catalogue's, the settings."""
    source = source_of(config)
    log = read_events(source.events, config.event_weights, source.event_columns)
    catalogue = catalogue_of(source)
    log = grouped(log, catalogue)
    found = fingerprint(log)
    tracking.log_events(log, source.events, found)
    tracking.log_catalogue(catalogue, source.catalogue)
    settings = config.model_dump(include=set(SETTINGS))
    hashes = {"data_hash": found.data_hash, "catalogue_hash": hash_of(catalogue)}
    return log, json.dumps({**settings, **hashes}, sort_keys=True)


def _types(log: EventLog) -> list[str]:
    """The types of event that the log has, as far as they are not taken back."""
    return log.settled.frame[EVENT_TYPE].unique().tolist()


def _defaults(config: TuneConfig, weights: Collection[str]) -> dict[str, Value]:
    """The first trial: every knob as by default, event weights as they were given."""
    usual = {name: Knobs.model_fields[name].default for name in SPACE}
    return usual | {WEIGHT_OF + name: config.event_weights[name] for name in weights}


def _tried(validation: Validation, knobs: Knobs, number: int, trial: optuna.Trial) -> float | None:
    """One trial, in a run of its own inside the search's; None if it is given up."""
    name = f"trial {number:03d} {knobs.algorithm} k={knobs.k}"
    with mlflow.start_run(run_name=name, nested=True):
        mlflow.set_tags(owner_tags())
        mlflow.log_params(tracking.params_of(knobs))
        figures = validation.figures(knobs)
        trial.report(_logged(next(figures), UNLEARNT), step=0)
        if trial.should_prune():
            mlflow.set_tag("given_up", f"{UNLEARNT}/{NDCG} is far below that of other trials")
            return None
        return _logged(next(figures), VALIDATION)


def _logged(values: Mapping[str, float], prefix: str) -> float:
    """Log the figure of each task and their mean; returns the mean."""
    mean = float(np.mean(list(values.values())))
    metrics = {f"{prefix}/{task}/{NDCG}": value for task, value in values.items()}
    mlflow.log_metrics({**metrics, f"{prefix}/{NDCG}": mean})
    return mean


def _knobs(config: TuneConfig, values: dict[str, Value]) -> Knobs:
    weights = {
        name: float(values.get(WEIGHT_OF + name, weight))
        for name, weight in config.event_weights.items()
    }
    for name, taken_back in undoes(config.event_weights).items():
        weights[name] = -weights[taken_back]  # so that it takes back the same as before
    knobs = {name: value for name, value in values.items() if name in SPACE}
    return Knobs(**{name: getattr(config, name) for name in FIXED}, event_weights=weights, **knobs)


def _log_best(study: optuna.Study, config: TuneConfig) -> None:
    """The best configuration as JSON and params, every trial as a table, and two plots."""
    best = _knobs(config, study.best_params)
    handed_over = best.model_dump(exclude={"seed"}) | {TEST_DAYS: config.test_days}
    mlflow.log_dict(handed_over, CONFIGURATION)
    found = tracking.params_of(best)
    mlflow.log_params({f"best_{name}": found[name] for name in (*SPACE, EVENT_WEIGHTS)})
    counted, n_ended = finished(study), len(ended(study))
    mlflow.log_metrics(
        {
            OBJECTIVE: study.best_value,
            f"{VALIDATION}/defaults/{NDCG}": counted[0].value or 0.0,
            f"{VALIDATION}/trials": n_ended,
            f"{VALIDATION}/trials_given_up": n_ended - len(counted),
        }
    )
    table = study.trials_dataframe(attrs=("number", "value", "duration", "params", "state"))
    mlflow.log_text(table.to_csv(index=False), "trials.csv")
    for file, figure in _figures(study):
        mlflow.log_figure(figure, f"tune/{file}")
        plt.close(figure)


def _figures(study: optuna.Study) -> Iterator[tuple[str, Figure]]:
    """Importance of the knobs and parallel coordinates, from two different values on."""
    if len({trial.value for trial in finished(study)}) < 2:
        logger.info("no plots: it takes two trials with different figures")
        return
    plt.switch_backend("agg")
    drawn: dict[str, Callable[[optuna.Study], Any]] = {
        "importance.png": plots.plot_param_importances,
        "parallel_coordinates.png": plots.plot_parallel_coordinate,
    }
    for file, draw in drawn.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            figure = draw(study).figure
        figure.set_size_inches(14, 7)
        figure.tight_layout()
        yield file, figure


def _account(study: optuna.Study, config: TuneConfig, now: int, run_id: str) -> str:
    counted, n_ended = finished(study), len(ended(study))
    best = [trial.number for trial in ended(study)].index(study.best_trial.number)
    lines = [f"  {name} = {_shown(value)}" for name, value in study.best_params.items()]
    return "\n".join(
        [
            f"{n_ended} trials, {now} of them now; {n_ended - len(counted)} were given up early. "
            f"Mean NDCG@10 of the tasks on the window before the test window: "
            f"{study.best_value:.4f} (trial {best:03d}), the defaults {counted[0].value:.4f}.",
            *lines,
            "It is the best of many on one window: whether it is better, main says on the test "
            "window.",
            f"  python -m training main {_said_of_events(config)} --config {run_id}",
        ]
    )


def _said_of_events(config: TuneConfig) -> str:
    """The options that say where the events are, as they have to be said to ``main`` again."""
    said = {name: getattr(config, name) for name in CatalogueConfig.model_fields}
    return " ".join(f"--{name} {shlex.quote(value)}" for name, value in said.items() if value)


def _shown(value: Value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


class _Bar:
    """Tells of every trial: a bar in a terminal, else a line."""

    def __init__(self, total: int, done: int) -> None:
        shown = sys.stderr.isatty()
        self.bar = tqdm(total=total, initial=min(done, total), unit="trial", disable=not shown)
        self.total, self.best = total, 0.0

    def __call__(self, number: int, worth: float | None) -> None:
        self.best = max(self.best, worth or 0.0)
        if self.bar.disable:
            told = "given up" if worth is None else f"{worth:.4f}"
            logger.info("trial %d of %d: %s", number + 1, self.total, told)
        self.bar.set_postfix(best=f"{self.best:.4f}")
        self.bar.update()


@contextmanager
def _progress(total: int, done: int) -> Iterator[_Bar]:
    bar = _Bar(total, done)
    try:
        yield bar
    finally:
        bar.bar.close()

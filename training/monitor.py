"""After promotion: was what we recommend bought, and is the shop still the one we learnt from?"""

from dataclasses import asdict, dataclass

import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from numpy.typing import NDArray

from model.columns import EVENT_TYPE, TIMESTAMP, VALUE
from model.id_index import UNKNOWN_ROW
from model.recommender import Recommender
from training import lifecycle, pages, registry, tracking
from training.config import MonitorConfig
from training.evaluation.bootstrap import Interval, intervals
from training.events.log import EventLog
from training.events.read import read_events
from training.events.sample import source_of
from training.gate.decision import without_nan
from training.gate.rails import served
from training.outcomes import Outcome, outcomes, read_served

PAGE, DATA = "monitor/monitor.html", "monitor/monitor.json"
POPULARITY_BINS = 10
FLOOR = 1e-4
"""Least share of a bin, so that an empty one gives a large stability index, not an infinite one."""


@dataclass(frozen=True)
class Reading:
    """One thing that is watched; ``allowed`` says its bound in words, empty where there is none."""

    name: str
    value: float
    allowed: str
    alarm: bool
    meaning: str


@dataclass(frozen=True)
class Health:
    """What one look at a model and its shop found."""

    version: str
    readings: list[Reading]
    outcomes: list[Outcome]

    @property
    def alarms(self) -> list[Reading]:
        """Readings outside their bounds."""
        return [reading for reading in self.readings if reading.alarm]


def monitor(config: MonitorConfig) -> Health:
    """Look at new events, log a run with a page, and say what is out of bounds."""
    with tracking.run(config, f"monitor {config.registered_model} {config.version}"):
        version = registry.resolve(config.registered_model, config.version)
        health = examine(config, version)
        mlflow.set_tag("alarms", ", ".join(r.name for r in health.alarms) or "none")
        mlflow.log_metrics({r.name: r.value for r in health.readings if not np.isnan(r.value)})
        content = without_nan({**asdict(health), "data": dict(version.tags)})
        mlflow.log_dict(content, DATA)
        mlflow.log_text(pages.render("monitor.html", **content), PAGE)
    return health


def examine(config: MonitorConfig, version: ModelVersion) -> Health:
    """Compare the new events with the model and the window it was trained on."""
    model = lifecycle.load(f"models:/{version.name}/{version.version}")
    weights = lifecycle.rival(version).knobs.event_weights
    source = source_of(config)
    log = read_events(source.events, weights, source.event_columns)
    fresh = after(log, version.tags.get("data_last", ""))
    metrics = MlflowClient().get_run(version.run_id or "").data.metrics
    given = read_served(config.recommendations, source.events) if config.recommendations else None
    readings = [
        *_hits(config, model, fresh, metrics.get("all/hit_rate_at_10", np.nan)),
        *_drift(config, model, fresh, version),
        _staleness(config, log, version.tags.get("data_last", "")),
    ]
    return Health(str(version.version), readings, outcomes(given) if given is not None else [])


def after(log: EventLog, moment: str) -> EventLog:
    """The events after a moment; all of them without timestamps."""
    if not log.has_timestamps or not moment:
        return log
    return log.where((log.frame[TIMESTAMP] > pd.Timestamp(moment)).to_numpy())


def report(health: Health) -> str:
    """The readings as a table, alarms marked."""
    lines = [
        f"{'ALARM' if r.alarm else 'fine':6}{r.name:28}{r.value:>10.4f}  {r.allowed}"
        for r in health.readings
    ]
    return "\n".join([f"version {health.version}", *lines])


def population_stability(expected: NDArray[np.floating], found: NDArray[np.floating]) -> float:
    """``Σ (found - expected) ln(found / expected)`` over shares; NaN if either is empty.

    Under 0.1 is usually read as stable, over 0.25 as a shift. Source: Siddiqi, "Credit Risk
    Scorecards", 2006.

    >>> round(population_stability(np.array([5, 5]), np.array([9, 1])), 3)
    0.879
    """
    if not expected.sum() or not found.sum():
        return float("nan")
    p = np.maximum(expected / expected.sum(), FLOOR)
    q = np.maximum(found / found.sum(), FLOOR)
    return float(((q - p) * np.log(q / p)).sum())


def _hits(
    config: MonitorConfig, model: Recommender, fresh: EventLog, expected: float
) -> list[Reading]:
    """Would the model's lists have held what its customers bought next?"""
    bought = fresh.where(fresh.is_purchase)
    users = model.matrix.users.rows_of(fresh.users.ids_of(np.unique(bought.user_rows)))
    own_users = np.unique(bought.user_rows)[users != UNKNOWN_ROW]
    rows = users[users != UNKNOWN_ROW]
    lists = served(model, rows, "for_you")
    to_model = model.matrix.products.rows_of(fresh.products.ids_of(np.arange(len(fresh.products))))
    place = np.full(len(fresh.users), UNKNOWN_ROW)
    place[own_users] = np.arange(len(rows))
    known = place[bought.user_rows] != UNKNOWN_ROW
    owner, item = place[bought.user_rows[known]], to_model[bought.item_rows[known]]
    hit = (lists[owner] == item[:, None]).any(axis=1) & (item != UNKNOWN_ROW)
    by_user = np.bincount(owner[hit], minlength=len(rows)) > 0
    rate = _interval(by_user.astype(float), config.seed)
    least = config.min_hit_rate_share * expected
    value = _value(bought)[known]
    captured = float(value[hit].sum() / value.sum()) if value.sum() else float("nan")
    return [
        Reading(
            "hit_rate_at_10",
            rate.mean,
            f"at least {least:.4f}, {config.min_hit_rate_share:g} of the tested {expected:.4f}",
            bool(rate.high < least),
            f"share of {len(rows)} returning customers who bought something of their list; "
            f"95 % interval {rate.low:.4f} to {rate.high:.4f}",
        ),
        Reading(
            "revenue_captured",
            captured,
            "",
            False,
            "share of their spending (or of their purchases) that was on their list",
        ),
    ]


def _interval(per_user: NDArray[np.float64], seed: int) -> Interval:
    return intervals(per_user[:, None], np.random.default_rng(seed))[0]


def _value(bought: EventLog) -> NDArray[np.float64]:
    """Revenue of every purchase; 1 each where the log has none."""
    if VALUE not in bought.frame:
        return np.ones(len(bought))
    return bought.frame[VALUE].fillna(0).to_numpy(np.float64)


def _drift(
    config: MonitorConfig, model: Recommender, fresh: EventLog, version: ModelVersion
) -> list[Reading]:
    """Stability of products, customers and event types, and the share of what is new."""
    matrix = model.matrix
    items = matrix.products.rows_of(fresh.products.ids_of(np.arange(len(fresh.products))))
    users = matrix.users.rows_of(fresh.users.ids_of(np.arange(len(fresh.users))))
    item_of_event, user_of_event = items[fresh.item_rows], users[fresh.user_rows]
    everybody = matrix.everybody()
    n_events = np.asarray(everybody.bought.sum(axis=0), np.float64).ravel()
    sizes = np.diff(matrix.weights.indptr).astype(np.float64)
    trained_on = tracking.event_types_of(version.run_id or "")
    counts = fresh.frame[EVENT_TYPE].value_counts()
    types = sorted(trained_on.keys() | set(map(str, counts.index)))
    most = config.max_stability_index
    return [
        _stability("products", _binned(n_events, item_of_event), most),
        _stability("customers", _binned(sizes, user_of_event), most),
        _stability(
            "event_types",
            (
                np.array([trained_on.get(name, 0) for name in types], float),
                np.array([counts.get(name, 0) for name in types], float),
            ),
            most,
        ),
        _share(
            "new_product_share",
            item_of_event,
            config.max_new_product_share,
            "share of events on products that the model does not know",
        ),
        _share(
            "cold_share",
            users[np.unique(fresh.user_rows)],
            config.max_cold_share,
            "share of active customers whom the model does not know; they get the popular list",
        ),
    ]


def _binned(
    weights: NDArray[np.floating], rows: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Training weight and new events in ten bins of rows, heaviest first, of equal weight."""
    order = np.argsort(-weights, kind="stable")
    total = max(float(weights.sum()), 1.0)
    bins = np.empty(len(weights), np.int64)
    reached = np.cumsum(weights[order]) / total * POPULARITY_BINS
    bins[order] = np.minimum(reached, POPULARITY_BINS - 1).astype(np.int64)
    known = rows[rows != UNKNOWN_ROW]
    return (
        np.bincount(bins, weights, POPULARITY_BINS).astype(np.float64),
        np.bincount(bins[known], minlength=POPULARITY_BINS).astype(np.float64),
    )


def _stability(
    name: str, shares: tuple[NDArray[np.float64], NDArray[np.float64]], most: float
) -> Reading:
    found = population_stability(*shares)
    meaning = f"population stability index of {name} against the training window"
    return Reading(f"stability_{name}", found, f"at most {most:g}", found > most, meaning)


def _share(name: str, rows: NDArray[np.integer], most: float, meaning: str) -> Reading:
    share = float((rows == UNKNOWN_ROW).mean()) if len(rows) else float("nan")
    return Reading(name, share, f"at most {most:g}", share > most, meaning)


def _staleness(config: MonitorConfig, log: EventLog, trained_to: str) -> Reading:
    days = float("nan")
    if log.has_timestamps and trained_to:
        days = (log.frame[TIMESTAMP].max() - pd.Timestamp(trained_to)) / pd.Timedelta(days=1)
    most = config.max_stale_days
    return Reading(
        "stale_days",
        days,
        f"at most {most:g}",
        days > most,
        "days from the model's last event to the newest one",
    )

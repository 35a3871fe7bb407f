"""Look at a version with new events: one run with readings, a page, and JSON."""

import re
from dataclasses import asdict

import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from model.columns import RECOMMENDATION_ID
from model.recommender import Recommender
from model.storage import DamagedModelError
from training import pages
from training.config import MonitorConfig
from training.errors import InputError
from training.events.frame import by_weight
from training.events.log import EventLog, target_among
from training.events.read import read_events
from training.events.sample import Source, source_of
from training.gate.decision import without_nan
from training.monitor import drift, hits
from training.monitor.answers import read_answers, shown_after
from training.monitor.health import Health, Outcome
from training.monitor.hits import Expected
from training.monitor.outcomes import outcomes
from training.monitor.windows import DAY, after, days_after, latest
from training.runs import tracking
from training.versions import lifecycle, registry

PAGE, DATA = "monitor/monitor.html", "monitor/monitor.json"
HIT_RATE = "all/hit_rate_at_10"

NOT_IN_A_NAME = re.compile(r"[^\w./: -]")
"""What MLflow does not take in the name of a metric; a shop's own version may hold anything."""


def monitor(config: MonitorConfig) -> Health:
    """Look at new events, log a run with a page, and say what is out of bounds."""
    with tracking.run(config, f"monitor {config.version}"):
        version = registry.resolve(config.registered_model, config.version)
        health = examine(config, version)
        mlflow.set_tag("alarms", ", ".join(r.name for r in health.alarms) or "none")
        mlflow.log_metrics(_figures(health))
        content = without_nan({**asdict(health), "data": dict(version.tags)})
        mlflow.log_dict(content, DATA)
        mlflow.log_text(pages.render("monitor.html", **content), PAGE)
    return health


def examine(config: MonitorConfig, version: ModelVersion) -> Health:
    """Compare the new events with the model and the window it was trained on.

    Raises
    ------
    InputError
        If the model is damaged, no event is later than its training window, or the log of answers
        cannot be used.
    """
    model = _model(version)
    weights = lifecycle.logged_configuration(version).knobs.event_weights
    source = source_of(config)
    log = read_events(source.events, weights, source.event_columns, (RECOMMENDATION_ID,))
    trained_on = tracking.event_types_of(version.run_id or "")
    log = log.counting(target_among(by_weight(trained_on, weights)))
    trained_to = version.tags.get(tracking.LAST, "")
    fresh = after(log, trained_to)
    expected = _expected(version)
    bought = hits.bought_of(model, latest(fresh, expected.days))
    days = days_after(log, trained_to)
    rng = np.random.default_rng(config.seed)
    readings = [
        *hits.readings(bought, expected, days, config.min_hit_rate_share),
        *drift.stability(model.matrix, trained_on, fresh, config.max_stability_index, rng),
        *drift.strangers(model.matrix, fresh, config.max_new_product_share, config.max_cold_share),
        drift.staleness(log, trained_to, config.max_stale_days),
    ]
    return Health(str(version.version), readings, _outcomes(config, source, fresh, trained_to))


def _outcomes(
    config: MonitorConfig, source: Source, fresh: EventLog, trained_to: str
) -> list[Outcome]:
    """What was bought of the logged answers; none without a log of them."""
    if not config.recommendations:
        return []
    answers = read_answers(config.recommendations, source.event_columns)
    return outcomes(shown_after(answers, trained_to), fresh)


def _model(version: ModelVersion) -> Recommender:
    try:
        return lifecycle.load(registry.uri_of(version))
    except DamagedModelError as error:
        raise InputError(f"version {version.version} cannot be watched: {error}") from error


def _expected(version: ModelVersion) -> Expected:
    """The hit rate of its own test window, and how long that was."""
    first, last = (version.tags.get(tag, "") for tag in ("test_from", tracking.LAST))
    dated = bool(first and last)  # without times, test_from says that chance chose
    days = (pd.Timestamp(last) - pd.Timestamp(first)) / DAY if dated else np.nan
    try:
        metrics = MlflowClient().get_run(version.run_id or "").data.metrics
    except MlflowException:
        metrics = {}
    return Expected(float(metrics.get(HIT_RATE, np.nan)), float(days))


def _figures(health: Health) -> dict[str, float]:
    """Readings, and outcomes by version, as metrics; what is not defined is left out."""
    by_version = {
        f"shown/version_{NOT_IN_A_NAME.sub('_', o.version)}/{name}": float(getattr(o, name))
        for o in health.outcomes
        for name in ("answers", "hit_rate", "purchases", "revenue")
    }
    found = {r.name: r.value for r in health.readings} | by_version
    return {name: value for name, value in found.items() if not np.isnan(value)}

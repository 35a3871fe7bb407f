"""The main job, from events to a registered model, on one screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from model.recommender import Recommender
from training import report
from training.config import Knobs, MainConfig
from training.evaluation.evaluate import evaluate
from training.evaluation.tasks import judged_tasks
from training.events.catalogue import catalogue_of, grouped
from training.events.fingerprint import fingerprint
from training.events.read import read_events
from training.events.sample import Source, source_of
from training.events.split import hold_out, learning_windows
from training.fit import algorithm_of, fit
from training.gate.decide import Challenger
from training.gate.decision import Decision
from training.insight.examine import Insight, examine
from training.insight.rolling import check_origins
from training.matrix.user_item import end_of
from training.precompute import n_kept, with_lists
from training.ranking.learn import learn_rankers, ranked_by
from training.relations import relations
from training.runs import tracking
from training.runs.profile import PeakMemory
from training.runs.progress import Steps, bar
from training.tune.tuned import check_unseen
from training.versions.export import EXPORTS, export_promoted
from training.versions.lifecycle import settle
from training.versions.logged_model import log_model

MOST_NAMED = 4
"""Settings in a run's name."""


def train(config: MainConfig, source: Source | None = None) -> str:
    """Train, evaluate, log, register and export; returns the report.

    ``source`` stands in for the files that the configuration names.
    """
    source = source or source_of(config)
    rng = np.random.default_rng(config.seed)
    with tracking.run(config, _run_name(config)), _steps(config.profile) as steps:
        catalogue = catalogue_of(source)
        with steps.step("read events") as step:
            log = read_events(source.events, config.event_weights, source.event_columns)
            log = grouped(log, catalogue)
            step.rows = log.n_read
        with steps.step("fingerprint"):
            found = fingerprint(log)
            tracking.log_events(log, source.events, found)
            tracking.log_catalogue(catalogue, source.catalogue)
        with steps.step("split") as step:
            parts = hold_out(log, config.test_days or None)
            check_origins(parts, config.origins)
            check_unseen(parts.cutoff, found.data_hash, config.config)
            step.rows = len(parts.future)
        with steps.step("learn the ranking") as step:
            windows = learning_windows(parts.past, rng, config.test_days or None)
            with bar("windows", len(windows)) as shown:
                learnt = learn_rankers(windows, config, rng, shown.advance)
            tracking.log_learnt(learnt)
        with steps.step("fit the past") as step:
            step.rows = len(parts.past)
            judged = ranked_by(fit(parts.past, learnt.knobs, parts.cutoff), learnt)
        with steps.step("evaluate") as step:
            evaluation = evaluate(judged, judged_tasks(judged.matrix, parts.future), rng)
        with steps.step("look closer"):
            insight = examine(evaluation, judged, parts, windows, config, catalogue)
        with steps.step("refit on everything") as step:
            step.rows = len(log)
            shipped = ranked_by(fit(log, learnt.knobs, end_of(log)), learnt)
            tracking.log_algorithm(algorithm_of(shipped.matrix, config))
        with steps.step("relate products"):
            shipped = replace(shipped, relations=relations(log, shipped, catalogue, config))
        with steps.step("answer known customers") as step:
            step.rows = n_kept(shipped.matrix, config.kept_lists)
            with bar("customers", step.rows) as shown:
                shipped = with_lists(shipped, shown.advance, config.kept_lists)
        with steps.step("log the model"):
            logged = log_model(shipped)
            tested_on = tracking.dataset(
                parts.future, source.events, found.data_hash, "test window"
            )
            tracking.log_evaluation(insight, judged.matrix, tested_on, logged.model_id)
        with steps.step("register and gate"):
            challenger = Challenger(config, source, found, parts, evaluation, judged, shipped)
            decision = settle(challenger, logged.model_uri)
        with steps.step("export"):
            export_promoted(shipped, EXPORTS, decision.promoted)
    return _summary(config, insight, shipped, catalogue, decision)


@contextmanager
def _steps(profile: bool) -> Iterator[Steps]:
    """The steps of the body, logged when it has ended well; with their memory if asked for."""
    if not profile:
        yield (steps := Steps())
        tracking.log_steps(steps.done)
        return
    with PeakMemory().watched() as memory:
        yield (steps := Steps(memory))
    tracking.log_steps(steps.done)
    tracking.log_profile(steps.done)


def _summary(
    config: MainConfig,
    insight: Insight,
    shipped: Recommender,
    catalogue: pd.DataFrame | None,
    decision: Decision,
) -> str:
    some_customer = shipped.matrix.users.ids_of([0])[0]
    return "\n\n".join(
        [
            report.metrics_table(insight.evaluation),
            *report.rolling_table(insight.origins),
            "Ours against each baseline, NDCG@10 on the same customers:\n"
            + report.verdicts(insight.evaluation),
            "Three customers:\n" + report.customers(shipped, catalogue),
            f"Version {decision.challenger} {decision.reason}.",
            report.next_commands(
                config.registered_model, decision.challenger, decision.promoted, some_customer
            ),
        ]
    )


def _run_name(config: MainConfig) -> str:
    """The log's name and what is not as by default, as ``shop.csv half_life_days=10``."""
    usual = Knobs().model_dump().items()
    given = {n: getattr(config, n) for n, value in usual if getattr(config, n) != value}
    changed = [f"{n}={v:g}" if isinstance(v, float) else f"{n}={v}" for n, v in given.items()]
    return " ".join([Path(config.events).name, *(changed[:MOST_NAMED] or ["defaults"])])

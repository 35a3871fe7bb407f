"""From a fitted challenger to a decided version: register, compare, promote, record."""

import hashlib
import json
import logging
from tempfile import TemporaryDirectory

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from model import storage
from model.recommender import Recommender
from training.config import Knobs, MainConfig, PromoteConfig, RollbackConfig
from training.errors import InputError
from training.events.frame import by_weight
from training.events.log import target_among
from training.gate.champions_log import ChampionsLog
from training.gate.configuration import LoggedConfiguration, read_back
from training.gate.decide import Challenger, decide
from training.gate.decision import Decision
from training.runs import tracking
from training.runs.project_run import as_meant
from training.versions import registry
from training.versions.card import card
from training.versions.opened import mapped

CONFIGURATION = "configuration"
GIT_COMMIT = "mlflow.source.git.commit"
METRIC_TAGS = ("all/ndcg_at_10", "new/ndcg_at_10", "all/recall_at_10", "new/recall_at_10")
MOST_LOOKS = 5
"""How often the gate looks, when somebody else moves the champion meanwhile."""

RUN_TAGS = ("test_from", "configuration_hash")

logger = logging.getLogger(__name__)


def settle(challenger: Challenger, model_uri: str) -> Decision:
    """Register the challenger, compare it with whoever answers, and promote it if it may.

    The gate looks again if another training moved the champion in the meantime.
    """
    load(model_uri)
    name = challenger.config.registered_model
    tags = version_tags(challenger)
    mlflow.set_tags({tag: tags[tag] for tag in RUN_TAGS})
    version = str(registry.register(model_uri, name, tags).version)
    for _ in range(MOST_LOOKS):
        decision = _decided(challenger, version)
        if _carried_out(name, decision):
            break
    else:
        raise registry.ChampionMovedError(f"the champion of {name!r} moves faster than we compare")
    tracking.log_decision(decision)
    described = card(challenger, decision)
    registry.annotate(name, version, tracking.gate_tags(decision), described)
    mlflow.set_tag(tracking.DESCRIPTION, described)
    logger.info("version %s %s", version, decision.reason)
    return decision


def load(model_uri: str) -> Recommender:
    """A logged model's recommender, after checking its manifest.

    Raises
    ------
    storage.DamagedModelError
        If a file is absent or is not the one that was saved.
    """
    with TemporaryDirectory() as scratch:
        return mapped(model_uri, scratch)[1]


def version_tags(challenger: Challenger) -> dict[str, str]:
    """What is known of a version before the gate has spoken."""
    run = mlflow.active_run()
    means = challenger.evaluation.means
    figures = {name: str(means["ours", *name.split("/")]) for name in METRIC_TAGS}  # type: ignore[index]
    settings = configuration(challenger.config)
    return {
        **tracking.data_tags(challenger.found),
        "test_from": str(challenger.parts.cutoff or challenger.parts.drawn),
        CONFIGURATION: settings,
        "configuration_hash": hashlib.sha256(settings.encode()).hexdigest(),
        "git_commit": run.data.tags.get(GIT_COMMIT, "unknown") if run else "unknown",
        **figures,
    }


def configuration(config: MainConfig) -> str:
    """Everything that decides the model, given the events, as JSON with sorted names."""
    names = (*Knobs.model_fields, "test_days")
    params = tracking.params_of(config)
    return json.dumps({name: params[name] for name in names}, sort_keys=True)


def logged_configuration(version: ModelVersion) -> LoggedConfiguration:
    """What a version was trained with: its run's params, or its own tag if the run is gone."""
    try:
        params = as_meant(MlflowClient().get_run(version.run_id or "").data.params)
    except MlflowException:
        params = json.loads(version.tags.get(CONFIGURATION, "{}"))
    return read_back(str(version.version), params)


def _decided(challenger: Challenger, version: str) -> Decision:
    champion = registry.champion(challenger.config.registered_model)
    if champion is None:
        return decide(challenger, version, None, None, None, [])
    trained_on, notes = _trained_on(champion)
    try:
        today = logged_configuration(champion)
        return decide(challenger, version, today.version, today, trained_on, notes)
    except InputError as error:
        notes = [*notes, f"champion {champion.version} cannot be refitted: {error}"]
        return decide(challenger, version, str(champion.version), None, trained_on, notes)


def _trained_on(champion: ModelVersion) -> tuple[ChampionsLog | None, list[str]]:
    """What its model says of the champion's log; None and a note where that cannot be read."""
    try:
        matrix = load(registry.uri_of(champion)).matrix
    except storage.DamagedModelError as error:
        logger.warning("champion %s cannot be read: %s", champion.version, error)
        told = f"champion {champion.version} cannot be read, compared by its configuration: {error}"
        return None, [told]
    first, last = (champion.tags.get(tag, "") for tag in (tracking.FIRST, tracking.LAST))
    types = tracking.event_types_of(champion.run_id or "")
    weights = logged_configuration(champion).knobs.event_weights if types else {}
    success = target_among(by_weight(types, weights))
    return ChampionsLog(matrix.users, matrix.products, first, last, success), []


def _carried_out(name: str, decision: Decision) -> bool:
    """Promote if decided so; False if the champion is not the one that was compared any more."""
    if decision.promoted:
        try:
            registry.promote(name, decision.challenger, decision.reason, expected=decision.champion)
        except registry.ChampionMovedError as moved:
            logger.info("%s; comparing again", moved)
            return False
    return True


def promote(config: PromoteConfig) -> str:
    """Let a version answer, after it was loaded and asked as a server would."""
    version = str(registry.resolve(config.registered_model, config.version).version)
    registry.check(config.registered_model, version)
    move = registry.promote(config.registered_model, version, config.why)
    return str(move) if move else f"version {version} is champion already; nothing moved"


def rollback(config: RollbackConfig) -> str:
    """Let the version before the champion answer again."""
    return str(registry.rollback(config.registered_model, config.why))

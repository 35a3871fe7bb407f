"""Erase a customer: the champion's configuration, trained anew on the events without them."""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from training.config import CatalogueConfig, ForgetConfig, MainConfig, validated
from training.errors import InputError
from training.events.sample import source_of
from training.forget.holding import Holding, holding, holds
from training.forget.remaining import count_of, write_without
from training.pipeline import train
from training.runs.project_run import as_meant, leave_project_run
from training.versions import registry
from training.versions.lifecycle import logged_configuration

WHY = "one customer's data erased"
ALSO = ("kept_lists",)
"""What else of the champion's run is done again, though it does not decide the model."""

KEPT_EVENTS = "erased_events"
"""Tag of a version made by erasing: where the remaining events were written; empty: nowhere."""

logger = logging.getLogger("training")


def forget(config: ForgetConfig) -> str:
    """Train without the customer, promote, tag; returns what was done and what is left to delete.

    Raises
    ------
    InputError
        If there is no champion, its configuration or events are gone, or neither its model nor the
        events know the customer.
    """
    name = config.registered_model
    project_run = leave_project_run()
    if project_run:
        # It cannot be deleted from here: mlflow run ends it after us.
        logger.warning("mlflow run wrote the customer's id into run %s: delete it", project_run)
    before = registry.champion(name)
    if before is None:
        raise InputError(f"{name!r} has no champion to forget anybody from")
    _refuse_those_erased_before(config, before)
    removed = _retrain(config, before)
    after = registry.champion(name)
    if after is None or after.version == before.version:
        raise InputError(f"the champion of {name!r} was moved by somebody else meanwhile")
    if holds(registry.uri_of(after), config.user_id):
        raise InputError(f"champion {after.version} of {name!r} still holds the customer")
    receipt = secrets.token_hex(16)
    found = holding(after, config.user_id)
    _tag(config, before, after, found.versions, receipt)
    return _account(config, before, after, found, removed, receipt, project_run)


def _refuse_those_erased_before(config: ForgetConfig, champion: ModelVersion) -> None:
    """The champion's own events still hold whoever was erased before, unless they were written."""
    if KEPT_EVENTS not in champion.tags or champion.tags[KEPT_EVENTS]:
        return
    told = (
        f"champion {champion.version} was made by erasing a customer whom its events still hold, "
        "and who would come back"
    )
    if not config.events:
        raise InputError(
            f"{told}; allowed: events without them, with -P events=… (-P output=… writes them)"
        )
    logger.warning("%s, if they are among the events given", told)


def fingerprint_of(user_id: str, receipt: str) -> str:
    """What the tags say of the customer: nobody can tell who it is without the receipt.

    HMAC-SHA256, since a bare hash of a short id is found by trying all ids.
    """
    return hmac.new(bytes.fromhex(receipt), user_id.encode(), hashlib.sha256).hexdigest()


def _retrain(config: ForgetConfig, champion: ModelVersion) -> int:
    """Train on the other customers' events, by force; the number of events removed."""
    logged = logged_configuration(champion)
    params = _params_of(config, champion)
    wanted = _events_of(config, params)
    source = source_of(wanted)
    removed = count_of(source, config.user_id)
    if not removed and not holds(registry.uri_of(champion), config.user_id):
        raise InputError(
            f"user_id {config.user_id!r} is not known: neither champion {champion.version} nor "
            f"the events {wanted.events!r} hold it; nothing was done"
        )
    given = wanted.model_dump() | logged.knobs.model_dump() | {"test_days": logged.test_days}
    given |= {name: params[name] for name in ALSO if name in params}
    with TemporaryDirectory() if not config.output else nullcontext(".") as folder:
        output = Path(config.output or Path(folder, "events.parquet")).expanduser()
        output.parent.mkdir(parents=True, exist_ok=True)
        if config.output:
            given |= {f"{ours}_column": name for ours, name in source.event_columns.items()}
            given |= {"events": str(output), "catalogue": source.catalogue or ""}
        retrained = validated(
            MainConfig,
            **given,
            registered_model=config.registered_model,
            promote="force",
            promote_reason=WHY,
        )
        write_without(source, config.user_id, output, retrained.event_weights)
        train(retrained, replace(source, events=str(output)))
    return removed


def _events_of(config: ForgetConfig, params: Mapping[str, str]) -> CatalogueConfig:
    """The champion's events and catalogue, and in their place what is named anew.

    Names of columns belong to a file: with other events, the champion's are not taken over.
    """
    named = {name: getattr(config, name) for name in CatalogueConfig.model_fields}
    taken_over = ("catalogue",) if config.events else tuple(named)
    known = {name: params[name] for name in taken_over if name in params}
    return CatalogueConfig(**known | {name: value for name, value in named.items() if value})


def _params_of(config: ForgetConfig, champion: ModelVersion) -> dict[str, str]:
    """The params of the champion's run; none if it is gone and other events are named."""
    try:
        return as_meant(MlflowClient().get_run(champion.run_id or "").data.params)
    except MlflowException:
        if config.events:
            return {}
        raise InputError(
            f"the run of champion {champion.version} is gone, so its events are not known; "
            "name them with -P events=…"
        ) from None


def _tag(
    config: ForgetConfig,
    before: ModelVersion,
    after: ModelVersion,
    with_customer: list[ModelVersion],
    receipt: str,
) -> None:
    """Say on the versions what was done; none with the customer is one to go back to any more."""
    client = MlflowClient()
    name, who = after.name, fingerprint_of(config.user_id, receipt)
    client.set_model_version_tag(name, after.version, "erased_customer", who)
    client.set_model_version_tag(name, after.version, "erased_from", str(before.version))
    client.set_model_version_tag(name, after.version, KEPT_EVENTS, config.output)
    for version in with_customer:
        client.set_model_version_tag(name, version.version, "erased_customer", who)
        client.set_model_version_tag(name, version.version, registry.ERASED_IN, str(after.version))
    if before.version in {version.version for version in with_customer}:
        client.delete_registered_model_alias(name, registry.PREVIOUS)


def _account(
    config: ForgetConfig,
    before: ModelVersion,
    after: ModelVersion,
    found: Holding,
    removed: int,
    receipt: str,
    project_run: str | None,
) -> str:
    runs = [*found.runs, *([project_run] if project_run else [])]
    todo = [
        *(_version_line(version) for version in found.versions),
        *(
            f"model {model_id}, of no version of {after.name!r}: {_deleted(model_id)}"
            for model_id in found.models
        ),
        *(
            f"run {run_id}: mlflow runs delete --run-id {run_id}; mlflow gc --run-ids {run_id}"
            for run_id in runs
        ),
        "pages of compare and monitor, recommendations/*.parquet and backups, where they exist",
        "the events themselves, or the next training learns the customer again"
        + (f" (train on {config.output})" if config.output else ""),
    ]
    return "\n".join(
        [
            f"Version {after.version} answers in the place of {before.version}: the same "
            f"configuration without the customer, {removed:,} events removed.",
            f"Receipt, kept nowhere else: {receipt}. With it the tag erased_customer proves who "
            "was meant (HMAC-SHA256).",
            "No rollback or promotion leads to a version with the customer any more.",
            "Still to be deleted:",
            *(f"- {line}" for line in todo),
        ]
    )


def _version_line(version: ModelVersion) -> str:
    steps = [f"MlflowClient().delete_model_version('{version.name}', '{version.version}')"]
    model_id = (version.source or "").removeprefix("models:/")
    if model_id.startswith("m-"):  # a logged model; other sources are artifacts of the run
        steps.append(_deleted(model_id))
    return f"version {version.version}: {'; '.join(steps)}"


def _deleted(model_id: str) -> str:
    return (
        f"MlflowClient().delete_logged_model('{model_id}'); mlflow gc --logged-model-ids {model_id}"
    )

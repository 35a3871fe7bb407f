"""Take the configuration that ``tune`` found; what a person says on the command line wins."""

import json
from collections.abc import Collection

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from training.config import MainConfig, validated
from training.errors import InputError
from training.runs.project_run import leave_project_run
from training.runs.tracking import DATA_HASH

BEST = "best"
JOB, TUNE = "job", "tune"
"""The tag by which a search's run is found."""

NOTE = "mlflow.note.content"
CONFIGURATION = "best/configuration.json"
TEST_DAYS = "test_days"

TESTED_FROM = "test_from"
"""Tag of a search: when the test window began, of which it has seen nothing; empty without times.
"""


def with_tuned(config: MainConfig, said: Collection[str]) -> MainConfig:
    """The configuration, with the knobs of a search for those that nobody asked for.

    Parameters
    ----------
    said : collection of str
        Options on the command line. ``mlflow run`` writes all of them, so that there only those
        that differ from their default count.

    Raises
    ------
    InputError
        If there is no such search, what it found is not allowed any more, its test window was
        another, so that it may have looked at this one, or earlier origins are asked for, too.
    """
    if config.origins > 1:
        raise InputError(
            f"origins = {config.origins} is not allowed with config = {config.config!r}: the "
            "search has chosen by windows before the test window, so that figures of these would "
            "be too good; allowed: 1"
        )
    found = _finished(config.config)
    try:
        tuned = mlflow.artifacts.load_dict(f"runs:/{found}/{CONFIGURATION}")
    except (MlflowException, OSError, json.JSONDecodeError) as error:
        raise InputError(
            f"config = {config.config!r}: run {found} has no {CONFIGURATION}"
        ) from error
    tuned = {name: value for name, value in tuned.items() if name in MainConfig.model_fields}
    project_run = leave_project_run()
    if project_run:
        told = (
            f"Trained in a run of its own, with what tune run {found} found: params never change."
        )
        MlflowClient().set_tag(project_run, NOTE, told)
        usual = MainConfig()
        said = [name for name in tuned if getattr(config, name) != getattr(usual, name)]
    if TEST_DAYS in said and config.test_days != tuned[TEST_DAYS]:
        raise InputError(
            f"test_days = {config.test_days:g} is not allowed with config = {config.config!r}, "
            f"which was found with test_days = {tuned[TEST_DAYS]:g} and may have looked at this "
            "test window; allowed: the same, or another search"
        )
    kept = {name: value for name, value in tuned.items() if name not in said}
    return validated(MainConfig, **config.model_dump() | kept | {"config": found})


def check_unseen(cutoff: pd.Timestamp | None, data_hash: str, search: str) -> None:
    """Refuse a test window that a search may have looked at.

    It left alone what comes after a moment; without times what is held out is another part of any
    other log.

    Raises
    ------
    InputError
        If the window begins earlier than that, or if this is another log without times.
    """
    if not search:
        return
    tags = MlflowClient().get_run(search).data.tags
    if cutoff is None and tags.get(DATA_HASH) != data_hash:
        raise InputError(
            f"config = {search!r} is not allowed: the search was made on another log, and without "
            "times it may have looked at what is held out of this one; allowed: the same events, "
            "or another search"
        )
    known = tags.get(TESTED_FROM)
    if known and cutoff is not None and cutoff < pd.Timestamp(known):
        raise InputError(
            f"config = {search!r} is not allowed: the search has looked at events up to {known}, "
            f"and this test window begins on {cutoff}; allowed: a log that is as long, or another "
            "search"
        )


def _finished(asked: str) -> str:
    """Run id of the search that is meant."""
    if asked != BEST:
        try:
            return str(MlflowClient().get_run(asked).info.run_id)
        except MlflowException:
            raise InputError(
                f"config = {asked!r} is not allowed; allowed: 'best', or the id of a tune run"
            ) from None
    runs = mlflow.search_runs(
        filter_string=f"attributes.status = 'FINISHED' AND tags.{JOB} = '{TUNE}'",
        order_by=["attributes.end_time DESC"],
        max_results=1,
        output_format="list",
    )
    if not runs:
        raise InputError(
            "config = 'best': no finished search in this experiment; first: python -m training tune"
        )
    return str(runs[0].info.run_id)

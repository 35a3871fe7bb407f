"""``python -m training``: the entry points of MLproject, with the same names and options."""

import logging
import os
import sys
from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from training.config import (
    BatchConfig,
    CompareConfig,
    Config,
    ExportConfig,
    ForgetConfig,
    MainConfig,
    MonitorConfig,
    PromoteConfig,
    RollbackConfig,
    ServeConfig,
    TuneConfig,
    ValidateConfig,
    validated,
)
from training.errors import InputError
from training.runs.project_run import RUN_ID

USAGE_ERROR = 2
ALARM = 3
"""A bound that is watched was passed: a scheduler can train again."""

DEFAULTS = {
    # BLAS and OpenMP threads wait by spinning, which on a shared machine costs more than it gives;
    # the kernel that needs all cores brings its own threads.
    "OMP_NUM_THREADS": "1",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # The model's requirements are our pins, not what MLflow finds in the working directory.
    "MLFLOW_UV_AUTO_DETECT": "false",
}
"""Environment variables that are set unless the caller has set them."""

ENTRY_POINTS: dict[str, type[Config]] = {
    "main": MainConfig,
    "serve": ServeConfig,
    "monitor": MonitorConfig,
    "compare": CompareConfig,
    "promote": PromoteConfig,
    "rollback": RollbackConfig,
    "recommend": BatchConfig,
    "validate": ValidateConfig,
    "export": ExportConfig,
    "forget": ForgetConfig,
    "tune": TuneConfig,
}
"""Every command by name, with its configuration; MLproject is written from this."""


@click.group(context_settings={"show_default": True, "max_content_width": 110})
def cli() -> None:
    """Train, compare, version and serve a product recommender from a shop's event log.

    \b
    python -m training main                          train on the bundled sample
    python -m training main --events log.csv         train on your own log
    python -m training serve                         answer POST /recommend
    python -m training recommend --users all         a list for every customer, as Parquet

    Every command is also an MLflow entry point, with the same names:
    mlflow run . -e COMMAND -P name=value
    """
    if RUN_ID in os.environ:
        from training.runs.orphans import own_project_run

        own_project_run()


def options_of(kind: type[Config]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Click options made of a configuration's fields; values are checked by the configuration."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        for name, field in reversed(kind.model_fields.items()):
            spellings = dict.fromkeys((f"--{name}", f"--{name.replace('_', '-')}"))
            option = click.option(
                *spellings,
                name,
                default=as_text(field.default),
                help=field.description,
                metavar="VALUE",
            )
            command = option(command)
        return command

    return decorate


def as_text(default: Any) -> str:
    """A default as it is written on the command line and in MLproject."""
    if isinstance(default, dict):
        return ",".join(f"{name}={value:g}" for name, value in default.items())
    return f"{default:g}" if isinstance(default, float) else str(default)


@cli.command("main")
@options_of(ENTRY_POINTS["main"])
def main_command(**given: str) -> None:
    """Train, evaluate on the last weeks, log to MLflow, register, export."""
    config = validated(MainConfig, **given)
    if config.config:
        from training.tune.tuned import with_tuned

        config = with_tuned(config, _said())
    from training.pipeline import train

    click.echo(train(config))


def _said() -> frozenset[str]:
    """Options that stand on the command line."""
    context = click.get_current_context()
    source = ParameterSource.COMMANDLINE
    return frozenset(n for n in context.params if context.get_parameter_source(n) == source)


@cli.command("serve")
@options_of(ENTRY_POINTS["serve"])
def serve_command(**given: str) -> None:
    """Answer POST /recommend, beside MLflow's own /invocations."""
    config = validated(ServeConfig, **given)
    from training.serving.serve import start

    start(**config.model_dump())


@cli.command("monitor")
@options_of(ENTRY_POINTS["monitor"])
def monitor_command(**given: str) -> None:
    """Check new events against a version; exit code 3 when a bound is passed."""
    config = validated(MonitorConfig, **given)
    from training.monitor.monitor import monitor

    health = monitor(config)
    click.echo(health.report())
    if health.alarms:
        sys.exit(ALARM)


@cli.command("compare")
@options_of(ENTRY_POINTS["compare"])
def compare_command(**given: str) -> None:
    """Put two models side by side: figures, lists, products, customers."""
    config = validated(CompareConfig, **given)
    from training.compare.compare import compare

    click.echo(compare(config))


@cli.command("promote")
@options_of(ENTRY_POINTS["promote"])
def promote_command(**given: str) -> None:
    """Let a version answer from now on."""
    config = validated(PromoteConfig, **given)
    from training.versions.lifecycle import promote

    click.echo(promote(config))


@cli.command("rollback")
@options_of(ENTRY_POINTS["rollback"])
def rollback_command(**given: str) -> None:
    """Let the previous champion answer again."""
    config = validated(RollbackConfig, **given)
    from training.versions.lifecycle import rollback

    click.echo(rollback(config))


@cli.command("recommend")
@options_of(ENTRY_POINTS["recommend"])
def recommend_command(**given: str) -> None:
    """Write the lists of many customers into a Parquet file.

    Columns: user_id, recommended_products (a list, best first), scenario, model_version. Every row
    is what serving answers; customers the model does not know get what a stranger gets. A job that
    was killed goes on where it was when the same command is given again.
    """
    config = validated(BatchConfig, **given)
    from training.batch.job import recommend

    click.echo(recommend(config))


@cli.command("validate")
@options_of(ENTRY_POINTS["validate"])
def validate_command(**given: str) -> None:
    """Say what a log holds and what would be dropped, without training.

    Takes main's options for the data. Ends with code 0 if main could train on it, and with one line
    that says why not otherwise.
    """
    config = validated(ValidateConfig, **given)
    from training.validate import validate

    click.echo(validate(config))


@cli.command("export")
@options_of(ENTRY_POINTS["export"])
def export_command(**given: str) -> None:
    """Write a logged model as the two pickles that plain Python loads."""
    config = validated(ExportConfig, **given)
    from training.versions.export import export_logged

    click.echo(export_logged(config))


@cli.command("forget")
@options_of(ENTRY_POINTS["forget"])
def forget_command(**given: str) -> None:
    """Erase a customer: train the champion's configuration anew on the events without them.

    The new version answers from then on, and is tagged with what was done but not with the name.
    What still holds the customer afterwards, as older versions, is listed for you to delete. Given
    by mlflow run, the id is in that run's parameters too, and the run is listed.
    """
    config = validated(ForgetConfig, **given)
    from training.forget.job import forget

    click.echo(forget(config))


@cli.command("tune")
@options_of(ENTRY_POINTS["tune"])
def tune_command(**given: str) -> None:
    """Search half-lives, similarity and neighbours on a window inside the past.

    \b
    python -m training tune --events log.csv --trials 50 --minutes 60
    python -m training main --events log.csv --config best

    The test window is never looked at. A killed search goes on when the same command is given
    again.
    """
    config = validated(TuneConfig, **given)
    from training.tune.job import tune

    click.echo(tune(config))


def run() -> None:
    """Run a command; what a user, a disk or a server got wrong is one line, with exit code 2."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    logging.getLogger("training").setLevel(logging.INFO)
    try:
        cli(prog_name="python -m training")
    except Exception as error:
        if not _is_told(error):
            raise
        click.echo(f"error: {' '.join(str(error).split())}", err=True)
        sys.exit(USAGE_ERROR)


def _is_told(error: Exception) -> bool:
    """Whether the message says all; any other exception is a fault of ours, and shows its trace."""
    from mlflow.exceptions import MlflowException

    from model.storage import DamagedModelError

    return isinstance(error, InputError | OSError | MlflowException | DamagedModelError)


if __name__ == "__main__":
    run()

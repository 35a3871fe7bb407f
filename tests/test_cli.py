"""The commands as a shop's team types them: what teaches, what is refused, what stays untouched."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from model.storage import DamagedModelError
from tests.stores import stored_in
from training import pipeline
from training.__main__ import ENTRY_POINTS, run
from training.versions import lifecycle, registry

ROOT = Path(__file__).parent.parent
DATED = "user_id,product_id,timestamp\n"


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The line that says what was wrong."""
        return next(line for line in self.err.splitlines() if line.startswith("error: "))


Command = Callable[..., Outcome]


@pytest.fixture
def command(
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> Command:
    """``python -m training``, in this process; pytest holds the log lines, which are added."""

    def called(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["training", *arguments])
        code = 0
        try:
            run()
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err + caplog.text)

    return called


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A working directory with an empty MLflow store; exports land there too."""
    folder = tmp_path_factory.mktemp("working_directory")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(pipeline, "EXPORTS", folder)
        with stored_in(f"sqlite:///{folder}/mlflow.db"):
            yield folder


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], str]:
    """Write a text as a log and give its path."""

    def written(text: str) -> str:
        (tmp_path / "events.csv").write_text(text)
        return str(tmp_path / "events.csv")

    return written


def runs() -> pd.DataFrame:
    return mlflow.search_runs(search_all_experiments=True)


def registered() -> list[str]:
    return [model.name for model in MlflowClient().search_registered_models()]


# Help


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_help_names_every_option_with_its_meaning_and_default(command: Command, name: str):
    shown = command(name, "--help")
    assert shown.code == 0
    for option, field in ENTRY_POINTS[name].model_fields.items():
        assert f"--{option}" in shown.out
        assert field.description
        assert field.description.split()[0] in shown.out


def test_help_lists_the_commands(command: Command):
    shown = command("--help").out
    assert all(f"  {name}" in shown for name in ENTRY_POINTS)


def test_options_may_be_written_with_hyphens(command: Command):
    refused = command("main", "--half-life-days", "-1")
    assert "half_life_days = '-1' is not allowed" in refused.error


# Parameters are checked before any data is read


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("k", "0", "k = '0' is not allowed: Input should be greater than or equal to 1"),
        ("k", "1001", "less than or equal to 1000"),
        ("k", "1.5", "k = '1.5' is not allowed"),
        ("k", "many", "k = 'many' is not allowed"),
        ("k", "", "k = '' is not allowed"),
        (
            "half_life_days",
            "0",
            "half_life_days = '0' is not allowed: Input should be greater than 0",
        ),
        (
            "half_life_days",
            "nan",
            "half_life_days = 'nan' is not allowed: Input should be a finite",
        ),
        ("half_life_days", "1e9", "less than or equal to 36500"),
        ("seed", "-1", "seed = '-1' is not allowed"),
        ("test_days", "-7", "test_days = '-7' is not allowed"),
        ("algorithm", "magic", "algorithm = 'magic' is not allowed: Input should be 'auto'"),
        ("event_weights", "view", "should be name=weight pairs, as in view=1,cart=3,purchase=5"),
        (
            "event_weights",
            "view=-1",
            "a purchase, or at least one event, should have a weight above 0",
        ),
        (
            "event_weights",
            "view=1,buy=0",
            "buy has the weight 0; allowed: 1e-06 to 1e+06, negative",
        ),
        ("event_weights", "view=1e39", "view has the weight 1e+39; allowed: 1e-06 to 1e+06"),
        ("event_weights", "view=1,view=2", "should give each event type one weight"),
        ("event_weights", "view=inf", "event_weights.view = 'inf' is not allowed"),
        ("event_weights", "", "event_weights = '' is not allowed: should be name=weight pairs"),
        ("registered_model", "a/b", "registered_model = 'a/b' is not allowed"),
        ("registered_model", "", "registered_model = '' is not allowed"),
        ("promote", "force", "error: promote=force needs promote_reason, a sentence that is"),
    ],
)
def test_a_bad_parameter_is_refused_before_the_data_is_looked_for(
    command: Command, option: str, value: str, message: str
):
    refused = command("main", "--events", "no/such/file.csv", f"--{option}", value)
    assert refused.code == 2
    assert message in refused.error
    assert "no/such/file.csv" not in refused.err
    assert "Traceback" not in refused.err


@pytest.mark.parametrize(
    ("option", "value"), [("port", "0"), ("port", "65536"), ("workers", "0"), ("host", "")]
)
def test_serving_refuses_bad_parameters_too(command: Command, option: str, value: str):
    refused = command("serve", f"--{option}", value)
    assert refused.code == 2
    assert f"{option} = {value!r} is not allowed" in refused.error


def test_two_bad_parameters_are_both_named(command: Command):
    error = command("main", "--k", "0", "--seed", "x").error
    assert "k = '0'" in error
    assert "seed = 'x'" in error


def test_no_events_at_all_is_not_the_working_directory(command: Command):
    assert "events = '' is not allowed" in command("main", "--events", "").error


def test_a_file_that_cannot_be_written_is_named_in_one_line(
    command: Command, write: Callable[[str], str], tmp_path: Path
):
    log, taken = write("user_id,product_id\n1,a\n1,b\n2,a\n2,b\n3,a\n3,b\n"), tmp_path / "taken"
    taken.touch()
    refused = command("validate", "--events", log, "--output", str(taken / "found.json"))
    assert refused.code == 2
    assert str(taken) in refused.error
    assert "Traceback" not in refused.err


@pytest.mark.parametrize("name", ["main", "promote", "recommend", "monitor"])
def test_a_store_that_mlflow_does_not_know_is_named_in_one_line(
    command: Command, monkeypatch: pytest.MonkeyPatch, name: str
):
    mlflow.set_tracking_uri(None)  # which takes the variable away, too
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "carrier://pigeon")
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "carrier://pigeon")
    refused = command(name)
    assert refused.code == 2
    assert "unsupported URI 'carrier://pigeon'" in refused.error
    assert "Traceback" not in refused.err


def test_a_champion_that_moves_all_the_time_is_told_in_one_line(
    command: Command, monkeypatch: pytest.MonkeyPatch
):
    def moved(config: object) -> None:
        raise registry.ChampionMovedError("champion was 1, and is 2")

    monkeypatch.setattr(lifecycle, "promote", moved)
    refused = command("promote", "--version", "1")
    assert refused.code == 2
    assert refused.error == "error: champion was 1, and is 2"


def test_a_model_that_cannot_be_read_is_told_in_one_line(
    command: Command, monkeypatch: pytest.MonkeyPatch
):
    def other_format(config: object) -> None:
        raise DamagedModelError("manifest.json has format 5; allowed: 6")

    monkeypatch.setattr(lifecycle, "promote", other_format)
    refused = command("promote", "--version", "1")
    assert refused.code == 2
    assert refused.error == "error: manifest.json has format 5; allowed: 6"


def test_an_unknown_option_is_refused(command: Command):
    refused = command("main", "--half_lives", "3")
    assert refused.code == 2
    assert "No such option" in refused.err


@pytest.mark.parametrize("name", sorted(ENTRY_POINTS))
def test_a_catalogue_is_taken_by_those_that_read_one(name: str):
    reads_one = name in {"main", "compare", "validate", "forget", "tune"}
    assert ("catalogue" in ENTRY_POINTS[name].model_fields) == reads_one


# Data that cannot be used


UNUSABLE = {
    "no file": (None, "no file or folder"),
    "empty file": ("", "has no rows; allowed: a header and at least one row"),
    "empty table": (DATED, "has no rows"),
    "no product column": (
        "user_id,colour\n1,red\n2,blue\n",
        "no column 'product_id'; the file has:",
    ),
    "one customer": ("user_id,product_id\n1,a\n1,b\n", "one customer only ('1')"),
    "one product": ("user_id,product_id\n1,a\n2,a\n", "one product only ('a')"),
    "no id at all": ("user_id,product_id\n,a\n,b\n", "no user_id: 2, first row 1: ''"),
    "no time at all": (DATED + "1,a,\n2,b,\n", "timestamp missing or not readable: 2"),
    "future": (DATED + "1,a,2024-01-01\n2,b,2099-12-31\n", "row 2: timestamp '2099-12-31'"),
    "one moment": (DATED + "1,a,2024-01-01\n2,b,2024-01-01\n", "all 2 events carry the time"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_an_unusable_log_fails_in_one_line_and_leaves_no_finished_run(
    shop: Path, command: Command, write: Callable[[str], str], case: str
):
    text, message = UNUSABLE[case]
    path = "absent.csv" if text is None else write(text)
    runs_before, registered_before = set(runs().get("run_id", [])), registered()
    refused = command("main", "--events", path)
    assert refused.code == 2
    assert message in refused.error
    assert "Traceback" not in refused.err
    new = runs()[~runs()["run_id"].isin(runs_before)]
    assert new["status"].tolist() == ["FAILED"]
    assert message[:30] in new["tags.error"].iloc[0]
    assert registered() == registered_before
    assert not list(shop.glob("*.pkl"))


# A real run, and a failing one after it


@pytest.fixture(scope="module")
def trained(shop: Path, shop_csv: Path) -> Path:
    """The shop's first champion, trained on a log with other column names and a catalogue."""
    frame = pd.read_csv(shop_csv, dtype=str).rename(
        columns={"user_id": "who", "product_id": "what"}
    )
    seconds = pd.to_datetime(frame.pop("timestamp")).astype("datetime64[s]").astype("int64")
    frame["when"] = seconds * 1000
    frame.to_csv(shop / "log.csv.gz", index=False)
    titles = pd.DataFrame({"product_id": sorted(frame["what"].unique())})
    titles["title"] = "Title of " + titles["product_id"]
    titles["category"] = np.where(titles["product_id"] < "p20", "food", "drink")
    titles.to_csv(shop / "catalogue.csv", index=False)
    return shop


@pytest.mark.slow
def test_a_shop_s_own_log_trains_a_champion_and_a_bad_log_after_it_changes_nothing(
    trained: Path, command: Command
):
    named = ["--user_id_column", "who", "--product_id_column", "what", "--timestamp_column", "when"]
    done = command("main", "--events", "log.csv.gz", "--catalogue", "catalogue.csv", *named)
    assert done.code == 0, done.err
    assert "Title of p" in done.out
    assert "product-recommender version 1 is champion" in done.out
    assert sorted(path.name for path in trained.glob("*.pkl")) == [
        "recommendation_model.pkl",
        "user_item_matrix.pkl",
    ]
    shipped = pickle.loads((trained / "recommendation_model.pkl").read_bytes())
    # Categories are shared, titles are every product's own.
    assert list(shipped.items.groups) == ["category"]
    client = MlflowClient()
    before = client.get_model_version_by_alias("product-recommender", "champion")
    inputs = client.get_run(before.run_id).inputs.dataset_inputs
    names = {entry.tags[0].value: entry.dataset.name for entry in inputs}
    assert names["catalogue"] == "catalogue.csv"
    pickles = {path: path.read_bytes() for path in trained.glob("*.pkl")}

    refused = command("main", "--events", "log.csv.gz")
    assert refused.code == 2
    assert "no column 'user_id'; the file has: who, what, event_type, when" in refused.error

    after = client.get_model_version_by_alias("product-recommender", "champion")
    assert int(after.version) == int(before.version) == 1
    assert len(client.search_model_versions("name = 'product-recommender'")) == 1
    assert {path: path.read_bytes() for path in trained.glob("*.pkl")} == pickles


@pytest.mark.slow
def test_a_log_without_times_trains_and_says_how_it_was_evaluated(
    shop: Path, command: Command, shop_csv: Path
):
    pd.read_csv(shop_csv, dtype=str).drop(columns="timestamp").to_csv("undated.csv", index=False)
    done = command("main", "--events", "undated.csv", "--registered_model", "undated")
    assert done.code == 0, done.err
    assert "a fifth, the same one by every seed, is drawn to evaluate on" in done.err


@pytest.mark.slow
def test_a_log_of_views_only_trains(shop: Path, command: Command, shop_csv: Path):
    frame = pd.read_csv(shop_csv, dtype=str)
    frame["event_type"] = "view"
    frame.to_csv("views.csv", index=False)
    done = command("main", "--events", "views.csv", "--registered_model", "views")
    assert done.code == 0, done.err
    assert "Three customers" in done.out


@pytest.mark.slow
def test_a_log_in_which_nobody_returns_is_no_champion(shop: Path, command: Command):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"user_id": [f"u{i}" for i in range(60)]})
    frame["product_id"] = [f"p{i}" for i in rng.integers(0, 9, 60)]
    frame["timestamp"] = pd.date_range("2024-01-01", periods=60, freq="D")
    frame.to_csv("once.csv", index=False)
    done = command("main", "--events", "once.csv", "--registered_model", "once")
    assert "Traceback" not in done.err
    aliases = MlflowClient().get_registered_model("once").aliases if done.code == 0 else {}
    assert "champion" not in aliases


@pytest.mark.slow
def test_the_exit_code_reaches_the_shell(tmp_path: Path):
    (tmp_path / "log.csv").write_text("user_id,product_id\n1,a\n1,b\n")
    done = subprocess.run(
        [sys.executable, "-m", "training", "main", "--events", str(tmp_path / "log.csv")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": "sqlite:///mlflow.db"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: the log has one customer only ('1')")
    assert "Traceback" not in done.stderr

"""Erasing a customer: the champion afterwards is the one that never saw them."""

import re
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType

from training.forget.job import fingerprint_of
from training.runs.tracking import PER_USER
from training.versions import registry
from training.versions.lifecycle import load
from training.versions.logged_model import log_model

from .conftest import Command, called

pytestmark = pytest.mark.slow

NAME = "erasing"
WHO = "007"
FORCED = ("--promote", "force", "--promote_reason", "-")


@pytest.fixture(scope="module")
def shop(store: Path, shop_csv: Path) -> Path:
    """A champion with its own configuration, trained on the shop in an experiment of its own."""
    frame = pd.read_csv(shop_csv, dtype=str)
    frame.rename(columns={"user_id": "who"}).to_csv(store / "shop.csv", index=False)
    titles = "product_id,title\n" + "\n".join(
        f"{id_},{id_}" for id_ in frame["product_id"].unique()
    )
    Path("titles.csv").write_text(titles, encoding="utf-8")
    asked = ["--events", "shop.csv", "--user_id_column", "who", "--k", "33", *FORCED]
    asked += ["--catalogue", "titles.csv", "--kept_lists", "50"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_EXPERIMENT_NAME", "another")
        assert called("main", *asked, "--registered_model", NAME) == 0
    return store


def forget(command: Command, *options: str) -> tuple[int, str, str]:
    done = command("forget", "--registered_model", NAME, *options)
    return done.code, done.out, done.err


def test_nobody_and_strangers_are_refused_and_nothing_changes(shop: Path, command: Command):
    runs = len(mlflow.search_runs(search_all_experiments=True))
    assert "user_id = '' is not allowed" in forget(command)[2]
    code, _, err = forget(command, "--user_id", "nobody", "--output", "rest.csv")
    assert code == 2
    assert "user_id 'nobody' is not known: neither champion 1 nor the events 'shop.csv'" in err
    assert not Path("rest.csv").exists()
    assert str(registry.resolve(NAME, "champion").version) == "1"
    assert len(mlflow.search_runs(search_all_experiments=True)) == runs


def test_a_model_without_champion_is_refused(shop: Path, command: Command):
    refused = command("forget", "--registered_model", "absent", "--user_id", WHO)
    assert "'absent' has no champion" in refused.error


def test_a_champion_that_somebody_else_moves_meanwhile_is_told_in_one_line(
    shop: Path, command: Command, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("training.forget.job._retrain", lambda config, champion: 0)
    refused = command("forget", "--registered_model", NAME, "--user_id", WHO)
    assert refused.code == 2
    assert "was moved by somebody else meanwhile" in refused.error
    assert "Traceback" not in refused.err


def test_events_that_would_be_read_otherwise_without_the_customer_are_refused(
    shop: Path, command: Command, shop_csv: Path
):
    frame = pd.read_csv(shop_csv, dtype=str)
    frame["note"] = np.where(np.arange(len(frame)) % 4, "", "Käse")  # training does not read it
    frame.to_csv("latin.csv", index=False, encoding="latin-1")
    guest = frame.drop(columns="note").assign(user_id=frame["user_id"].str.lstrip("0") + ".0")
    guest["user_id"] = guest["user_id"].replace({"7.0": "guest", ".0": "0.0"})
    guest.to_csv("guest.csv", index=False)
    asked = {"latin.csv": (WHO, "cannot be read"), "guest.csv": ("guest", "be read otherwise")}
    for events, (who, why) in asked.items():
        before = set(Path().iterdir())
        code, _, err = forget(command, "--user_id", who, "--events", events, "--output", "r.csv")
        assert (code, why in err) == (2, True), err
        assert str(registry.resolve(NAME, "champion").version) == "1"
        assert not set(Path().iterdir()) - before


@pytest.fixture(scope="module")
def erased(shop: Path) -> tuple[str, Path]:
    """What forget said, under a run as ``mlflow run`` makes it, and the working directory."""
    client = MlflowClient()
    outer = client.create_run("0", tags={"outer": "yes"})
    client.log_param(outer.info.run_id, "user_id", WHO)
    _leave_deleted_run(shop)
    _leave_model_without_version()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_RUN_ID", outer.info.run_id)
        said: list[str] = []
        patch.setattr("click.echo", lambda text, **_: said.append(text))
        asked = ["--user_id", WHO, "--output", "rest.csv"]
        assert called("forget", "--registered_model", NAME, *asked) == 0
    return said[-1], shop


def _leave_deleted_run(folder: Path) -> None:
    """A run that judged the customer, and that was deleted without ``mlflow gc``."""
    client = MlflowClient()
    results = folder / Path(PER_USER).name
    pd.DataFrame({"user_id": [WHO]}).to_parquet(results)
    trained = client.get_run(registry.resolve(NAME, "1").run_id)
    deleted = client.create_run(trained.info.experiment_id, tags={"deleted": "yes"})
    client.log_artifact(deleted.info.run_id, str(results), str(Path(PER_USER).parent))
    client.delete_run(deleted.info.run_id)


def _leave_model_without_version() -> None:
    """The champion's model once more, as a training that was killed before it registered it."""
    champion = registry.resolve(NAME, "1")
    experiment = MlflowClient().get_run(champion.run_id).info.experiment_id
    with mlflow.start_run(experiment_id=experiment, tags={"killed": "yes"}):
        log_model(load(champion.source))


def test_the_new_champion_is_the_one_trained_on_the_other_customers_events(
    erased: tuple[str, Path], shop_csv: Path
):
    said, _ = erased
    assert "Version 2 answers in the place of 1" in said
    frame = pd.read_csv(shop_csv, dtype=str)
    others = frame[frame["user_id"] != WHO]
    assert f"{len(frame) - len(others)} events removed" in said
    rest = pd.read_csv("rest.csv", dtype=str)
    pd.testing.assert_frame_equal(
        rest, others.rename(columns={"user_id": "who"}).reset_index(drop=True)
    )
    others.to_csv("others.csv", index=False)
    asked = ["--events", "others.csv", "--k", "33", "--registered_model", "never_seen", *FORCED]
    asked += ["--catalogue", "titles.csv", "--kept_lists", "50"]
    assert called("main", *asked) == 0
    ours, fresh = load(f"models:/{NAME}@champion"), load("models:/never_seen@champion")
    assert WHO not in ours.matrix.users
    assert ours.matrix.users == fresh.matrix.users
    assert ours.matrix.products == fresh.matrix.products
    for scenario, lists in fresh.lists.items():
        np.testing.assert_array_equal(ours.lists[scenario], lists)
    np.testing.assert_array_equal(ours.matrix.weights.data, fresh.matrix.weights.data)


def test_its_run_has_the_champion_s_configuration_and_the_remaining_events(
    erased: tuple[str, Path],
):
    version = registry.resolve(NAME, "champion")
    params = MlflowClient().get_run(version.run_id).data.params
    assert params["k"] == "33"
    assert params["events"] == "rest.csv"
    assert params["user_id_column"] == "who"
    assert (params["catalogue"], params["kept_lists"]) == ("titles.csv", "50")


def test_both_versions_say_what_was_done_and_only_the_receipt_tells_of_whom(
    erased: tuple[str, Path],
):
    said, _ = erased
    old, new = (MlflowClient().get_model_version(NAME, v) for v in ("1", "2"))
    [receipt] = re.findall(r"Receipt, kept nowhere else: ([0-9a-f]{32})", said)
    who = fingerprint_of(WHO, receipt)
    assert old.tags["erased_customer"] == new.tags["erased_customer"] == who
    assert old.tags["erased_in"] == "2"
    assert new.tags["erased_from"] == "1"
    assert not [tag for tag in [*old.tags.values(), *new.tags.values()] if tag == WHO]
    assert "forced (one customer's data erased)" in new.tags["gate_reason"]


def test_what_still_holds_the_customer_is_listed(erased: tuple[str, Path]):
    said, _ = erased
    assert f"version 1: MlflowClient().delete_model_version('{NAME}', '1')" in said
    model_id = registry.resolve(NAME, "1").source.removeprefix("models:/")
    assert model_id.startswith("m-")
    assert f"delete_logged_model('{model_id}'); mlflow gc --logged-model-ids {model_id}" in said
    assert "- version 2" not in said
    [killed] = mlflow.search_runs(
        search_all_experiments=True, filter_string="tags.killed = 'yes'", output_format="list"
    )
    [left] = [output.model_id for output in killed.outputs.model_outputs]
    assert (
        f"- model {left}, of no version of '{NAME}': "
        f"MlflowClient().delete_logged_model('{left}'); mlflow gc --logged-model-ids {left}"
    ) in said
    assert f"model {model_id}, of no version" not in said
    judged = registry.resolve(NAME, "1").run_id
    assert f"run {judged}: mlflow runs delete" in said
    assert registry.resolve(NAME, "2").run_id not in said
    [deleted] = mlflow.search_runs(
        search_all_experiments=True,
        filter_string="tags.deleted = 'yes'",
        run_view_type=ViewType.ALL,
        output_format="list",
    )
    assert f"mlflow gc --run-ids {deleted.info.run_id}" in said


def test_the_run_that_mlflow_run_logged_the_id_in_is_listed_and_no_other_holds_it(
    erased: tuple[str, Path],
):
    said, _ = erased
    runs = mlflow.search_runs(["0"], output_format="list")
    holding = [run.info.run_id for run in runs if WHO in run.data.params.values()]
    [outer] = mlflow.search_runs(["0"], "tags.outer = 'yes'", output_format="list")
    assert holding == [outer.info.run_id]
    assert f"mlflow gc --run-ids {outer.info.run_id}" in said


def test_a_rollback_does_not_bring_the_customer_back(erased: tuple[str, Path], command: Command):
    refused = command("rollback", "--registered_model", NAME)
    assert "has no version before champion 2 to roll back to" in refused.error


def test_who_is_in_given_events_only_is_erased_too_and_no_file_is_left(
    erased: tuple[str, Path], command: Command, shop_csv: Path, tmp_path: Path
):
    pd.read_csv(shop_csv, dtype=str).to_parquet("again.parquet")
    before = set(Path().iterdir())
    code, out, err = forget(command, "--user_id", WHO, "--events", "again.parquet")
    assert code == 0, err
    assert "Version 3 answers in the place of 2" in out
    # Version 2 never held the customer: a rollback may lead to it, and to none before.
    assert str(registry.resolve(NAME, "previous").version) == "2"
    held = {str(v.version) for v in MlflowClient().search_model_versions(f"name = '{NAME}'")
            if registry.ERASED_IN in v.tags}  # fmt: skip
    assert held == {"1"}
    assert not [path for path in set(Path().iterdir()) - before if path.suffix != ".tmp"]
    params = MlflowClient().get_run(registry.resolve(NAME, "3").run_id).data.params
    assert params["events"] == "again.parquet"
    assert (params["catalogue"], params["user_id_column"]) == ("titles.csv", "")


def test_who_was_erased_before_does_not_come_back_with_the_next_who_is(
    erased: tuple[str, Path], command: Command
):
    champion = registry.resolve(NAME, "champion").version
    code, _, err = forget(command, "--user_id", "008")
    assert code == 2
    assert "champion 3 was made by erasing a customer whom its events still hold" in err
    assert registry.resolve(NAME, "champion").version == champion


def test_a_visitor_whom_training_knows_by_another_column_is_erased(
    shop: Path, shop_csv: Path, command: Command
):
    frame = pd.read_csv(shop_csv, dtype=str)
    is_signed_in = frame["user_id"] != WHO
    ga4 = frame.assign(user_pseudo_id="visit-" + frame["user_id"])
    ga4.assign(user_id=frame["user_id"].where(is_signed_in)).to_csv("ga4.csv", index=False)
    name, who = f"{NAME}-ga4", f"visit-{WHO}"
    assert called("main", "--events", "ga4.csv", *FORCED, "--registered_model", name) == 0
    assert who in load(f"models:/{name}/1").matrix.users
    asked = ("--registered_model", name, "--user_id", who, "--output", "others.csv")
    done = command("forget", *asked)
    assert done.code == 0, done.err
    assert f"{(~is_signed_in).sum():,} events removed" in done.out
    assert who not in load(f"models:/{name}/2").matrix.users
    assert set(pd.read_csv("others.csv", dtype=str)["user_pseudo_id"]) == {
        f"visit-{user}" for user in frame["user_id"][is_signed_in]
    }

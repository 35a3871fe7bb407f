"""The search: seeded, resumed as if never interrupted, and taken up by main."""

import json
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient

from model.columns import EVENT_COLUMNS
from training.config import Knobs, MainConfig
from training.errors import InputError
from training.events.split import hold_out
from training.events.taken_back import undoes
from training.locks import one_at_a_time
from training.tune.objective import Validation
from training.tune.space import SPACE, Choice
from training.tune.tuned import check_unseen, with_tuned

from .conftest import Command, called

TRIALS = 4


def search(events: Path, store: Path, *options: str) -> int:
    storage = ["--storage", str(store / "new" / "tune.db")]
    return called("tune", "--events", str(events), "--trials", str(TRIALS), *storage, *options)


@pytest.fixture(scope="module")
def tuned(store: Path, shop_csv: Path) -> str:
    """Run id of a finished search."""
    assert search(shop_csv, store) == 0
    [run] = searches()[:1]
    return run.info.run_id


def searches() -> list[mlflow.entities.Run]:
    return mlflow.search_runs(filter_string="tags.job = 'tune'", output_format="list")


def children(run_id: str) -> list[mlflow.entities.Run]:
    query = f"tags.`mlflow.parentRunId` = '{run_id}'"
    found = mlflow.search_runs(filter_string=query, output_format="list")
    return sorted(found, key=lambda run: run.info.run_name)


def best_of(run_id: str) -> dict:
    return mlflow.artifacts.load_dict(f"runs:/{run_id}/best/configuration.json")


def tried(run_id: str) -> list[dict[str, str]]:
    return [{name: run.data.params[name] for name in SPACE} for run in children(run_id)]


@pytest.mark.parametrize("name", SPACE)
def test_the_space_holds_the_default_and_every_value_in_it_is_allowed(name: str):
    bounds, default = SPACE[name], Knobs.model_fields[name].default
    if isinstance(bounds, Choice):
        assert default in bounds.values
        allowed = bounds.values
    else:
        assert bounds.low <= default <= bounds.high
        allowed = (bounds.low, bounds.high)
    for value in allowed:
        assert getattr(Knobs(**{name: value}), name) == value


@pytest.mark.slow
def test_a_search_is_one_run_with_a_readable_child_a_trial(tuned: str):
    [run] = [run for run in searches() if run.info.run_id == tuned]
    assert run.info.status == "FINISHED"
    trials = children(tuned)
    assert len(trials) == TRIALS
    assert trials[0].info.run_name == "trial 000 auto k=100"
    assert {trial.info.status for trial in trials} == {"FINISHED"}
    defaults = {name: str(Knobs.model_fields[name].default) for name in SPACE}
    assert tried(tuned)[0] == defaults
    weights = [json.loads(trial.data.params["event_weights"]) for trial in trials]
    assert weights[0] == MainConfig().event_weights
    assert all(0 < tried["view"] < tried["cart"] < tried["purchase"] == 5 for tried in weights)
    assert len({tried["view"] for tried in weights}) == TRIALS
    assert all(undoes(tried) == undoes(MainConfig().event_weights) for tried in weights)
    assert all(tried["remove_from_cart"] == -tried["cart"] for tried in weights)
    for trial in trials:
        metrics = trial.data.metrics
        mean = (metrics["validation/all/ndcg_at_10"] + metrics["validation/new/ndcg_at_10"]) / 2
        assert metrics["validation/ndcg_at_10"] == pytest.approx(mean)
        assert 0 < metrics["validation/unlearnt/ndcg_at_10"] < 1
    best = max(trial.data.metrics["validation/ndcg_at_10"] for trial in trials)
    assert run.data.metrics["validation/ndcg_at_10"] == best


@pytest.mark.slow
def test_the_best_configuration_is_logged_with_its_plots(tuned: str):
    run = MlflowClient().get_run(tuned)
    best = best_of(tuned)
    assert set(best) == set(Knobs.model_fields) - {"seed"} | {"test_days"}
    assert all(run.data.params[f"best_{name}"] == str(best[name]) for name in SPACE)
    assert json.loads(run.data.params["best_event_weights"]) == best["event_weights"]
    files = {file.path for file in MlflowClient().list_artifacts(tuned, "tune")}
    assert files == {"tune/importance.png", "tune/parallel_coordinates.png"}
    table = MlflowClient().download_artifacts(tuned, "trials.csv")
    assert len(pd.read_csv(table)) == TRIALS


@pytest.mark.slow
def test_a_killed_search_goes_on_as_if_never_interrupted(
    tuned: str, store: Path, shop_csv: Path, command: Command, monkeypatch: pytest.MonkeyPatch
):
    figures, asked = Validation.figures, []

    def killed_in_the_third(self: Validation, knobs: Knobs) -> Iterator[dict[str, float]]:
        asked.append(knobs)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return figures(self, knobs)

    with monkeypatch.context() as patch:
        patch.setattr(Validation, "figures", killed_in_the_third)
        assert search(shop_csv, store, "--study", "killed") != 0
    killed = searches()[0].info.run_id
    assert searches()[0].info.status == "FAILED"
    assert search(shop_csv, store, "--study", "killed") == 0
    resumed = searches()[0].info.run_id
    assert len(children(resumed)) == 2
    assert tried(killed)[:2] + tried(resumed) == tried(tuned)
    assert best_of(resumed) == best_of(tuned)
    again = command(
        "tune", "--events", str(shop_csv), "--trials", "4", "--study", "killed",
        "--storage", str(store / "new" / "tune.db"),
    )  # fmt: skip
    assert "4 trials, 0 of them now" in again.out
    assert "goes on after 4 trials" in again.err


FIRST_AND_LAST = [(0.2, 0.3), (0.1, 0.9), (0.2, 0.4), (0.25, 0.35)]
"""Of four trials; the second would be the best, but is half as good as the first by its first."""


@pytest.mark.slow
def test_a_trial_far_behind_is_given_up_before_its_ranking_is_learnt(
    store: Path, shop_csv: Path, command: Command, monkeypatch: pytest.MonkeyPatch
):
    script, learnt = iter(FIRST_AND_LAST), []

    def scripted(self: Validation, knobs: Knobs) -> Iterator[dict[str, float]]:
        first, last = next(script)
        yield {"all": first}
        learnt.append(last)
        yield {"all": last}

    monkeypatch.setattr(Validation, "figures", scripted)
    monkeypatch.setattr("training.tune.search.STARTUP_TRIALS", 1)
    done = command(
        "tune", "--events", str(shop_csv), "--trials", "3", "--study", "given up",
        "--storage", str(store / "given_up.db"),
    )  # fmt: skip
    assert done.code == 0, done.err
    assert learnt == [0.3, 0.4]
    assert "trial 2 of 3: given up" in done.err
    assert "3 trials, 3 of them now; 1 were given up early" in done.out
    assert "0.4000 (trial 002), the defaults 0.3000" in done.out
    tuned = searches()[0]
    assert tuned.data.metrics["validation/trials"] == 3
    assert tuned.data.metrics["validation/trials_given_up"] == 1
    _, given_up, _ = children(tuned.info.run_id)
    assert given_up.info.status == "FINISHED"
    assert given_up.data.metrics["validation/unlearnt/ndcg_at_10"] == 0.1
    assert "validation/ndcg_at_10" not in given_up.data.metrics
    assert "far below that of other trials" in given_up.data.tags["given_up"]
    again = command(
        "tune", "--events", str(shop_csv), "--trials", "4", "--study", "given up",
        "--storage", str(store / "given_up.db"),
    )  # fmt: skip
    assert "4 trials, 1 of them now; 1 were given up early" in again.out


def test_a_study_that_another_process_searches_is_left_to_it(
    store: Path, shop_csv: Path, command: Command
):
    storage = (store / "busy.db").resolve()
    with one_at_a_time(f"search {storage} product-recommender"):
        refused = command("tune", "--events", str(shop_csv), "--storage", str(storage))
    assert refused.code == 2
    assert "is being searched by another process; allowed: to wait until" in refused.error


@pytest.mark.slow
def test_the_time_limit_ends_a_search_after_the_trial_it_is_in(
    store: Path, shop_csv: Path, command: Command
):
    done = command(
        "tune", "--events", str(shop_csv), "--minutes", "0.0001", "--study", "short",
        "--second_stage", "never", "--storage", str(store / "short.db"),
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "1 trials, 1 of them now" in done.out
    assert "no plots" in done.err


@pytest.mark.slow
def test_other_events_or_settings_do_not_go_on_with_a_study(
    tuned: str, store: Path, shop_csv: Path, command: Command
):
    storage = ["--storage", str(store / "new" / "tune.db")]
    refused = command("tune", "--events", str(shop_csv), "--seed", "1", *storage)
    assert refused.code == 2
    assert "was made of other events or settings; give another name" in refused.error


@pytest.mark.slow
def test_the_test_window_is_never_looked_at(store: Path, shop_csv: Path, shop_log):
    seen = Validation.of(shop_log, 20, 100, 0)
    frame = pd.read_csv(shop_csv, parse_dates=["timestamp"])
    test_from = frame["timestamp"].max() - pd.Timedelta(days=20)
    assert seen.window.future.frame["timestamp"].max() < test_from
    for window in seen.learning:
        assert window.future.frame["timestamp"].max() < seen.window.cutoff


@pytest.mark.parametrize("seed", [0, 5])
def test_without_times_no_seed_looks_at_what_another_is_tested_on(make_log, seed: int):
    rows = [(f"u{n % 40}", f"p{n % 30}", "purchase", 0) for n in range(1200)]
    log = make_log(rows, dated=False)
    tested = set(hold_out(log).future.frame.index)
    seen = Validation.of(log, 0, 100, seed)
    for window in [seen.window, *seen.learning]:
        assert not tested & {*window.past.frame.index, *window.future.frame.index}


# main takes what was found


@pytest.mark.slow
def test_only_what_nobody_said_is_taken_over(tuned: str):
    best = best_of(tuned)
    config = with_tuned(MainConfig(config="best", k=7), {"k", "config"})
    found = next(run.info.run_id for run in searches() if run.info.status == "FINISHED")
    assert config.k == 7
    assert config.config == found
    assert config.half_life_days == best_of(found)["half_life_days"]
    assert config.test_days == best["test_days"]
    by_id = with_tuned(MainConfig(config=tuned), set())
    assert by_id.model_dump(include=set(best)) == best


@pytest.mark.slow
def test_under_mlflow_run_what_differs_from_its_default_was_said(
    tuned: str, monkeypatch: pytest.MonkeyPatch
):
    outer = MlflowClient().create_run("0")
    monkeypatch.setenv("MLFLOW_RUN_ID", outer.info.run_id)
    everything = set(MainConfig.model_fields)
    config = with_tuned(MainConfig(config=tuned, half_life_days=61), everything)
    assert config.half_life_days == 61
    assert config.k == best_of(tuned)["k"]
    note = MlflowClient().get_run(outer.info.run_id).data.tags["mlflow.note.content"]
    assert tuned in note
    MlflowClient().delete_run(outer.info.run_id)


@pytest.mark.slow
def test_what_an_older_search_found_for_a_knob_that_is_gone_is_passed_over(
    tuned: str, monkeypatch: pytest.MonkeyPatch
):
    older = {**best_of(tuned), "gone": 4.0}
    monkeypatch.setattr(mlflow.artifacts, "load_dict", lambda uri: older)
    config = with_tuned(MainConfig(config=tuned), set())
    assert "gone" not in config.model_dump()
    assert config.k == older["k"]


@pytest.mark.slow
def test_another_test_window_than_the_search_had_is_refused(tuned: str):
    with pytest.raises(InputError, match=r"test_days = 7 is not allowed with config = .* = 0 and"):
        with_tuned(MainConfig(config=tuned, test_days=7), {"test_days"})


def test_what_a_search_has_looked_at_is_no_earlier_origin():
    with pytest.raises(InputError, match="origins = 2 is not allowed with config = 'best'"):
        with_tuned(MainConfig(origins=2, config="best"), {"origins", "config"})


@pytest.mark.slow
def test_a_log_whose_test_window_the_search_has_looked_at_is_refused(
    tuned: str, store: Path, shop_csv: Path, command: Command
):
    frame = pd.read_csv(shop_csv, dtype=str).sort_values("timestamp")
    frame.head(len(frame) * 3 // 4).to_csv(store / "shorter.csv", index=False)
    done = command("main", "--events", "shorter.csv", "--config", tuned)
    assert done.code == 2
    assert "the search has looked at events up to 2024-" in done.error


@pytest.mark.slow
def test_without_times_a_search_serves_its_own_events_only(tuned: str):
    own = MlflowClient().get_run(tuned).data.tags["data_hash"]
    check_unseen(None, own, tuned)
    check_unseen(None, "another log", "")
    with pytest.raises(InputError, match="the search was made on another log, and without times"):
        check_unseen(None, "another log", tuned)


@pytest.mark.slow
def test_the_command_that_is_told_names_every_option_of_the_events(
    store: Path, shop_csv: Path, command: Command
):
    frame = pd.read_csv(shop_csv, dtype=str).rename(columns={"user_id": "who"})
    frame.to_csv(store / "our shop.csv", index=False)
    done = command(
        "tune", "--events", "our shop.csv", "--user_id_column", "who", "--trials", "1",
        "--second_stage", "never", "--storage", str(store / "told.db"),
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "main --events 'our shop.csv' --user_id_column who --config " in done.out


@pytest.mark.slow
def test_main_trains_what_was_found(tuned: str, store: Path, shop_csv: Path, command: Command):
    done = command(
        "main", "--events", str(shop_csv), "--config", tuned, "--min_customers", "2",
        "--registered_model", "tuned", "--second_stage", "never",
    )  # fmt: skip
    assert done.code == 0, done.err
    version = MlflowClient().search_model_versions("name = 'tuned'")[0]
    logged = json.loads(version.tags["configuration"])
    params = MlflowClient().get_run(version.run_id).data.params
    best = best_of(tuned)
    assert params["config"] == tuned
    assert logged["min_customers"] == "2"
    assert logged["second_stage"] == "never"
    assert {name: logged[name] for name in SPACE} == {name: str(best[name]) for name in SPACE}
    assert json.loads(logged["event_weights"]) == best["event_weights"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("0" * 32, "allowed: 'best', or the id of a tune run"),
        ("newest", "config = 'newest' is not allowed"),
    ],
)
def test_an_unknown_search_is_refused(store: Path, command: Command, asked: str, message: str):
    refused = command("main", "--events", "absent.csv", "--config", asked)
    assert refused.code == 2
    assert message in refused.error


def test_a_log_too_short_to_tune_on_is_refused(store: Path, tmp_path: Path, command: Command):
    log = tmp_path / "log.csv"
    log.write_text(
        ",".join(EVENT_COLUMNS[:2]) + ",timestamp\n1,a,2024-01-01\n2,b,2024-01-01\n1,b,2024-01-09\n"
    )
    refused = command("tune", "--events", str(log), "--storage", str(tmp_path / "tune.db"))
    assert refused.code == 2
    assert "too few for a window to tune on" in refused.error

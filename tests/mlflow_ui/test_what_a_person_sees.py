"""MLflow's pages in a real browser, over a real server: what a shop's team looks at every day."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion

from tests.mlflow_ui.conftest import TrackingServer, said_by, start

person_module = pytest.importorskip("tests.mlflow_ui.person", reason="playwright is absent")
Person = person_module.Person

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def person(server: TrackingServer, trained: str) -> Iterator[object]:
    if not person_module.CHROMIUM.exists():
        pytest.skip("Chromium is absent (package chromium, see .ci/apt-packages)")
    with person_module.browser_page() as page:
        yield Person(page, server.uri)


@pytest.fixture
def champion(client: MlflowClient) -> ModelVersion:
    return client.get_model_version_by_alias("shop", "champion")


@pytest.fixture
def run(client: MlflowClient, champion: ModelVersion) -> Run:
    """The run that trained the champion."""
    return client.get_run(champion.run_id or "")


def test_the_experiment_says_what_it_is_and_opens_on_its_runs(person: Person, run: Run) -> None:
    person.opens(f"experiments/{run.info.experiment_id}", "Product recommendations from a shop's")
    person.sees(run.info.run_name, "events.csv")


def test_a_run_shows_its_data_its_model_and_the_card(
    person: Person, run: Run, champion: ModelVersion
) -> None:
    digest = run.data.tags["data_hash"][:32]
    person.opens_run(run, "", run.info.run_name, f"events.csv ({digest})", "gate_reason")
    person.sees("Ranks a shop's products", "all/ndcg_at_10")
    person.page.locator(f"a[href$='models/shop/versions/{champion.version}']").first.wait_for()


def test_metrics_are_grouped_by_task(person: Person, run: Run) -> None:
    person.opens_run(run, "/model-metrics", "all\n(", "coverage_at_10")
    person.page.get_by_placeholder("Search metric charts").fill("ndcg_at_10")
    person.sees("all\n(3)", "new\n(3)", "popular/all\n(3)")


def test_the_report_is_read_inside_mlflow(person: Person, run: Run) -> None:
    frame = person.reads(run, "evaluation/report.html", "How good the recommendations are")
    pictures = frame.locator("figure img")
    drawn = pictures.evaluate_all("found => found.map(image => image.naturalWidth)")
    assert len(drawn) >= 6
    assert min(drawn) > person_module.SMALLEST


def test_the_gate_s_decision_is_read_inside_mlflow(
    person: Person, run: Run, champion: ModelVersion
) -> None:
    frame = person.reads(run, "gate/decision.html", f"May version {champion.version} answer?")
    frame.get_by_text("Yes, it is champion now.").wait_for()


def test_every_plot_is_drawn_in_the_artifact_view(
    person: Person, run: Run, client: MlflowClient
) -> None:
    files = [file.path for file in client.list_artifacts(run.info.run_id, "evaluation")]
    plots = [path for path in files if path.endswith(".png")]
    assert len(plots) >= 6
    for path in plots:
        person.looks_at(run, path)


def test_the_logged_model_leads_to_data_run_and_version(person: Person, run: Run) -> None:
    [model] = run.outputs.model_outputs
    path = f"experiments/{run.info.experiment_id}/models/{model.model_id}"
    person.opens(path, run.info.run_name, "events.csv test window", "shop")
    person.page.get_by_placeholder("Search metrics").fill("all/ndcg_at_10")
    rows = person.page.locator("[role=row]", has_text="all/ndcg_at_10")
    rows.filter(has_text="test window").first.wait_for(timeout=person_module.SEEN_MS)


def test_the_registered_model_has_its_aliases_and_each_version_its_card(
    person: Person, champion: ModelVersion
) -> None:
    person.opens("models/shop", "champion answers", "@\xa0champion", "passed the gate")
    person.opens(f"models/shop/versions/{champion.version}", "@\xa0champion", "gate_reason")
    person.sees("Ranks a shop's products", "Promoted: passed the gate", "NDCG@10", "sha256")


def test_trials_lie_under_their_search(
    person: Person, server: TrackingServer, shop_csv: Path, tmp_path: Path
) -> None:
    search = ("--trials", "2", "--second_stage", "never", "--storage", str(tmp_path / "tune.db"))
    said_by(start(server, tmp_path, "tune", "--events", str(shop_csv), *search))
    found = person.run_of("tune events.csv")
    person.opens_run(found, "", "tune events.csv", "Child runs", "trial 000", "trial 001")
    person.looks_at(found, "tune/importance.png")


def test_two_versions_are_compared_on_one_page(
    person: Person, server: TrackingServer, champion: ModelVersion, tmp_path: Path
) -> None:
    sides = ("--left", "champion", "--right", str(champion.version))
    said_by(start(server, tmp_path, "compare", "--registered_model", "shop", *sides))
    frame = person.reads(person.run_of("compare champion"), "compare/compare.html", " against ")
    assert frame.get_by_role("heading", name=re.compile("^Customer ")).count() == 20

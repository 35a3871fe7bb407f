"""The same commands over a tracking server on PostgreSQL and S3, and what a person sees there."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from tests.mlflow_ui.conftest import BUCKET, ROOT, TrackingServer, start_main

pytestmark = pytest.mark.slow

CHROMIUM = Path("/usr/bin/chromium")
OUTAGE_SECONDS = 30
SEEN_MS = 60_000
SHOWN = "text => document.body.innerText.includes(text)"


@pytest.fixture
def client(server: TrackingServer, trained: str) -> MlflowClient:
    return MlflowClient(server.uri, server.uri)


@pytest.fixture
def browser() -> Iterator[object]:
    """Headless Chromium as Debian packs it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is absent")
    if not CHROMIUM.exists():
        pytest.skip("Chromium is absent (package chromium, see .ci/apt-packages)")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()


def test_the_main_job_registers_a_champion_over_the_server(client: MlflowClient) -> None:
    assert client.get_registered_model("shop").aliases["champion"]
    version = client.get_model_version_by_alias("shop", "champion")
    assert version.tags["gate"] == "passed"


def test_artifacts_lie_in_the_bucket(client: MlflowClient, s3: dict[str, str]) -> None:
    import boto3

    bucket = boto3.client(
        "s3",
        endpoint_url=s3["MLFLOW_S3_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id="shop",
        aws_secret_access_key="shop",
    )
    keys = [entry["Key"] for entry in bucket.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert any(key.endswith("gate/decision.html") for key in keys)
    assert any(key.endswith("recommender/manifest.json") for key in keys)


def test_the_champion_is_loaded_and_promoted_from_another_folder(
    server: TrackingServer, client: MlflowClient, tmp_path: Path
) -> None:
    command = ["promote", "--registered_model", "shop", "--version", "champion"]
    done = subprocess.run(
        [sys.executable, "-m", "training", *command],
        cwd=tmp_path,
        env=os.environ | {"MLFLOW_TRACKING_URI": server.uri, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "champion already" in done.stdout


def test_a_person_finds_experiment_run_report_and_model(
    server: TrackingServer, client: MlflowClient, browser: object, tmp_path: Path
) -> None:
    version = client.get_model_version_by_alias("shop", "champion")
    run = client.get_run(version.run_id)
    page = browser.new_page(viewport={"width": 1400, "height": 1000})  # type: ignore[attr-defined]

    def sees(path: str, *texts: str) -> None:
        page.goto(f"{server.uri}/#/{path}")
        for text in texts:
            page.wait_for_function(SHOWN, arg=text, timeout=SEEN_MS)

    experiment = f"experiments/{run.info.experiment_id}"
    sees(f"{experiment}/runs", run.info.run_name)
    sees(f"{experiment}/runs/{version.run_id}", run.info.run_name, "all/ndcg_at_10")
    sees(f"{experiment}/runs/{version.run_id}/artifacts", "gate", "evaluation")
    page.get_by_text("gate", exact=True).first.click()
    page.get_by_text("decision.html").first.click()
    report = page.frame_locator("iframe").get_by_text("May version")
    report.first.wait_for(timeout=SEEN_MS)
    sees("models/shop", "champion")
    sees(f"models/shop/versions/{version.version}", "gate_reason", "Ranks a shop's products")
    page.close()


def test_a_server_gone_for_half_a_minute_is_waited_for(
    server: TrackingServer, client: MlflowClient, shop_csv: Path, tmp_path: Path
) -> None:
    process = start_main(server, shop_csv, tmp_path)
    assert process.stderr
    for line in process.stderr:
        if "split" in line:
            break
    server.stop()
    time.sleep(OUTAGE_SECONDS)
    server.start()
    _, complaint = process.communicate(timeout=300)
    assert process.returncode == 0, complaint[-3000:]
    [latest, *_] = client.search_model_versions("name = 'shop'", order_by=["version_number DESC"])
    assert mlflow.MlflowClient(server.uri).get_run(latest.run_id).info.status == "FINISHED"

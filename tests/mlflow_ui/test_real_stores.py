"""The same commands over a tracking server on PostgreSQL and S3."""

import time
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from tests.mlflow_ui.conftest import BUCKET, TrackingServer, said_by, start, start_main

pytestmark = pytest.mark.slow

OUTAGE_SECONDS = 30


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
    command = ("promote", "--registered_model", "shop", "--version", "champion")
    assert "champion already" in said_by(start(server, tmp_path, *command))


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
    said_by(process)
    [latest, *_] = client.search_model_versions("name = 'shop'", order_by=["version_number DESC"])
    assert mlflow.MlflowClient(server.uri).get_run(latest.run_id).info.status == "FINISHED"

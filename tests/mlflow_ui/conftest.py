"""A real tracking server: PostgreSQL behind it, S3 for its artifacts, Chromium before it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

import pytest
from mlflow import MlflowClient

BUCKET = "artifacts"
START_SECONDS = 120
NO_JOBS = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
"""The server starts a dozen background workers otherwise, which nothing here needs."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of an empty database on a PostgreSQL server of our own."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL is absent (package postgresql, see .ci/apt-packages)")
    folder, port = Path(mkdtemp(prefix="postgres-")), free_port()
    as_owner = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    if as_owner:
        shutil.chown(folder, "postgres")

    def run(program: str, *arguments: str) -> None:
        command = [*as_owner, str(found[-1].parent / program), *arguments]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)

    data = str(folder / "data")
    run("initdb", "-D", data, "-A", "trust", "-U", "shop")
    options = f"-p {port} -k {folder} -h 127.0.0.1"
    run("pg_ctl", "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
    run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "shop", "mlflow")
    yield f"postgresql://shop@127.0.0.1:{port}/mlflow"
    run("pg_ctl", "-D", data, "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def s3() -> Iterator[dict[str, str]]:
    """Environment that leads to a bucket on moto's S3 server."""
    moto = pytest.importorskip("moto.server", reason="moto is absent (make install)")
    boto3 = pytest.importorskip("boto3", reason="boto3 is absent (make install)")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=free_port(), verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    keys = {"AWS_ACCESS_KEY_ID": "shop", "AWS_SECRET_ACCESS_KEY": "shop"}
    boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="shop",
        aws_secret_access_key="shop",
    ).create_bucket(Bucket=BUCKET)
    yield {"MLFLOW_S3_ENDPOINT_URL": url, "AWS_DEFAULT_REGION": "us-east-1", **keys}
    server.stop()


@dataclass
class TrackingServer:
    """``mlflow server``, which can be stopped and started again on the same port.

    Commands against it are those of a copy of the project, ``clone``.
    """

    backend: str
    environment: dict[str, str]
    folder: Path
    clone: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [
            *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"),
            *("--port", str(self.port), "--workers", "1"),
            *("--backend-store-uri", self.backend),
            *("--artifacts-destination", f"s3://{BUCKET}"),
        ]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=os.environ | self.environment | NO_JOBS,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait()

    def stop(self) -> None:
        if self.process:
            os.killpg(self.process.pid, 9)
            self.process.wait()
            self.process = None

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.uri}/health", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise TimeoutError((self.folder / "server.log").read_text()[-2000:])


@pytest.fixture(scope="session")
def server(
    postgres: str, s3: dict[str, str], clone: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TrackingServer]:
    tracking = TrackingServer(postgres, s3, tmp_path_factory.mktemp("server"), clone)
    tracking.start()
    yield tracking
    tracking.stop()


def start_main(
    server: TrackingServer, events: Path, folder: Path, *options: str
) -> subprocess.Popen[str]:
    """The main job against the server."""
    quick = ("--max_latency_ms", "60000", "--second_stage", "never")
    named = ("--events", str(events), "--registered_model", "shop")
    return start(server, folder, "main", *named, *quick, *options)


def start(server: TrackingServer, folder: Path, *command: str) -> subprocess.Popen[str]:
    """A command against the server, from a folder of its own; it knows no S3."""
    environment = os.environ | {"MLFLOW_TRACKING_URI": server.uri, "PYTHONPATH": str(server.clone)}
    return subprocess.Popen(
        [sys.executable, "-m", "training", *command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="session")
def trained(
    server: TrackingServer, shop_csv: Path, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """What the main job says of a training whose every store is remote."""
    return said_by(start_main(server, shop_csv, tmp_path_factory.mktemp("elsewhere")))


def said_by(process: subprocess.Popen[str]) -> str:
    """What a command says, once it has ended well."""
    said, complaint = process.communicate(timeout=300)
    assert process.returncode == 0, complaint[-3000:]
    return said


@pytest.fixture
def client(server: TrackingServer, trained: str) -> MlflowClient:
    return MlflowClient(server.uri, server.uri)

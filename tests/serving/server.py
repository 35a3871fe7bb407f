"""Servers as processes of their own, always stopped; and one way to ask them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

START_SECONDS = 90
STOP_SECONDS = 20
CLONE = Path(__file__).parents[2]
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Server:
    """A running server: where it is, what it printed, and the process."""

    url: str
    log: Path
    process: subprocess.Popen

    def post(self, path: str, body: object, headers: dict[str, str] | None = None):
        """POST a body; what is not bytes is sent as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.post(
            self.url + path, content=content, headers=JSON if headers is None else headers
        )

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def stop(self, by: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(by)
        return self.process.wait(STOP_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def app_command(uri: str, port: int, workers: int = 1) -> list[str]:
    options = ["--model_uri", uri, "--port", str(port), "--workers", str(workers)]
    return [sys.executable, "-m", "training", "serve", *options]


def stock_command(uri: str, port: int) -> list[str]:
    options = ["-m", uri, "--env-manager", "local", "-p", str(port)]
    return [sys.executable, "-m", "mlflow", "models", "serve", *options]


def environment(store: str) -> dict[str, str]:
    return os.environ | {
        "MLFLOW_TRACKING_URI": store,
        "MLFLOW_REGISTRY_URI": store,
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        # Stock serving starts the first uvicorn of the path.
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
    }


def failed_start(command: list[str], store: str) -> str:
    """Run a command that must end by itself with exit code 2; returns its last line."""
    done = subprocess.run(
        command,
        cwd=CLONE,
        env=environment(store),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


@contextmanager
def running(command: list[str], port: int, log: Path, cwd: Path, store: str) -> Iterator[Server]:
    """Start a server, wait until it answers /ping, and stop it with all its children."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment(store),
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", log, process)
    try:
        _wait_until_it_answers(server)
        yield server
    finally:
        _end(process)


def _wait_until_it_answers(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if httpx.get(server.url + "/ping").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"no server: {server.said()}")


def _end(process: subprocess.Popen) -> None:
    """Stop the process group, politely first; the group outlives a leader that has ended."""
    for by in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, by)
            process.wait(STOP_SECONDS)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue

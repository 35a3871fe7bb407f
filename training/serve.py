"""Serve a logged model with the code that was logged with it.

A model ships its own package ``model``, app included, and a clone has one of the same name. What
answers must be what was evaluated, so this script runs in a process that has not imported the
clone's ``model``: it finds the model's files and puts their code first on the path, which workers
inherit. Stock ``mlflow models serve`` comes to the same, also in a clone: it imports no ``model``
before the logged one is first on the path. A process that has already imported the clone's
``model``, as training does, keeps it for the models it loads; the format number in their manifest
tells whether it can read them.
"""

import argparse
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import NoReturn

USAGE_ERROR = 2
GRACE_SECONDS = 10
"""How long answers under way may take after SIGTERM."""

START_SECONDS = 120
"""How long a worker may be silent before it is replaced; a busy machine imports slowly."""


def start(model_uri: str, host: str, port: int, workers: int) -> NoReturn:
    """Become the server: it replaces this process, so that signals reach it directly."""
    options = [model_uri, host, str(port), str(workers)]
    # -P: neither the working directory nor this file's folder is on the path.
    os.execv(sys.executable, [sys.executable, "-P", __file__, *options])


def main() -> None:
    """Bind, find the model, load it, and answer until SIGTERM or Ctrl-C."""
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: sys.exit(0))
    parser = argparse.ArgumentParser()
    parser.add_argument("model_uri")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("workers", type=int)
    asked = parser.parse_args()
    listener = bound(asked.host, asked.port)
    path, version = located(asked.model_uri)
    said = f"{asked.model_uri} (version {version}), {asked.workers} worker(s)"
    threading.Thread(target=announce, args=(listener, said), daemon=True).start()
    answer_requests(listener, path, version, asked.workers)


def bound(host: str, port: int) -> socket.socket:
    """A socket with the address taken; it does not listen before the model can answer."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        refuse(f"host = {host!r}, port = {port} cannot be listened on: {error.strerror}")
    listener.set_inheritable(True)
    return listener


def located(model_uri: str) -> tuple[Path, str]:
    """The model's local folder and its registered version, or its id if it has none."""
    import yaml
    from mlflow.artifacts import download_artifacts
    from mlflow.models import Model

    try:
        path = Path(download_artifacts(model_uri))
        model_id = Model.load(str(path)).model_id
    except Exception as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        refuse(f"model_uri = {model_uri!r} cannot be loaded: {reason}")
    if not (path / "code" / "model" / "app.py").is_file():
        refuse(f"model_uri = {model_uri!r} is not a product recommender")
    # MLflow writes this file whenever it resolves a registered name, so it is fresh only then.
    meta = path / "registered_model_meta"
    registered = model_uri.startswith("models:/") and meta.is_file()
    version = yaml.safe_load(meta.read_text("utf-8"))["model_version"] if registered else None
    return path, str(version or model_id)


def announce(listener: socket.socket, said: str) -> None:
    """Say once that requests are answered: the socket listens only when the model is loaded."""
    address = listener.getsockname()
    host, port = address[:2]
    with socket.socket(listener.family, socket.SOCK_STREAM) as probe:
        while probe.connect_ex(address):
            time.sleep(0.02)
    shown = f"[{host}]" if ":" in host else host
    print(f"ready: POST http://{shown}:{port}/recommend answers from {said}", flush=True)


def answer_requests(listener: socket.socket, path: Path, version: str, workers: int) -> None:
    """Run uvicorn with the logged app, until it is told to stop."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    sys.path.insert(0, str(path / "code"))
    from model.app import CANNOT_START, MODEL_PATH, MODEL_VERSION

    os.environ.update({MODEL_PATH: str(path), MODEL_VERSION: version})
    config = uvicorn.Config(
        "model.app:create_app",
        factory=True,
        workers=workers,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_worker_healthcheck=START_SECONDS,
    )
    if workers == 1:
        uvicorn.Server(config).run(sockets=[listener])
        return
    supervisor = Multiprocess(config, sockets=[listener])
    supervisor.run()
    if any(process.exitcode == CANNOT_START for process in supervisor.processes):
        sys.exit(CANNOT_START)


def refuse(message: str) -> NoReturn:
    """End with one line that says what was wrong."""
    print(f"error: {message}", file=sys.stderr, flush=True)
    sys.exit(USAGE_ERROR)


if __name__ == "__main__":
    main()

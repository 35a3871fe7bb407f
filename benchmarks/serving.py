"""How fast answers are served, beside the floor that the server stack itself sets.

``python -m benchmarks.serving [--quick] [--connections 1,16,64]`` measures in one run, one worker
each:

- ``recommend``: our app's ``POST /recommend``;
- ``echo``: a bare Starlette route that sends the body back, on the same uvicorn, uvloop, httptools;
- ``invocations``: the same model under stock ``mlflow models serve``;
- ``floor``: a model with the same signature that answers a constant, under stock serve.

Cases take turns in short rounds, so that what else the machine does hits all of them. One JSON
object a case and number of connections; the last line has the ratios of requests per second.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import mlflow
import numpy as np
import pandas as pd

from benchmarks.load import WARM_UP_SHARE
from model.recommender import Recommender
from training.config import Knobs
from training.events.read import read_events
from training.fit import fit
from training.matrix.user_item import end_of
from training.precompute import with_lists
from training.versions.logged_model import SIGNATURE, log_model

CLONE = Path(__file__).parents[1]
START_SECONDS = 300
N_ASKED = 500
CONSTANT_MODEL = """
import mlflow
import pandas as pd
from mlflow.pyfunc import PythonModel


class Constant(PythonModel):
    def predict(self, context, model_input, params=None):
        products = [f"p{number}" for number in range(10)]
        return pd.DataFrame({"recommended_products": [products] * len(model_input)})


mlflow.models.set_model(Constant())
"""
ECHO_APP = """
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route


async def echo(request):
    return Response(await request.body(), media_type="application/json")


async def ping(request):
    return Response()


app = Starlette(routes=[Route("/echo", echo, methods=["POST"]), Route("/ping", ping)])
"""


RATIOS = {
    "recommend_vs_echo": ("recommend", "echo"),
    "invocations_vs_floor": ("invocations", "floor"),
}


@dataclass(frozen=True)
class Case:
    """A server to measure: its command but for the port, the port, and the path asked."""

    command: list[str]
    port: int
    path: str


def events(n_users: int, n_items: int, n_events: int) -> pd.DataFrame:
    """Zipf products, log-normal customers, all of it purchases."""
    rng = np.random.default_rng(0)
    activity = rng.lognormal(size=n_users)
    popularity = 1 / np.arange(1, n_items + 1)
    users = rng.choice(n_users, n_events, p=activity / activity.sum())
    items = rng.choice(n_items, n_events, p=popularity / popularity.sum())
    seconds = rng.integers(0, 180 * 86_400, n_events)
    return pd.DataFrame(
        {
            "user_id": np.char.mod("u%06d", users),
            "product_id": np.char.mod("p%05d", items),
            "timestamp": pd.Timestamp("2024-01-01") + pd.to_timedelta(seconds, unit="s"),
        }
    )


def recommender(folder: Path, quick: bool) -> Recommender:
    """Fit on a synthetic shop, with the answers for known customers kept."""
    size = (500, 300, 10_000) if quick else (5_000, 3_000, 200_000)
    path = folder / "events.csv"
    events(*size).to_csv(path, index=False)
    knobs = Knobs()
    log = read_events(str(path), knobs.event_weights)
    return with_lists(fit(log, knobs, end_of(log)))


def logged_models(made: Recommender, folder: Path) -> tuple[str, str]:
    """Folders of our model and of the constant one, in a store of their own."""
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    experiment = mlflow.create_experiment("serving", artifact_location=str(folder / "files"))
    code = folder / "constant.py"
    code.write_text(CONSTANT_MODEL)
    with mlflow.start_run(experiment_id=experiment):
        ours = log_model(made)
        constant = mlflow.pyfunc.log_model(
            name="constant", python_model=str(code), signature=SIGNATURE, pip_requirements=[]
        )
    return str(ours.artifact_path), str(constant.artifact_path)


@contextmanager
def serving(case: Case, folder: Path) -> Iterator[subprocess.Popen]:
    """Run a case's server until the block ends."""
    command = [*case.command, str(case.port)]
    with (folder / f"{case.port}.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=_environment(), stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _environment() -> dict[str, str]:
    # Stock serving starts the first uvicorn of the path.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return os.environ | {"PYTHONPATH": str(CLONE), "PATH": path}


def wait(process: subprocess.Popen, port: int, folder: Path) -> None:
    """Until the server answers; RuntimeError with what it said if it ends instead."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/ping"):
                return
        except (URLError, ConnectionError):
            time.sleep(0.2)
    raise RuntimeError((folder / f"{port}.log").read_text("utf-8", "replace"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def all_cases(ours: str, constant: str, folder: Path) -> dict[str, Case]:
    """Every case by name, each on a port of its own."""
    (folder / "echo_app.py").write_text(ECHO_APP)
    python = [sys.executable, "-m"]
    app = [*python, "training", "serve", "--model_uri", ours, "--port"]
    stack = ["--loop", "uvloop", "--http", "httptools", "--no-access-log"]
    echo = [*python, "uvicorn", "echo_app:app", *stack, "--port"]
    stock = [*python, "mlflow", "models", "serve", "--env-manager", "local"]
    return {
        "recommend": Case(app, free_port(), "/recommend"),
        "echo": Case(echo, free_port(), "/echo"),
        "invocations": Case([*stock, "-m", ours, "-p"], free_port(), "/invocations"),
        "floor": Case([*stock, "-m", constant, "-p"], free_port(), "/invocations"),
    }


def bodies(users: list[str]) -> dict[str, list[str]]:
    """Request bodies of each path."""
    plain = [json.dumps({"user_id": user}) for user in users]
    tables = [json.dumps({"dataframe_records": [{"user_id": user}]}) for user in users]
    return {"/recommend": plain, "/echo": plain, "/invocations": tables}


def one_round(case: Case, asked: list[str], connections: int, seconds: float) -> list[float]:
    """Seconds of every answer, as the load generator's process counted them."""
    command = [sys.executable, "-m", "benchmarks.load", str(case.port), case.path]
    done = subprocess.run(
        [*command, str(connections), str(seconds)],
        cwd=CLONE,
        env=_environment(),
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def measured(
    cases: dict[str, Case],
    asked: dict[str, list[str]],
    connections: int,
    rounds: int,
    seconds: float,
) -> dict[str, list[float]]:
    """Seconds of every answer by case; the cases take turns."""
    answered = defaultdict(list)
    for _ in range(rounds):
        for name, case in cases.items():
            answered[name] += one_round(case, asked[case.path], connections, seconds)
    return answered


def line(name: str, connections: int, answered: list[float], seconds: float) -> dict[str, Any]:
    """The figures of one case as they are printed."""
    p50, p99 = np.percentile(answered, [50, 99]) * 1000
    return {
        "case": name,
        "connections": connections,
        "requests_per_s": round(len(answered) / seconds, 1),
        "p50_ms": round(float(p50), 3),
        "p99_ms": round(float(p99), 3),
    }


def main() -> None:
    # So that servers are stopped when this is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a small model and short rounds")
    parser.add_argument("--connections", help="numbers, as in 1,16,64; --quick: 16")
    given = parser.parse_args()
    numbers = (given.connections or ("16" if given.quick else "1,16,64")).split(",")
    rounds, seconds = (2, 1.0) if given.quick else (8, 2.0)
    ratios: dict[str, dict[str, float]] = {name: {} for name in RATIOS}
    with TemporaryDirectory() as scratch, ExitStack() as servers:
        folder = Path(scratch)
        made = recommender(folder, given.quick)
        asked = bodies(made.matrix.users.ids_of(range(min(N_ASKED, made.matrix.shape[0]))))
        cases = all_cases(*logged_models(made, folder), folder)
        started = [(servers.enter_context(serving(c, folder)), c.port) for c in cases.values()]
        for process, port in started:
            wait(process, port, folder)
        for number in numbers:
            answered = measured(cases, asked, int(number), rounds, seconds)
            counted = rounds * seconds * (1 - WARM_UP_SHARE)
            for name, taken in answered.items():
                print(json.dumps(line(name, int(number), taken, counted)), flush=True)
            for name, (ours, floor) in RATIOS.items():
                ratios[name][number] = round(len(answered[ours]) / len(answered[floor]), 3)
    print(json.dumps({"case": "ratios", **ratios}))


if __name__ == "__main__":
    main()

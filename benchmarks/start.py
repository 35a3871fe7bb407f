"""How fast a large model is loaded, and how much memory its workers take together.

``python -m benchmarks.start [--quick]`` writes a synthetic model of a million customers, 100,000
products and about 1 GB straight to disk and logs it. Then, one JSON object a line:

- ``load``: seconds from the files to a recommender, after imports, in a fresh process: the sha256
  of every file, and mapping them (``check_s`` is the sha256 alone, ``mb_per_s`` its speed);
- ``serve``: seconds from the command to the first answer, and the proportional set size (PSS) of
  all of the server's processes after four seconds of requests, with 1 and with 4 workers: what
  they hold of their own (``anonymous_mb``), and what they have touched of files (``mapped_mb``).

More requests touch more of the model, which is shared whoever touched it. So the last line's ratio
takes the model as wholly in memory: its size, which counts once, and what the processes hold.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mlflow
import numpy as np
import psutil
from numpy.typing import NDArray
from scipy.sparse import csr_array

from benchmarks.serving import CLONE, Case, bodies, free_port, one_round, serving, wait
from model.columns import MAX_K
from model.id_index import IdIndex
from model.items import ItemFacts
from model.matrix import PairFacts, UserItemMatrix
from model.pyfunc import ARTIFACT
from model.rankers import Blend
from model.recommender import Recommender
from model.strategies import BuyAgain, Popular, SimilarItems
from training.versions.logged_model import log_model

FULL = (1_000_000, 100_000, 28, 100)
QUICK = (20_000, 5_000, 28, 100)
"""Customers, products, products a customer, neighbours a product."""

KILOBYTES_PER_MB, BYTES_PER_MB = 1024, 1_000_000
N_ASKED = 5_000

LOAD = """
import json, sys, time
from pathlib import Path
from model import storage
folder = Path(sys.argv[1])
started = time.perf_counter()
storage.check(folder)
checked = time.perf_counter()
storage.load(folder)
print(json.dumps({"check_s": checked - started, "load_s": time.perf_counter() - checked}))
"""


def synthetic(n_users: int, n_items: int, per_user: int, neighbours: int) -> Recommender:
    """Random customers, products and similarities, in the form that training gives them."""
    rng = np.random.default_rng(0)
    weights = _random_rows(rng, n_users, n_items, per_user)
    matrix = UserItemMatrix(
        users=IdIndex(np.char.mod("u%07d", np.arange(n_users)).astype(np.bytes_)),
        products=IdIndex(np.char.mod("p%06d", np.arange(n_items)).astype(np.bytes_)),
        weights=weights,
        facts=PairFacts(*(rng.random(weights.nnz, np.float32) for _ in range(7))),
    )
    similarity = _random_rows(rng, n_items, n_items, neighbours)
    strategies = {
        "buy_again": BuyAgain(np.ones(n_items, np.float32)),
        "similar_items": SimilarItems(similarity, np.ones(n_items, np.float32)),
    }
    blend = Blend(np.array([1, 1, 0.1], np.float32))
    names = ("for_you", "discover", "buy_again", "popular")
    return Recommender(
        matrix,
        ItemFacts(*(rng.random(n_items, np.float32) for _ in range(12))),
        strategies,
        Popular.of(rng.random(n_items)),
        dict.fromkeys(names, blend),
        {"for_you": rng.integers(0, n_items, (min(n_users, 100_000), MAX_K), np.int32)},
        np.where(np.arange(n_users) < 100_000, np.arange(n_users), -1).astype(np.int32),
    )


def _random_rows(rng: np.random.Generator, n_rows: int, n_columns: int, per_row: int) -> csr_array:
    """Rows of as many distinct columns each, ascending; the columns are spread over the range."""
    width = n_columns // per_row
    steps = rng.integers(0, width, (n_rows, per_row), np.int32)
    columns: NDArray[np.int32] = steps + np.arange(per_row, dtype=np.int32) * width
    indptr = np.arange(0, n_rows * per_row + 1, per_row)
    data = rng.random(n_rows * per_row, np.float32)
    return csr_array((data, columns.ravel(), indptr), shape=(n_rows, n_columns))


def logged(made: Recommender, folder: Path) -> Path:
    """The folder of the logged model, in a store of its own."""
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    experiment = mlflow.create_experiment("start", artifact_location=str(folder / "files"))
    with mlflow.start_run(experiment_id=experiment):
        return Path(log_model(made).artifact_path)


def loading(arrays: Path) -> dict[str, Any]:
    """Seconds of checking and loading, in a process that has done nothing else."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(arrays)],
        cwd=CLONE,
        capture_output=True,
        text=True,
        check=True,
    )
    size = sum(path.stat().st_size for path in arrays.iterdir()) / BYTES_PER_MB
    seconds = {name: round(value, 3) for name, value in json.loads(done.stdout).items()}
    speed = round(size / seconds["check_s"])
    return {"case": "load", "size_mb": round(size), **seconds, "mb_per_s": speed}


def served(model: Path, workers: int, asked: list[str], folder: Path) -> dict[str, Any]:
    """Start a server, ask it, and add up the memory of its processes."""
    command = [sys.executable, "-m", "training", "serve", "--model_uri", str(model)]
    case = Case([*command, "--workers", str(workers), "--port"], free_port(), "/recommend")
    started = time.perf_counter()
    with ExitStack() as stack:
        process = stack.enter_context(serving(case, folder))
        wait(process, case.port, folder)
        ready = time.perf_counter() - started
        one_round(case, asked, 16 * workers, 4.0)
        anonymous = proportional_set_size(process.pid, "Pss_Anon:")
        mapped = proportional_set_size(process.pid, "Pss_File:")
    return {
        "case": "serve",
        "workers": workers,
        "ready_s": round(ready, 2),
        "anonymous_mb": round(anonymous),
        "mapped_mb": round(mapped),
    }


def proportional_set_size(pid: int, kind: str = "Pss:") -> float:
    """MB of a process and all its descendants; a page shared by n of them counts once."""
    processes = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    lines = (Path(f"/proc/{each}/smaps_rollup").read_text() for each in processes)
    found = (line.split() for text in lines for line in text.splitlines())
    return sum(int(words[1]) for words in found if words[0] == kind) / KILOBYTES_PER_MB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a small model")
    sizes = QUICK if parser.parse_args().quick else FULL
    os.environ.setdefault("MLFLOW_UV_AUTO_DETECT", "false")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        made = synthetic(*sizes)
        users = made.matrix.users.ids_of(np.linspace(0, len(made.matrix.users) - 1, N_ASKED))
        model = logged(made, folder)
        del made
        load = loading(model / "artifacts" / ARTIFACT)
        print(json.dumps(load), flush=True)
        lines = [served(model, n, bodies(users)["/recommend"], folder) for n in (1, 4)]
        for line in lines:
            print(json.dumps(line), flush=True)
        one, four = (load["size_mb"] + line["anonymous_mb"] for line in lines)
        print(json.dumps({"case": "ratios", "memory_4_vs_1_worker": round(four / one, 2)}))


if __name__ == "__main__":
    main()

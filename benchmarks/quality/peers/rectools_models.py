"""Models of the library RecTools, which needs an older pandas: in a process and environment apart.

``uv`` makes the environment of ``requirements/rectools.txt`` when it is first asked for. Matrices
go there and lists come back as files; a line on the process's standard input says what to do.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, save_npz

from benchmarks.datasets import Protocol
from benchmarks.quality.answers import Answer, NotForThisError
from benchmarks.quality.peers.libraries import fit_library, matrices
from benchmarks.quality.peers.search import Peer, Setting

ROOT = Path(__file__).parents[3]
REQUIREMENTS = ROOT / "requirements" / "rectools.txt"
PROGRAM = Path(__file__).with_name("rectools_process.py")

MOST_PRODUCTS = 15_000
"""EASE inverts a dense matrix of products by products: here 0.9 GB, and some minutes."""


class Process:
    """The program in RecTools' environment, which answers line by line."""

    def __init__(self) -> None:
        uv = shutil.which("uv")
        if uv is None:
            raise NotForThisError("RecTools needs the command uv, which makes its environment")
        self.scratch = TemporaryDirectory()
        self.folder = Path(self.scratch.name)
        command = [uv, "run", "-q", "--no-project", "--isolated", "--python", "3.11"]
        command += ["--with-requirements", str(REQUIREMENTS), str(PROGRAM), self.scratch.name]
        pipe = subprocess.PIPE
        self.running = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        try:
            self._heard()
        except RuntimeError as error:
            raise NotForThisError("uv cannot make RecTools' environment (see above)") from error

    def ask(self, **request: Any) -> None:
        """Have something done, and wait until it is."""
        print(json.dumps(request), file=self.running.stdin, flush=True)
        self._heard()

    def _heard(self) -> None:
        line = self.running.stdout.readline() if self.running.stdout else ""
        if line.strip() != "done":
            raise RuntimeError(f"RecTools' process ended: exit code {self.running.wait()}")


process = cache(Process)
"""The one process, started when it is first needed."""


class RecTools:
    """A model of RecTools, fitted and asked as implicit's are."""

    def __init__(self, model: str, **setting: Any) -> None:
        self.model, self.setting = model, setting

    def fit(self, user_items: csr_matrix, show_progress: bool = False) -> None:
        """Fit in the other process, which keeps the model."""
        save_npz(process().folder / "taste.npz", user_items, compressed=False)
        process().ask(do="fit", model=self.model, setting=self.setting)

    def recommend(
        self,
        userid: NDArray[np.integer],
        user_items: csr_matrix,
        N: int = 10,
        filter_already_liked_items: bool = False,
    ) -> tuple[NDArray[np.integer], NDArray[np.floating]]:
        """The ``N`` best of each customer; -1 where the model has no more to show."""
        np.save(process().folder / "rows.npy", userid)
        process().ask(do="recommend", k=N)
        items = np.load(process().folder / "items.npy")
        return items, np.zeros(items.shape)


def fit_ease(protocol: Protocol, setting: Setting) -> Answer:
    """EASE, where the catalogue allows: Steck, "Embarrassingly Shallow Autoencoders", WWW 2019.

    Raises
    ------
    NotForThisError
        If there are more products than can be inverted in reasonable time.
    """
    n_items = len(protocol.parts.past.products)
    if n_items > MOST_PRODUCTS:
        raise NotForThisError(
            f"EASE inverts a matrix of products by products: {n_items:,} of them; "
            f"allowed here: {MOST_PRODUCTS:,}"
        )
    return fit_library(protocol, setting, partial(RecTools, "ease"))


def fit_pure_svd(protocol: Protocol, setting: Setting) -> Answer:
    """Truncated SVD: Cremonesi, Koren and Turrin, "Top-N Recommendation Tasks", RecSys 2010.

    Raises
    ------
    NotForThisError
        If there is but one customer or product to learn from.
    """
    taste = protocol.matrix.everybody().lasting
    n_users, n_items = np.count_nonzero(np.diff(taste.indptr)), len(np.unique(taste.indices))
    factors = min(setting["factors"], n_users - 1, n_items - 1)
    if factors < 1:
        raise NotForThisError(
            f"truncated SVD needs two customers and two products; there are {n_users} and {n_items}"
        )
    return fit_library(protocol, {**setting, "factors": factors}, partial(RecTools, "pure_svd"))


RECTOOLS: Mapping[str, Peer] = {
    "rectools_ease": Peer(
        fit_ease,
        {"regularization": 500.0},
        {"regularization": (10.0, 100.0, 500.0, 2000.0)},
        trials=4,
        inputs=matrices,
    ),
    "rectools_pure_svd": Peer(
        fit_pure_svd,
        {"factors": 10},
        {"factors": (10, 32, 64, 128, 256)},
        trials=5,
        inputs=matrices,
    ),
}

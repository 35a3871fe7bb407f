"""Lists for all customers: our batch job beside implicit's ``recommend``, both cores, in one run.

``python -m benchmarks.batch [--quick] [--repeats N]``. One JSON line a case and method. All answer
the same customers with ten products they have not bought, from the same matrix:

- ``ours_kept``: the job of ``-e recommend``, lists copied from the model;
- ``ours_computed``: the same from a model without kept lists: two stages, every strategy;
- ``implicit tfidf``, ``implicit cosine``, ``implicit als``: ``recommend`` with
  ``filter_already_liked_items``.

Ours includes writing ids to Parquet; implicit's gives arrays of rows.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import CosineRecommender, TFIDFRecommender
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from benchmarks.arguments import from_one
from benchmarks.shop import Shop, write
from model import storage
from model.recommender import Recommender
from training.batch.customers import customers
from training.batch.job import write_locally
from training.config import BatchConfig, Knobs
from training.events.catalogue import catalogue_of, grouped
from training.events.read import read_events
from training.events.sample import Source, sample
from training.matrix.user_item import end_of
from training.precompute import with_lists
from training.ranking.learn import trained_on
from training.versions.opened import Opened

K = 10
SCENARIO = "discover"
REFERENCE = "implicit tfidf"
"""What the ratio is to."""
SIZES, QUICK_SIZES = {"shop of 1 M events": 10**6}, {"shop of 20,000 events": 20_000}


def recommender_of(source: Source) -> Recommender:
    """Fitted on a log, its ranking learnt, with every customer's lists kept."""
    knobs, rng = Knobs(), np.random.default_rng(0)
    log = read_events(source.events, knobs.event_weights, source.event_columns)
    log = grouped(log, catalogue_of(source))
    return with_lists(trained_on(log, end_of(log), knobs, rng))


def cases(quick: bool, folder: Path) -> Iterator[tuple[str, Recommender]]:
    """Name and model of every case: synthetic shops, and the sample."""
    for name, n_events in (QUICK_SIZES if quick else SIZES).items():
        write(Shop.of(n_events), folder / name)
        yield name, recommender_of(Source(str(folder / name), None))
    if not quick:
        yield "complete_journey", recommender_of(sample())


def ours(made: Recommender, kept: bool, folder: Path) -> Callable[[], object]:
    """The batch job on a saved model."""
    storage.save(made if kept else replace(made, lists={}), folder / "model")
    served = storage.load(folder / "model")
    rows_per_part = max(len(served.matrix.users) // (4 * (os.cpu_count() or 1)), 1)
    config = BatchConfig(k=K, scenario=SCENARIO, rows_per_part=min(rows_per_part, 10_000))
    opened = Opened("benchmark", "1", "benchmark", folder / "model", served)
    everybody = customers("all", "", served.matrix.users)
    return lambda: write_locally(config, opened, everybody, folder / "lists.parquet")


def peer(name: str, made: Recommender) -> Callable[[], object]:
    """One of implicit's models, fitted on who bought what."""
    kinds: dict[str, Callable[[], Any]] = {
        "implicit tfidf": lambda: TFIDFRecommender(K=100),
        "implicit cosine": lambda: CosineRecommender(K=100),
        "implicit als": lambda: AlternatingLeastSquares(factors=64, iterations=5, random_state=0),
    }
    bought = csr_matrix(made.matrix.everybody().bought.astype(np.float32))
    model = kinds[name]()
    model.fit(bought, show_progress=False)
    users = np.arange(bought.shape[0])
    return lambda: model.recommend(users, bought, N=K, filter_already_liked_items=True)


PEERS = ("implicit tfidf", "implicit cosine", "implicit als")


def compare(case: str, made: Recommender, repeats: int) -> Iterator[dict[str, object]]:
    """Best of some rounds in turns, so that what else the machine does hits all methods."""
    with TemporaryDirectory() as kept, TemporaryDirectory() as computed:
        jobs = {
            "ours_kept": ours(made, True, Path(kept)),
            "ours_computed": ours(made, False, Path(computed)),
            **{name: peer(name, made) for name in PEERS},
        }
        seconds = dict.fromkeys(jobs, np.inf)
        for _ in range(repeats):
            for name, job in jobs.items():
                started = time.perf_counter()
                job()
                seconds[name] = min(seconds[name], time.perf_counter() - started)
    n_users = made.matrix.shape[0]
    for name, taken in seconds.items():
        yield {
            "case": case,
            "method": name,
            "users": n_users,
            "users_per_s": round(n_users / taken),
            "ratio_vs_implicit": round(seconds[REFERENCE] / taken, 2),
        }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small shop, under a minute")
    parser.add_argument(
        "--repeats", type=from_one, default=1, help="rounds, of which the best counts"
    )
    given = parser.parse_args(arguments)
    threadpool_limits(1, "blas")  # as implicit advises: its own threads call it
    with TemporaryDirectory() as scratch:
        for case, made in cases(given.quick, Path(scratch)):
            for line in compare(case, made, given.repeats):
                print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()

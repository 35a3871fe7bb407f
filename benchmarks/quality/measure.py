"""Fit a method, ask it a protocol's tasks, and put the figures into one line a task."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.datasets import Protocol
from benchmarks.memory import peak_rss_mb
from benchmarks.quality.answers import NotForThisError
from benchmarks.quality.methods import METHODS
from training.evaluation.evaluate import judge
from training.intervals import intervals

SHOWN = ("ndcg", "recall", "hit_rate")


def measure(protocol: Protocol, method: str) -> Iterator[dict[str, Any]]:
    """One line a task: means over its customers, and the 95 % interval of NDCG at the last k.

    A method that cannot be asked of this data has one line, which says why.
    """
    tasks = protocol.tasks()
    started = time.perf_counter()
    try:
        answer = METHODS[method](replace(protocol))  # which has to make its matrix itself
    except NotForThisError as error:
        yield {"dataset": protocol.dataset, "method": method, "skipped": str(error)}
        return
    fitted = time.perf_counter()
    lists = answer(tasks)
    recommended = time.perf_counter()
    for task, ranked in zip(tasks, lists, strict=True):
        per_user = judge(task, method, ranked).per_user
        names = [f"{name}_at_{k}" for k in sorted({10, protocol.k}) for name in SHOWN]
        main = per_user[[f"ndcg_at_{protocol.k}"]].to_numpy()
        interval = intervals(main, np.random.default_rng(0))[0]
        yield {
            "dataset": protocol.dataset,
            "method": method,
            "task": task.name,
            **{name: round(float(per_user[name].mean()), 4) for name in names},
            "ci_low": round(interval.low, 4),
            "ci_high": round(interval.high, 4),
            "n_users": len(task.user_rows),
            "fit_s": round(fitted - started, 1),
            "recommend_s": round(recommended - fitted, 1),
            "peak_rss_mb": peak_rss_mb(),
        }

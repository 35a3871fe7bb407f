"""Guard rails: what a better average must not be bought with."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from model.columns import DEFAULT_K
from model.matrix import UserItemMatrix
from model.recommender import NO_ITEM, Lists, Recommender
from training.evaluation.evaluate import Judged
from training.evaluation.tasks import LEAST_JUDGED
from training.gate.decision import Check
from training.intervals import Interval, intervals, verdict

SAMPLED_CUSTOMERS = 500
SAMPLED_PAIRS = 2000
SAMPLED_REQUESTS = 200
LARGEST_OVERLAP = 0.95
SECONDS_TO_MS = 1000


def not_below(name: str, gain: Interval, n_customers: int) -> Check:
    """A difference to another method whose interval is not below zero."""
    said = verdict(gain)
    allowed = "not below: an interval that is not below zero"
    check = Check(name, said in ("better", "level"), f"difference {gain}: {said}", allowed)
    return if_enough(n_customers, check)


def if_enough(n_customers: int, check: Check) -> Check:
    """The check; one that is made of too few customers refuses nothing."""
    if n_customers >= LEAST_JUDGED:
        return check
    return replace(check, passed=True, found=f"{check.found}; too few customers to say")


def coverage_check(task: str, ours: float, other: float, rival: str, floor: float) -> Check:
    """At least ``floor`` times as many products as the rival shows."""
    return Check(
        f"coverage, {task}",
        not ours < floor * other,
        f"{ours:.2%} of the products",
        f"at least {floor:g} × {other:.2%} ({rival})",
    )


def popularity_check(task: str, ours: float, other: float, rival: str, ceiling: float) -> Check:
    """What is shown is at most ``ceiling`` times as popular as what the rival shows."""
    return Check(
        f"popularity bias, {task}",
        not ours > ceiling * other,
        f"a product shown was bought by {ours:.2%} of the customers",
        f"at most {ceiling:g} × {other:.2%} ({rival})",
    )


def cold_check(
    ours: Judged,
    other: Judged,
    matrix: UserItemMatrix,
    metric: str,
    level: float,
    rng: np.random.Generator,
) -> Check:
    """Not worse for the quarter of customers with the shortest histories, outside an interval.

    ``level`` is that of the interval: the more such checks, the wider each one's has to be. Over
    fewer than ten customers it says nothing.
    """
    sizes = np.diff(matrix.weights.indptr)[ours.task.user_rows]
    limit = np.quantile(sizes, 0.25) if len(sizes) else 0
    few = sizes <= limit
    gain = (ours.per_user[metric] - other.per_user[metric])[few].to_numpy()
    [interval] = intervals(gain[:, None], rng, level)
    check = Check(
        f"cold customers, {ours.task.name}",
        not interval.high < 0,
        f"{metric} differs from {other.method} by {interval} ({level:.1%} interval) for "
        f"{few.sum()} customers with up to {limit:g} products",
        "an interval that is not below zero",
    )
    return if_enough(int(few.sum()), check)


def discover_check(model: Recommender, rng: np.random.Generator) -> Check:
    """No product that a customer bought is shown to them in ``discover``."""
    rows = _sampled(model.matrix.shape[0], SAMPLED_CUSTOMERS, rng)
    lists = served(model, rows, "discover")
    bought = model.matrix.histories(rows).bought
    owners = np.repeat(np.arange(len(rows)), lists.shape[1])
    found = np.asarray(bought[owners, np.maximum(lists, 0).ravel()]).ravel() > 0
    wrong = int(np.count_nonzero(found & (lists.ravel() != NO_ITEM)))
    return Check(
        "nothing bought in discover",
        wrong == 0,
        f"{wrong} bought products in {len(rows)} lists",
        "0",
    )


def variety_check(model: Recommender, rng: np.random.Generator) -> Check:
    """Different customers are shown different products."""
    rows = _sampled(model.matrix.shape[0], SAMPLED_CUSTOMERS, rng)
    overlap = mean_overlap(served(model, rows, "for_you"), rng)
    # Where a list holds the whole catalogue, all hold the same.
    most = LARGEST_OVERLAP if model.matrix.shape[1] > DEFAULT_K else 1
    return Check(
        "lists differ between customers",
        overlap <= most,
        f"two customers share {overlap:.0%} of their {DEFAULT_K} products on average",
        f"at most {most:.0%}",
    )


def mean_overlap(lists: Lists, rng: np.random.Generator) -> float:
    """Mean share of common products over random pairs of lists; NaN for fewer than two lists."""
    if len(lists) < 2:
        return float("nan")
    left = rng.integers(len(lists), size=SAMPLED_PAIRS)
    right = (left + rng.integers(1, len(lists), size=SAMPLED_PAIRS)) % len(lists)
    shared = (lists[left][:, :, None] == lists[right][:, None, :]) & (lists[left] >= 0)[:, :, None]
    sizes = np.maximum((lists[left] >= 0).sum(axis=1), 1)
    return float((shared.any(axis=2).sum(axis=1) / sizes).mean())


def latency_check(model: Recommender, limit_ms: float, rng: np.random.Generator) -> Check:
    """An answer computed on the spot, 95th percentile in process, is quick enough."""
    taken = np.quantile(latencies_ms(model, rng), 0.95)
    return Check(
        "latency in process", bool(taken <= limit_ms), f"{taken:.1f} ms", f"at most {limit_ms:g} ms"
    )


def latencies_ms(model: Recommender, rng: np.random.Generator) -> NDArray[np.float64]:
    """Milliseconds for customers with a product in their session, whom no stored list answers."""
    users = model.matrix.users.ids_of(_sampled(model.matrix.shape[0], SAMPLED_REQUESTS, rng))
    session = model.matrix.products.ids_of(model.popular.order[:1])
    taken = []
    for user_id in users:
        started = time.perf_counter()
        model.recommend(user_id, DEFAULT_K, recent_products=session)
        taken.append(time.perf_counter() - started)
    return np.array(taken) * SECONDS_TO_MS


def served(model: Recommender, rows: Sequence[int] | NDArray[np.integer], scenario: str) -> Lists:
    """The first ten as served: from the stored lists where there are some."""
    return model.served_rows(np.asarray(rows), DEFAULT_K, scenario)


def _sampled(n: int, most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return np.sort(rng.choice(n, min(n, most), replace=False))

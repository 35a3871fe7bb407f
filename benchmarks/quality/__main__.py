"""Quality of the lists, one JSON line a method and task.

    python -m benchmarks.quality [--dataset NAME | --train A.npz --test B.npz |
                                  --events E [--cutoff T]] [--undated | --counts]
                                 [--data DIR] [--customers N] [--share S] [--methods a,b]

Every method runs in a process of its own, reading included, so that its peak memory is its own.
``fit_s`` is all that training needs, ranking learnt inside the past included; ``recommend_s`` the
lists of all tasks' customers. ``ci_low`` and ``ci_high`` are the 95 % bootstrap interval of NDCG at
the protocol's k: 10, or 20 for gowalla.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np

from benchmarks.arguments import from_one
from benchmarks.datasets import (
    DATASETS,
    AbsentError,
    Protocol,
    from_events,
    from_matrices,
)
from benchmarks.quality.measure import measure
from benchmarks.quality.methods import METHODS
from benchmarks.variants import counts_of_past, smaller, without_times_of_past
from training.errors import InputError

ROOT = Path(__file__).parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    unknown = [name for name in given.methods if name not in METHODS]
    if unknown:
        parser.error(f"no method {unknown[0]!r}; allowed: {', '.join(METHODS)}")
    if bool(given.train) != bool(given.test):
        parser.error("--train and --test go together")
    if given.cutoff and not given.events:
        parser.error("--cutoff goes with --events: every data set has its own")
    if given.measured_here:
        return _measured_here(given)
    return max(_in_subprocess(name, arguments or sys.argv[1:]) for name in given.methods)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    data = parser.add_mutually_exclusive_group()
    data.add_argument("--dataset", choices=DATASETS, default="complete_journey")
    data.add_argument("--train", type=Path, help="user-item matrix to learn from, scipy's .npz")
    data.add_argument("--events", help="a log, as the main job takes it")
    parser.add_argument("--test", type=Path, help="with --train: the held-out pairs, same shape")
    parser.add_argument("--cutoff", help="with --events: from when on events are held out")
    forgotten = parser.add_mutually_exclusive_group()
    forgotten.add_argument(
        "--undated",
        action="store_true",
        help="forget the times of the past, as a shop without times in its log would have it",
    )
    forgotten.add_argument(
        "--counts",
        action="store_true",
        help="leave nothing of the past but how often who bought what",
    )
    parser.add_argument(
        "--customers", type=from_one, help="as if the shop had so many: a seeded draw of them"
    )
    parser.add_argument(
        "--share", type=share, default=1.0, help="as if it had such a share of its events"
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("BENCHMARK_DATA"))
    parser.add_argument(
        "--methods",
        type=lambda text: text.split(","),
        default=list(METHODS),
        help=f"some of {','.join(METHODS)}",
    )
    parser.add_argument("--measured-here", action="store_true", help=argparse.SUPPRESS)
    return parser


def share(text: str) -> float:
    part = float(text)
    if not 0 < part <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not allowed; allowed: above 0, up to 1")
    return part


def _in_subprocess(method: str, arguments: list[str]) -> int:
    """The exit code of a method's process; of a killed one, as in a shell, 128 and the signal."""
    command = [sys.executable, "-m", "benchmarks.quality", *arguments]
    # Relative paths mean the caller's folder, so that stays; the package is found from anywhere.
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    asked = [*command, "--methods", method, "--measured-here"]
    code = subprocess.run(asked, env={**os.environ, "PYTHONPATH": path}).returncode
    return code if code >= 0 else 128 - code


def _measured_here(given: argparse.Namespace) -> int:
    logging.basicConfig(stream=sys.stderr, format="%(message)s")
    logging.getLogger("benchmarks").setLevel(logging.INFO)
    warnings.filterwarnings("ignore", module="implicit")
    try:
        protocol = smaller(_protocol(given), given.customers, given.share)
        if given.undated:
            protocol = without_times_of_past(protocol)
        if given.counts:
            protocol = counts_of_past(protocol)
        if not protocol.tasks():
            raise InputError(
                f"nobody who is known from the past of {protocol.dataset} has a target in what is "
                "held out; allowed: at least one customer in both"
            )
    except (AbsentError, InputError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for line in measure(protocol, given.methods[0]):
        print(json.dumps(line), flush=True)
    return 0


def _protocol(given: argparse.Namespace) -> Protocol:
    if given.train:
        return from_matrices(given.train, given.test)
    if given.events:
        return from_events(given.events, given.cutoff, np.random.default_rng(0))
    return DATASETS[given.dataset](given.data)


if __name__ == "__main__":
    sys.exit(main())

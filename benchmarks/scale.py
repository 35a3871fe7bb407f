"""How time and memory grow with the log: every stage on a synthetic shop, one JSON line a stage.

``python -m benchmarks.scale [--quick] [--events 1e6,1e7,1e8] [--folder DIR] [--plot FILE]``. Every
size runs in a process of its own, so that its peak memory is its own. Lists are computed for a
sample of customers, since their number per second is what matters; ``rate`` is customers per second
there, and answers per second where one is served, of processor time. The plot shows what was
measured, and dashed where it is extended.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from unittest.mock import patch

import numpy as np

from benchmarks.shop import Shop, write
from model import storage
from model.recommender import Recommender
from training import fit as fitting
from training.config import MainConfig
from training.evaluation.evaluate import evaluate
from training.evaluation.tasks import judged_tasks
from training.events.fingerprint import fingerprint
from training.events.read import read_events
from training.events.split import hold_out, learning_windows
from training.fit import fit
from training.insight.examine import examine
from training.matrix.user_item import end_of
from training.precompute import with_lists
from training.ranking.learn import learn_rankers, ranked_by
from training.relations import relations
from training.runs.profile import PeakMemory
from training.runs.progress import Steps
from training.similarity.local_ridge import LocalRidge
from training.similarity.low_pass import LowPass

SIZES, QUICK_SIZES = (10**6, 10**7, 10**8), (10_000, 40_000)
CLONE = Path(__file__).parents[1]
LISTED = 500
"""Customers whose lists are computed at the most, the latest seen, by one process."""

ASKED = 300
"""Answers whose time is taken."""

EXTENDED_TO = 10**9
T = TypeVar("T")


@dataclass
class Stages:
    """Runs the stages of one size and keeps what they took."""

    steps: Steps
    events: int = 0
    rates: dict[str, float] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)

    def run(self, name: str, function: Callable[..., T], *arguments: object) -> T:
        """Call a function as a stage."""
        started = time.process_time()
        with self.steps.step(name):
            result = function(*arguments)
        self.cpu_seconds[name] = time.process_time() - started
        print(f"{name}: {self.steps.done[-1].seconds:.1f} s", file=sys.stderr, flush=True)
        return result

    def rate(self, name: str, n: int) -> None:
        """Say how many a stage did."""
        self.rates[name] = round(n / max(self.cpu_seconds[name], 1e-9), 1)

    def lines(self) -> Iterator[dict[str, object]]:
        """One line a stage."""
        for step in self.steps.done:
            yield {
                "events": self.events,
                "stage": step.name,
                "seconds": round(step.seconds, 3),
                "cpu_seconds": round(self.cpu_seconds[step.name], 3),
                "peak_rss_mb": step.peak_mb,
                "rate": self.rates.get(step.name),
            }


def measure(path: Path) -> Iterator[dict[str, object]]:
    """Every stage on the events of a folder, in this process, as the main job does them."""
    with PeakMemory().watched() as memory:
        config, rng = MainConfig(), np.random.default_rng(0)
        stages = Stages(Steps(memory))
        log = stages.run("read", read_events, str(path), config.event_weights)
        stages.events = len(log)
        stages.run("fingerprint", fingerprint, log)
        parts = stages.run("split", hold_out, log)
        windows = learning_windows(parts.past, rng)
        learnt = stages.run("learn the ranking", learn_rankers, windows, config, rng)
        fitted = stages.run("fit the past", fit, parts.past, learnt.knobs, parts.cutoff)
        judged = ranked_by(fitted, learnt)
        asked = judged_tasks(judged.matrix, parts.future)
        evaluation = stages.run("evaluate", evaluate, judged, asked, rng)
        stages.run("look closer", examine, evaluation, judged, parts, windows, config, None)
        del fitted, judged, asked, evaluation, parts, windows
        with _pieces(stages):
            shipped = ranked_by(fit(log, learnt.knobs, end_of(log)), learnt)
        stages.run("relate products", relations, log, shipped, None, config)
        _answer(stages, shipped)
    yield from stages.lines()


PIECES = (
    (fitting, "user_item_matrix", "matrix"),
    (fitting, "item_facts", "product facts"),
    (LocalRidge, "fit", "similarity"),
    (fitting, "normalised_customers", "neighbours"),
    (fitting, "neighbours_purchases", "neighbours' purchases"),
    (LowPass, "fit", "low-pass"),
)
"""What `training.fit.fit` is made of: where it is found, and what the stage is called."""


@contextmanager
def _pieces(stages: Stages) -> Iterator[None]:
    """Each piece of the body's fit is a stage of its own."""
    with ExitStack() as stack:
        for owner, name, stage in PIECES:
            stack.enter_context(patch.object(owner, name, _timed(stages, stage, owner, name)))
        yield


def _timed(stages: Stages, stage: str, owner: object, name: str) -> Callable[..., object]:
    function = getattr(owner, name)
    return lambda *arguments: stages.run(stage, function, *arguments)


def _answer(stages: Stages, shipped: Recommender) -> None:
    """Lists of some customers, the model saved and loaded, and answers of the loaded one."""
    n_listed = min(LISTED, shipped.matrix.shape[0])
    with_some = stages.run("lists", lambda: with_lists(shipped, kept=n_listed, n_workers=1))
    stages.rate("lists", n_listed)
    with TemporaryDirectory() as scratch:
        stages.run("save", storage.save, with_some, Path(scratch, "model"))
        served = stages.run("load", storage.load, Path(scratch, "model"))
        places = served.places if len(served.places) else np.arange(n_listed)
        kept = np.random.default_rng(0).choice(np.flatnonzero(places >= 0), ASKED)
        ids = served.matrix.users.ids_of(kept)
        for name, model in (("kept", served), ("computed", replace(served, lists={}))):
            model.recommend(ids[0])
            _ask(stages, f"answers, {name}", model, ids)


def _ask(stages: Stages, name: str, model: Recommender, ids: Sequence[str]) -> None:
    stages.run(name, lambda: [model.recommend(user_id) for user_id in ids])
    stages.rate(name, len(ids))


def in_process(n_events: int, folder: Path) -> Iterator[dict[str, object]]:
    """Write a shop, measure it in a process of its own, and remove it."""
    path = folder / f"shop-{n_events}"
    try:
        write(Shop.of(n_events), path)
        yield from measured(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def measured(path: Path) -> Iterator[dict[str, object]]:
    """The lines of `measure`, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.scale", "--measure", str(path)]
    # As training sets it: the kernels that need all processors bring their own threads.
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(CLONE)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        yield from map(json.loads, process.stdout or ())
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with code {process.returncode}")


def plot(lines: Sequence[dict], path: Path) -> None:
    """Seconds and peak memory of every stage by the number of events; dashed: extended."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(13, 6), layout="constrained")
    stages = dict.fromkeys(line["stage"] for line in lines if not line["rate"])
    units = {"cpu_seconds": "processor seconds", "peak_rss_mb": "peak memory, MB"}
    for panel, (unit, label) in zip(drawn.subplots(1, 2), units.items(), strict=True):
        for colour, stage in enumerate(stages):
            points = sorted((x["events"], x[unit]) for x in lines if x["stage"] == stage)
            events, values = (np.array(axis, float) for axis in zip(*points, strict=True))
            style = {"color": f"C{colour % 10}", "marker": "os^v"[colour // 10]}
            panel.loglog(events, values, label=stage, **style)
            # From the largest measured one on, in proportion to the events.
            panel.loglog(
                [events[-1], EXTENDED_TO],
                [values[-1], values[-1] * EXTENDED_TO / events[-1]],
                linestyle="--",
                color=style["color"],
            )
        panel.set_xlabel("events (dashed: extended in proportion, not measured)")
        panel.set_ylabel(label)
        panel.grid(alpha=0.3)
    panel.legend(fontsize="small")
    drawn.savefig(path)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small shops, under a minute")
    parser.add_argument("--events", help="sizes, as 1e6,1e7,1e8")
    parser.add_argument("--folder", type=Path, help="where the shops are written; else a temporary")
    parser.add_argument("--plot", type=Path, help="PNG file of the growth")
    parser.add_argument("--lines", type=Path, help="plot these measured lines, and measure nothing")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.measure:
        for line in measure(given.measure):
            print(json.dumps(line), flush=True)
        return
    sizes = QUICK_SIZES if given.quick else SIZES
    if given.events:
        sizes = tuple(int(float(size)) for size in given.events.split(","))
    lines = []
    if given.lines:
        lines, sizes = [json.loads(line) for line in given.lines.read_text().splitlines()], ()
    with TemporaryDirectory() as scratch:
        for size in sizes:
            for line in in_process(size, given.folder or Path(scratch)):
                print(json.dumps(line), flush=True)
                lines.append(line)
    if given.plot:
        plot(lines, given.plot)


if __name__ == "__main__":
    main()
